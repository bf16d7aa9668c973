/**
 * `routes.mmdb`: the route table as a MaxMind DB. The value of a network is
 *
 *     { "lists": { "<set>": "<list id>" } }
 *
 * and every address has one, so a reader never has to guess.
 */
import { encodeDatabase } from "../mmdb/write.ts";
import type { RouteTable } from "../routes/table.ts";
import type { Artifact } from "./artifact.ts";

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
  const leafValues = table.classes.map(({ lists }) => ({
    lists: Object.fromEntries(
      table.sets.map((set, setNumber) => [set.name, listId(ids, setNumber, lists[setNumber])]),
    ),
  }));
  const bytes = encodeDatabase({
    children: table.children,
    count: table.count,
    root: table.root,
    leafValues,
    metadata: {
      databaseType: "mirrorpress-routes",
      buildEpoch: builtAt,
      languages: ["en"],
      description: { en: "For each network, the ids of the mirror lists that its clients get" },
    },
  });
  return { path: "routes.mmdb", bytes };
}

function listId(ids: readonly (readonly string[])[], set: number, list: number | undefined) {
  const id = list === undefined ? undefined : ids[set]?.[list];
  if (id === undefined) throw new Error(`set ${set} has no list number ${list}`);
  return id;
}
