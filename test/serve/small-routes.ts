/** A route table small enough to write by hand. */
import type { RouteTable } from "../../src/routes/table.ts";
import { smallTrie } from "./small-database.ts";

/** Networks to list numbers of the one set "all"; the rest of the address space gets list 0. */
export function smallRoutes(
  networks: readonly (readonly [network: string, list: number])[],
  lists: readonly (readonly number[])[],
): RouteTable {
  return {
    ...smallTrie(networks),
    ipv4Root: -1,
    classes: lists.map((_, list) => ({ country: undefined, groups: [list] })),
    sets: [{ name: "all", lists, groups: lists.map((_, list) => [list]) }],
    rotations: 1,
  };
}
