/**
 * `routes.mmdb`: the route table as a MaxMind DB. The value of a network is
 *
 *     { "country": "DE", "lists": { "<set>": "<list id>" } }
 *
 * or, where lists have rotations, an array of list ids for each set, of which the client's address
 * picks one. The country is absent where none is known. Every address has a record, so a reader
 * never has to guess.
 */
import type { MmdbValue } from "../mmdb/decode.ts";
import { encodeDatabase } from "../mmdb/write.ts";
import type { RouteClass, RouteTable } from "../routes/table.ts";
import type { Artifact } from "./artifact.ts";

export const ROUTES_PATH = "routes.mmdb";

export interface RoutesDatabaseOptions {
  /** By set, then by list number, as `emitLists` gives them. */
  readonly ids: readonly (readonly string[])[];
  /** Seconds since 1970. */
  readonly builtAt: number;
}

export function emitRoutesDatabase(
  table: RouteTable,
  { ids, builtAt }: RoutesDatabaseOptions,
): Artifact {
  const bytes = encodeDatabase({
    children: table.children,
    count: table.count,
    root: table.root,
    leafValues: table.classes.map((each) => leafValue(each, table, ids)),
    metadata: {
      databaseType: "mirrorpress-routes",
      buildEpoch: builtAt,
      languages: ["en"],
      description: { en: "For each network, the ids of the mirror lists that its clients get" },
    },
  });
  return { path: ROUTES_PATH, bytes };
}

/** The ids of a class's lists in a set, by rotation. */
export function idsOf(
  { groups }: RouteClass,
  set: number,
  { sets }: Pick<RouteTable, "sets">,
  ids: RoutesDatabaseOptions["ids"],
): readonly string[] {
  return sets[set]!.groups[groups[set]!]!.map((list) => {
    const id = ids[set]?.[list];
    if (id === undefined) throw new Error(`set ${set} has no list number ${list}`);
    return id;
  });
}

function leafValue(
  each: RouteClass,
  table: RouteTable,
  ids: RoutesDatabaseOptions["ids"],
): MmdbValue {
  const lists: Record<string, MmdbValue> = {};
  for (const [set, { name }] of table.sets.entries()) {
    const rotations = idsOf(each, set, table, ids);
    lists[name] = table.rotations === 1 ? rotations[0]! : rotations;
  }
  const { country } = each;
  return { ...(country !== undefined && { country }), lists };
}
