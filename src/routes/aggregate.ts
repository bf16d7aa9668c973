/**
 * What a whole country, subdivision or ASN would get if it could get only one list: the one that
 * the most of its addresses have. ARCHITECTURE.md says what the alternatives measured.
 */
import { bitsInCommon, type Prefix } from "../ip/prefix.ts";
import { classOf, type Ref, type RouteTable } from "./table.ts";

/** How one family's addresses of a key are served by the key's list. */
export interface FamilyShare {
  /** The list that most of them get, by its number in its set. */
  readonly list: number;
  /** IPv4 addresses, or IPv6 networks of /48; fractions of a /48 count as such. */
  readonly addresses: number;
  /** Of these, the part that gets just that list, 0 to 1: of clients in R rotations each is an Rth. */
  readonly exact: number;
}

/**
 * The lists of one set that may stand for keys. Classes tell clients apart by the lists of all sets,
 * so what most of a key's addresses have in one set may be spread over many classes.
 */
export interface ListChoice {
  readonly listCount: number;
  /** What clients of a class get, one for each rotation. */
  listsOf(classNumber: number): readonly number[];
  allows(list: number, key: number): boolean;
}

export interface Aggregate<Key> {
  readonly key: Key;
  readonly ipv4: FamilyShare | null;
  readonly ipv6: FamilyShare | null;
}

/** Adds up weights by a number, of a class or of a list, for one key at a time. */
export class Tally {
  readonly #weights: Float64Array;
  /** The numbers that have a weight, in order of first sight. */
  readonly #seen: Int32Array;
  #seenCount = 0;

  constructor(count: number) {
    this.#weights = new Float64Array(count);
    this.#seen = new Int32Array(count);
  }

  /** `weight` is above 0. */
  add(number: number, weight: number): void {
    const before = this.#weights[number]!;
    if (before === 0) this.#seen[this.#seenCount++] = number;
    this.#weights[number] = before + weight;
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

  /** Visits each number with its weight, in order of first sight. */
  forEach(visit: (number: number, weight: number) => void): void {
    for (let i = 0; i < this.#seenCount; i++) {
      const number = this.#seen[i]!;
      visit(number, this.#weights[number]!);
    }
  }

  clear(): void {
    for (let i = 0; i < this.#seenCount; i++) this.#weights[this.#seen[i]!] = 0;
    this.#seenCount = 0;
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
 * By choice, then by key number: the share of the list that weighs most of those that are allowed,
 * ties to the lower number; null for a key that has no row, or no list that is allowed. A counting
 * sort brings the rows of a key together, so one tally serves all keys.
 */
export function sharesByKey(
  parts: readonly KeyedRows[],
  keyCount: number,
  classCount: number,
  choices: readonly ListChoice[],
): readonly (readonly (FamilyShare | null)[])[] {
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
  const classes = new Tally(classCount);
  const tallies = choices.map(({ listCount }) => new Tally(listCount));
  const shares = choices.map((): (FamilyShare | null)[] => []);
  for (let key = 0; key < keyCount; key++) {
    for (let i = key === 0 ? 0 : ends[key - 1]!; i < ends[key]!; i++) {
      classes.add(classNumbers[i]!, weights[i]!);
    }
    for (const [number, choice] of choices.entries()) {
      shares[number]!.push(shareOf(classes, tallies[number]!, choice, key));
    }
    classes.clear();
  }
  return shares;
}

/** `tally` is empty before and after. */
function shareOf(
  classes: Tally,
  tally: Tally,
  { listsOf, allows }: ListChoice,
  key: number,
): FamilyShare | null {
  let addresses = 0;
  let rotations = 1;
  classes.forEach((classNumber, weight) => {
    const lists = listsOf(classNumber);
    rotations = lists.length;
    addresses += weight;
    for (const list of lists) tally.add(list, weight);
  });
  let best = -1;
  let bestWeight = 0;
  tally.forEach((list, weight) => {
    const isBetter = weight > bestWeight || (weight === bestWeight && list < best);
    if (isBetter && allows(list, key)) {
      best = list;
      bestWeight = weight;
    }
  });
  tally.clear();
  return best === -1 ? null : { list: best, addresses, exact: bestWeight / rotations / addresses };
}

/** Networks of one family with a number each, in address order. */
export interface NumberedRanges {
  readonly count: number;
  numberAt(range: number): number;
  prefixesAt(range: number): readonly Prefix[];
}

/** Which list of a table's set a choice has for whom; `allows` says what may stand for a key. */
export function listChoice(
  { classes, sets }: Pick<RouteTable, "classes" | "sets">,
  set: number,
  allows: ListChoice["allows"],
): ListChoice {
  const { lists, groups } = sets[set]!;
  return {
    listCount: lists.length,
    listsOf: (classNumber) => groups[classes[classNumber]!.groups[set]!]!,
    allows,
  };
}

/**
 * Aggregates by ASN, ascending: each ASN's ranges looked up in the finished table. `allows` says
 * which lists of the first set may stand for an ASN.
 */
export function aggregateByAsn(
  table: RouteTable,
  ipv4: NumberedRanges,
  ipv6: NumberedRanges,
  allows: (list: number, asn: number) => boolean,
): Aggregate<number>[] {
  const asns = new Set<number>();
  for (const ranges of [ipv4, ipv6]) {
    for (let range = 0; range < ranges.count; range++) asns.add(ranges.numberAt(range));
  }
  const sorted = Uint32Array.from(asns).sort();
  const keyOf = new Map(Array.from(sorted, (asn, key) => [asn, key] as const));
  const choice = listChoice(table, 0, (list, key) => allows(list, sorted[key]!));
  const sharesOf = (ranges: NumberedRanges) => {
    const rows = classesOfRanges(table, ranges, keyOf);
    return sharesByKey([rows], sorted.length, table.classes.length, [choice])[0]!;
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
  const tally = new Tally(table.classes.length);
  const descent = new Descent(table);
  let keys = new Int32Array(ranges.count * 2 + 1);
  let classNumber = new Int32Array(keys.length);
  let weight = new Float64Array(keys.length);
  let count = 0;
  for (let range = 0; range < ranges.count; range++) {
    const key = keyOf.get(ranges.numberAt(range))!;
    for (const prefix of ranges.prefixesAt(range)) descent.tally(prefix, tally);
    tally.forEach((classOfRow, units) => {
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
    tally.clear();
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
  tally(prefix: Prefix, tally: Tally): void {
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
