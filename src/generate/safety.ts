/** What must hold of a compilation before anything of it is published. */

import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { COUNTRIES } from "../geo/countries.ts";
import type { Inputs } from "../inputs/inputs.ts";
import { clientsIn } from "../inputs/unserved.ts";
import type { CompiledRoutes } from "../routes/compile.ts";
import { mirrorsByAsn } from "../routes/marks.ts";
import { openClasses, openLists } from "../routes/open-classes.ts";
import { listsOf } from "../routes/table.ts";
import type { Aggregates } from "./aggregates.ts";
import { FIRST_COUNTRY, UNKNOWN_PLACE } from "./compile-inputs.ts";

/**
 * The leak check: throws if a mirror that is not public would be offered to a client by place, or
 * through an entry of the index to clients that are not all on-net for it.
 */
export function requireNoLeak(
  { mirrors }: Pick<Inputs, "mirrors">,
  compiled: CompiledRoutes,
  aggregates: Aggregates,
): void {
  const isOpen = openClasses(mirrors, compiled);
  const open = compiled.table.sets.map((set) => openLists(mirrors, set));
  const mirrorsOfAsn = mirrorsByAsn(mirrors);
  const require = (classNumber: number | undefined, what: string) => {
    if (classNumber !== undefined && !isOpen(classNumber)) throw leak(what);
  };
  for (const { plain, others } of [compiled.sightings.ipv4, compiled.sightings.ipv6]) {
    for (let row = 0; row < plain.count; row++) {
      if (plain.weight[row] !== 0) require(plain.classNumber[row], `record ${row}`);
    }
    for (let row = 0; row < others.count; row++) {
      const { asn, subnets } = others.states[others.state[row]!]!;
      const isOnNet = (asn !== undefined && mirrorsOfAsn.get(asn)?.length) || subnets.length > 0;
      if (!isOnNet) require(others.classNumber[row], `record ${others.record[row]}`);
    }
  }
  for (const classNumber of compiled.alsoClasses) require(classNumber, "a country");
  for (const kind of ["countries", "continents", "subdivisions"] as const) {
    for (const { key, ipv4, ipv6 } of aggregates[kind]) {
      for (const share of [ipv4, ipv6]) {
        if (share && !open[0]!.isOpen(share.list)) throw leak(key);
      }
    }
  }
  for (const { key } of aggregates.countries) {
    for (const [set, list] of aggregates.listsOfCountry(key).entries()) {
      if (!open[set]!.isOpen(list)) throw leak(key);
    }
  }
  for (const { key, ipv4, ipv6 } of aggregates.asns) {
    for (const share of [ipv4, ipv6]) {
      if (share && !open[0]!.isOpenTo(key, share.list)) throw leak(`all of AS${key}`);
    }
  }
}

function leak(what: string): Error {
  return new Error(`a mirror that is not public would be offered to ${what}`);
}

/**
 * Clients who would get nothing of the set of everything, in one problem. In narrower sets that is what
 * `reportUnserved` warns of.
 */
export function emptyLists({
  classes,
  table,
  alsoClasses,
}: Pick<CompiledRoutes, "classes" | "table" | "alsoClasses">): readonly Diagnostic[] {
  const empty = alsoClasses.flatMap((classNumber, number) => {
    const lists = listsOf(classes[classNumber]!, 0, table);
    if (lists.every((list) => list.length > 0)) return [];
    return [number === UNKNOWN_PLACE ? undefined : COUNTRIES[number - FIRST_COUNTRY]?.code];
  });
  if (empty.length === 0) return [];
  return [problem("empty-list", {}, { clients: clientsIn(empty), set: table.sets[0]!.name })];
}
