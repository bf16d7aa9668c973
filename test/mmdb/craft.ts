/**
 * Databases made byte by byte, so that tests can say things that no writer of ours would. It
 * shares no code with src/mmdb.
 */
import { type ByteSource, bytesInMemory } from "../../src/mmdb/bytes.ts";

export type Bytes = readonly number[];

export interface Craft {
  /** Records, two a node; as many nodes as there are pairs. */
  readonly records: readonly (readonly [number, number])[];
  readonly recordSize?: number;
  readonly ipVersion?: number;
  readonly data?: Bytes | Uint8Array;
  /** Instead of the 16 zero bytes. */
  readonly separator?: Bytes;
  /** Instead of the metadata map that fits. */
  readonly metadata?: Bytes;
  /** Fields of the metadata map to replace, or to leave out where undefined. */
  readonly fields?: Readonly<Record<string, Bytes | undefined>>;
}

export function craft(parts: Craft): Uint8Array {
  const { records, recordSize = 24, ipVersion = 4, data = [] } = parts;
  const fields: Record<string, Bytes | undefined> = {
    binary_format_major_version: uint(5, 2),
    binary_format_minor_version: uint(5, 0),
    build_epoch: uint(9, 1_700_000_000),
    database_type: text("Crafted"),
    description: map([["en", text("Crafted")]]),
    ip_version: uint(5, ipVersion),
    languages: array([]),
    node_count: uint(6, records.length),
    record_size: uint(5, recordSize),
    ...parts.fields,
  };
  const entries = Object.entries(fields).filter(
    (entry): entry is [string, Bytes] => entry[1] !== undefined,
  );
  const pieces: (Bytes | Uint8Array)[] = [
    ...records.map(([left, right]) => node(recordSize, left, right)),
    parts.separator ?? new Array<number>(16).fill(0),
    data,
    MARKER,
    parts.metadata ?? map(entries),
  ];
  const file = new Uint8Array(pieces.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of pieces) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

export function source(bytes: Uint8Array, name = "crafted.mmdb"): ByteSource {
  return bytesInMemory(name, bytes);
}

/** The record that leads to an offset of the data section. */
export function toData(nodeCount: number, offset: number): number {
  return nodeCount + 16 + offset;
}

export const MARKER: Bytes = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];

function node(recordSize: number, left: number, right: number): Bytes {
  if (recordSize === 28) {
    const shared = (Math.floor(left / 2 ** 24) << 4) | Math.floor(right / 2 ** 24);
    return [...bigEndian(left % 2 ** 24, 3), shared, ...bigEndian(right % 2 ** 24, 3)];
  }
  return [...bigEndian(left, recordSize / 8), ...bigEndian(right, recordSize / 8)];
}

export function bigEndian(value: number, length: number): number[] {
  const bytes: number[] = [];
  for (let rest = value, left = length; left > 0; left--, rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

export function head(type: number, size: number): Bytes {
  const [short, more] =
    size < 29
      ? [size, []]
      : size < 285
        ? [29, bigEndian(size - 29, 1)]
        : size < 65_821
          ? [30, bigEndian(size - 285, 2)]
          : [31, bigEndian(size - 65_821, 3)];
  return type < 8 ? [(type << 5) | short, ...more] : [short, type - 7, ...more];
}

export function text(value: string): Bytes {
  const bytes = new TextEncoder().encode(value);
  return [...head(2, bytes.length), ...bytes];
}

/** An unsigned integer of one of the integer types, without leading zeros. */
export function uint(type: number, value: number): Bytes {
  let length = 0;
  while (value >= 256 ** length) length += 1;
  return [...head(type, length), ...bigEndian(value, length)];
}

export function double(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return [...head(3, 8), ...bytes];
}

export function map(entries: readonly (readonly [string, Bytes])[]): Bytes {
  return concat(head(7, entries.length), ...entries.flatMap(([key, value]) => [text(key), value]));
}

export function array(items: readonly Bytes[]): Bytes {
  return concat(head(11, items.length), ...items);
}

/** A pointer with `width` bytes behind its control byte. */
export function pointer(target: number, width: 1 | 2 | 3 | 4 = 4): Bytes {
  const rest = target - ([0, 0, 2048, 526_336, 0][width] as number);
  const high = width === 4 ? 0 : Math.floor(rest / 256 ** width);
  return [0x20 | ((width - 1) << 3) | high, ...bigEndian(rest % 256 ** width, width)];
}

export function concat(...parts: readonly (Bytes | Uint8Array)[]): number[] {
  const bytes: number[] = [];
  for (const part of parts) for (const byte of part) bytes.push(byte);
  return bytes;
}
