/** Which clients have a shorter list than before, by how long it was and is, and by what gave it. */
import type { IndexedClass } from "../emit/classes.ts";
import type { ShorterPart } from "./lists.ts";

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

/** Clients that have the same lists. */
interface Clients {
  /** As `kindsIn` gives them. */
  readonly kindsBefore: number;
  readonly kindsAfter: number;
  /** Its number. */
  readonly country: number;
  readonly ipv4: number;
  readonly ipv6: number;
}

export class ShorterTally {
  readonly #found = new Map<number, Shortened>();

  add({ before, after, shares }: ShorterPart, clients: Clients): void {
    const { kindsBefore: old, kindsAfter: now } = clients;
    // Of classes that have several the same one, if there is one: then they may be compared.
    const [kindBefore, kindAfter] = [firstOf(old & now || old), firstOf(old & now || now)];
    const key = ((before * MOST_MIRRORS + after) * ALL_KINDS + kindBefore) * ALL_KINDS + kindAfter;
    let found = this.#found.get(key);
    if (found === undefined) {
      const kinds = { kindBefore: KINDS[kindBefore]!, kindAfter: KINDS[kindAfter]! };
      found = { before, after, ...kinds, ipv4: 0, ipv6: 0, countries: new Set() };
      this.#found.set(key, found);
    }
    found.ipv4 += clients.ipv4 * shares;
    found.ipv6 += clients.ipv6 * shares;
    found.countries.add(clients.country);
  }

  /** `whole` is how many shares a client has. */
  finish(countries: readonly (string | undefined)[], whole: number): readonly ShorterLists[] {
    return [...this.#found.values()]
      .map((each) => ({
        ...each,
        ipv4: each.ipv4 / whole,
        ipv6: each.ipv6 / whole,
        countries: Array.from(each.countries, (number) => countries[number] ?? "").sort(),
      }))
      .sort(
        (a, b) => b.ipv4 - a.ipv4 || b.ipv6 - a.ipv6 || a.before - b.before || a.after - b.after,
      );
  }
}

interface Shortened extends Omit<ShorterLists, "ipv4" | "ipv6" | "countries"> {
  ipv4: number;
  ipv6: number;
  readonly countries: Set<number>;
}

/** In the order in which a class has its rules. */
const KINDS = ["on-net", "place", "everyone"] as const satisfies readonly ListKind[];
const ALL_KINDS = KINDS.length;

/** A list has fewer, for a network has. */
const MOST_MIRRORS = 2 ** 20;

/** A bit for each kind of list that a class has. */
export function kindsIn({ decisions }: IndexedClass): number {
  const kinds = decisions.map(({ rule }): ListKind => {
    if (rule === "everyone") return rule;
    return rule === "subnet" || rule === "asn" ? "on-net" : "place";
  });
  if (kinds.length === 0) kinds.push("place");
  return kinds.reduce((mask, kind) => mask | (1 << KINDS.indexOf(kind)), 0);
}

/** The number of the first kind of a mask. */
function firstOf(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
