/** What is known of a generation without its networks, and how its inputs differ from another's. */

import type { ManifestSummary } from "../emit/manifest-summary.ts";
import type { ComparedGeneration } from "./generation.ts";

export interface GenerationFigures {
  readonly id: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** The policy's name. */
  readonly policy: string;
  readonly rotations: number;
  /** How many list sets it has. */
  readonly sets: number;
  readonly classes: number;
  readonly lists: number;
  readonly files: number;
  readonly bytes: number;
  /** Codes of the countries in which it has clients, sorted. */
  readonly countries: readonly string[];
  readonly geoip: GeoipFigures;
}

/** What is not known is absent. */
export interface GeoipFigures {
  /** Nodes of the City databases. */
  readonly ipv4Nodes?: number;
  readonly ipv6Nodes?: number;
  /** Ranges of the ASN databases. */
  readonly asnRanges?: number;
  /** When the oldest file of each kind was made, in seconds since 1970. */
  readonly cityAt?: number;
  readonly asnAt?: number;
}

/** One of the files that a generation was made from. */
export interface InputChange {
  /** "config", "mirrors", "city"... */
  readonly role: string;
  readonly file?: string;
  /** Absent where this generation was made without it. */
  readonly before?: InputVersion;
  readonly after?: InputVersion;
}

export interface InputVersion {
  readonly sha256: string;
  /** Seconds since 1970, where it tells. */
  readonly builtAt?: number;
}

export function figuresOf({ manifest, index }: ComparedGeneration): GenerationFigures {
  const { id, builtAt, policy, counts, files, bytes } = manifest;
  const countries = index.classes.flatMap(({ country, decisions }) =>
    country !== undefined && decisions.length > 0 ? [country] : [],
  );
  return {
    id,
    builtAt,
    policy: String(policy["name"]),
    rotations: index.rotations,
    sets: index.sets.length,
    classes: index.classes.length,
    lists: Number(counts["lists"]),
    files,
    bytes,
    countries: [...new Set(countries)].sort(),
    geoip: geoipFigures(manifest),
  };
}

function geoipFigures({ counts, inputs }: ManifestSummary): GeoipFigures {
  const count = (key: string, name: string) =>
    typeof counts[name] === "number" ? { [key]: counts[name] } : {};
  const oldest = (key: string, role: string) => {
    const times = inputs.flatMap((input) =>
      input["role"] === role ? (timeOf(input["builtAt"]) ?? []) : [],
    );
    return times.length === 0 ? {} : { [key]: Math.min(...times) };
  };
  return {
    ...count("ipv4Nodes", "cityNodesIpv4"),
    ...count("ipv6Nodes", "cityNodesIpv6"),
    ...count("asnRanges", "asnRanges"),
    ...oldest("cityAt", "city"),
    ...oldest("asnAt", "asn"),
  };
}

/** By role and file, in the order in which they are first noted. */
export function inputChanges(
  before: ManifestSummary["inputs"],
  after: ManifestSummary["inputs"],
): readonly InputChange[] {
  const changes = new Map<string, InputChange>();
  for (const [side, inputs] of [["before", before] as const, ["after", after] as const]) {
    for (const input of inputs) {
      const { role, file } = input;
      const key = `${role} ${file}`;
      const builtAt = timeOf(input["builtAt"]);
      changes.set(key, {
        role: String(role),
        ...(file !== undefined && { file: String(file) }),
        ...changes.get(key),
        [side]: { sha256: String(input["sha256"]), ...(builtAt !== undefined && { builtAt }) },
      });
    }
  }
  return [...changes.values()].filter((each) => each.before?.sha256 !== each.after?.sha256);
}

function timeOf(text: unknown): number | undefined {
  return typeof text === "string" ? Date.parse(text) / 1000 : undefined;
}
