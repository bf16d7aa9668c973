/**
 * The route table: a binary trie over all IPv6 addresses whose leaves are classes.
 *
 * It is minimal for its order and canonical: a node never has the same leaf twice, and equal
 * subtrees are one node, so two tables that answer alike are the same arrays. Nodes are numbered
 * as they are completed, children before parents; nothing in the table is unreachable.
 */

/** A node number, or a leaf holding class `c` written as `-1 - c`. */
export type Ref = number;

export const leafOf = (classNumber: number): Ref => -1 - classNumber;
export const classOf = (leaf: Ref): number => -1 - leaf;

/** Clients that get the same lists: for each list set, the number of its list. */
export interface RouteClass {
  readonly lists: readonly number[];
}

/** The distinct lists of one list set; a list is mirror numbers, best first. */
export interface RouteListSet {
  readonly name: string;
  readonly lists: readonly (readonly number[])[];
}

export interface RouteTable {
  /** Two refs a node: the side of a 0 bit, the side of a 1 bit. */
  readonly children: Int32Array;
  readonly count: number;
  readonly root: Ref;
  /** The IPv4 addresses, 96 zero bits below the root. */
  readonly ipv4Root: Ref;
  readonly classes: readonly RouteClass[];
  readonly sets: readonly RouteListSet[];
}

/** Builds the nodes of a table bottom-up, keeping it minimal at every step. */
export class TableBuilder {
  count = 0;
  readonly #children: Int32Array;
  /**
   * Open addressing: 0 where free, else node + 1 in the low bits and, above them, as much of the
   * node's hash as fits. A slot of another node is told by its hash nearly always, which saves
   * reading the node: it lies anywhere in memory, while the next slot is in the same cache line.
   */
  readonly #slots: Int32Array;
  readonly #nodeMask: number;
  /**
   * Nodes met lately, each as its children and node + 1, where their hash says. Four of five nodes
   * that come again are here, in a few hundred kilobytes that stay in the processor's cache.
   */
  readonly #recent = new Int32Array(RECENT * 4);
  /** `#slotMask` + 1 slots are in use. */
  #slotMask: number;

  /**
   * `maxNodes` bounds the nodes that can come to be. Memory for them is only reserved: the system
   * backs a page when it is first written.
   */
  constructor(maxNodes: number) {
    this.#children = new Int32Array(maxNodes * 2);
    this.#slots = new Int32Array(powerOfTwo(maxNodes / MAX_LOAD));
    // Of real databases a third of the nodes remain: there the table need not grow.
    this.#slotMask = powerOfTwo(maxNodes / 3 / MAX_LOAD) - 1;
    this.#nodeMask = 2 ** (32 - Math.clz32(maxNodes)) - 1;
  }

  /**
   * The ref that stands for these children: the leaf itself where both are the same leaf, an
   * existing node where one has them. Two equal subtrees stay under a node of their own, because a
   * reader spends one bit of the address on every level.
   */
  node(zero: Ref, one: Ref): Ref {
    if (zero === one && zero < 0) return zero;
    const hash = hashPair(zero, one);
    const recent = this.#recent;
    const at = (hash & (RECENT - 1)) * 4;
    if (recent[at] === zero && recent[at + 1] === one && recent[at + 2] !== 0) {
      return recent[at + 2]! - 1;
    }
    const node = this.#find(hash, zero, one);
    recent[at] = zero;
    recent[at + 1] = one;
    recent[at + 2] = node + 1;
    return node;
  }

  /** The nodes so far. The builder must not be used after. */
  finish(): Int32Array {
    return this.#children.subarray(0, this.count * 2);
  }

  #find(hash: number, zero: Ref, one: Ref): number {
    const children = this.#children;
    const slots = this.#slots;
    const slotMask = this.#slotMask;
    const nodeMask = this.#nodeMask;
    let slot = hash & slotMask;
    for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
      if (((held ^ hash) & ~nodeMask) === 0) {
        const node = (held & nodeMask) - 1;
        if (children[node * 2] === zero && children[node * 2 + 1] === one) return node;
      }
      slot = (slot + 1) & slotMask;
    }
    const node = this.count++;
    children[node * 2] = zero;
    children[node * 2 + 1] = one;
    slots[slot] = (hash & ~nodeMask) | (node + 1);
    if (this.count > (slotMask + 1) * MAX_LOAD) this.#grow();
    return node;
  }

  #grow(): void {
    this.#slotMask = this.#slotMask * 2 + 1;
    const slotMask = this.#slotMask;
    const slots = this.#slots.fill(0, 0, slotMask + 1);
    for (let node = 0; node < this.count; node++) {
      const hash = hashPair(this.#children[node * 2]!, this.#children[node * 2 + 1]!);
      let slot = hash & slotMask;
      while (slots[slot] !== 0) slot = (slot + 1) & slotMask;
      slots[slot] = (hash & ~this.#nodeMask) | (node + 1);
    }
  }
}

const MAX_LOAD = 0.75;
/** A power of two. */
const RECENT = 1 << 14;

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1024, least)));
}

function hashPair(zero: number, one: number): number {
  let hash = Math.imul(zero, 0x9e3779b1) ^ Math.imul(one, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
