/** The slow and obvious reader of a tree: every network by its first address, as a bigint. */

export interface Interval {
  readonly first: bigint;
  readonly bits: number;
  /** The value of the record: of a leaf, so never below the node count. */
  readonly record: number;
}

/** All leaves of the tree at the start of a file, in address order. */
export function intervalsOf(
  file: Uint8Array,
  shape: { readonly nodeCount: number; readonly recordSize: number; readonly width: number },
): Interval[] {
  const { nodeCount, recordSize, width } = shape;
  const found: Interval[] = [];
  const visit = (record: number, first: bigint, bits: number): void => {
    if (record >= nodeCount) {
      found.push({ first, bits, record });
      return;
    }
    const start = BigInt(record * recordSize * 2);
    visit(Number(bitsAt(file, start, recordSize, 0)), first, bits + 1);
    const half = 1n << BigInt(width - bits - 1);
    visit(Number(bitsAt(file, start, recordSize, 1)), first + half, bits + 1);
  };
  visit(0, 0n, 0);
  return found;
}

/** One record of a node: the node's bits as one big integer, in the order the format gives them. */
function bitsAt(file: Uint8Array, start: bigint, size: number, side: 0 | 1): bigint {
  const at = Number(start / 8n);
  const bytes = file.subarray(at, at + size / 4);
  const node = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  if (size !== 28) return (node >> BigInt(side === 0 ? size : 0)) & ((1n << BigInt(size)) - 1n);
  const shared = (node >> 24n) & 0xffn;
  return side === 0
    ? ((shared >> 4n) << 24n) | (node >> 32n)
    : ((shared & 15n) << 24n) | (node & 0xff_ffffn);
}
