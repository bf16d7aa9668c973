import { readFileSync } from "node:fs";
import { Reader } from "maxmind";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/ip/address.ts";
import type { VerifiedDatabase } from "../../src/mmdb/database.ts";
import { decodeRecord, lookup } from "../../src/mmdb/lookup.ts";
import { walkNetworks } from "../../src/mmdb/tree.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { seededRandom } from "../support/random.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { craft, source, text, toData } from "./craft.ts";
import { askPython, hasPythonReader } from "./foreign.ts";

function ask(db: VerifiedDatabase, address: string) {
  const parsed = parseAddress(address);
  if (parsed === null) throw new Error(`${address} is not an address`);
  const found = lookup(db, parsed);
  if (found === null) return null;
  const { dataOffset, prefixBits } = found;
  return [dataOffset === null ? null : decodeRecord(db, dataOffset), prefixBits];
}

describe("lookup", () => {
  const bytes = craft({
    records: [
      [1, 2],
      [toData(3, 0), 3],
      [toData(3, 2), toData(3, 0)],
    ],
    data: [...text("a"), ...text("b")],
  });

  test("follows IPv4 through a tree of 32 bits", () => {
    const db = verifyDatabase(source(bytes));
    expect(ask(db, "0.0.0.0")).toEqual(["a", 2]);
    expect(ask(db, "63.255.255.255")).toEqual(["a", 2]);
    expect(ask(db, "64.0.0.0")).toEqual([null, 2]);
    expect(ask(db, "128.0.0.0")).toEqual(["b", 2]);
    expect(ask(db, "255.255.255.255")).toEqual(["a", 2]);
  });

  test("looks an embedded address up in it, and knows nothing of other IPv6", () => {
    const db = verifyDatabase(source(bytes));
    expect(ask(db, "::ffff:128.0.0.1")).toEqual(["b", 2]);
    expect(ask(db, "2002:8000:1::")).toEqual(["b", 2]);
    expect(ask(db, "64:ff9b::128.0.0.1")).toEqual(["b", 2]);
    expect(ask(db, "2001:db8::")).toBeNull();
  });

  describe.runIf(hasSharedData())("in MaxMind's databases", () => {
    const names = ["GeoIP2-City-Test", "GeoIP2-Country-Test", "GeoLite2-ASN-Test"];

    test.each(names)("agrees with the maxmind package in %s", (name) => {
      const file = readFileSync(sharedData("maxmind/test-data", `${name}.mmdb`));
      const db = verifyDatabase(source(file));
      const reader = new Reader<never>(file);
      const random = seededRandom(7);
      const addresses: string[] = [];
      walkNetworks(db, (words, bits) => {
        const first = [...words];
        addresses.push(formatAddress(6, first), formatAddress(6, lastOf(first, bits)));
        if (first[0] === 0 && first[1] === 0 && first[2] === 0) {
          addresses.push(formatAddress(4, [first[3] as number]));
        }
      });
      for (let more = 0; more < 300; more++) {
        addresses.push(formatAddress(4, [Math.floor(random() * 2 ** 32)]));
      }
      expect(addresses.length).toBeGreaterThan(1000);
      // For IPv4 the package's prefix counts from where its own walk began: only values compare.
      const comparable = (address: string, answer: readonly unknown[] | null) => [
        address,
        answer?.[0],
        address.includes(":") ? answer?.[1] : undefined,
      ];
      expect(addresses.map((address) => comparable(address, ask(db, address)))).toEqual(
        addresses.map((address) => comparable(address, reader.getWithPrefixLength(address))),
      );
    });

    test.runIf(hasPythonReader()).each(names)("walks as libmaxminddb looks up in %s", (name) => {
      const file = readFileSync(sharedData("maxmind/test-data", `${name}.mmdb`));
      const db = verifyDatabase(source(file));
      const edges: string[] = [];
      const mine: unknown[] = [];
      walkNetworks(db, (words, prefixBits, number) => {
        const value = number < 0 ? null : decodeRecord(db, db.records.offsetOf(number));
        edges.push(formatAddress(6, words), formatAddress(6, lastOf([...words], prefixBits)));
        mine.push({ prefixBits, value }, { prefixBits, value });
      });
      expect(askPython(file, edges)).toEqual(mine);
    });
  });
});

function lastOf(words: readonly number[], bits: number): number[] {
  return words.map((word, index) => {
    const here = Math.min(32, Math.max(0, bits - 32 * index));
    return here === 32 ? word : (word | (0xffff_ffff >>> here)) >>> 0;
  });
}
