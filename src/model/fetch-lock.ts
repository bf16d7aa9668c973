/**
 * data/lock.json: what was fetched, file by file, so that a build can say what it was made from and
 * the next fetch can ask whether there is anything newer.
 *
 *     {"schema": 1, "files": [{"path": "geoip/geolite2-city.mmdb", "kind": "geoip", ...}, ...]}
 *
 * The bytes follow from the files alone: nothing in it changes when nothing new was brought.
 */
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";

export const FETCHED_KINDS = ["cloud", "geoip", "subnets"] as const;
export type FetchedKind = (typeof FETCHED_KINDS)[number];

export interface FetchedFile {
  /** Below the folder of data, "/" between its two parts. */
  readonly path: string;
  readonly kind: FetchedKind;
  /** MaxMind's edition, the package, the cloud's provider, or the URL that mirrors name. */
  readonly source: string;
  /** Of a GeoIP database: what it tells. */
  readonly role?: "city" | "asn" | "both";
  /** Where it came from, without anything secret. */
  readonly url: string;
  /** Of the file as it lies there, lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** When these bytes came; ISO 8601 in UTC, whole seconds, like the other times. */
  readonly fetchedAt: string;
  /** When its maker made it, where it says so. */
  readonly builtAt?: string;
  /** Header fields of the answer, as they were. */
  readonly lastModified?: string;
  readonly etag?: string;
  /** The maker's name of this release. */
  readonly version?: string;
  readonly licence?: string;
}

export interface FetchLock {
  /** By path. */
  readonly files: readonly FetchedFile[];
}

export const EMPTY_LOCK: FetchLock = { files: [] };

const SCHEMA_VERSION = 1;
const PATH = /^(cloud|geoip|subnets)\/[a-z0-9][a-z0-9._-]*$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const TEXT = { type: "string", minLength: 1, maxLength: 2048 } as const;

/** JSON Schema of the file, for whoever else reads it. */
export const FETCH_LOCK_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "mirrorpress data/lock.json",
  type: "object",
  required: ["schema", "files"],
  additionalProperties: false,
  properties: {
    schema: { const: SCHEMA_VERSION },
    files: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "kind", "source", "url", "sha256", "bytes", "fetchedAt"],
        additionalProperties: false,
        properties: {
          path: { type: "string", pattern: PATH.source },
          kind: { enum: FETCHED_KINDS },
          source: TEXT,
          role: { enum: ["city", "asn", "both"] },
          url: TEXT,
          sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
          bytes: { type: "integer", minimum: 0 },
          fetchedAt: { type: "string", pattern: TIME.source },
          builtAt: { type: "string", pattern: TIME.source },
          lastModified: TEXT,
          etag: TEXT,
          version: TEXT,
          licence: TEXT,
        },
      },
    },
  },
} as const;

export function renderFetchLock({ files }: FetchLock): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map(inKeyOrder);
  return `${JSON.stringify({ schema: SCHEMA_VERSION, files: sorted }, null, 2)}\n`;
}

/** Null, with a report, for anything that `renderFetchLock` would not have written. */
export function readFetchLock(file: SourceFile, report: Report): FetchLock | null {
  const refuse = (reason: string) => {
    report(problem("fetch-lock", { file: { path: file.path, text: "" } }, { reason }));
    return null;
  };
  let root: unknown;
  try {
    root = JSON.parse(file.text);
  } catch {
    return refuse("it is not JSON");
  }
  if (!isRecord(root) || !Array.isArray(root["files"])) return refuse('it has no list "files"');
  if (root["schema"] !== SCHEMA_VERSION) {
    return refuse(`its schema is ${JSON.stringify(root["schema"])}, not ${SCHEMA_VERSION}`);
  }
  const files: FetchedFile[] = [];
  for (const [index, entry] of root["files"].entries()) {
    if (!isFetchedFile(entry)) return refuse(`entry ${index + 1} is none that fetch writes`);
    files.push(entry);
  }
  if (new Set(files.map(({ path }) => path)).size < files.length) return refuse("a path is twice");
  const mixed = files.find(({ kind, source, version }) =>
    files.some((each) => each.kind === kind && each.source === source && each.version !== version),
  );
  if (mixed) return refuse(`it mixes two releases of ${mixed.source}`);
  return { files };
}

const KEYS = Object.keys(FETCH_LOCK_SCHEMA.properties.files.items.properties);
const TEXT_KEYS = ["source", "url", "lastModified", "etag", "version", "licence"];

function isFetchedFile(entry: unknown): entry is FetchedFile {
  if (!isRecord(entry)) return false;
  const text = (key: string, pattern: RegExp) =>
    typeof entry[key] === "string" && pattern.test(entry[key]);
  const { path, kind, role, bytes, builtAt } = entry;
  return (
    Object.keys(entry).every((key) => KEYS.includes(key)) &&
    typeof path === "string" &&
    PATH.exec(path)?.[1] === kind &&
    (role === undefined || role === "city" || role === "asn" || role === "both") &&
    text("source", /./) &&
    text("url", /./) &&
    text("sha256", /^[0-9a-f]{64}$/) &&
    text("fetchedAt", TIME) &&
    (builtAt === undefined || text("builtAt", TIME)) &&
    Number.isSafeInteger(bytes) &&
    (bytes as number) >= 0 &&
    TEXT_KEYS.every((key) => entry[key] === undefined || text(key, /^[\s\S]{1,2048}$/))
  );
}

/** JSON has its keys in the order in which they were set. */
function inKeyOrder(file: FetchedFile): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = file[key as keyof FetchedFile];
    if (value !== undefined) written[key] = value;
  }
  return written;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
