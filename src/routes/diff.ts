/**
 * Two route tables compared address by address: how many clients went from each class of the one to
 * each class of the other.
 *
 * Both tries are walked at once, in address order, each as the tree that readers see: a subtree that
 * is stored once is walked once for every network that leads to it. That is exact, and needs no table
 * of pairs of nodes, which would have as many entries as there are nodes.
 */

import { unitsIn } from "./aggregate.ts";
import { IPV4_PREFIXES } from "./marks.ts";
import { classOf, leafOf, type Ref } from "./table.ts";

/** A trie over all IPv6 addresses, as a `RouteTable` has it, whose leaves are numbers. */
export interface NumberTrie {
  readonly children: Int32Array;
  readonly root: Ref;
}

/** By pair of classes, how many clients have these two; rows in order of first sight. */
export interface PairCounts {
  readonly count: number;
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Addresses. */
  readonly ipv4: Float64Array;
  /** Networks of /48 with their fractions. */
  readonly ipv6: Float64Array;
}

/** The leaf of what is counted in a mask; everything else is not. */
export const COUNTED = 1;

/** A pair of real tables has some ten million; a few nodes that are shared by far too many, any number. */
const MOST_NETWORKS = 2 ** 27;

/**
 * Of IPv6 those networks count that any mask has as `COUNTED`; with no mask, all. IPv4 is counted
 * once, and not again where IPv6 embeds it. Throws on a trie deeper than an address or wider than
 * the Internet.
 */
export function countPairs(
  before: NumberTrie,
  after: NumberTrie,
  masks: readonly [] | readonly [NumberTrie] | readonly [NumberTrie, NumberTrie],
  mostNetworks = MOST_NETWORKS,
): PairCounts {
  const pairs = new PairTable();
  const a = before.children;
  const b = after.children;
  let networks = 0;

  function add(ofBefore: Ref, ofAfter: Ref, units: number, family: 0 | 1): void {
    if (++networks > mostNetworks) throw new Error("the routes stand for too many networks");
    pairs.add(classOf(ofBefore), classOf(ofAfter), units, family);
  }

  /**
   * One of the refs is a node. The side of a 1 bit comes first, since files of ours have it first: so
   * memory is read in order. `left` bits of an address are left, which bounds the recursion.
   */
  function count(ofBefore: Ref, ofAfter: Ref, left: number, units: number, family: 0 | 1): void {
    if (left === 0) throw new Error("the routes are deeper than an address");
    const half = units / 2;
    const a1 = ofBefore < 0 ? ofBefore : a[ofBefore * 2 + 1]!;
    const b1 = ofAfter < 0 ? ofAfter : b[ofAfter * 2 + 1]!;
    if (a1 < 0 && b1 < 0) add(a1, b1, half, family);
    else count(a1, b1, left - 1, half, family);
    const a0 = ofBefore < 0 ? ofBefore : a[ofBefore * 2]!;
    const b0 = ofAfter < 0 ? ofAfter : b[ofAfter * 2]!;
    if (a0 < 0 && b0 < 0) add(a0, b0, half, family);
    else count(a0, b0, left - 1, half, family);
  }

  function countFrom(ofBefore: Ref, ofAfter: Ref, left: number, family: 4 | 6): void {
    const width = family === 4 ? 32 : 128;
    const units = unitsIn(family, width - left);
    const column = family === 4 ? 0 : 1;
    if (ofBefore < 0 && ofAfter < 0) add(ofBefore, ofAfter, units, column);
    else count(ofBefore, ofAfter, left, units, column);
  }

  countFrom(ipv4Of(before), ipv4Of(after), 32, 4);
  const [mask = EVERYTHING, other = NOTHING] = masks;
  walkMasked(before, after, mask, other, (ref, otherRef, bits) =>
    countFrom(ref, otherRef, 128 - bits, 6),
  );
  return pairs.finish();
}

const EVERYTHING: NumberTrie = { children: new Int32Array(0), root: leafOf(COUNTED) };

const NOTHING: NumberTrie = { children: new Int32Array(0), root: leafOf(0) };

/** Visits the pairs of refs at the networks that are in either mask and embed no IPv4. */
function walkMasked(
  before: NumberTrie,
  after: NumberTrie,
  mask: NumberTrie,
  other: NumberTrie,
  visit: (before: Ref, after: Ref, bits: number) => void,
): void {
  const counted = leafOf(COUNTED);
  const below = ({ children }: NumberTrie, ref: Ref, side: 0 | 1) =>
    ref < 0 ? ref : children[ref * 2 + side]!;
  const walk = (a: Ref, b: Ref, embedded: Ref, m: Ref, o: Ref, bits: number): void => {
    if (embedded === counted) return;
    if (m < 0 && o < 0 && m !== counted && o !== counted) return;
    if (embedded < 0 && (m === counted || o === counted)) {
      visit(a, b, bits);
      return;
    }
    if (bits === 128) throw new Error("the networks are deeper than an address");
    for (const side of SIDES) {
      walk(
        below(before, a, side),
        below(after, b, side),
        below(IPV4_TRIE, embedded, side),
        below(mask, m, side),
        below(other, o, side),
        bits + 1,
      );
    }
  };
  walk(before.root, after.root, IPV4_TRIE.root, mask.root, other.root, 0);
}

const SIDES = [1, 0] as const;

/** The prefixes that embed IPv4 are its `COUNTED` leaves. */
const IPV4_TRIE: NumberTrie = trieOfPrefixes();

function trieOfPrefixes(): NumberTrie {
  const children: number[] = [leafOf(0), leafOf(0)];
  for (const { words, bits } of IPV4_PREFIXES) {
    let node = 0;
    for (let depth = 0; depth < bits; depth++) {
      const at = node * 2 + ((words[depth >> 5]! >>> (31 - (depth & 31))) & 1);
      if (depth === bits - 1) children[at] = leafOf(COUNTED);
      else if (children[at]! < 0) children[at] = children.push(leafOf(0), leafOf(0)) / 2 - 1;
      node = children[at]!;
    }
  }
  return { children: Int32Array.from(children), root: 0 };
}

/** What holds all of IPv4: 96 zero bits below the root, or a leaf above. */
function ipv4Of({ children, root }: NumberTrie): Ref {
  let ref = root;
  for (let depth = 0; depth < 96 && ref >= 0; depth++) ref = children[ref * 2]!;
  return ref;
}

/** Sums by pair of numbers: open addressing over typed arrays. */
class PairTable {
  #count = 0;
  #before = new Int32Array(FIRST_ROWS);
  #after = new Int32Array(FIRST_ROWS);
  /** One column for each family. */
  #units: [Float64Array, Float64Array] = [
    new Float64Array(FIRST_ROWS),
    new Float64Array(FIRST_ROWS),
  ];
  /** Row + 1, 0 where free. */
  #slots = new Int32Array(FIRST_ROWS * 2);
  /** By class before, the row + 1 that it had last: nearly always the one that it has next. */
  #last = new Int32Array(FIRST_ROWS);

  add(before: number, after: number, units: number, family: 0 | 1): void {
    const last = this.#last[before] ?? 0;
    const isLast = last !== 0 && this.#after[last - 1] === after;
    const row = isLast ? last - 1 : this.#rowOf(before, after);
    this.#units[family][row]! += units;
  }

  finish(): PairCounts {
    return {
      count: this.#count,
      before: this.#before.subarray(0, this.#count),
      after: this.#after.subarray(0, this.#count),
      ipv4: this.#units[0].subarray(0, this.#count),
      ipv6: this.#units[1].subarray(0, this.#count),
    };
  }

  #rowOf(before: number, after: number): number {
    const row = this.#findOrAdd(before, after);
    if (before >= this.#last.length) {
      this.#last = wider(this.#last, new Int32Array(2 * before));
    }
    this.#last[before] = row + 1;
    return row;
  }

  #findOrAdd(before: number, after: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(before, after) & mask;
    for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
      if (this.#before[held - 1] === before && this.#after[held - 1] === after) return held - 1;
      slot = (slot + 1) & mask;
    }
    const row = this.#count++;
    if (row === this.#before.length) this.#grow();
    this.#before[row] = before;
    this.#after[row] = after;
    this.#fill(row);
    return row;
  }

  #fill(row: number): void {
    const mask = this.#slots.length - 1;
    let slot = hashOf(this.#before[row]!, this.#after[row]!) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = row + 1;
  }

  #grow(): void {
    const rows = this.#before.length * 2;
    this.#before = wider(this.#before, new Int32Array(rows));
    this.#after = wider(this.#after, new Int32Array(rows));
    this.#units = [
      wider(this.#units[0], new Float64Array(rows)),
      wider(this.#units[1], new Float64Array(rows)),
    ];
    this.#slots = new Int32Array(rows * 2);
    for (let row = 0; row < rows / 2; row++) this.#fill(row);
  }
}

function wider<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

const FIRST_ROWS = 1 << 14;

function hashOf(before: number, after: number): number {
  const hash = Math.imul(before, 0x9e37_79b1) ^ Math.imul(after, 0x85eb_ca77);
  return hash ^ (hash >>> 15);
}
