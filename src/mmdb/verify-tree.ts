/**
 * Checks the search tree in one pass in file order, which is all that a plain tree with children
 * behind their parents needs. Where nodes are shared, a second such pass counts the ways to each.
 * Where some lead backwards, as the aliases in MaxMind's own files do, a pass follows the records
 * instead, each node once.
 */
import type { ByteSource } from "./bytes.ts";
import { MmdbError, type MmdbReason } from "./error.ts";
import { type Metadata, SEPARATOR_BYTES } from "./metadata.ts";
import { RecordIndex } from "./records.ts";
import { SearchTree } from "./tree.ts";

/** Leaves with all sharing undone; the largest real databases have some tens of millions. */
const MAX_NETWORKS = 2 ** 27;

type Fail = (reason: MmdbReason, node: number, problem: string) => never;

/** Returns the records that the tree points to; throws `MmdbError`. */
export function checkTree(source: ByteSource, metadata: Metadata): RecordIndex {
  const tree = new SearchTree(source, metadata);
  const starts = new Uint32Array(Math.ceil(metadata.dataSize / 32));
  /** Depth of each node, 0 where nothing has led to it yet. */
  const depths = new Uint8Array(tree.nodeCount);
  const fail: Fail = (reason, node, problem) => {
    const offset = node * (metadata.recordSize / 4);
    throw new MmdbError(reason, source.name, offset, `node ${node} ${problem}`);
  };

  let forward = true;
  let shared = false;
  const { nodeCount, dataBase, bits } = tree;
  const dataEnd = dataBase + metadata.dataSize;
  for (let node = 0; node < nodeCount; node++) {
    tree.read(node);
    const { left, right } = tree;
    const depth = (depths[node] as number) + 1;
    if (left < nodeCount) {
      if (depth === bits || left === 0) failNode(left, node, bits, fail);
      if (left <= node) forward = false;
      const known = depths[left] as number;
      if (known > 0) shared = true;
      if (known < depth) depths[left] = depth;
    } else if (left >= dataBase && left < dataEnd) {
      const at = left - dataBase;
      starts[at >>> 5] = (starts[at >>> 5] as number) | (1 << (at & 31));
    } else if (left > nodeCount) {
      failLeaf("left", left - dataBase, node, metadata.dataSize, fail);
    }
    if (right < nodeCount) {
      if (depth === bits || right === 0) failNode(right, node, bits, fail);
      if (right <= node) forward = false;
      const known = depths[right] as number;
      if (known > 0) shared = true;
      if (known < depth) depths[right] = depth;
    } else if (right >= dataBase && right < dataEnd) {
      const at = right - dataBase;
      starts[at >>> 5] = (starts[at >>> 5] as number) | (1 << (at & 31));
    } else if (right > nodeCount) {
      failLeaf("right", right - dataBase, node, metadata.dataSize, fail);
    }
  }
  if (!forward) checkGraph(tree, depths, fail);
  else if (shared) checkWidth(tree, fail);
  return new RecordIndex(starts);
}

function failNode(record: number, node: number, bits: number, fail: Fail): never {
  if (record === 0) return fail("tree-cycle", node, "leads back to the root of the tree");
  return fail("tree-too-deep", node, `leads below the ${bits} bits of an address`);
}

function failLeaf(
  side: string,
  dataOffset: number,
  node: number,
  dataSize: number,
  fail: Fail,
): never {
  const way = `leads on its ${side} to byte`;
  if (dataOffset >= 0) {
    const problem = `${way} ${dataOffset} of the data section, which has ${dataSize} bytes`;
    return fail("record-beyond-data", node, problem);
  }
  const gapByte = SEPARATOR_BYTES + dataOffset;
  return fail(
    "record-in-separator",
    node,
    `${way} ${gapByte} of the ${SEPARATOR_BYTES} that part the tree from the data`,
  );
}

/** With every child behind its parents, all ways to a node are known when it is reached. */
function checkWidth(tree: SearchTree, fail: Fail): void {
  const { nodeCount } = tree;
  const ways = new Float32Array(nodeCount);
  ways[0] = 1;
  let networks = 0;
  for (let node = 0; node < nodeCount; node++) {
    tree.read(node);
    const { left, right } = tree;
    const here = ways[node] as number;
    if (left < nodeCount) ways[left] = (ways[left] as number) + here;
    else networks += here;
    if (right < nodeCount) ways[right] = (ways[right] as number) + here;
    else networks += here;
  }
  failWide(networks, fail);
}

const OPEN = 255;

/**
 * Depth first, the child that lies first in the file first, so that the window follows. Every node
 * is read once; its height and its number of leaves are kept for whoever leads to it again.
 */
function checkGraph(
  tree: SearchTree,
  /** Taken over: 0 for a node not met, OPEN for one on the path, else the nodes down to a leaf. */
  heights: Uint8Array,
  fail: Fail,
): void {
  const { bits, nodeCount } = tree;
  heights.fill(0);
  const networks = new Float32Array(nodeCount);
  /** The path, and the records of its nodes in the order in which they are followed. */
  const path = new Uint32Array(bits);
  const records = new Uint32Array(2 * bits);
  const followed = new Uint8Array(bits);

  const open = (node: number, depth: number) => {
    tree.read(node);
    heights[node] = OPEN;
    path[depth] = node;
    records[2 * depth] = Math.min(tree.left, tree.right);
    records[2 * depth + 1] = Math.max(tree.left, tree.right);
    followed[depth] = 0;
  };
  const heightOf = (record: number) => (record < nodeCount ? (heights[record] as number) : 0);
  const networksOf = (record: number) => (record < nodeCount ? (networks[record] as number) : 1);

  open(0, 0);
  for (let depth = 0; depth >= 0; ) {
    const node = path[depth] as number;
    const step = followed[depth] as number;
    if (step === 2) {
      const first = records[2 * depth] as number;
      const second = records[2 * depth + 1] as number;
      heights[node] = 1 + Math.max(heightOf(first), heightOf(second));
      networks[node] = networksOf(first) + networksOf(second);
      depth -= 1;
      continue;
    }
    followed[depth] = step + 1;
    const record = records[2 * depth + step] as number;
    if (record >= nodeCount) continue;
    const height = heights[record] as number;
    if (height === OPEN) {
      fail("tree-cycle", node, `leads back to node ${record}, from which it is reached`);
    }
    // Of a node not met yet at least the node itself lies below.
    if (depth + 1 + Math.max(1, height) > bits) {
      fail("tree-too-deep", node, `leads below the ${bits} bits of an address`);
    }
    if (height === 0) {
      depth += 1;
      open(record, depth);
    }
  }
  failWide(networks[0] as number, fail);
}

function failWide(networks: number, fail: Fail): void {
  if (networks <= MAX_NETWORKS) return;
  fail(
    "tree-too-wide",
    0,
    `stands for about ${networks.toExponential(1)} networks, more than the ${MAX_NETWORKS} allowed: few nodes are shared by far too many`,
  );
}
