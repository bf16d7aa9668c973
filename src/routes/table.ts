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
  #children: Int32Array;
  /** Open addressing: node + 1, or 0 where free; `#mask` + 1 slots of it are in use. */
  #slots: Int32Array;
  #mask: number;

  /**
   * `maxNodes` bounds the nodes that can come to be. Memory for them is only reserved: the system
   * backs a page when it is first written.
   */
  constructor(maxNodes: number) {
    this.#children = new Int32Array(maxNodes * 2);
    let capacity = FIRST_CAPACITY;
    while (capacity * MAX_LOAD < maxNodes) capacity *= 2;
    this.#slots = new Int32Array(capacity);
    this.#mask = FIRST_CAPACITY - 1;
  }

  /**
   * The ref that stands for these children: the leaf itself where both are the same leaf, an
   * existing node where one has them. Two equal subtrees stay under a node of their own, because a
   * reader spends one bit of the address on every level.
   */
  node(zero: Ref, one: Ref): Ref {
    if (zero === one && zero < 0) return zero;
    const children = this.#children;
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hashPair(zero, one) & mask;
    for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
      const at = (held - 1) * 2;
      if (children[at] === zero && children[at + 1] === one) return held - 1;
      slot = (slot + 1) & mask;
    }
    const node = this.count++;
    children[node * 2] = zero;
    children[node * 2 + 1] = one;
    slots[slot] = node + 1;
    if (this.count > (mask + 1) * MAX_LOAD) this.#grow();
    return node;
  }

  /** The nodes so far. The builder must not be used after. */
  finish(): Int32Array {
    this.#slots = new Int32Array(0);
    return this.#children.subarray(0, this.count * 2);
  }

  #grow(): void {
    this.#mask = this.#mask * 2 + 1;
    const slots = this.#slots.fill(0, 0, this.#mask + 1);
    for (let node = 0; node < this.count; node++) {
      let slot = hashPair(this.#children[node * 2]!, this.#children[node * 2 + 1]!) & this.#mask;
      while (slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      slots[slot] = node + 1;
    }
  }
}

const FIRST_CAPACITY = 1 << 18;
const MAX_LOAD = 0.7;

function hashPair(zero: number, one: number): number {
  let hash = Math.imul(zero, 0x9e3779b1) ^ Math.imul(one, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
