/** Which mirrors gain and which lose first choices, in the shares that `load` gives. */
import { type FamilyTally, forecastLoad, type LoadTally } from "./load.ts";

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

interface Side {
  /** Mirrors by number. */
  readonly names: readonly string[];
  readonly tally: LoadTally;
}

/** The largest change comes first, by IPv4, then by IPv6, then by name. */
export function shiftsOf(before: Side, after: Side): readonly MirrorShift[] {
  const sharesOf = (side: Side) => ({
    ipv4: forecastLoad(side.tally.ipv4, side.tally.rotations)?.first,
    ipv6: forecastLoad(side.tally.ipv6, side.tally.rotations)?.first,
  });
  const [oldShares, newShares] = [sharesOf(before), sharesOf(after)];
  const numberBefore = numbersByName(before.names);
  const numberAfter = numbersByName(after.names);
  const shiftOf = (name: string, family: "ipv4" | "ipv6") => {
    const [old, now] = [numberBefore.get(name), numberAfter.get(name)];
    return {
      before: old === undefined ? 0 : (oldShares[family]?.[old] ?? 0),
      after: now === undefined ? 0 : (newShares[family]?.[now] ?? 0),
      countries: () => ({
        countriesBefore: countriesOf(before.tally[family], old),
        countriesAfter: countriesOf(after.tally[family], now),
      }),
    };
  };
  return [...new Set([...before.names, ...after.names])]
    .map((name) => ({ name, ipv4: shiftOf(name, "ipv4"), ipv6: shiftOf(name, "ipv6") }))
    .filter(({ ipv4, ipv6 }) => changeOf(ipv4) > 0 || changeOf(ipv6) > 0)
    .sort(
      (a, b) =>
        changeOf(b.ipv4) - changeOf(a.ipv4) ||
        changeOf(b.ipv6) - changeOf(a.ipv6) ||
        (a.name < b.name ? -1 : 1),
    )
    .map(({ name, ipv4, ipv6 }): MirrorShift => {
      // Countries are sought for those that are told of alone: of all it would take the longest.
      const [of4, of6] = [ipv4, ipv6].map(({ before: old, after: now, countries }): Shift => {
        return { before: old, after: now, ...countries() };
      });
      return { name, ipv4: of4!, ipv6: of6! };
    });
}

function changeOf({ before, after }: Pick<Shift, "before" | "after">): number {
  return Math.abs(after - before);
}

function numbersByName(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, number) => [name, number]));
}

function countriesOf({ countries }: FamilyTally, mirror: number | undefined): readonly string[] {
  if (mirror === undefined) return [];
  return countries.flatMap(({ country, first }) => (first[mirror]! > 0 ? (country ?? "") : []));
}
