/**
 * Decisions by the IPv6 networks that are announced. A City database may place space that nobody
 * uses: DB-IP City Lite fills all of 2000::/4 up with its neighbours' places, and by networks located
 * five of six IPv6 clients would be in Switzerland. Unused IPv4 space is hardly left.
 */
import { Descent, type NumberedRanges, Tally } from "./aggregate.ts";
import type { CompiledRoutes } from "./compile.ts";
import type { Decision } from "./decisions.ts";
import type { RouteTable } from "./table.ts";

export interface CountedDecisions {
  readonly decisions: readonly Decision[];
  /** What the IPv6 networks are that were counted: those located if none is known as announced. */
  readonly ipv6: "announced" | "located";
}

/**
 * A class's announced networks go to the rules that decided in it as its located ones do; hardly a
 * class has two.
 */
export function countAnnounced(
  { table, decisions }: Pick<CompiledRoutes, "table" | "decisions">,
  ranges: NumberedRanges,
): CountedDecisions {
  if (ranges.count === 0) return { decisions, ipv6: "located" };
  const announced = announcedByClass(table, ranges);
  const located = new Float64Array(announced.length);
  for (const { classNumber, ipv6 } of decisions) located[classNumber]! += ipv6;
  return {
    decisions: decisions.map((decision) => {
      const { classNumber, ipv6 } = decision;
      if (ipv6 === 0) return decision;
      const part = ipv6 === located[classNumber] ? 1 : ipv6 / located[classNumber]!;
      return { ...decision, ipv6: announced[classNumber]! * part };
    }),
    ipv6: "announced",
  };
}

/** By class, networks of /48 with their fractions. */
function announcedByClass(table: RouteTable, ranges: NumberedRanges): Float64Array {
  const tally = new Tally(table.classes.length);
  const descent = new Descent(table);
  for (let range = 0; range < ranges.count; range++) {
    for (const prefix of ranges.prefixesAt(range)) descent.tally(prefix, tally);
  }
  const announced = new Float64Array(table.classes.length);
  tally.forEach((classNumber, units) => {
    announced[classNumber] = units;
  });
  return announced;
}
