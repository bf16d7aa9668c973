/**
 * Writes a database of IPv6 shape (IPv4 at ::/96) from hash-consed nodes.
 *
 *     search tree | 16 zero bytes | data section | metadata marker | metadata
 *
 * Nodes arrive with children before their parents and leave in reverse, so that node 0 is the
 * root and every record leads forward.
 */
import type { MmdbValue } from "./decode.ts";
import { ValueEncoder } from "./encode.ts";
import { METADATA_MARKER, SEPARATOR_BYTES } from "./metadata.ts";
import { recordSizeFor, writeTree } from "./write-tree.ts";

export interface DatabaseParts {
  /**
   * Two records a node, left then right: at least 0 a node index, below 0 the leaf with the value
   * number `-1 - record`. Children come before their parents.
   */
  readonly children: Int32Array;
  /** Nodes in `children` that count; the last one is the root. */
  readonly count: number;
  /** `count - 1`, or below 0 for a table of one leaf. */
  readonly root: number;
  /** Only the ones that a leaf uses are written: verifiers refuse data without a network. */
  readonly leafValues: readonly MmdbValue[];
  readonly metadata: {
    readonly databaseType: string;
    /** Seconds since 1970. */
    readonly buildEpoch: number;
    readonly languages: readonly string[];
    /** By language; not empty, because Go's verifier insists. */
    readonly description: Readonly<Record<string, string>>;
  };
}

/** The whole file. Throws `RangeError` for parts that break their description. */
export function encodeDatabase(parts: DatabaseParts): Uint8Array {
  const { children, nodeCount } = treeOf(parts);
  const data = new ValueEncoder();
  const offsets = encodeUsedValues(children, nodeCount, parts.leafValues, data);

  const recordSize = recordSizeFor(nodeCount + SEPARATOR_BYTES + data.length);
  const treeSize = (nodeCount * recordSize) / 4;
  const metadata = encodeMetadata(parts, nodeCount, recordSize);
  const dataAt = treeSize + SEPARATOR_BYTES;
  const markerAt = dataAt + data.length;
  const file = new Uint8Array(markerAt + METADATA_MARKER.length + metadata.length);

  const leaves = Uint32Array.from(offsets, (offset) => nodeCount + SEPARATOR_BYTES + offset);
  writeTree(file, children, nodeCount, leaves, recordSize);
  file.set(data.bytes(), dataAt);
  file.set(METADATA_MARKER, markerAt);
  file.set(metadata, markerAt + METADATA_MARKER.length);
  return file;
}

/** A table that is one leaf becomes one node with that leaf on both sides. */
function treeOf(parts: DatabaseParts): { children: Int32Array; nodeCount: number } {
  const { children, count, root } = parts;
  if (root < 0) return { children: Int32Array.of(root, root), nodeCount: 1 };
  if (root !== count - 1 || children.length < 2 * count) {
    throw new RangeError(`root ${root} is not the last of ${count} nodes`);
  }
  return { children, nodeCount: count };
}

/** The data offset of each value number; 0 for an unused one. */
function encodeUsedValues(
  children: Int32Array,
  nodeCount: number,
  values: readonly MmdbValue[],
  data: ValueEncoder,
): Float64Array {
  const used = new Uint8Array(values.length);
  for (let record = 0; record < 2 * nodeCount; record++) {
    const child = children[record] as number;
    if (child >= 0) continue;
    if (-1 - child >= values.length) throw new RangeError(`leaf ${-1 - child} has no value`);
    used[-1 - child] = 1;
  }
  const offsets = new Float64Array(values.length);
  values.forEach((value, number) => {
    if (used[number] === 1) offsets[number] = data.value(value);
  });
  return offsets;
}

function encodeMetadata(parts: DatabaseParts, nodeCount: number, recordSize: number): Uint8Array {
  const { buildEpoch, databaseType, description, languages } = parts.metadata;
  if (Object.keys(description).length === 0) throw new RangeError("the description is empty");
  const map = new ValueEncoder();
  // The keys in order and the integers in the types that the specification gives.
  map.mapHead(9);
  map.text("binary_format_major_version");
  map.uint16(2);
  map.text("binary_format_minor_version");
  map.uint16(0);
  map.text("build_epoch");
  map.uint64(BigInt(buildEpoch));
  map.text("database_type");
  map.text(databaseType);
  map.text("description");
  map.value(description);
  map.text("ip_version");
  map.uint16(6);
  map.text("languages");
  map.value(languages);
  map.text("node_count");
  map.uint32(nodeCount);
  map.text("record_size");
  map.uint16(recordSize);
  return map.bytes();
}
