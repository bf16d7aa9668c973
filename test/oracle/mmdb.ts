/**
 * A plain reader of MaxMind DB files (format 2.0): the whole file in memory, one function a
 * sentence of the specification, no windows and no tricks. It is what the compiler's own reader
 * and writer are compared with, and what `npm run prove` walks.
 *
 *   search tree | 16 zero bytes | data section | marker | metadata
 */
export interface PlainDatabase {
  readonly bytes: Buffer;
  readonly nodeCount: number;
  /** 24, 28 or 32. */
  readonly recordSize: number;
  /** The depth of an address: 32 or 128. */
  readonly width: 32 | 128;
  /** Where the data section starts in `bytes`. */
  readonly dataStart: number;
  /** Bytes of the data section. */
  readonly dataSize: number;
  readonly metadata: PlainMetadata;
}

interface PlainMetadata {
  readonly node_count?: unknown;
  readonly record_size?: unknown;
  readonly ip_version?: unknown;
  readonly database_type?: unknown;
}

const METADATA_MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

export function plainDatabase(bytes: Buffer): PlainDatabase {
  const marker = bytes.lastIndexOf(METADATA_MARKER);
  if (marker < 0) throw new Error("no metadata: not a MaxMind DB");
  const metadataStart = marker + METADATA_MARKER.length;
  const metadata = decode(bytes, metadataStart, metadataStart).value as PlainMetadata;
  const nodeCount = Number(metadata.node_count);
  const recordSize = Number(metadata.record_size);
  const dataStart = nodeCount * (recordSize / 4) + 16;
  return {
    bytes,
    nodeCount,
    recordSize,
    width: Number(metadata.ip_version) === 6 ? 128 : 32,
    dataStart,
    dataSize: marker - dataStart,
    metadata,
  };
}

/** A record of a node: below `nodeCount` a node, equal to it nothing, above it data. */
export function recordOf(db: PlainDatabase, node: number, side: 0 | 1): number {
  const { bytes } = db;
  const at = node * (db.recordSize / 4);
  switch (db.recordSize) {
    case 24:
      return bytes.readUIntBE(at + 3 * side, 3);
    case 28: {
      const middle = bytes[at + 3] ?? 0;
      return side === 0
        ? (middle >> 4) * 0x100_0000 + bytes.readUIntBE(at, 3)
        : (middle & 15) * 0x100_0000 + bytes.readUIntBE(at + 4, 3);
    }
    case 32:
      return bytes.readUInt32BE(at + 4 * side);
    default:
      throw new Error(`record size ${db.recordSize}`);
  }
}

/** The record that a path of bits, `bits` long and right-aligned in `path`, ends at or before. */
export function descend(
  db: PlainDatabase,
  path: bigint,
  bits: number,
  from = 0,
): { readonly record: number; readonly depth: number } {
  let record = from;
  let depth = 0;
  while (depth < bits && record < db.nodeCount) {
    record = recordOf(db, record, ((path >> BigInt(bits - 1 - depth)) & 1n) === 1n ? 1 : 0);
    depth += 1;
  }
  return { record, depth };
}

/** What a data record says; undefined for the record that says nothing. */
export function dataOf(db: PlainDatabase, record: number): unknown {
  if (record === db.nodeCount) return undefined;
  const offset = record - db.nodeCount - 16;
  return decode(db.bytes, db.dataStart + offset, db.dataStart).value;
}

/** The leaves under one record in address order; `depth` counts from the root of the whole tree. */
export interface LeafCursor {
  readonly record: number;
  readonly depth: number;
  /** False when there was no further leaf. */
  next(): boolean;
}

export function leafCursor(db: PlainDatabase, record: number, recordDepth: number): LeafCursor {
  const waiting = new Float64Array(130);
  const waitingDepth = new Int32Array(130);
  waiting[0] = record;
  waitingDepth[0] = recordDepth;
  let height = 1;
  const cursor = { record: -1, depth: -1, next };
  return cursor;

  function next(): boolean {
    if (height === 0) return false;
    height -= 1;
    let at = waiting[height] as number;
    let depth = waitingDepth[height] as number;
    while (at < db.nodeCount) {
      depth += 1;
      if (depth > db.width) throw new Error(`a path of more than ${db.width} bits`);
      waiting[height] = recordOf(db, at, 1);
      waitingDepth[height] = depth;
      height += 1;
      at = recordOf(db, at, 0);
    }
    cursor.record = at;
    cursor.depth = depth;
    return true;
  }
}

interface Decoded {
  readonly value: unknown;
  readonly end: number;
}

function decode(bytes: Buffer, at: number, base: number): Decoded {
  const control = bytes.readUInt8(at);
  let cursor = at + 1;
  let type = control >> 5;
  if (type === 1) {
    const pointer = decodePointer(bytes, control, cursor);
    return { value: decode(bytes, base + pointer.value, base).value, end: pointer.end };
  }
  if (type === 0) {
    type = 7 + bytes.readUInt8(cursor);
    cursor += 1;
  }
  let size = control & 31;
  if (size >= 29) {
    const extra = size - 28;
    size = [29, 285, 65821][extra - 1] as number;
    size += bytes.readUIntBE(cursor, extra);
    cursor += extra;
  }
  switch (type) {
    case 2:
      return { value: bytes.toString("utf8", cursor, cursor + size), end: cursor + size };
    case 3:
      return { value: bytes.readDoubleBE(cursor), end: cursor + size };
    case 7: {
      const map: Record<string, unknown> = {};
      for (let entry = 0; entry < size; entry += 1) {
        const key = decode(bytes, cursor, base);
        const value = decode(bytes, key.end, base);
        map[String(key.value)] = value.value;
        cursor = value.end;
      }
      return { value: map, end: cursor };
    }
    case 11: {
      const list: unknown[] = [];
      for (let entry = 0; entry < size; entry += 1) {
        const item = decode(bytes, cursor, base);
        list.push(item.value);
        cursor = item.end;
      }
      return { value: list, end: cursor };
    }
    case 8:
      return { value: BigInt.asIntN(32, unsigned(bytes, cursor, size)), end: cursor + size };
    case 5:
    case 6:
      return { value: Number(unsigned(bytes, cursor, size)), end: cursor + size };
    case 4:
    case 9:
    case 10:
      return { value: unsigned(bytes, cursor, size), end: cursor + size };
    case 14:
      return { value: size === 1, end: cursor };
    case 15:
      return { value: bytes.readFloatBE(cursor), end: cursor + size };
    default:
      throw new Error(`data of type ${type} at byte ${at}`);
  }
}

function decodePointer(bytes: Buffer, control: number, at: number): { value: number; end: number } {
  const length = ((control >> 3) & 3) + 1;
  const high = length === 4 ? 0 : (control & 7) * 256 ** length;
  const bias = [0, 2048, 526336, 0][length - 1] as number;
  return { value: high + bytes.readUIntBE(at, length) + bias, end: at + length };
}

function unsigned(bytes: Buffer, at: number, size: number): bigint {
  let value = 0n;
  for (let index = 0; index < size; index += 1)
    value = value * 256n + BigInt(bytes[at + index] ?? 0);
  return value;
}
