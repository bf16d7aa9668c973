/** Which classes may be given to clients of whom little is known. */
import type { PlacedMirror } from "../model/mirror.ts";
import type { CompiledRoutes } from "./compile.ts";
import { listsOf } from "./table.ts";

/**
 * Which classes may stand for a whole country, or for an ASN: a private or cloud mirror is offered
 * to those only that are on-net for it.
 */
export interface OpenClasses {
  /** Whether every client may have the lists of a class. */
  isOpen(classNumber: number): boolean;
  /** Whether every client of an ASN may. */
  isOpenTo(asn: number, classNumber: number): boolean;
}

export function openClasses(
  mirrors: readonly PlacedMirror[],
  { classes, table }: Pick<CompiledRoutes, "classes" | "table">,
): OpenClasses {
  /** By class, the mirrors in its lists that are not public. */
  const closed = classes.map((each) => {
    const all = table.sets.flatMap((_, set) => listsOf(each, set, table).flat());
    return [...new Set(all)].filter((mirror) => mirrors[mirror]!.reach !== "public");
  });
  return {
    isOpen: (classNumber) => closed[classNumber]!.length === 0,
    isOpenTo: (asn, classNumber) =>
      closed[classNumber]!.every((mirror) => mirrors[mirror]!.asns.includes(asn)),
  };
}
