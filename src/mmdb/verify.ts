/**
 * Reads a whole database once and refuses it unless every later reader is safe: all offsets in
 * bounds, no cycle, nothing nested or multiplied beyond a budget. Memory stays at one byte a node
 * (five where subtrees are shared) and half a byte a byte of data.
 */
import type { ByteSource } from "./bytes.ts";
import type { VerifiedDatabase } from "./database.ts";
import { MmdbError } from "./error.ts";
import { type Metadata, readMetadata, SEPARATOR_BYTES } from "./metadata.ts";
import { checkRecords } from "./verify-data.ts";
import { checkTree } from "./verify-tree.ts";

/** Throws `MmdbError` with the first fault that it meets. */
export function verifyDatabase(source: ByteSource): VerifiedDatabase {
  const metadata = readMetadata(source);
  const records = checkTree(source, metadata);
  checkRecords(source, metadata, records);
  checkSeparator(source, metadata);
  return { source, metadata, records };
}

function checkSeparator(source: ByteSource, metadata: Metadata): void {
  const separator = new Uint8Array(SEPARATOR_BYTES);
  source.read(metadata.treeSize, separator);
  if (separator.every((byte) => byte === 0)) return;
  throw new MmdbError(
    "separator-not-zero",
    source.name,
    metadata.treeSize,
    `the ${SEPARATOR_BYTES} bytes between the ${metadata.nodeCount} nodes and the data are not zero, so the number of nodes is wrong or the tree is damaged`,
  );
}
