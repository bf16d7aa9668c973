/** What changed for clients: who has another first mirror, another list, or a shorter one. */
import type { ClassIndex, IndexedClass } from "../emit/classes.ts";
import type { PairCounts } from "../routes/diff.ts";

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

/** What gave a list: the full one, one by place, or one for a mirror in the client's network. */
export type ListKind = "everyone" | "place" | "on-net";

export interface ShorterLists {
  /** How many mirrors are in it. */
  readonly before: number;
  readonly after: number;
  readonly kindBefore: ListKind;
  readonly kindAfter: ListKind;
  /** Clients, in parts where lists have rotations. */
  readonly ipv4: number;
  readonly ipv6: number;
  /** Codes of their countries, sorted; "" where none is known. */
  readonly countries: readonly string[];
}

/** Pairs of classes with the clients that count. */
export interface CountedClients {
  readonly before: ClassIndex;
  readonly after: ClassIndex;
  readonly pairs: PairCounts;
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
  const known = [before, after].map(({ classes }) => ({
    ipv4: Float64Array.from(classes, (each) => knownPart(each, "ipv4")),
    ipv6: Float64Array.from(classes, (each) => knownPart(each, "ipv6")),
  }));
  const counted = (family: "ipv4" | "ipv6") =>
    pairs[family].map((units, row) => {
      const parts = known.map(
        (side, at) => side[family][pairs[at === 0 ? "before" : "after"][row]!]!,
      );
      return units * Math.max(...parts);
    });
  return { before, after, pairs: { ...pairs, ipv4: counted("ipv4"), ipv6: counted("ipv6") } };
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

/** `sets` are the numbers of one list set, before and after. */
export function changesOfClients(
  { before, after, pairs }: CountedClients,
  sets: readonly [before: number, after: number],
): ClientChanges {
  const compare = groupComparer(before, after, sets);
  const whole = { ipv4: emptyChange(), ipv6: emptyChange() };
  const byCountry = new Map<string | undefined, typeof whole>();
  const shorter = new Map<string, Shortened>();
  for (let row = 0; row < pairs.count; row++) {
    const [ipv4, ipv6] = [pairs.ipv4[row]!, pairs.ipv6[row]!];
    if (ipv4 === 0 && ipv6 === 0) continue;
    const old = before.classes[pairs.before[row]!]!;
    const now = after.classes[pairs.after[row]!]!;
    const compared = compare(old.groups[sets[0]]!, now.groups[sets[1]]!);
    const country = now.country ?? old.country;
    let ofCountry = byCountry.get(country);
    if (ofCountry === undefined) {
      ofCountry = { ipv4: emptyChange(), ipv6: emptyChange() };
      byCountry.set(country, ofCountry);
    }
    for (const change of [whole, ofCountry]) {
      addChange(change.ipv4, ipv4, compared);
      addChange(change.ipv6, ipv6, compared);
    }
    for (const length of compared.shorter) addShorter(shorter, length, { old, now, ipv4, ipv6 });
  }
  return {
    ...whole,
    countries: [...byCountry]
      .map(([country, change]): CountryChange => ({ country: country ?? null, ...change }))
      .filter(({ ipv4, ipv6 }) => ipv4.list > 0 || ipv6.list > 0)
      .sort(
        (a, b) =>
          b.ipv4.first - a.ipv4.first ||
          b.ipv6.first - a.ipv6.first ||
          b.ipv4.list - a.ipv4.list ||
          b.ipv6.list - a.ipv6.list ||
          ((a.country ?? "") < (b.country ?? "") ? -1 : 1),
      ),
    shorter: [...shorter.values()]
      .map(({ countries, ...each }) => ({ ...each, countries: [...countries].sort() }))
      .sort(
        (a, b) => b.ipv4 - a.ipv4 || b.ipv6 - a.ipv6 || a.before - b.before || a.after - b.after,
      ),
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function emptyChange(): Mutable<FamilyChange> {
  return { clients: 0, first: 0, list: 0 };
}

function addChange(
  change: Mutable<FamilyChange>,
  clients: number,
  { first, list }: Compared,
): void {
  change.clients += clients;
  change.first += clients * first;
  change.list += clients * list;
}

/** Parts of the clients, from 0 to 1. */
interface Compared {
  readonly first: number;
  readonly list: number;
  readonly shorter: readonly ShorterPart[];
}

interface ShorterPart {
  readonly before: number;
  readonly after: number;
  readonly part: number;
}

/** Compares two groups of lists, each pair of them once. */
function groupComparer(
  before: ClassIndex,
  after: ClassIndex,
  sets: readonly [before: number, after: number],
): (group: number, other: number) => Compared {
  const [ofBefore, ofAfter] = [before.sets[sets[0]]!, after.sets[sets[1]]!];
  const names = new Map<string, number>();
  const numberOf = ({ mirrors }: ClassIndex) =>
    mirrors.map((name) => {
      const number = names.get(name) ?? names.size;
      names.set(name, number);
      return number;
    });
  const numbers = [numberOf(before), numberOf(after)] as const;
  const texts = [
    ofBefore.lists.map((list) => list.map((mirror) => numbers[0][mirror]!).join()),
    ofAfter.lists.map((list) => list.map((mirror) => numbers[1][mirror]!).join()),
  ] as const;
  const known = new Map<number, Compared>();
  return (group, other) => {
    const key = group * ofAfter.groups.length + other;
    const compared = known.get(key);
    if (compared !== undefined) return compared;
    let [first, list] = [0, 0];
    const shorter: ShorterPart[] = [];
    const parts = inParts(ofBefore.groups[group]!, ofAfter.groups[other]!);
    for (const [old, now, part] of parts) {
      const [oldList, nowList] = [ofBefore.lists[old]!, ofAfter.lists[now]!];
      if (numbers[0][oldList[0]!] !== numbers[1][nowList[0]!]) first += part;
      if (texts[0][old] !== texts[1][now]) list += part;
      if (nowList.length < oldList.length) {
        shorter.push({ before: oldList.length, after: nowList.length, part });
      }
    }
    const result = { first, list, shorter };
    known.set(key, result);
    return result;
  };
}

/**
 * Which lists a client has before and after, and what part of the clients has these two. The client's
 * hash picks the rotation, as one of equal intervals: with 2 and with 3 of them, the parts are
 * (0, 0) 1/3, (0, 1) 1/6, (1, 1) 1/6, (1, 2) 1/3.
 */
function* inParts(
  before: readonly number[],
  after: readonly number[],
): Generator<readonly [before: number, after: number, part: number]> {
  const whole = before.length * after.length;
  for (let from = 0; from < whole; ) {
    const [i, j] = [Math.floor(from / after.length), Math.floor(from / before.length)];
    const to = Math.min((i + 1) * after.length, (j + 1) * before.length);
    yield [before[i]!, after[j]!, (to - from) / whole];
    from = to;
  }
}

interface Shortened extends Mutable<Omit<ShorterLists, "countries">> {
  readonly countries: Set<string>;
}

function addShorter(
  found: Map<string, Shortened>,
  { before, after, part }: ShorterPart,
  clients: {
    readonly old: IndexedClass;
    readonly now: IndexedClass;
    readonly ipv4: number;
    readonly ipv6: number;
  },
): void {
  const [kindBefore, kindAfter] = kindsOf(clients.old, clients.now);
  const key = [before, after, kindBefore, kindAfter].join();
  let shortened = found.get(key);
  if (shortened === undefined) {
    shortened = { before, after, kindBefore, kindAfter, ipv4: 0, ipv6: 0, countries: new Set() };
    found.set(key, shortened);
  }
  shortened.ipv4 += clients.ipv4 * part;
  shortened.ipv6 += clients.ipv6 * part;
  shortened.countries.add(clients.now.country ?? clients.old.country ?? "");
}

/** Of classes that have several the same one, if there is one: then they may be compared. */
function kindsOf(old: IndexedClass, now: IndexedClass): readonly [ListKind, ListKind] {
  const [ofOld, ofNow] = [kindsIn(old), kindsIn(now)];
  const same = ofOld.find((kind) => ofNow.includes(kind));
  return same === undefined ? [ofOld[0]!, ofNow[0]!] : [same, same];
}

function kindsIn({ decisions }: IndexedClass): readonly ListKind[] {
  const kinds = decisions.map(({ rule }): ListKind => {
    if (rule === "everyone") return rule;
    return rule === "subnet" || rule === "asn" ? "on-net" : "place";
  });
  return kinds.length === 0 ? ["place"] : kinds;
}
