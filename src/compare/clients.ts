/** What changed for clients: who has another first mirror, another list, or a shorter one. */
import type { ClassIndex, IndexedClass } from "../emit/classes.ts";
import type { PairCounts } from "../routes/diff.ts";
import { ListComparer } from "./lists.ts";
import { kindsIn, type ShorterLists, ShorterTally } from "./shorter.ts";

export interface ClientChanges {
  readonly ipv4: FamilyChange;
  readonly ipv6: FamilyChange;
  /** Those with a change of any list; the most IPv4 clients with another first mirror come first. */
  readonly countries: readonly CountryChange[];
  /** Lists that are shorter than before; those of the most IPv4 clients come first. */
  readonly shorter: readonly ShorterLists[];
}

/** A client whose list has rotations counts in parts, an equal one for each. */
export interface FamilyChange {
  /** IPv4 addresses, or IPv6 networks of /48 with their fractions. */
  readonly clients: number;
  /** Of these, those whose first mirror is another. */
  readonly first: number;
  /** Those whose list is another in any place. */
  readonly list: number;
}

export interface CountryChange {
  /** Where its clients are now, else where they were; null where neither generation knows. */
  readonly country: string | null;
  readonly ipv4: FamilyChange;
  readonly ipv6: FamilyChange;
}

/** Pairs of classes with the clients that count: what is the same whichever list set is asked for. */
export interface CountedClients {
  readonly before: ClassIndex;
  readonly after: ClassIndex;
  readonly pairs: PairCounts;
  /** By pair, the number of its country in `countries`. */
  readonly countryOf: Int32Array;
  readonly countries: readonly (string | undefined)[];
  /** By class, as `kindsIn` gives them. */
  readonly kindsBefore: Uint8Array;
  readonly kindsAfter: Uint8Array;
}

/**
 * Leaves those out of whom neither generation knows anything: no country, and no mirror in their
 * network. A class that has such clients and others too, whose lists happen to be the same, counts
 * by the part that the others are.
 */
export function countClients(
  before: ClassIndex,
  after: ClassIndex,
  pairs: PairCounts,
): CountedClients {
  const counted = (family: "ipv4" | "ipv6") => {
    const [old, now] = [before, after].map(({ classes }) =>
      Float64Array.from(classes, (each) => knownPart(each, family)),
    ) as [Float64Array, Float64Array];
    return pairs[family].map(
      (units, row) => units * Math.max(old[pairs.before[row]!]!, now[pairs.after[row]!]!),
    );
  };
  const numbers = new Map<string | undefined, number>();
  const [ofOld, ofNow] = [before, after].map(({ classes }) =>
    Int32Array.from(classes, ({ country }) => {
      const number = numbers.get(country) ?? numbers.size;
      numbers.set(country, number);
      return number;
    }),
  ) as [Int32Array, Int32Array];
  const unknown = numbers.get(undefined);
  const countryOf = pairs.after.map((ofAfter, row) => {
    const now = ofNow[ofAfter]!;
    return now === unknown ? ofOld[pairs.before[row]!]! : now;
  });
  return {
    before,
    after,
    pairs: { ...pairs, ipv4: counted("ipv4"), ipv6: counted("ipv6") },
    countryOf,
    countries: [...numbers.keys()],
    kindsBefore: Uint8Array.from(before.classes, kindsIn),
    kindsAfter: Uint8Array.from(after.classes, kindsIn),
  };
}

/** From 0 to 1. */
function knownPart({ country, decisions }: IndexedClass, family: "ipv4" | "ipv6"): number {
  if (country !== undefined) return 1;
  let [known, all] = [0, 0];
  for (const { rule, [family]: clients } of decisions) {
    all += clients;
    if (rule !== "everyone") known += clients;
  }
  if (all > 0) return known / all;
  return decisions.every(({ rule }) => rule === "everyone") ? 0 : 1;
}

/**
 * `sets` are the numbers of one list set, before and after. Two generations that differ in nearly
 * everything have half a million pairs of classes, each with a list for every rotation: so these are
 * gone through in typed arrays, and sums are of whole shares of a client, divided at the end.
 */
export function changesOfClients(
  counted: CountedClients,
  sets: readonly [before: number, after: number],
): ClientChanges {
  const { before, after, pairs, countryOf, countries } = counted;
  const compared = new ListComparer(before, after, sets);
  const [old, now] = [groupsOf(before, sets[0]), groupsOf(after, sets[1])];
  const sums = new Float64Array(countries.length * COLUMNS);
  const shorter = new ShorterTally();
  for (let row = 0; row < pairs.count; row++) {
    const ipv4 = pairs.ipv4[row]!;
    const ipv6 = pairs.ipv6[row]!;
    if (ipv4 === 0 && ipv6 === 0) continue;
    const ofBefore = pairs.before[row]!;
    const ofAfter = pairs.after[row]!;
    const country = countryOf[row]!;
    compared.compare(old[ofBefore]!, now[ofAfter]!);
    const at = country * COLUMNS;
    sums[at]! += ipv4;
    sums[at + 1]! += ipv4 * compared.first;
    sums[at + 2]! += ipv4 * compared.list;
    sums[at + 3]! += ipv6;
    sums[at + 4]! += ipv6 * compared.first;
    sums[at + 5]! += ipv6 * compared.list;
    if (!compared.isShorter) continue;
    const kindsBefore = counted.kindsBefore[ofBefore]!;
    const kindsAfter = counted.kindsAfter[ofAfter]!;
    for (const part of compared.shorter(old[ofBefore]!, now[ofAfter]!)) {
      shorter.add(part, { kindsBefore, kindsAfter, country, ipv4, ipv6 });
    }
  }
  const whole = new Float64Array(COLUMNS);
  for (const [at, sum] of sums.entries()) whole[at % COLUMNS]! += sum;
  return {
    ...familiesOf(whole, compared.shares),
    countries: countries
      .map((country, number): CountryChange => {
        const own = sums.subarray(number * COLUMNS, (number + 1) * COLUMNS);
        return { country: country ?? null, ...familiesOf(own, compared.shares) };
      })
      .filter(({ ipv4, ipv6 }) => ipv4.list > 0 || ipv6.list > 0)
      .sort(
        (a, b) =>
          b.ipv4.first - a.ipv4.first ||
          b.ipv6.first - a.ipv6.first ||
          b.ipv4.list - a.ipv4.list ||
          b.ipv6.list - a.ipv6.list ||
          ((a.country ?? "") < (b.country ?? "") ? -1 : 1),
      ),
    shorter: shorter.finish(countries, compared.shares),
  };
}

/** By country: clients, those with another first mirror, those with another list; of IPv4, of IPv6. */
const COLUMNS = 6;

/** By class, its group in a set. */
function groupsOf({ classes }: ClassIndex, set: number): Int32Array {
  return Int32Array.from(classes, ({ groups }) => groups[set]!);
}

function familiesOf(columns: Float64Array, shares: number): Record<"ipv4" | "ipv6", FamilyChange> {
  const from = (at: number): FamilyChange => ({
    clients: columns[at]!,
    first: columns[at + 1]! / shares,
    list: columns[at + 2]! / shares,
  });
  return { ipv4: from(0), ipv6: from(3) };
}
