/** Every fault has its own reason, and no file can keep the verifier busy. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { VerifiedDatabase } from "../../src/mmdb/database.ts";
import { MmdbError, type MmdbReason } from "../../src/mmdb/error.ts";
import { fieldReader, loadData } from "../../src/mmdb/fields.ts";
import { decodeRecord } from "../../src/mmdb/lookup.ts";
import { walkNetworks } from "../../src/mmdb/tree.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { seededRandom } from "../support/random.ts";
import {
  array,
  type Bytes,
  bigEndian,
  concat,
  craft,
  double,
  head,
  MARKER,
  map,
  pointer,
  source,
  text,
  toData,
  uint,
} from "./craft.ts";

/** A tree of one node whose two sides lead to the value at the data's start. */
function oneRecord(data: Bytes | Uint8Array): Uint8Array {
  return craft({ records: [[toData(1, 0), toData(1, 0)]], data });
}

const EMPTY = 1;

const FAULTS: readonly (readonly [MmdbReason, string, Uint8Array])[] = [
  ["not-a-database", "is empty", new Uint8Array(0)],
  ["not-a-database", "is something else", new TextEncoder().encode("<!doctype html>")],
  [
    "not-a-database",
    "has its metadata further than 128 KiB from its end",
    Uint8Array.from(concat(craft({ records: [[EMPTY, EMPTY]] }), new Uint8Array(131_072))),
  ],
  [
    "metadata-truncated",
    "ends within its metadata",
    craft({ records: [[EMPTY, EMPTY]] }).slice(0, -1),
  ],
  ["metadata-not-a-map", "has a list as metadata", craft({ records: [], metadata: array([]) })],
  ["metadata-field-missing", "has no node count", crafted({ node_count: undefined })],
  ["metadata-field-invalid", "has no nodes", crafted({ node_count: uint(6, 0) })],
  ["metadata-field-invalid", "has records of 26 bits", crafted({ record_size: uint(5, 26) })],
  ["metadata-field-invalid", "is for IPv5", crafted({ ip_version: uint(5, 5) })],
  ["metadata-field-invalid", "has a number as type", crafted({ database_type: uint(5, 5) })],
  [
    "metadata-field-invalid",
    "has languages that are no texts",
    crafted({ languages: array([uint(5, 1)]) }),
  ],
  [
    "metadata-field-invalid",
    "has a description that is no map",
    crafted({ description: text("x") }),
  ],
  [
    "metadata-field-invalid",
    "was built before 1970",
    crafted({ build_epoch: [...head(8, 4), 255, 255, 255, 255] }),
  ],
  ["version-unsupported", "is in version 3", crafted({ binary_format_major_version: uint(5, 3) })],
  [
    "tree-truncated",
    "has fewer nodes than promised",
    crafted({ node_count: uint(6, 2 ** 32 - 1) }),
  ],
  [
    "separator-not-zero",
    "has something between tree and data",
    craft({ records: [[EMPTY, EMPTY]], separator: [...new Array<number>(15).fill(0), 1] }),
  ],
  [
    "record-in-separator",
    "leads just before the data",
    craft({ records: [[EMPTY, 16]], data: [0xa0] }),
  ],
  [
    "record-in-separator",
    "leads just behind empty",
    craft({ records: [[2, EMPTY]], data: [0xa0] }),
  ],
  [
    "record-beyond-data",
    "leads just behind the data",
    craft({ records: [[toData(1, 1), EMPTY]], data: [0xa0] }),
  ],
  [
    "record-beyond-data",
    "leads beyond 2^31",
    craft({ records: [[2 ** 32 - 1, EMPTY]], recordSize: 32, data: [0xa0] }),
  ],
  ["tree-cycle", "has a root that leads to itself", craft({ records: [[0, EMPTY]] })],
  [
    "tree-cycle",
    "has a node that leads to itself",
    craft({
      records: [
        [1, 2],
        [1, 2],
      ],
    }),
  ],
  [
    "tree-cycle",
    "has two nodes that lead to each other",
    craft({
      records: [
        [1, 3],
        [2, 3],
        [1, 3],
      ],
    }),
  ],
  [
    "tree-cycle",
    "has a cycle that only the right sides form",
    craft({
      records: [
        [4, 1],
        [4, 2],
        [3, 4],
        [4, 1],
      ],
    }),
  ],
  ["tree-too-deep", "has 33 levels for IPv4", craft({ records: chain(33) })],
  ["tree-too-deep", "has 129 levels for IPv6", craft({ records: chain(129), ipVersion: 6 })],
  [
    "tree-too-deep",
    "has 33 levels through a node led to backwards",
    craft({ records: backwards(33) }),
  ],
  ["tree-too-wide", "doubles at each of 128 levels", treeBomb()],
  ["tree-too-wide", "doubles at each level, once leading backwards", treeBomb(true)],
  ["value-truncated", "ends within a text", oneRecord([0x45, 0x61])],
  ["value-truncated", "lacks the last byte of a double", oneRecord(double(1).slice(0, -1))],
  ["value-truncated", "ends within a head", oneRecord([0x5e, 0x01])],
  ["value-truncated", "ends within a pointer", oneRecord([0x38, 0, 0, 0])],
  ["value-truncated", "ends within a map", oneRecord(head(7, 1).concat(text("key")))],
  ["value-type-unknown", "has a container type of memory", oneRecord([0x00, 0x05])],
  ["value-type-unknown", "has type 255 + 7", oneRecord([0x00, 0xff])],
  ["value-size-invalid", "has a double of 4 bytes", oneRecord([...head(3, 4), 0, 0, 0, 0])],
  ["value-size-invalid", "has an uint16 of 3 bytes", oneRecord([...head(5, 3), 0, 0, 0])],
  [
    "value-size-invalid",
    "has an uint128 of 17 bytes",
    oneRecord(concat(head(10, 17), new Uint8Array(17))),
  ],
  ["value-size-invalid", "has a boolean of 2", oneRecord(head(14, 2))],
  ["value-too-deep", "nests 66 arrays", oneRecord(nested(66, 0xa0))],
  ["value-too-deep", "is a bomb of a million nested maps", oneRecord(nestedMaps(1_000_000))],
  ["value-too-deep", "nests arrays by pointers", oneRecord(pointerChain(70))],
  ["value-too-deep", "nests arrays by pointers to records seen before", backwardChain(70)],
  ["value-too-large", "is a pointer bomb", pointerBomb(28)],
  ["value-too-large", "repeats a long text by pointers", textBomb()],
  ["value-too-large", "is a text of 16 MiB", oneRecord(hugeText())],
  [
    "value-too-large",
    "repeats a long text by the keys of a map",
    oneRecord(concat(head(7, 500), repeated(concat(pointer(3003), [0xa0]), 500), longText(60_000))),
  ],
  [
    "value-too-large",
    "repeats a long text in its metadata",
    craft({
      records: [],
      metadata: concat(array(new Array<Bytes>(500).fill(pointer(2504))), longText(60_000)),
    }),
  ],
  [
    "value-too-large",
    "has an array of 70,000",
    oneRecord(concat(head(11, 70_000), new Uint8Array(70_000).fill(0xa0))),
  ],
  ["values-overlap", "has a record at every fifth byte of one another", overlapBomb()],
  ["container-oversized", "claims a million entries", oneRecord(head(7, 1_000_000))],
  ["pointer-beyond-data", "points behind the data", oneRecord(pointer(5))],
  [
    "pointer-to-pointer",
    "points to a pointer",
    oneRecord(concat(pointer(5), pointer(10), text("x"))),
  ],
  ["pointer-cycle", "points to the array that holds it", oneRecord(array([pointer(0)]))],
  [
    "pointer-cycle",
    "points to a map around the array that holds it",
    oneRecord(map([["a", array([pointer(0)])]])),
  ],
  [
    "key-not-a-string",
    "has a number as a key",
    oneRecord(concat(head(7, 1), uint(5, 1), uint(5, 1))),
  ],
  [
    "key-not-a-string",
    "has a pointer to a number as a key",
    oneRecord(concat(head(7, 2), text("a"), uint(5, 9), pointer(3), uint(5, 1))),
  ],
  ["text-not-utf8", "has half a character", oneRecord([0x42, 0x61, 0xc3])],
  ["text-not-utf8", "has half a character in a key", oneRecord([...head(7, 1), 0x41, 0xff, 0xa0])],
  ["text-not-utf8", "has a surrogate", oneRecord([0x43, 0xed, 0xa0, 0x80])],
];

describe("verifyDatabase refuses a file that", () => {
  test.each(FAULTS)("(%s) %s", (reason, _, bytes) => {
    const started = performance.now();
    const error = refusal(bytes);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(error.reason).toBe(reason);
    expect(error.source).toBe("crafted.mmdb");
    expect(error.message).toMatch(/^crafted\.mmdb: .+\. (The file is|Check that|Fetch the) .+\.$/);
  });

  test("has any of the reasons: each has a file above", () => {
    const code = readFileSync(join(import.meta.dirname, "../../src/mmdb/error.ts"), "utf8");
    const union = code.slice(code.indexOf("MmdbReason ="), code.indexOf(";"));
    const reasons = [...union.matchAll(/"([a-z0-9-]+)"/g)].map((match) => match[1]);
    expect(reasons.length).toBeGreaterThan(20);
    expect([...new Set(FAULTS.map(([reason]) => reason))].sort()).toEqual(reasons.sort());
  });
});

describe("verifyDatabase accepts", () => {
  test("a tree as deep as an address is long", () => {
    expect(() => verifyDatabase(source(craft({ records: chain(32) })))).not.toThrow();
    expect(() =>
      verifyDatabase(source(craft({ records: chain(128), ipVersion: 6 }))),
    ).not.toThrow();
    expect(() => verifyDatabase(source(craft({ records: backwards(32) })))).not.toThrow();
  });

  test("subtrees that are shared, forwards and backwards", () => {
    const db = verifyDatabase(
      source(
        craft({
          records: [
            [2, 1],
            [2, 4],
            [3, 3],
            [4, 20],
          ],
          data: [0xa0],
        }),
      ),
    );
    expect(db.records.count).toBe(1);
  });

  test("values as deep and as large as the limits", () => {
    expect(() => verifyDatabase(source(oneRecord(nested(65, 0xa0))))).not.toThrow();
    const large = concat(head(11, 65_535), new Uint8Array(65_535).fill(0xa0));
    expect(() => verifyDatabase(source(oneRecord(large)))).not.toThrow();
  });

  test("arrays nested by pointers to records seen before, up to the limit", () => {
    expect(() => verifyDatabase(source(backwardChain(31)))).not.toThrow();
    expect(() => verifyDatabase(source(backwardChain(33)))).toThrow("64 deep");
  });

  test("pointers of all four widths", () => {
    const data = new Uint8Array(600_000).fill(0xa0);
    const place = (at: number, bytes: Bytes) => data.set(bytes, at);
    place(
      0,
      concat(
        head(11, 4),
        pointer(100, 1),
        pointer(2050, 2),
        pointer(530_000, 3),
        pointer(599_999, 4),
      ),
    );
    expect(() => verifyDatabase(source(oneRecord(data)))).not.toThrow();
  });

  test("the marker inside the data, and one in the metadata's last text", () => {
    const data = concat(head(4, MARKER.length), MARKER);
    expect(verifyDatabase(source(oneRecord(data))).metadata.dataSize).toBe(data.length);
  });

  test("a moment of building beyond all integers", () => {
    const bytes = crafted({ build_epoch: [...head(9, 8), ...new Array<number>(8).fill(255)] });
    expect(verifyDatabase(source(bytes)).metadata.buildEpoch).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("whatever the bytes", () => {
  test("verifyDatabase throws an MmdbError, or all that is in the file can be read", () => {
    const original = craft({
      records: [
        [1, 2],
        [3, toData(4, 12)],
        [toData(4, 0), 4],
        [4, toData(4, 12)],
      ],
      recordSize: 28,
      data: concat(
        map([["country", text("NO")]]),
        map([
          ["at", double(59.9)],
          ["of", array([pointer(1, 1), uint(6, 77)])],
        ]),
      ),
    });
    expect(() => verifyDatabase(source(original))).not.toThrow();
    let refused = 0;
    for (let seed = 1; seed <= 3000; seed++) {
      const random = seededRandom(seed);
      const bytes = original.slice();
      for (let fault = 0; fault <= random() * 3; fault++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const cut = random() < 0.1 ? bytes.slice(0, Math.floor(random() * bytes.length)) : bytes;
      const db = verifiedOrNull(cut, seed);
      if (db === null) refused += 1;
      else expect(() => readAll(db), `seed ${seed}`).not.toThrow();
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

function verifiedOrNull(bytes: Uint8Array, seed: number): VerifiedDatabase | null {
  try {
    return verifyDatabase(source(bytes));
  } catch (error) {
    if (error instanceof MmdbError) return null;
    throw new Error(`seed ${seed}`, { cause: error });
  }
}

/** Walks and decodes everything, in both ways. */
function readAll(db: VerifiedDatabase): void {
  walkNetworks(db, () => {});
  const fields = fieldReader(loadData(db), [["country"], ["of", 0], ["of", 1], ["at"]]);
  db.records.forEach((offset) => {
    decodeRecord(db, offset);
    fields.read(offset);
  });
}

function refusal(bytes: Uint8Array): MmdbError {
  try {
    verifyDatabase(source(bytes));
  } catch (error) {
    if (error instanceof MmdbError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
}

function crafted(fields: Readonly<Record<string, Bytes | undefined>>): Uint8Array {
  return craft({ records: [[EMPTY, EMPTY]], fields });
}

/** So many nodes, each the right side of the one before. */
function chain(length: number): [number, number][] {
  return Array.from({ length }, (_, node) => [length, node + 1]);
}

/** The same, the root leading to the last node, and each other node to the one before. */
function backwards(length: number): [number, number][] {
  return Array.from({ length }, (_, node) => {
    if (node === 0) return [length, length - 1];
    return [length, node === 1 ? length : node - 1];
  });
}

function treeBomb(backwards = false): Uint8Array {
  const order = Array.from({ length: 129 }, (_, level) => level);
  if (backwards) [order[1], order[2]] = [2, 1];
  const records: [number, number][] = [];
  for (let level = 0; level < 128; level++) {
    const next = order[level + 1] as number;
    records[order[level] as number] = [next, next];
  }
  return craft({ records, ipVersion: 6 });
}

function nested(arrays: number, innermost: number): Bytes {
  return [...new Array<Bytes>(arrays - 1).fill([...head(11, 1)]).flat(), innermost];
}

function nestedMaps(count: number): Uint8Array {
  const level = [...head(7, 1), ...text("a")];
  const bytes = new Uint8Array(count * level.length + 1);
  for (let at = 0; at < count * level.length; at++) bytes[at] = level[at % level.length] as number;
  bytes[bytes.length - 1] = 0xa0;
  return bytes;
}

/** Arrays of one pointer to the next array. */
function pointerChain(length: number): Bytes {
  const levels = Array.from({ length }, (_, level) => array([pointer(7 * (level + 1))]));
  return concat(...levels, [0xa0]);
}

/** A number, and arrays of one pointer to the value before; each is a record. */
function backwardChain(length: number): Uint8Array {
  const offset = (value: number) => (value === 0 ? 0 : 7 * value - 6);
  const levels = Array.from({ length }, (_, level) => array([pointer(offset(level))]));
  const records: [number, number][] = Array.from({ length: length + 1 }, (_, level) => [
    toData(length + 1, offset(level)),
    level === length ? length + 1 : level + 1,
  ]);
  return craft({ records, ipVersion: 6, data: concat([0xa0], ...levels) });
}

/** Arrays of two pointers to the next, so that each level holds twice as much. */
function pointerBomb(levels: number): Uint8Array {
  const bytes = Array.from({ length: levels }, (_, level) => {
    const next = 12 * (level + 1);
    return array([pointer(next), pointer(next)]);
  });
  return oneRecord(concat(...bytes, [0xa0]));
}

function textBomb(): Uint8Array {
  return oneRecord(concat(array(new Array<Bytes>(500).fill(pointer(2504))), longText(60_000)));
}

function hugeText(): Uint8Array {
  const bytes = new Uint8Array(2 ** 24 + 4).fill(0x61);
  bytes.set([0x5f, ...bigEndian(2 ** 24 - 65_821, 3)]);
  return bytes;
}

function longText(length: number): Bytes {
  return concat(head(2, length), new Uint8Array(length).fill(0x61));
}

function repeated(bytes: Bytes, times: number): number[] {
  return concat(...new Array<Bytes>(times).fill(bytes));
}

/**
 * Byte strings of four bytes, one behind another, each of which is the head of an array over the
 * 40,000 strings behind it: 2,000 records of 40,000 values in 210,000 bytes.
 */
function overlapBomb(): Uint8Array {
  const count = 2000;
  const item = 5;
  const data = concat(
    ...new Array<Bytes>(count + 40_002).fill([0x84, 0x1e, 0x04, ...bigEndian(40_000 - 285, 2)]),
  );
  const nodes = count - 1;
  const records: [number, number][] = [];
  // A balanced tree: node n has children 2n + 1 and 2n + 2, then come the leaves.
  const record = (child: number) =>
    child < nodes ? child : toData(nodes, (child - nodes) * item + 1);
  for (let node = 0; node < nodes; node++) {
    records.push([record(2 * node + 1), record(2 * node + 2)]);
  }
  return craft({ records, data });
}
