/** Which mirrors gain and which lose first choices, in the shares that `load` gives. */
import type { ClassIndex } from "../emit/classes.ts";

/** A mirror that is first for another share of clients than before. */
export interface MirrorShift {
  readonly name: string;
  readonly ipv4: Shift;
  readonly ipv6: Shift;
}

/** Shares are from 0 to 1, of the clients that the generation locates; 0 of none. */
export interface Shift {
  readonly before: number;
  readonly after: number;
  /** Codes of the countries in which it is somebody's first choice; "" where none is known. */
  readonly countriesBefore: readonly string[];
  readonly countriesAfter: readonly string[];
}

/** By family, who is first for whom in a list set. */
export interface FirstChoices {
  /** Mirrors by number. */
  readonly names: readonly string[];
  /** By number, from 0 to 1; all 0 where nobody is located. */
  readonly shares: Readonly<Record<Family, Float64Array>>;
  /** Sorted codes of the countries where a mirror is first; "" where none is known. */
  countriesOf(family: Family, mirror: number): readonly string[];
}

type Family = "ipv4" | "ipv6";

/** By class, the clients that are located. */
export type LocatedClients = Readonly<Record<Family, Float64Array>>;

/** As `load` counts them: those of no country who get the full list are nobody. */
export function locatedClients({ classes }: ClassIndex): LocatedClients {
  const count = (family: Family) =>
    Float64Array.from(classes, ({ country, decisions }) =>
      decisions.reduce((sum, { rule, [family]: clients }) => {
        return country === undefined && rule === "everyone" ? sum : sum + clients;
      }, 0),
    );
  return { ipv4: count("ipv4"), ipv6: count("ipv6") };
}

/** The shares that `load` gives, without all else that it does: a comparison asks it of every set. */
export function firstChoices(
  index: ClassIndex,
  set: number,
  located: LocatedClients = locatedClients(index),
): FirstChoices {
  const { lists, groups } = index.sets[set]!;
  const firstOfGroup = groups.map((group) => {
    const firsts = group.map((list) => lists[list]![0]);
    // A list may be empty.
    return firsts.filter((mirror) => mirror !== undefined);
  });
  const groupOf = Int32Array.from(index.classes, (each) => each.groups[set]!);
  const shares = (family: Family) => {
    const first = new Float64Array(index.mirrors.length);
    let all = 0;
    for (const [number, clients] of located[family].entries()) {
      if (clients === 0) continue;
      all += clients;
      for (const mirror of firstOfGroup[groupOf[number]!]!) first[mirror]! += clients;
    }
    return all === 0 ? first : first.map((clients) => clients / (all * index.rotations));
  };
  const countries = (family: Family) => {
    const byMirror = index.mirrors.map(() => new Set<string>());
    for (const [number, { country = "" }] of index.classes.entries()) {
      if (located[family][number] === 0) continue;
      for (const mirror of firstOfGroup[groupOf[number]!]!) byMirror[mirror]!.add(country);
    }
    return byMirror;
  };
  const known: { [Each in Family]?: readonly ReadonlySet<string>[] } = {};
  return {
    names: index.mirrors,
    shares: { ipv4: shares("ipv4"), ipv6: shares("ipv6") },
    countriesOf(family, mirror) {
      known[family] ??= countries(family);
      return [...known[family][mirror]!].sort();
    },
  };
}

/**
 * Shares are quotients of sums, which two generations make in another order: a mirror whose share is
 * the same may differ by some 1e-17. Of all addresses there are, one is a share of 2e-10.
 */
const ROUNDING = 1e-12;

/** The largest change comes first, by IPv4, then by IPv6, then by name. */
export function shiftsOf(before: FirstChoices, after: FirstChoices): readonly MirrorShift[] {
  const numberBefore = numbersByName(before.names);
  const numberAfter = numbersByName(after.names);
  const shareIn = ({ shares }: FirstChoices, family: Family, mirror: number | undefined) =>
    mirror === undefined ? 0 : shares[family][mirror]!;
  const countriesIn = (choices: FirstChoices, family: Family, mirror: number | undefined) =>
    mirror === undefined ? [] : choices.countriesOf(family, mirror);
  return [...new Set([...before.names, ...after.names])]
    .map((name) => {
      const [old, now] = [numberBefore.get(name), numberAfter.get(name)];
      const change = (family: Family) =>
        Math.abs(shareIn(after, family, now) - shareIn(before, family, old));
      return { name, old, now, ipv4: change("ipv4"), ipv6: change("ipv6") };
    })
    .filter(({ ipv4, ipv6 }) => ipv4 > ROUNDING || ipv6 > ROUNDING)
    .sort((a, b) => b.ipv4 - a.ipv4 || b.ipv6 - a.ipv6 || (a.name < b.name ? -1 : 1))
    .map(({ name, old, now }): MirrorShift => {
      const shift = (family: Family): Shift => ({
        before: shareIn(before, family, old),
        after: shareIn(after, family, now),
        countriesBefore: countriesIn(before, family, old),
        countriesAfter: countriesIn(after, family, now),
      });
      return { name, ipv4: shift("ipv4"), ipv6: shift("ipv6") };
    });
}

function numbersByName(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, number) => [name, number]));
}
