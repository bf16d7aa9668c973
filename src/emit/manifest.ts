/**
 * `manifest.json`: what a generation holds and what it was made from. One file a line, so that it
 * can be read, searched and compared with the tools at hand.
 *
 * The generation's id is `<built at>-<digest>`, the digest being the first eight hex digits of
 * the SHA-256 of the manifest without the two lines that follow from the id: the id's own, and
 * that of nginx/http.conf, which contains it. To verify by hand:
 *
 *     grep -v -e '^  "id": ' -e '^    "nginx/http.conf": ' manifest.json | sha256sum
 */
import { type SealedArtifact, sha256Hex } from "./artifact.ts";
import { encodeText } from "./encode-text.ts";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What the manifest says beside its files. Nothing in it may depend on the machine or the clock. */
export interface ManifestFacts {
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly tool: { readonly name: string; readonly version: string };
  readonly policy: { readonly [key: string]: Json };
  /** The files that were read: path as the user names it, size, SHA-256, a database's epoch. */
  readonly inputs: readonly { readonly [key: string]: Json }[];
  readonly counts: { readonly [key: string]: Json };
  /** Sentences that must go with the data. */
  readonly attribution: readonly string[];
  /** Addresses worth trying, for the preview. */
  readonly examples: readonly { readonly address: string; readonly why: string }[];
  readonly serve: {
    /** Where the output directory lies on the server. */
    readonly root: string;
    /** How many orders each list set has; a client's address picks one. */
    readonly rotations: number;
    /** By list set, then by rotation: the list of an address that is nowhere. */
    readonly unknownLists: { readonly [set: string]: readonly string[] };
  };
}

export const MANIFEST_PATH = "manifest.json";
export const MANIFEST_FORMAT = 2;

/** What is hashed for the id: every line but those that the id decides. */
export function manifestDigest(manifest: Uint8Array): string {
  let kept = Buffer.from(manifest.buffer, manifest.byteOffset, manifest.length);
  for (const dependent of DEPENDENT) {
    const line = kept.indexOf(`\n${dependent}`) + 1;
    if (line === 0) continue;
    const next = kept.indexOf("\n", line) + 1;
    kept = Buffer.concat([kept.subarray(0, line), kept.subarray(next)]);
  }
  return sha256Hex(kept);
}

/** How the lines begin. No other can: there is no line end in the text of a value. */
const DEPENDENT: readonly string[] = ['  "id": ', '    "nginx/http.conf": '];

/** `files` sorted by path. */
export function renderManifest(
  id: string,
  facts: ManifestFacts,
  files: readonly SealedArtifact[],
): Uint8Array {
  return encodeText(manifestPieces(id, facts, files));
}

function* manifestPieces(
  id: string,
  facts: ManifestFacts,
  files: readonly SealedArtifact[],
): Generator<string> {
  const fields: readonly string[] = [
    `"format": ${MANIFEST_FORMAT}`,
    `"id": ${JSON.stringify(id)}`,
    `"builtAt": ${JSON.stringify(new Date(facts.builtAt * 1000).toISOString())}`,
    `"tool": ${json(facts.tool)}`,
    `"serve": ${json(facts.serve)}`,
    `"policy": ${json(facts.policy)}`,
    `"counts": ${json(facts.counts)}`,
    `"attribution": ${lines("[", facts.attribution.map(json), "]")}`,
    `"inputs": ${lines("[", facts.inputs.map(json), "]")}`,
    `"examples": ${lines("[", facts.examples.map(json), "]")}`,
  ];
  yield `{\n  ${fields.join(",\n  ")},\n  "files": {`;
  for (const [number, file] of files.entries()) {
    yield `${number === 0 ? "" : ","}\n    ${fileLine(file)}`;
  }
  yield files.length === 0 ? "}\n}\n" : "\n  }\n}\n";
}

function fileLine({ path, bytes, sha256 }: SealedArtifact): string {
  return `${JSON.stringify(path)}: {"bytes": ${bytes.length}, "sha256": "${sha256}"}`;
}

function lines(open: string, items: readonly string[], close: string): string {
  return items.length === 0
    ? `${open}${close}`
    : `${open}\n    ${items.join(",\n    ")}\n  ${close}`;
}

/** On one line, the keys sorted: whoever made the object has no say in its order. */
function json(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}: ${json(item)}`);
  return `{${entries.join(", ")}}`;
}

/**
 * The manifest of the same content published once more: of another time, with another http.conf, and
 * with what it goes back to. Its other lines stay as they are, whichever version wrote them.
 */
export function renewManifest(
  manifest: string,
  renewed: { readonly id: string; readonly builtAt: number; readonly rollbackOf: string },
  http: SealedArtifact,
): string {
  const lines = manifest.split("\n").filter((line) => !line.startsWith('  "rollbackOf": '));
  return lines
    .flatMap((line) => {
      if (line.startsWith('  "id": ')) return [`  "id": ${JSON.stringify(renewed.id)},`];
      if (line.startsWith('  "builtAt": ')) {
        const builtAt = new Date(renewed.builtAt * 1000).toISOString();
        return [
          `  "builtAt": ${JSON.stringify(builtAt)},`,
          `  "rollbackOf": ${JSON.stringify(renewed.rollbackOf)},`,
        ];
      }
      if (!line.startsWith(`    ${JSON.stringify(http.path)}: `)) return [line];
      return [`    ${fileLine(http)}${line.endsWith(",") ? "," : ""}`];
    })
    .join("\n");
}

/** What a manifest says of the generation as a whole, and of each of its files but itself. */
export interface ManifestContent {
  readonly id: string;
  /** ISO 8601. */
  readonly builtAt: string;
  /** The generation whose content was published once more. */
  readonly rollbackOf?: string;
  readonly mirrors?: number;
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>;
}

/** Throws on another format. */
export function readManifest(manifest: string): ManifestContent {
  const read: unknown = JSON.parse(manifest);
  if (!isServed(read)) throw new Error("this manifest is of another version of mirrorpress");
  const { id, builtAt, rollbackOf, counts, files } = read as unknown as Partial<
    Record<string, unknown>
  >;
  const mirrors = (counts as { readonly mirrors?: unknown } | undefined)?.mirrors;
  return {
    id: String(id),
    builtAt: String(builtAt),
    ...(typeof rollbackOf === "string" && { rollbackOf }),
    ...(typeof mirrors === "number" && { mirrors }),
    files: new Map(
      Object.entries(files as Readonly<Record<string, { bytes: number; sha256: string }>>),
    ),
  };
}

/** What a manifest says to whoever serves the generation. */
export type Serving = Pick<ManifestFacts["serve"], "rotations" | "unknownLists"> &
  Pick<ManifestFacts, "examples"> & {
    /** Whether the generation has a file of that path. */
    readonly has: (path: string) => boolean;
  };

/** The inverse of `renderManifest`, as far as serving needs it. Throws on another format. */
export function readServing(manifest: string): Serving {
  const read: unknown = JSON.parse(manifest);
  if (!isServed(read)) throw new Error("this manifest is of another version of mirrorpress");
  const { serve, examples, files } = read;
  return {
    rotations: serve.rotations,
    unknownLists: serve.unknownLists,
    examples,
    has: (path) => Object.hasOwn(files, path),
  };
}

interface Served extends Pick<ManifestFacts, "serve" | "examples"> {
  readonly files: { readonly [path: string]: unknown };
}

function isServed(value: unknown): value is Served {
  const { format, serve, examples, files } = (value ?? {}) as {
    readonly [Key in keyof Served | "format"]?: unknown;
  };
  const { rotations, unknownLists } = (serve ?? {}) as Partial<
    Record<keyof ManifestFacts["serve"], unknown>
  >;
  return (
    format === MANIFEST_FORMAT &&
    typeof rotations === "number" &&
    isObject(unknownLists) &&
    Object.values(unknownLists).every(
      (lists) => Array.isArray(lists) && lists.every((list) => typeof list === "string"),
    ) &&
    Array.isArray(examples) &&
    isObject(files)
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
