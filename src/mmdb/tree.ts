/**
 * The search tree, read through a window that follows the walk.
 *
 * A node is two records, left for a 0 bit and right for a 1. Record sizes 24 and 32 are plain
 * big-endian integers; 28 shares the fourth of seven bytes, its high half leading the left record
 * and its low half the right: 12 34 56 ab 78 9a bc is left 0xa123456 and right 0xb789abc.
 *
 * A record below the node count is a node, one equal to it means that nothing is known, and one
 * above is 16 + an offset into the data section + the node count.
 */
import type { ByteSource } from "./bytes.ts";
import type { VerifiedDatabase } from "./database.ts";
import { type Metadata, SEPARATOR_BYTES } from "./metadata.ts";

/** Files lie in pre-order, and larger windows gain nothing; a single look-up wants far less. */
const WINDOW_BYTES = 65_536;
const JUMP_BYTES = 4096;

export function openTree(db: VerifiedDatabase): SearchTree {
  return new SearchTree(db.source, db.metadata);
}

export class SearchTree {
  readonly nodeCount: number;
  /** Address bits: the tree's greatest depth. */
  readonly bits: 32 | 128;
  /** A record less this is the offset of its data. */
  readonly dataBase: number;
  /** The records of the node read last. */
  left = 0;
  right = 0;
  readonly #source: ByteSource;
  readonly #recordSize: 24 | 28 | 32;
  readonly #nodeBytes: number;
  readonly #window: Uint8Array;
  /** The nodes held: from `#first` up to, not including, `#first + #held`. */
  #first = 0;
  #held = 0;

  constructor(source: ByteSource, metadata: Metadata, windowBytes = WINDOW_BYTES) {
    this.nodeCount = metadata.nodeCount;
    this.bits = metadata.ipVersion === 4 ? 32 : 128;
    this.dataBase = metadata.nodeCount + SEPARATOR_BYTES;
    this.#source = source;
    this.#recordSize = metadata.recordSize;
    this.#nodeBytes = metadata.recordSize / 4;
    const nodes = Math.max(1, Math.floor(windowBytes / this.#nodeBytes));
    this.#window = new Uint8Array(Math.min(nodes, this.nodeCount) * this.#nodeBytes);
  }

  /** Puts the two records of a node, below `nodeCount`, into `left` and `right`. */
  read(node: number): void {
    let index = node - this.#first;
    if (index < 0 || index >= this.#held) index = this.#move(node);
    const bytes = this.#window;
    const at = index * this.#nodeBytes;
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    const e = bytes[at + 4] as number;
    const f = bytes[at + 5] as number;
    if (this.#recordSize === 28) {
      this.left = ((d & 0xf0) << 20) | (a << 16) | (b << 8) | c;
      this.right = ((d & 0x0f) << 24) | (e << 16) | (f << 8) | (bytes[at + 6] as number);
    } else if (this.#recordSize === 24) {
      this.left = (a << 16) | (b << 8) | c;
      this.right = (d << 16) | (e << 8) | f;
    } else {
      const g = bytes[at + 6] as number;
      this.left = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
      this.right = ((e << 24) | (f << 16) | (g << 8) | (bytes[at + 7] as number)) >>> 0;
    }
  }

  /**
   * Makes the window start at a node. Walks of files in pre-order only ever move on, and deserve a
   * large one; where subtrees are shared a walk jumps, and most of a large one would be waste.
   */
  #move(node: number): number {
    const onwards = node >= this.#first && node < this.#first + 2 * this.#held;
    const size = onwards ? 4 * this.#held * this.#nodeBytes : JUMP_BYTES;
    const rest = (this.nodeCount - node) * this.#nodeBytes;
    const bytes = Math.max(this.#nodeBytes, Math.min(size, rest, this.#window.length));
    this.#held = Math.floor(bytes / this.#nodeBytes);
    this.#first = node;
    const target = this.#window.subarray(0, this.#held * this.#nodeBytes);
    this.#source.read(node * this.#nodeBytes, target);
    return 0;
  }
}

/** The record that holds all of IPv4: behind 96 zero bits of an IPv6 tree, a leaf if one is met. */
export function ipv4Root(tree: SearchTree): number {
  let record = 0;
  for (let depth = 0; depth < tree.bits - 32 && record < tree.nodeCount; depth++) {
    tree.read(record);
    record = tree.left;
  }
  return record;
}

/**
 * Receives one network: its address as 32-bit words (one in a tree of 32 bits, four in one of
 * 128), valid during the call only; its prefix length; its record number, or -1 for no data.
 */
export type NetworkVisitor = (words: Uint32Array, bits: number, recordNumber: number) => void;

/** Visits every leaf in address order; aliased subtrees once for each way that leads to them. */
export function walkNetworks(db: VerifiedDatabase, visit: NetworkVisitor): void {
  const tree = openTree(db);
  const words = new Uint32Array(tree.bits / 32);
  /** The right record of the node at each depth of the path. */
  const rights = new Uint32Array(tree.bits);
  let record = 0;
  let depth = 0;
  for (;;) {
    while (record < tree.nodeCount) {
      tree.read(record);
      rights[depth] = tree.right;
      record = tree.left;
      depth += 1;
    }
    const known = record !== tree.nodeCount;
    visit(words, depth, known ? db.records.numberOf(record - tree.dataBase) : -1);
    while (depth > 0 && bitOf(words, depth - 1)) {
      depth -= 1;
      flipBit(words, depth);
    }
    if (depth === 0) return;
    flipBit(words, depth - 1);
    record = rights[depth - 1] as number;
  }
}

function bitOf(words: Uint32Array, bit: number): boolean {
  return ((words[bit >>> 5] as number) & (0x8000_0000 >>> (bit & 31))) !== 0;
}

function flipBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] as number) ^ (0x8000_0000 >>> (bit & 31));
}
