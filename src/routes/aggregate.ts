/**
 * What a whole country, subdivision or ASN would get if it could get only one class: the one that
 * the most of its addresses have. ARCHITECTURE.md says what the alternatives measured.
 */
import { bitsInCommon, type Prefix } from "../ip/prefix.ts";
import { classOf, type Ref, type RouteTable } from "./table.ts";

/** How one family's addresses of a key are served by the key's class. */
export interface FamilyShare {
  /** The class that serves the most of them. */
  readonly classNumber: number;
  /** IPv4 addresses, or IPv6 networks of /48; fractions of a /48 count as such. */
  readonly addresses: number;
  /** Of these, the part whose own class is that one, 0 to 1. */
  readonly exact: number;
}

export interface Aggregate<Key> {
  readonly key: Key;
  readonly ipv4: FamilyShare | null;
  readonly ipv6: FamilyShare | null;
}

/** Adds up weights by class, for one key at a time. */
export class ClassTally {
  readonly #weights: Float64Array;
  /** The classes that have a weight, in order of first sight. */
  readonly #seen: Int32Array;
  #seenCount = 0;

  constructor(classCount: number) {
    this.#weights = new Float64Array(classCount);
    this.#seen = new Int32Array(classCount);
  }

  /** `weight` is above 0. */
  add(classNumber: number, weight: number): void {
    const before = this.#weights[classNumber]!;
    if (before === 0) this.#seen[this.#seenCount++] = classNumber;
    this.#weights[classNumber] = before + weight;
  }

  /** Adds the classes of a subtree that has `units` in all. The table's depth, 128, bounds this. */
  addSubtree(children: Int32Array, ref: Ref, units: number): void {
    if (ref < 0) {
      this.add(classOf(ref), units);
      return;
    }
    const half = units / 2;
    const zero = children[ref * 2]!;
    const one = children[ref * 2 + 1]!;
    if (zero < 0) this.add(classOf(zero), half);
    else this.addSubtree(children, zero, half);
    if (one < 0) this.add(classOf(one), half);
    else this.addSubtree(children, one, half);
  }

  /** Visits each class with its weight, and clears. */
  drain(visit: (classNumber: number, weight: number) => void): void {
    for (let i = 0; i < this.#seenCount; i++) {
      const classNumber = this.#seen[i]!;
      visit(classNumber, this.#weights[classNumber]!);
      this.#weights[classNumber] = 0;
    }
    this.#seenCount = 0;
  }

  /**
   * The share of the heaviest class of those that are allowed, ties to the lower number; null if
   * none was added. Clears.
   */
  take(allows: (classNumber: number) => boolean): FamilyShare | null {
    let best = -1;
    let bestWeight = 0;
    let addresses = 0;
    this.drain((classNumber, weight) => {
      addresses += weight;
      const isBetter = weight > bestWeight || (weight === bestWeight && classNumber < best);
      if (isBetter && allows(classNumber)) {
        best = classNumber;
        bestWeight = weight;
      }
    });
    return best === -1 ? null : { classNumber: best, addresses, exact: bestWeight / addresses };
  }
}

/** Rows of a class and what it weighs there, in columns. */
export interface ClassWeights {
  readonly count: number;
  readonly classNumber: Int32Array;
  readonly weight: Float64Array;
}

/** Rows with the number of each one's key, -1 for a row that has none. */
export interface KeyedRows extends ClassWeights {
  readonly keys: Int32Array;
}

/**
 * Shares by key number; `allows` says which classes may stand for a key. A counting sort brings the
 * rows of a key together, so one tally serves all keys.
 */
export function sharesByKey(
  parts: readonly KeyedRows[],
  keyCount: number,
  classCount: number,
  allows: (classNumber: number, key: number) => boolean,
): readonly (FamilyShare | null)[] {
  const ends = new Int32Array(keyCount + 1);
  const counts = ({ keys, weight }: KeyedRows, row: number) =>
    keys[row] !== -1 && weight[row] !== 0;
  for (const part of parts) {
    for (let row = 0; row < part.count; row++) if (counts(part, row)) ends[part.keys[row]! + 1]!++;
  }
  for (let key = 0; key < keyCount; key++) ends[key + 1]! += ends[key]!;
  const classNumbers = new Int32Array(ends[keyCount]!);
  const weights = new Float64Array(classNumbers.length);
  // Filled from the starts, each of which is then the end of its key.
  for (const part of parts) {
    for (let row = 0; row < part.count; row++) {
      if (!counts(part, row)) continue;
      const at = ends[part.keys[row]!]!++;
      classNumbers[at] = part.classNumber[row]!;
      weights[at] = part.weight[row]!;
    }
  }
  const tally = new ClassTally(classCount);
  return Array.from({ length: keyCount }, (_, key) => {
    for (let i = key === 0 ? 0 : ends[key - 1]!; i < ends[key]!; i++) {
      tally.add(classNumbers[i]!, weights[i]!);
    }
    return tally.take((classNumber) => allows(classNumber, key));
  });
}

/** Networks of one family with a number each, in address order. */
export interface NumberedRanges {
  readonly count: number;
  numberAt(range: number): number;
  prefixesAt(range: number): readonly Prefix[];
}

/**
 * Aggregates by ASN, ascending: each ASN's ranges looked up in the finished table. `allows` says
 * which classes may stand for an ASN.
 */
export function aggregateByAsn(
  table: RouteTable,
  ipv4: NumberedRanges,
  ipv6: NumberedRanges,
  allows: (classNumber: number, asn: number) => boolean,
): Aggregate<number>[] {
  const asns = new Set<number>();
  for (const ranges of [ipv4, ipv6]) {
    for (let range = 0; range < ranges.count; range++) asns.add(ranges.numberAt(range));
  }
  const sorted = Uint32Array.from(asns).sort();
  const keyOf = new Map(Array.from(sorted, (asn, key) => [asn, key] as const));
  const sharesOf = (ranges: NumberedRanges) => {
    const rows = classesOfRanges(table, ranges, keyOf);
    return sharesByKey([rows], sorted.length, table.classes.length, (classNumber, key) =>
      allows(classNumber, sorted[key]!),
    );
  };
  const shares4 = sharesOf(ipv4);
  const shares6 = sharesOf(ipv6);
  return Array.from(sorted, (asn, key) => ({
    key: asn,
    ipv4: shares4[key] ?? null,
    ipv6: shares6[key] ?? null,
  }));
}

/** The classes of each range with their weights; a range with one class, as most have, is one row. */
function classesOfRanges(
  table: RouteTable,
  ranges: NumberedRanges,
  keyOf: ReadonlyMap<number, number>,
): KeyedRows {
  const tally = new ClassTally(table.classes.length);
  const descent = new Descent(table);
  let keys = new Int32Array(ranges.count * 2 + 1);
  let classNumber = new Int32Array(keys.length);
  let weight = new Float64Array(keys.length);
  let count = 0;
  for (let range = 0; range < ranges.count; range++) {
    const key = keyOf.get(ranges.numberAt(range))!;
    for (const prefix of ranges.prefixesAt(range)) descent.tally(prefix, tally);
    tally.drain((classOfRow, units) => {
      if (count === keys.length) {
        keys = copied(keys, new Int32Array(count * 2));
        classNumber = copied(classNumber, new Int32Array(count * 2));
        weight = copied(weight, new Float64Array(count * 2));
      }
      keys[count] = key;
      classNumber[count] = classOfRow;
      weight[count] = units;
      count++;
    });
  }
  return { count, classNumber, weight, keys };
}

function copied<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

/** Looks prefixes up one after the other; in address order, most of the way down is the same. */
export class Descent {
  readonly #table: RouteTable;
  readonly #path = new Int32Array(129);
  #family: 4 | 6 | undefined;
  readonly #words = [0, 0, 0, 0];
  /** The path is that of `#words` down to this depth. */
  #depth = 0;

  constructor(table: RouteTable) {
    this.#table = table;
  }

  /** Adds the classes of all addresses in a prefix. */
  tally(prefix: Prefix, tally: ClassTally): void {
    const { children } = this.#table;
    tally.addSubtree(children, this.#find(prefix), unitsIn(prefix.family, prefix.bits));
  }

  #find({ family, words, bits }: Prefix): Ref {
    const { children, root, ipv4Root } = this.#table;
    const path = this.#path;
    if (family !== this.#family) {
      this.#family = family;
      this.#depth = 0;
      path[0] = family === 4 ? ipv4Root : root;
    }
    let depth = Math.min(this.#depth, bits, bitsInCommon(words, this.#words));
    let ref = path[depth]!;
    while (depth < bits && ref >= 0) {
      ref = children[ref * 2 + ((words[depth >> 5]! >>> (31 - (depth & 31))) & 1)]!;
      depth++;
      path[depth] = ref;
    }
    for (let i = 0; i < words.length; i++) this.#words[i] = words[i]!;
    this.#depth = depth;
    return ref;
  }
}

/** Units of weight in a prefix: IPv4 addresses, or IPv6 networks of /48. */
export function unitsIn(family: 4 | 6, bits: number): number {
  return 2 ** ((family === 4 ? 32 : 48) - bits);
}
