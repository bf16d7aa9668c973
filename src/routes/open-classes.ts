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
  const isClosed = mirrors.map(({ reach }) => reach !== "public");
  /** By list, the mirrors in it that are not public; of hardly a list there are any. */
  const closed = lists.map((list) =>
    list.some((mirror) => isClosed[mirror]) ? list.filter((mirror) => isClosed[mirror]) : NONE,
  );
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
  /** By set and group. */
  const openGroups = sets.map((set) => {
    const { isOpen } = openLists(mirrors, set);
    return set.groups.map((lists) => lists.every(isOpen));
  });
  const isOpen = classes.map(({ groups }) =>
    groups.every((group, set) => openGroups[set]![group]!),
  );
  return (classNumber) => isOpen[classNumber]!;
}

const NONE: readonly number[] = [];
