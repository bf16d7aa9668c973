/** Small databases for tests, from networks and their records. */
import { parsePrefix } from "../../src/ip/prefix.ts";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import type { VerifiedDatabase } from "../../src/mmdb/database.ts";
import type { MmdbValue } from "../../src/mmdb/decode.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { encodeDatabase } from "../../src/mmdb/write.ts";

type Node = [Node | number, Node | number];

/** An IPv6 tree with IPv4 at ::/96; what no network covers has an empty record. */
export function databaseBytes(
  networks: readonly (readonly [network: string, record: MmdbValue])[],
  { databaseType = "Test", buildEpoch = 1_700_000_000 } = {},
): Uint8Array {
  const root: Node = [-1, -1];
  const values: MmdbValue[] = [{}];
  for (const [text, record] of networks) {
    const prefix = parsePrefix(text)?.prefix;
    if (!prefix) throw new Error(`not a network: ${text}`);
    const words = prefix.family === 4 ? [0, 0, 0, ...prefix.words] : prefix.words;
    const bits = prefix.family === 4 ? prefix.bits + 96 : prefix.bits;
    let node = root;
    for (let depth = 0; depth < bits - 1; depth++) {
      const side = sideAt(words, depth);
      const below = node[side];
      if (typeof below === "number") node[side] = [below, below];
      node = node[side] as Node;
    }
    node[sideAt(words, bits - 1)] = -values.push(record);
  }
  const children: number[] = [];
  const flatten = (node: Node | number): number => {
    if (typeof node === "number") return node;
    const [left, right] = [flatten(node[0]), flatten(node[1])];
    children.push(left, right);
    return children.length / 2 - 1;
  };
  const last = flatten(root);
  return encodeDatabase({
    children: Int32Array.from(children),
    count: children.length / 2,
    root: last,
    leafValues: values,
    metadata: { databaseType, buildEpoch, languages: ["en"], description: { en: "A test" } },
  });
}

export function databaseOf(...parts: Parameters<typeof databaseBytes>): VerifiedDatabase {
  return verifyDatabase(bytesInMemory("test.mmdb", databaseBytes(...parts)));
}

function sideAt(words: readonly number[], depth: number): 0 | 1 {
  return (((words[depth >> 5] as number) >>> (31 - (depth & 31))) & 1) as 0 | 1;
}
