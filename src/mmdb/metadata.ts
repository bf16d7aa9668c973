/**
 * The metadata section: a map behind a marker, within the last 128 KiB of the file.
 *
 *     search tree | 16 zero bytes | data section | "\xab\xcd\xefMaxMind.com" | metadata map
 */
import type { ByteSource } from "./bytes.ts";
import { DataWindow } from "./data-window.ts";
import { decodeAt, type MmdbMap, type MmdbValue } from "./decode.ts";
import { MmdbError, type MmdbReason } from "./error.ts";

export const METADATA_MARKER = Uint8Array.of(
  0xab,
  0xcd,
  0xef,
  ...new TextEncoder().encode("MaxMind.com"),
);
const SEARCHED_BYTES = 131_072;

/** Zero bytes between the tree and the data, which tree records count as well. */
export const SEPARATOR_BYTES = 16;

export interface Metadata {
  readonly nodeCount: number;
  /** Bits of one record; a node has two. */
  readonly recordSize: 24 | 28 | 32;
  readonly ipVersion: 4 | 6;
  readonly databaseType: string;
  /** Seconds since 1970, at most `Number.MAX_SAFE_INTEGER`. */
  readonly buildEpoch: number;
  readonly languages: readonly string[];
  /** By language. */
  readonly description: Readonly<Record<string, string>>;
  /** In bytes; the tree starts at byte 0. */
  readonly treeSize: number;
  /** Where the data section starts in the file, and its size. */
  readonly dataStart: number;
  readonly dataSize: number;
}

/** Reads and checks the metadata; throws `MmdbError`. */
export function readMetadata(source: ByteSource): Metadata {
  const markerAt = findMarker(source);
  const mapAt = markerAt + METADATA_MARKER.length;
  const section = new DataWindow(source, "the metadata", mapAt, source.size - mapAt);
  const map = section.size === 0 ? undefined : decodeAt(section, 0);
  const fields = new Fields(source.name, mapAt, map);

  const major = fields.integer("binary_format_major_version", 0, 65_535);
  if (major !== 2) {
    fields.fail("version-unsupported", `it is in version ${major} of the format, not in version 2`);
  }
  const nodeCount = fields.integer("node_count", 1, 0xffff_ffff);
  const recordSize = fields.oneOf("record_size", [24, 28, 32] as const);
  const ipVersion = fields.oneOf("ip_version", [4, 6] as const);
  const treeSize = (nodeCount * recordSize) / 4;
  const dataStart = treeSize + SEPARATOR_BYTES;
  if (dataStart > markerAt) {
    throw new MmdbError(
      "tree-truncated",
      source.name,
      undefined,
      `its metadata promises ${nodeCount} nodes, ${treeSize} bytes, but only ${markerAt} bytes lie before the metadata`,
    );
  }
  return {
    nodeCount,
    recordSize,
    ipVersion,
    databaseType: fields.text("database_type"),
    buildEpoch: fields.epoch("build_epoch"),
    languages: fields.texts("languages"),
    description: fields.textMap("description"),
    treeSize,
    dataStart,
    dataSize: markerAt - dataStart,
  };
}

/** The marker's last occurrence: text in the data section may hold the same bytes. */
function findMarker(source: ByteSource): number {
  const tail = new Uint8Array(Math.min(source.size, SEARCHED_BYTES));
  const tailAt = source.size - tail.length;
  source.read(tailAt, tail);
  for (let at = tail.length - METADATA_MARKER.length; at >= 0; at--) {
    if (
      tail[at] === METADATA_MARKER[0] &&
      METADATA_MARKER.every((byte, index) => tail[at + index] === byte)
    ) {
      return tailAt + at;
    }
  }
  throw new MmdbError(
    "not-a-database",
    source.name,
    undefined,
    "no MaxMind DB metadata was found in its last 128 KiB",
  );
}

class Fields {
  readonly #name: string;
  readonly #offset: number;
  readonly #map: MmdbMap;

  constructor(name: string, offset: number, value: MmdbValue | undefined) {
    this.#name = name;
    this.#offset = offset;
    if (!isMap(value)) {
      this.fail(
        "metadata-not-a-map",
        value === undefined
          ? "its metadata is empty: the file ends right behind the marker"
          : `its metadata is ${describe(value)}, not a map`,
      );
    }
    this.#map = value;
  }

  integer(key: string, least: number, most: number): number {
    const value = this.#field(key);
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      this.#invalid(key, value, `an integer from ${least} to ${most}`);
    }
    return value;
  }

  oneOf<Choice extends number>(key: string, choices: readonly Choice[]): Choice {
    const value = this.#field(key);
    const choice = choices.find((one) => one === value);
    if (choice === undefined) this.#invalid(key, value, `one of ${choices.join(", ")}`);
    return choice;
  }

  text(key: string): string {
    const value = this.#field(key);
    if (typeof value !== "string") this.#invalid(key, value, "a text");
    return value;
  }

  /** A moment so far off that it needs a bigint is clamped: only its order matters. */
  epoch(key: string): number {
    const value = this.#field(key);
    if (typeof value === "bigint") return Number.MAX_SAFE_INTEGER;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
      this.#invalid(key, value, "a number of seconds since 1970");
    }
    return value;
  }

  texts(key: string): readonly string[] {
    const value = this.#map[key] ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      this.#invalid(key, value, "a list of texts");
    }
    return value;
  }

  textMap(key: string): Readonly<Record<string, string>> {
    const value = this.#map[key] ?? {};
    if (!isMap(value) || !Object.values(value).every((item) => typeof item === "string")) {
      this.#invalid(key, value, "a map of texts");
    }
    return value as Readonly<Record<string, string>>;
  }

  #field(key: string): MmdbValue {
    const value = Object.hasOwn(this.#map, key) ? this.#map[key] : undefined;
    if (value === undefined) {
      this.fail("metadata-field-missing", `its metadata has no "${key}"`);
    }
    return value;
  }

  #invalid(key: string, value: MmdbValue, wanted: string): never {
    this.fail(
      "metadata-field-invalid",
      `its metadata says that "${key}" is ${describe(value)}, where ${wanted} belongs`,
    );
  }

  fail(reason: MmdbReason, problem: string): never {
    throw new MmdbError(reason, this.#name, this.#offset, problem);
  }
}

function isMap(value: MmdbValue | undefined): value is MmdbMap {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function describe(value: MmdbValue): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (Array.isArray(value)) return `a list of ${value.length} values`;
  if (value instanceof Uint8Array) return `${value.length} raw bytes`;
  if (typeof value === "object") return `a map of ${Object.keys(value).length} entries`;
  return `the ${typeof value === "boolean" ? "truth value" : "number"} ${value}`;
}
