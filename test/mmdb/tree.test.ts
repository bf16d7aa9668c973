import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readMetadata } from "../../src/mmdb/metadata.ts";
import { RecordIndex } from "../../src/mmdb/records.ts";
import { ipv4Root, openTree, SearchTree, walkNetworks } from "../../src/mmdb/tree.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { encodeDatabase } from "../../src/mmdb/write.ts";
import { seededRandom } from "../support/random.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { craft, source, toData } from "./craft.ts";
import { type Interval, intervalsOf } from "./intervals.ts";
import { METADATA, randomTrie } from "./tries.ts";

describe("SearchTree", () => {
  const records: [number, number][] = Array.from({ length: 100 }, (_, node) => [
    (node * 0x01_2345) % 100,
    100 + ((node * 77) % 13),
  ]);
  const huge: [number, number] = [0x0abc_def1, 0x0123_4567];

  test.each([
    [24, 0xab_cdef, 0x12_3456],
    [28, ...huge],
    [32, 0xfedc_ba98, 0x8000_0001],
  ])("reads both records of a node of %i bits", (recordSize, left, right) => {
    const bytes = craft({
      records: [
        [1, 1],
        [left, right],
      ],
      recordSize,
    });
    const tree = new SearchTree(source(bytes), readMetadata(source(bytes)));
    tree.read(1);
    expect([tree.left, tree.right]).toEqual([left, right]);
  });

  test.each([24, 28, 32])("reads nodes of %i bits in any order, through any window", (size) => {
    const bytes = craft({ records, recordSize: size });
    const random = seededRandom(size);
    for (const windowBytes of [1, 7, 8, 50, 64, 799, 800, 801, 1 << 20]) {
      const tree = new SearchTree(source(bytes), readMetadata(source(bytes)), windowBytes);
      const order = [0, 99, ...records.keys(), ...[...records.keys()].reverse()];
      for (let more = 0; more < 200; more++) order.push(Math.floor(random() * 100));
      const found = order.map((node) => {
        tree.read(node);
        return [tree.left, tree.right];
      });
      expect(found).toEqual(order.map((node) => records[node]));
    }
  });
});

describe("ipv4Root", () => {
  test("is the root of a tree of 32 bits", () => {
    const db = verifyDatabase(source(craft({ records: [[1, 1]] })));
    expect(ipv4Root(openTree(db))).toBe(0);
  });

  test("lies behind 96 zero bits of a tree of 128", () => {
    const records = Array.from({ length: 100 }, (_, node): [number, number] => [node + 1, 100]);
    const db = verifyDatabase(source(craft({ records, ipVersion: 6 })));
    expect(ipv4Root(openTree(db))).toBe(96);
  });

  test("is the leaf that covers all of IPv4", () => {
    const leaf = toData(2, 0);
    const bytes = craft({
      records: [
        [1, 2],
        [leaf, 2],
      ],
      ipVersion: 6,
      data: [0xa0],
    });
    expect(ipv4Root(openTree(verifyDatabase(source(bytes))))).toBe(leaf);
  });
});

describe("walkNetworks", () => {
  test("visits what the interval oracle finds, in its order, for seeded random tables", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const trie = randomTrie(random, 1 + Math.floor(random() * 9), seed % 3 === 0 ? 128 : 40);
      const leafValues = Array.from({ length: 9 }, (_, value) => ({ value }));
      const file = encodeDatabase({ ...trie, leafValues, metadata: METADATA });
      expectSameWalk(file, `seed ${seed}`);
    }
  });

  test.each([24, 28, 32])("visits a crafted IPv4 tree of %i bits with gaps", (recordSize) => {
    const [a, b] = [toData(4, 0), toData(4, 2)];
    const records: [number, number][] = [
      [1, 3],
      [a, 2],
      [4, b],
      [b, 4],
    ];
    expectSameWalk(craft({ records, recordSize, data: [0xa0, 0xa0, 0xa0] }), "crafted");
  });

  test("visits the first and the last address of both families", () => {
    for (const [ipVersion, depth] of [
      [4, 32],
      [6, 128],
    ] as const) {
      // Two chains from the root: all zeros and all ones.
      const records: [number, number][] = [[1, depth]];
      const count = 2 * depth - 1;
      for (let node = 1; node < depth; node++) {
        records.push([node === depth - 1 ? toData(count, 0) : node + 1, count]);
      }
      for (let node = depth; node < count; node++) {
        records.push([count, node === count - 1 ? toData(count, 1) : node + 1]);
      }
      const file = craft({ records, ipVersion, data: [0xa0, 0xa0] });
      const networks = expectSameWalk(file, `IPv${ipVersion}`);
      expect(networks).toHaveLength(2 * depth);
      expect(networks[0]).toEqual({ first: 0n, bits: depth, number: 0 });
      expect(networks.at(-1)).toEqual({
        first: (1n << BigInt(depth)) - 1n,
        bits: depth,
        number: 1,
      });
    }
  });

  test.runIf(hasSharedData())("visits MaxMind's City with its aliases", () => {
    const file = readFileSync(sharedData("maxmind/test-data/GeoIP2-City-Test.mmdb"));
    const networks = expectSameWalk(file, "City");
    const within = (first: bigint, bits: number) =>
      networks
        .filter((one) => one.first >> BigInt(128 - bits) === first >> BigInt(128 - bits))
        .map(({ first: start, number }) => [start - first, number]);
    const ipv4 = within(0n, 96);
    expect(ipv4.length).toBeGreaterThan(50);
    expect(within(0xffffn << 32n, 96)).toEqual(ipv4);
  });
});

/** Compares the walk with the oracle; returns it with addresses as bigints. */
function expectSameWalk(file: Uint8Array, name: string) {
  const db = verifyDatabase(source(file));
  const { nodeCount, recordSize, ipVersion } = db.metadata;
  const width = ipVersion === 4 ? 32 : 128;
  const networks: { first: bigint; bits: number; number: number }[] = [];
  walkNetworks(db, (words, bits, number) => {
    const first = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    networks.push({ first, bits, number });
  });
  const expected = intervalsOf(file, { nodeCount, recordSize, width });
  expect(networks, name).toEqual(numbered(expected, nodeCount));
  return networks;
}

/** Data offsets as their ranks among all: what `RecordIndex` does, the slow way. */
function numbered(intervals: readonly Interval[], nodeCount: number) {
  const data = intervals.map(({ record }) => record).filter((record) => record > nodeCount);
  const order = [...new Set(data)].sort((a, b) => a - b);
  return intervals.map(({ first, bits, record }) => ({
    first,
    bits,
    number: order.indexOf(record),
  }));
}

describe("RecordIndex", () => {
  test("numbers offsets by rank, and back", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const size = 1 + Math.floor(random() * 2000);
      const density = random();
      const offsets = Array.from({ length: size }, (_, offset) => offset).filter(
        () => random() < density,
      );
      const bits = new Uint32Array(Math.ceil(size / 32));
      for (const offset of offsets) {
        bits[offset >>> 5] = (bits[offset >>> 5] as number) | (1 << (offset & 31));
      }
      const index = new RecordIndex(bits);
      expect(index.count, `seed ${seed}`).toBe(offsets.length);
      expect(offsets.map((offset) => index.numberOf(offset))).toEqual([...offsets.keys()]);
      expect([...offsets.keys()].map((number) => index.offsetOf(number))).toEqual(offsets);
      const visited: [number, number][] = [];
      index.forEach((offset, number) => {
        visited.push([offset, number]);
      });
      expect(visited).toEqual(offsets.map((offset, number) => [offset, number]));
    }
  });
});
