/**
 * What a whole country, subdivision or ASN would get if it could get only one class: the one that
 * the most of its addresses have. ARCHITECTURE.md says what the alternatives measured.
 */
import type { Prefix } from "../ip/prefix.ts";
import type { Sightings } from "./compile.ts";
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
  #touched: number[] = [];

  constructor(classCount: number) {
    this.#weights = new Float64Array(classCount);
  }

  add(classNumber: number, weight: number): void {
    if (this.#weights[classNumber] === 0) this.#touched.push(classNumber);
    this.#weights[classNumber]! += weight;
  }

  /** The share of the heaviest class, ties to the lower number; null if nothing was added. Clears. */
  take(): FamilyShare | null {
    let best = -1;
    let bestWeight = 0;
    let addresses = 0;
    for (const classNumber of this.#touched) {
      const weight = this.#weights[classNumber]!;
      this.#weights[classNumber] = 0;
      addresses += weight;
      if (weight > bestWeight || (weight === bestWeight && classNumber < best)) {
        best = classNumber;
        bestWeight = weight;
      }
    }
    this.#touched = [];
    return best === -1 ? null : { classNumber: best, addresses, exact: bestWeight / addresses };
  }
}

/**
 * Shares by key number: rows of sightings gathered by the key of each, -1 for a row that has none.
 * A counting sort brings the rows of a key together, so one tally serves all keys.
 */
export function sharesByKey(
  { count, classNumber, weight }: Sightings,
  keys: Int32Array,
  keyCount: number,
  classCount: number,
): readonly (FamilyShare | null)[] {
  const ends = new Int32Array(keyCount + 1);
  for (let row = 0; row < count; row++) if (keys[row] !== -1) ends[keys[row]! + 1]!++;
  for (let key = 0; key < keyCount; key++) ends[key + 1]! += ends[key]!;
  const rows = new Int32Array(ends[keyCount]!);
  // Filled from the starts, each of which is then the end of its key.
  for (let row = 0; row < count; row++) if (keys[row] !== -1) rows[ends[keys[row]!]!++] = row;
  const tally = new ClassTally(classCount);
  return Array.from({ length: keyCount }, (_, key) => {
    for (let i = key === 0 ? 0 : ends[key - 1]!; i < ends[key]!; i++) {
      const row = rows[i]!;
      tally.add(classNumber[row]!, weight[row]!);
    }
    return tally.take();
  });
}

/** Networks of one family with a number each, in no particular order. */
export interface NumberedRanges {
  readonly count: number;
  numberAt(range: number): number;
  prefixesAt(range: number): readonly Prefix[];
}

/** Aggregates by ASN, ascending: each ASN's ranges looked up in the finished table. */
export function aggregateByAsn(
  table: RouteTable,
  ipv4: NumberedRanges,
  ipv6: NumberedRanges,
): Aggregate<number>[] {
  const groups = [groupByNumber(ipv4), groupByNumber(ipv6)] as const;
  const asns = new Set([...groups[0].keys(), ...groups[1].keys()]);
  const tally = new ClassTally(table.classes.length);
  const shareOf = (asn: number, family: 4 | 6) => {
    const ranges = family === 4 ? ipv4 : ipv6;
    for (const range of groups[family === 4 ? 0 : 1].get(asn) ?? []) {
      for (const prefix of ranges.prefixesAt(range)) tallyPrefix(table, prefix, tally);
    }
    return tally.take();
  };
  return Array.from(asns)
    .sort((a, b) => a - b)
    .map((key) => ({ key, ipv4: shareOf(key, 4), ipv6: shareOf(key, 6) }));
}

function groupByNumber(ranges: NumberedRanges): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (let range = 0; range < ranges.count; range++) {
    const number = ranges.numberAt(range);
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [range]);
    else group.push(range);
  }
  return groups;
}

/** Units of weight in a prefix: IPv4 addresses, or IPv6 networks of /48. */
export function unitsIn(family: 4 | 6, bits: number): number {
  return 2 ** ((family === 4 ? 32 : 48) - bits);
}

/** Adds the classes of all addresses in a prefix. */
export function tallyPrefix(table: RouteTable, prefix: Prefix, tally: ClassTally): void {
  const { children } = table;
  let ref = prefix.family === 4 ? table.ipv4Root : table.root;
  for (let depth = 0; depth < prefix.bits && ref >= 0; depth++) {
    ref = children[ref * 2 + ((prefix.words[depth >> 5]! >>> (31 - (depth & 31))) & 1)]!;
  }
  addLeaves(children, ref, unitsIn(prefix.family, prefix.bits), tally);
}

/** Recursion is bounded by the table's depth, 128. */
function addLeaves(children: Int32Array, ref: Ref, units: number, tally: ClassTally): void {
  if (ref < 0) {
    tally.add(classOf(ref), units);
    return;
  }
  addLeaves(children, children[ref * 2]!, units / 2, tally);
  addLeaves(children, children[ref * 2 + 1]!, units / 2, tally);
}
