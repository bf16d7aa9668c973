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
  const families = (["ipv4", "ipv6"] as const).map((family) => {
    const [old, now] = [before, after].map((side) => firstChoices(side, side.tally[family]));
    return (name: string): Shift => ({
      before: old!.shareOf(name),
      after: now!.shareOf(name),
      countriesBefore: old!.countriesOf(name),
      countriesAfter: now!.countriesOf(name),
    });
  });
  return [...new Set([...before.names, ...after.names])]
    .map((name): MirrorShift => ({ name, ipv4: families[0]!(name), ipv6: families[1]!(name) }))
    .filter(({ ipv4, ipv6 }) => changeOf(ipv4) > 0 || changeOf(ipv6) > 0)
    .sort(
      (a, b) =>
        changeOf(b.ipv4) - changeOf(a.ipv4) ||
        changeOf(b.ipv6) - changeOf(a.ipv6) ||
        (a.name < b.name ? -1 : 1),
    );
}

function changeOf({ before, after }: Shift): number {
  return Math.abs(after - before);
}

function firstChoices({ names, tally: { rotations } }: Side, tally: FamilyTally) {
  const numberOf = new Map(names.map((name, number) => [name, number]));
  const forecast = forecastLoad(tally, rotations);
  return {
    shareOf(name: string): number {
      const number = numberOf.get(name);
      return number === undefined ? 0 : (forecast?.first[number] ?? 0);
    },
    countriesOf(name: string): readonly string[] {
      const number = numberOf.get(name);
      if (number === undefined) return [];
      return tally.countries.flatMap(({ country, first }) =>
        first[number]! > 0 ? (country ?? "") : [],
      );
    },
  };
}
