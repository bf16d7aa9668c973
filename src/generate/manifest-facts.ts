/** What the manifest says of a build beside its files: inputs with their digests, policy, counts. */
import { basename } from "node:path";
import type { SourceFile } from "../diagnostics/diagnostic.ts";
import { sha256Hex } from "../emit/artifact.ts";
import type { EmittedLists } from "../emit/lists.ts";
import type { Json, ManifestFacts } from "../emit/manifest.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { CompiledRoutes } from "../routes/compile.ts";
import type { GeoipFile } from "../sources/geoip.ts";
import { unknownLists } from "./generation-files.ts";

export interface MadeFacts {
  readonly compiled: CompiledRoutes;
  readonly lists: EmittedLists;
  /** Of the databases, in their order. */
  readonly sha256: readonly string[];
  readonly examples: ManifestFacts["examples"];
  readonly attribution: readonly string[];
}

export interface BuildFacts {
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** This program's. */
  readonly version: string;
}

export function manifestFacts(
  { builtAt, version }: BuildFacts,
  { settings, config, mirrors, geoip, asns, files }: Inputs,
  { compiled, lists, sha256, examples, attribution }: MadeFacts,
): ManifestFacts {
  const { table } = compiled;
  return {
    builtAt,
    tool: { name: "mirrorpress", version },
    policy: settings.policy as unknown as { readonly [key: string]: Json },
    inputs: [...textInputs(files), ...databaseInputs(geoip.files, sha256)],
    counts: {
      mirrors: mirrors.length,
      repositories: config.repos.length,
      classes: table.classes.length,
      lists: lists.artifacts.length,
      nodes: table.count,
      cityNodesIpv4: geoip.city.ipv4?.metadata.nodeCount ?? 0,
      cityNodesIpv6: geoip.city.ipv6?.metadata.nodeCount ?? 0,
      asnRanges: asns.ipv4.count + asns.ipv6.count,
    },
    attribution,
    examples,
    serve: {
      root: settings.serve.root,
      rotations: table.rotations,
      unknownLists: unknownLists(compiled, lists.ids),
    },
  };
}

/** What the operator says, else what the databases' makers are known to ask for. */
export function attributionOf({ settings, geoip }: Inputs): readonly string[] {
  if (settings.geoip.attribution !== undefined) return settings.geoip.attribution;
  const known = geoip.files.flatMap(({ attribution }) =>
    attribution === undefined ? [] : [`${attribution.text} (${attribution.licence})`],
  );
  return [...new Set(known)];
}

function textInputs({
  config,
  settings,
  mirrors,
  clouds,
  subnets,
  probe,
}: Inputs["files"]): ManifestFacts["inputs"] {
  const digest = ({ path, text }: SourceFile) => `${basename(path)} ${sha256Hex(text)}\n`;
  return [
    { role: "config", sha256: sha256Hex(config.text) },
    ...(settings ? [{ role: "settings", sha256: sha256Hex(settings.text) }] : []),
    { role: "mirrors", files: mirrors.length, sha256: sha256Hex(mirrors.map(digest).join("")) },
    ...subnets.map(({ path, text }) => ({
      role: "subnets",
      file: basename(path),
      bytes: Buffer.byteLength(text),
      sha256: sha256Hex(text),
    })),
    ...clouds.map(({ path, bytes, sha256 }) => ({
      role: "cloud",
      file: basename(path),
      bytes,
      sha256,
    })),
    ...(probe ? [{ role: "probe", sha256: sha256Hex(probe.text) }] : []),
  ];
}

function databaseInputs(
  files: readonly GeoipFile[],
  sha256: readonly string[],
): ManifestFacts["inputs"] {
  return files.map(({ role, path, bytes, databaseType, builtAt }, number) => ({
    role,
    file: basename(path),
    bytes,
    sha256: sha256[number]!,
    ...(databaseType !== undefined && { databaseType }),
    ...(builtAt !== undefined && { builtAt: new Date(builtAt * 1000).toISOString() }),
  }));
}
