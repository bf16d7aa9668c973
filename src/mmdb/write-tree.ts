/** The search tree of a database as bytes; `tree.ts` shows the layout of a node. */

/** The narrowest records that hold every value below `recordLimit`. */
export function recordSizeFor(recordLimit: number): 24 | 28 | 32 {
  if (recordLimit <= 2 ** 24) return 24;
  if (recordLimit <= 2 ** 28) return 28;
  if (recordLimit <= 2 ** 32) return 32;
  throw new RangeError(`${recordLimit} nodes and data bytes do not fit into 32-bit records`);
}

/**
 * Fills the start of a file with nodes in reverse: child `i` becomes node `nodeCount - 1 - i`.
 * `children` is as in `DatabaseParts`; `leaves` holds the record of each value number.
 */
export function writeTree(
  file: Uint8Array,
  children: Int32Array,
  nodeCount: number,
  leaves: Uint32Array,
  recordSize: 24 | 28 | 32,
): void {
  const root = nodeCount - 1;
  let at = 0;
  for (let node = root; node >= 0; node--) {
    const leftChild = children[2 * node] as number;
    const rightChild = children[2 * node + 1] as number;
    if (leftChild >= node || rightChild >= node) {
      throw new RangeError(`node ${node} comes before one of its children`);
    }
    const left = leftChild >= 0 ? root - leftChild : (leaves[-1 - leftChild] as number);
    const right = rightChild >= 0 ? root - rightChild : (leaves[-1 - rightChild] as number);
    if (recordSize === 32) {
      file[at++] = left >>> 24;
      file[at++] = left >>> 16;
      file[at++] = left >>> 8;
      file[at++] = left;
      file[at++] = right >>> 24;
    } else {
      file[at++] = left >>> 16;
      file[at++] = left >>> 8;
      file[at++] = left;
      // Bits 24 to 27 of both records share a byte.
      if (recordSize === 28) file[at++] = ((left >>> 20) & 0xf0) | (right >>> 24);
    }
    file[at++] = right >>> 16;
    file[at++] = right >>> 8;
    file[at++] = right;
  }
}
