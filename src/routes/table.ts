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

/** Clients of one country that get the same lists. */
export interface RouteClass {
  /** As GeoIP, or an override, says; undefined where it does not. */
  readonly country: string | undefined;
  /** For each list set, the number of its group. */
  readonly groups: readonly number[];
}

/** The distinct lists of one list set, and the distinct groups of them. */
export interface RouteListSet {
  readonly name: string;
  /** Mirror numbers, best first. */
  readonly lists: readonly (readonly number[])[];
  /** List numbers, one for each rotation: the client's address picks which it gets. */
  readonly groups: readonly (readonly number[])[];
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
  /** Lists in a group. */
  readonly rotations: number;
}

/** The lists of a class in a set, by rotation: mirror numbers, best first. */
export function listsOf(
  { groups }: RouteClass,
  set: number,
  { sets }: Pick<RouteTable, "sets">,
): readonly (readonly number[])[] {
  const { lists, groups: ofSet } = sets[set]!;
  return ofSet[groups[set]!]!.map((list) => lists[list]!);
}

/**
 * Builds the nodes of a table bottom-up, keeping it minimal at every step.
 *
 * Finding the node that has two given children is most of the work, and a look-up in one large hash
 * table waits for memory every time. A node above the one completed last is new, since nothing can
 * have it as a child yet. Any other is sought in three places:
 *
 * 1. among those met lately, in a cache that the processor keeps close;
 * 2. at the later of its children: a new node's was mostly completed just before, so its entry lies
 *    where the last one was written;
 * 3. in the hash table, which holds those with two leaves and those whose place at the child was
 *    taken. A node is looked for there only if its place is taken by another.
 */
export class TableBuilder {
  count = 0;
  readonly #children: Int32Array;
  /** Three of four: the children of a node and its number + 1, at their hash. */
  readonly #recent = new Int32Array(RECENT * 4);
  /** By node: number + 1 of the first node of which it is the later child, 0 while there is none. */
  readonly #firstParent: Int32Array;
  /**
   * Open addressing: 0 where free, else node + 1 in the low bits and, above them, as much of the
   * node's hash as fits. A slot of another node is told by its hash nearly always, which saves
   * reading the node: it lies anywhere in memory, while the next slot is in the same cache line.
   */
  #slots: Int32Array;
  #held = 0;
  readonly #nodeMask: number;

  /**
   * `maxNodes` bounds the nodes that can come to be. Memory for them is only reserved: the system
   * backs a page when it is first written.
   */
  constructor(maxNodes: number) {
    this.#children = new Int32Array(maxNodes * 2);
    this.#firstParent = new Int32Array(maxNodes);
    // Of real databases less than a twelfth of the nodes come here.
    this.#slots = new Int32Array(powerOfTwo(maxNodes / 12));
    this.#nodeMask = 2 ** (32 - Math.clz32(maxNodes)) - 1;
  }

  /**
   * The ref that stands for these children: the leaf itself where both are the same leaf, an
   * existing node where one has them. Two equal subtrees stay under a node of their own, because a
   * reader spends one bit of the address on every level.
   */
  node(zero: Ref, one: Ref): Ref {
    if (zero === one && zero < 0) return zero;
    const later = zero > one ? zero : one;
    if (later >= 0 && later === this.count - 1) return this.#addAbove(later, zero, one);
    const hash = hashPair(zero, one);
    const recent = this.#recent;
    const at = (hash & (RECENT - 1)) * 4;
    if (recent[at] === zero && recent[at + 1] === one && recent[at + 2] !== 0) {
      return recent[at + 2]! - 1;
    }
    const node = this.#findOrAdd(hash, later, zero, one);
    recent[at] = zero;
    recent[at + 1] = one;
    recent[at + 2] = node + 1;
    return node;
  }

  /** The nodes so far. The builder must not be used after. */
  finish(): Int32Array {
    return this.#children.subarray(0, this.count * 2);
  }

  #findOrAdd(hash: number, later: Ref, zero: Ref, one: Ref): number {
    if (later >= 0) {
      const first = this.#firstParent[later]!;
      if (first === 0) return this.#addAbove(later, zero, one);
      const at = (first - 1) * 2;
      if (this.#children[at] === zero && this.#children[at + 1] === one) return first - 1;
    }
    const children = this.#children;
    const slots = this.#slots;
    const slotMask = slots.length - 1;
    const nodeMask = this.#nodeMask;
    let slot = hash & slotMask;
    for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
      if (((held ^ hash) & ~nodeMask) === 0) {
        const node = (held & nodeMask) - 1;
        if (children[node * 2] === zero && children[node * 2 + 1] === one) return node;
      }
      slot = (slot + 1) & slotMask;
    }
    const node = this.#add(zero, one);
    slots[slot] = (hash & ~nodeMask) | (node + 1);
    this.#held++;
    if (this.#held > slots.length * MAX_LOAD) this.#grow();
    return node;
  }

  /** The first node of which `later` is the later child. */
  #addAbove(later: number, zero: Ref, one: Ref): number {
    const node = this.#add(zero, one);
    this.#firstParent[later] = node + 1;
    return node;
  }

  #add(zero: Ref, one: Ref): number {
    const node = this.count++;
    this.#children[node * 2] = zero;
    this.#children[node * 2 + 1] = one;
    return node;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const slotMask = slots.length - 1;
    const nodeMask = this.#nodeMask;
    for (let i = 0; i < old.length; i++) {
      const held = old[i]!;
      if (held === 0) continue;
      const at = ((held & nodeMask) - 1) * 2;
      let slot = hashPair(this.#children[at]!, this.#children[at + 1]!) & slotMask;
      while (slots[slot] !== 0) slot = (slot + 1) & slotMask;
      slots[slot] = held;
    }
    this.#slots = slots;
  }
}

const MAX_LOAD = 0.75;
/** A power of two: a few hundred kilobytes hold four of five nodes that come again. */
const RECENT = 1 << 13;

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1024, least)));
}

function hashPair(zero: number, one: number): number {
  let hash = Math.imul(zero, 0x9e3779b1) ^ Math.imul(one, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
