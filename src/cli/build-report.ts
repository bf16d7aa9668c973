/** A build's report as its summary shows it: counts, shares and names instead of what they count. */
import type { BuildReport } from "../build.ts";
import type { FamilyChange } from "../compare/clients.ts";
import type { NetworkDiff } from "../compare/diff.ts";
import { countBySeverity } from "../diagnostics/summary.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { mirrorlistPaths } from "../model/routing.ts";
import { displayPath } from "../sources/files.ts";
import type { BuildSummary, ChangesReport, DatabaseReport, ServingReport } from "./build-view.ts";
import { gatesJson } from "./gates-view.ts";

const DAY_SECONDS = 86_400;

export interface Surroundings {
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly peakMemoryBytes: number;
}

export function summarise(built: BuildReport, surroundings: Surroundings): BuildSummary {
  const { inputs, compiled, generation, published } = built;
  const { mirrors } = inputs;
  const routes = generation.files.find(({ path }) => path === "routes.mmdb");
  const severities = countBySeverity(inputs.diagnostics);
  return {
    builtAt: surroundings.builtAt,
    mirrors: {
      files: mirrors.length + inputs.leftOut.length,
      listed: mirrors.length,
      countries: new Set(mirrors.flatMap(({ location }) => location.country ?? [])).size,
      onNetOnly: mirrors.filter(({ reach }) => reach !== "public").length,
      ...(inputs.probe && { askedAt: inputs.probe.probedAt }),
      withoutPlace: mirrors.filter(({ placed }) => placed === undefined).length,
      leftOut: inputs.leftOut,
    },
    diagnostics: {
      errors: severities.error,
      warnings: severities.warning,
      notes: severities.note,
    },
    databases: databaseReports(built, surroundings.builtAt),
    made: {
      nodes: compiled.table.count,
      routesBytes: routes?.bytes.length ?? 0,
      classes: compiled.table.classes.length,
      lists: generation.files.filter(({ path }) => path.startsWith("lists/")).length,
      files: published.files,
      bytes: published.bytes,
    },
    listSets: built.listSets,
    serving: servingReports(built),
    phases: built.phases,
    totalSeconds: built.totalSeconds,
    peakMemoryBytes: surroundings.peakMemoryBytes,
    generation: displayPath(published.path),
    unchanged: published.unchanged,
    isDryRun: built.isDryRun,
    gates: gatesJson(built.gates),
    ...(built.gates.diff && { changes: changesOf(built.gates.diff) }),
    canary: built.canary,
    ...(published.replaced !== undefined && { replaced: published.replaced }),
    ...built.pruned,
    attribution: built.attribution,
    example: {
      address: built.examples[0]?.address ?? "192.0.2.1",
      path: examplePath(built),
    },
  };
}

export function changesOf({ mirrors, sets }: NetworkDiff): ChangesReport {
  const share = ({ clients, first }: FamilyChange) => (clients === 0 ? 0 : first / clients);
  return {
    added: mirrors.added.length,
    removed: mirrors.removed.length,
    firstChanged: { ipv4: share(sets[0]!.ipv4), ipv6: share(sets[0]!.ipv6) },
  };
}

function databaseReports({ inputs }: BuildReport, builtAt: number): DatabaseReport[] {
  const { city, files } = inputs.geoip;
  const tables = files.filter(({ role }) => role === "asn");
  return files.map((file) => {
    const { role, path, databaseType, builtAt: epoch } = file;
    const counts =
      role === "city"
        ? [networksOf(city.ipv4, path), networksOf(city.ipv6, path)]
        : [inputs.asns.ipv4, inputs.asns.ipv6].map(({ nameSource }) =>
            occurrences(nameSource, tables.indexOf(file)),
          );
    const families = ["IPv4", "IPv6"].filter((_, family) => counts[family]! > 0);
    return {
      kind: [role === "city" ? "City" : "ASN", families.join(" and ")].join(", "),
      path,
      ...(databaseType !== undefined && { type: databaseType }),
      ...(epoch !== undefined && {
        builtAt: epoch,
        ageDays: Math.floor((builtAt - epoch) / DAY_SECONDS),
      }),
      networks: role === "city" ? Math.max(...counts) : counts[0]! + counts[1]!,
    };
  });
}

/** A tree of n nodes has n + 1 leaves, those without a record included. */
function networksOf(db: VerifiedDatabase | null, path: string): number {
  return db !== null && displayPath(db.source.name) === path ? db.metadata.nodeCount + 1 : 0;
}

function occurrences(values: Uint8Array, wanted: number): number {
  return values.reduce((count, value) => count + (value === wanted ? 1 : 0), 0);
}

const WAYS = {
  subdivision: "by subdivision",
  country: "by country",
  continent: "by continent",
  asn: "by ASN",
} as const;

function servingReports({ aggregates }: BuildReport): ServingReport[] {
  const exact: ServingReport = { way: "routes.mmdb (nginx)", exactShare: 1 };
  const others = aggregates.serving.map(({ way, exactShare, extraKm }) => ({
    way: WAYS[way],
    exactShare,
    ...(extraKm !== undefined && { extraKm }),
  }));
  return [exact, ...others];
}

function examplePath({ inputs }: BuildReport): string {
  const path = mirrorlistPaths(inputs.config).find(({ vault }) => !vault);
  return path === undefined ? "/mirrorlist/" : `/mirrorlist/${path.version}/${path.repo}`;
}
