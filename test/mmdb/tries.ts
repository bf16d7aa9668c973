/** Seeded random routing tables, as the writer takes them. */
import type { DatabaseParts } from "../../src/mmdb/write.ts";

export const METADATA: DatabaseParts["metadata"] = {
  databaseType: "Test-Routes",
  buildEpoch: 1_700_000_000,
  languages: ["en"],
  description: { en: "Routes of a test" },
};

/**
 * A hash-consed trie with children before parents: paths of random depth whose leaves are one of
 * `values` numbers, equal siblings merged.
 */
export function randomTrie(
  random: () => number,
  values: number,
  maxDepth: number,
): Pick<DatabaseParts, "children" | "count" | "root"> {
  const records: number[] = [];
  const known = new Map<string, number>();
  const build = (depth: number): number => {
    // Deep but sparse: near the root nearly always a node, below it seldom.
    const splits = depth < 7 ? 0.95 : 0.49;
    if (depth >= maxDepth || random() > splits) return -1 - Math.floor(random() * values);
    const left = build(depth + 1);
    const right = build(depth + 1);
    if (left === right) return left;
    const key = `${left} ${right}`;
    const same = known.get(key);
    if (same !== undefined) return same;
    records.push(left, right);
    known.set(key, records.length / 2 - 1);
    return records.length / 2 - 1;
  };
  const root = build(0);
  return { children: Int32Array.from(records), count: records.length / 2, root };
}
