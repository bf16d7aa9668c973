/** Which lists, and which classes, may be given to clients of whom little is known. */
import type { PlacedMirror } from "../model/mirror.ts";
import type { CompiledRoutes } from "./compile.ts";
import type { RouteListSet } from "./table.ts";

/**
 * Which lists of a set may stand for a whole country, or for an ASN: a private or cloud mirror is
 * offered to those only that are on-net for it.
 */
export interface OpenLists {
  /** Whether every client may have a list. */
  isOpen(list: number): boolean;
  /** Whether every client of an ASN may. */
  isOpenTo(asn: number, list: number): boolean;
}

export function openLists(
  mirrors: readonly PlacedMirror[],
  { lists }: Pick<RouteListSet, "lists">,
): OpenLists {
  /** By list, the mirrors in it that are not public. */
  const closed = lists.map((list) => list.filter((mirror) => mirrors[mirror]!.reach !== "public"));
  return {
    isOpen: (list) => closed[list]!.length === 0,
    isOpenTo: (asn, list) => closed[list]!.every((mirror) => mirrors[mirror]!.asns.includes(asn)),
  };
}

/** Whether every client may have all lists of a class. */
export function openClasses(
  mirrors: readonly PlacedMirror[],
  { classes, table: { sets } }: Pick<CompiledRoutes, "classes" | "table">,
): (classNumber: number) => boolean {
  const open = sets.map((set) => openLists(mirrors, set));
  const isOpen = classes.map(({ groups }) =>
    groups.every((group, set) => sets[set]!.groups[group]!.every(open[set]!.isOpen)),
  );
  return (classNumber) => isOpen[classNumber]!;
}
