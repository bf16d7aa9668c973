import { Reader } from "maxmind";
import { describe, expect, test } from "vitest";
import { formatAddress } from "../../src/ip/address.ts";
import type { MmdbValue } from "../../src/mmdb/decode.ts";
import { decodeRecord } from "../../src/mmdb/lookup.ts";
import { walkNetworks } from "../../src/mmdb/tree.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { encodeDatabase } from "../../src/mmdb/write.ts";
import { recordSizeFor, writeTree } from "../../src/mmdb/write-tree.ts";
import { seededRandom } from "../support/random.ts";
import { source } from "./craft.ts";
import {
  askMmdblookup,
  askPython,
  hasGoReader,
  hasMmdblookup,
  hasPythonReader,
  verifyWithGo,
} from "./foreign.ts";
import { type Interval, intervalsOf } from "./intervals.ts";
import { METADATA, randomTrie } from "./tries.ts";

/** Tables of all three record sizes: the size follows from how much data there is. */
const TABLES = [
  { seed: 1, padding: 0, recordSize: 24 },
  { seed: 2, padding: 0, recordSize: 24 },
  { seed: 3, padding: 17, recordSize: 28 },
] as const;

describe("encodeDatabase", () => {
  test.each(TABLES)(
    "writes what every reader reads back ($recordSize bits, seed $seed)",
    (table) => {
      const { file, values, networks } = makeTable(table.seed, table.padding);
      const db = verifyDatabase(source(file));
      expect(db.metadata).toMatchObject({
        ...METADATA,
        ipVersion: 6,
        recordSize: table.recordSize,
      });

      const mine: MmdbValue[] = [];
      walkNetworks(db, (_, __, number) => {
        mine.push(decodeRecord(db, db.records.offsetOf(number)));
      });
      expect(mine).toEqual(networks.map(({ value }) => values[value]));

      const reader = new Reader<never>(Buffer.from(file));
      for (const { first, last, value, bits } of networks) {
        for (const address of [first, last]) {
          expect(reader.getWithPrefixLength(address)).toEqual([values[value], bits]);
        }
      }
    },
  );

  test.runIf(hasPythonReader()).each(TABLES)(
    "libmaxminddb agrees ($recordSize bits, seed $seed)",
    (table) => {
      const { file, values, networks } = makeTable(table.seed, table.padding);
      const asked = networks.flatMap((network) => [network.first, network.last]);
      const expected = networks.flatMap(({ value, bits }) => {
        const answer = { prefixBits: bits, value: values[value] };
        return [answer, answer];
      });
      expect(askPython(file, asked)).toEqual(expected);
    },
  );

  test.runIf(hasMmdblookup())("mmdblookup agrees", () => {
    const { file, values, networks } = makeTable(4, 0);
    for (const { first, value } of networks.slice(0, 10)) {
      const { id } = (values[value] as { lists: { all: { id: string } } }).lists.all;
      expect(askMmdblookup(file, first, ["lists", "all", "id"])).toContain(`"${id}"`);
    }
  });

  test.runIf(hasGoReader())(
    "Go's Verify accepts, and refuses a planted fault",
    { timeout: 120_000 },
    () => {
      const files = TABLES.map((table) => makeTable(table.seed, table.padding).file);
      const leaf = encodeDatabase({
        children: new Int32Array(0),
        count: 0,
        root: -2,
        leafValues: ["unused", "everywhere"],
        metadata: METADATA,
      });
      verifyWithGo([...files, leaf]);
      const broken = (files[0] as Uint8Array).slice();
      broken[0] = (broken[0] as number) ^ 0x40;
      expect(() => verifyWithGo([broken])).toThrow(/0\.mmdb/);
    },
  );

  test("writes a table of one leaf, and only the values that leaves use", () => {
    const file = encodeDatabase({
      children: new Int32Array(0),
      count: 0,
      root: -2,
      leafValues: ["unused", "everywhere"],
      metadata: METADATA,
    });
    const db = verifyDatabase(source(file));
    expect(db.records.count).toBe(1);
    expect(db.metadata.nodeCount).toBe(1);
    expect(new Reader<never>(Buffer.from(file)).get("2001:db8::")).toBe("everywhere");
    expect(Buffer.from(file).includes("unused")).toBe(false);
  });

  test("puts the root first and every child behind its parent", () => {
    const { file } = makeTable(5, 0);
    const { nodeCount, recordSize } = verifyDatabase(source(file)).metadata;
    const seen = new Set<number>();
    for (let node = 0; node < nodeCount; node++) {
      for (const side of [0, 1]) {
        const at = (node * recordSize) / 4 + side * 3;
        const record = Buffer.from(file).readUIntBE(at, 3);
        if (record >= nodeCount) continue;
        if (record <= node) expect.fail(`node ${node} leads back to ${record}`);
        seen.add(record);
      }
    }
    expect(seen.size).toBe(nodeCount - 1);
  });

  test("gives equal bytes for equal tables", () => {
    expect(makeTable(6, 0).file).toEqual(makeTable(6, 0).file);
  });

  test("writes every type of value so that the reader of another returns it", () => {
    const value = {
      empty: "",
      long: "x".repeat(300),
      again: "x".repeat(300),
      list: [0, 1, 65_535, 65_536, 2 ** 32 - 1, -1, -(2 ** 31), 1.5, -0.25, true, false],
      nested: { again: { again: [{}, []] } },
      unicode: "Zürich 東京 \u{1f5fa}",
      __proto: "x",
    };
    const file = encodeDatabase({
      children: new Int32Array(0),
      count: 0,
      root: -1,
      leafValues: [value],
      metadata: METADATA,
    });
    expect(new Reader<never>(Buffer.from(file)).get("::1")).toEqual(value);
  });

  test("refuses parts that break their description", () => {
    const parts = { leafValues: ["a"], metadata: METADATA, count: 1, root: 0 };
    const children = (...records: number[]) => ({ ...parts, children: Int32Array.from(records) });
    expect(() => encodeDatabase(children(-1, -2))).toThrow("leaf 1 has no value");
    expect(() => encodeDatabase(children(-1, 0))).toThrow(
      "node 0 comes before one of its children",
    );
    expect(() => encodeDatabase({ ...children(-1, -1), root: 3 })).toThrow("not the last");
    const metadata = { ...METADATA, description: {} };
    expect(() => encodeDatabase({ ...children(-1, -1), metadata })).toThrow("description is empty");
  });
});

describe("recordSizeFor", () => {
  test.each([
    [2 ** 24, 24],
    [2 ** 24 + 1, 28],
    [2 ** 28, 28],
    [2 ** 28 + 1, 32],
    [2 ** 32, 32],
  ])("is enough for %i", (limit, size) => {
    expect(recordSizeFor(limit)).toBe(size);
  });

  test("refuses more than a database can hold", () => {
    expect(() => recordSizeFor(2 ** 32 + 1)).toThrow("do not fit");
  });
});

describe("writeTree", () => {
  test.each([24, 28, 32] as const)("writes records of %i bits up to their last", (recordSize) => {
    const trie = randomTrie(seededRandom(recordSize), 50, 40);
    const nodeCount = trie.count;
    const leaves = Uint32Array.from({ length: 50 }, (_, value) => 2 ** recordSize - 1 - value * 7);
    const file = new Uint8Array((nodeCount * recordSize) / 4);
    writeTree(file, trie.children, nodeCount, leaves, recordSize);
    const expected: number[] = [];
    const visit = (record: number): void => {
      if (record < 0) {
        expected.push(leaves[-1 - record] as number);
        return;
      }
      visit(trie.children[2 * record] as number);
      visit(trie.children[2 * record + 1] as number);
    };
    visit(trie.root);
    const found = intervalsOf(file, { nodeCount, recordSize, width: 128 });
    expect(found.map(({ record }) => record)).toEqual(expected);
  });
});

interface Network {
  readonly first: string;
  readonly last: string;
  readonly bits: number;
  readonly value: number;
}

function makeTable(seed: number, padding: number) {
  const random = seededRandom(seed);
  const trie = randomTrie(random, 20, 128);
  const values = Array.from({ length: 20 }, (_, value) => ({
    lists: { all: { id: Math.floor(random() * 2 ** 48).toString(16), value: value * 1000 } },
  }));
  const leafValues: MmdbValue[] = [...values];
  let { children, count, root } = trie;
  // More nodes on top, each with a text of a megabyte on its right.
  for (let more = 0; more < padding; more++) {
    leafValues.push(String.fromCharCode(65 + more).repeat(2 ** 20));
    children = Int32Array.from([...children, root, -leafValues.length]);
    root = count;
    count += 1;
  }
  const file = encodeDatabase({ children, count, root, leafValues, metadata: METADATA });
  return { file, values: leafValues, networks: networksOf(file, children) };
}

/** By the interval oracle; a record stands for the used value of the same rank. */
function networksOf(file: Uint8Array, children: Int32Array): Network[] {
  const leaves = [...children].filter((child) => child < 0).map((child) => -1 - child);
  const used = [...new Set(leaves)].sort((a, b) => a - b);
  const { nodeCount, recordSize } = new Reader<never>(Buffer.from(file)).metadata;
  const intervals = intervalsOf(file, { nodeCount, recordSize, width: 128 });
  const ranks = [...new Set(intervals.map(({ record }) => record))].sort((a, b) => a - b);
  expect(ranks).toHaveLength(used.length);
  return intervals.map(({ first, bits, record }: Interval) => ({
    first: textOf(first),
    last: textOf(first + (1n << BigInt(128 - bits)) - 1n),
    bits,
    value: used[ranks.indexOf(record)] as number,
  }));
}

function textOf(address: bigint): string {
  const words = [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
  return formatAddress(6, words);
}
