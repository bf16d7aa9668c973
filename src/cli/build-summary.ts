/** A build's report as its summary shows it: counts, shares and names instead of what they count. */
import { type BuildReport, displayFolder } from "../build.ts";
import { countBySeverity } from "../diagnostics/summary.ts";
import { mirrorlistPaths } from "../model/routing.ts";
import { displayPath } from "../sources/files.ts";
import type { BuildSummary, DatabaseReport, ServingReport } from "./summary.ts";

const DAY_SECONDS = 86_400;

export interface Surroundings {
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly peakMemoryBytes: number;
  /** The working directory, for paths as the user would write them. */
  readonly from: string;
}

export function summarise(built: BuildReport, surroundings: Surroundings): BuildSummary {
  const { inputs, compiled, generation, published } = built;
  const { mirrors } = inputs;
  const routes = generation.files.find(({ path }) => path === "routes.mmdb");
  const severities = countBySeverity(built.diagnostics);
  return {
    builtAt: surroundings.builtAt,
    mirrors: {
      files: mirrors.length + built.leftOut.length,
      listed: mirrors.length,
      countries: new Set(mirrors.flatMap(({ location }) => location.country ?? [])).size,
      onNetOnly: mirrors.filter(({ reach }) => reach !== "public").length,
      withoutPlace: mirrors.filter(({ placed }) => placed === undefined).length,
      leftOut: built.leftOut,
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
    serving: servingReports(built),
    phases: built.phases,
    totalSeconds: built.totalSeconds,
    peakMemoryBytes: surroundings.peakMemoryBytes,
    generation: displayFolder(published.path, surroundings.from),
    unchanged: published.unchanged,
    attribution: built.attribution,
    example: {
      address: built.examples[0]?.address ?? "192.0.2.1",
      path: examplePath(built),
    },
  };
}

/** A tree of n nodes has n + 1 leaves, those without a record included. */
function databaseReports({ inputs, databases }: BuildReport, builtAt: number): DatabaseReport[] {
  const { asns, geoip } = inputs;
  const city = [geoip.city.ipv4, geoip.city.ipv6].filter((db) => db !== null);
  return databases.map((file) => {
    const db = city.find(({ source }) => displayPath(source.name) === file.path);
    const family = db ? db.metadata.ipVersion : file.path.includes("ipv6") ? 6 : 4;
    const networks = db
      ? db.metadata.nodeCount + 1
      : family === 6
        ? asns.ipv6.count
        : asns.ipv4.count;
    return {
      kind: `${file.role === "city" ? "City" : "ASN"}, IPv${family}`,
      path: file.path,
      ...(file.databaseType !== undefined && { type: file.databaseType }),
      ...(file.builtAt !== undefined && {
        builtAt: file.builtAt,
        ageDays: Math.floor((builtAt - file.builtAt) / DAY_SECONDS),
      }),
      networks,
    };
  });
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
