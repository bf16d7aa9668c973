import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { emitNetworksDatabase } from "../../src/emit/networks-database.ts";
import { parsePrefix } from "../../src/ip/prefix.ts";
import type { AsnColumns } from "../../src/routes/marks.ts";
import { readAsnRanges } from "../../src/sources/asn.ts";
import { openFile } from "../../src/sources/files.ts";
import {
  askMmdblookup,
  askPython,
  hasGoReader,
  hasMmdblookup,
  hasPythonReader,
  verifyWithGo,
} from "../mmdb/foreign.ts";
import { addressText, toAddress, withoutEmbedding } from "../oracle/address.ts";
import { type AsnRange, asnRanges } from "../oracle/asn.ts";
import { dataOf, descend, plainDatabase } from "../oracle/mmdb.ts";
import { seededRandom } from "../support/random.ts";

type Ranges = readonly (readonly [first: string, last: string, asn: number])[];

function columns(family: 4 | 6, ranges: Ranges): AsnColumns {
  const wordsOf = (address: string) => parsePrefix(address)!.prefix.words;
  return {
    family,
    count: ranges.length,
    first: Uint32Array.from(ranges.flatMap(([first]) => wordsOf(first))),
    last: Uint32Array.from(ranges.flatMap(([, last]) => wordsOf(last))),
    asn: Uint32Array.from(ranges.map(([, , asn]) => asn)),
  };
}

const networks = (ipv4: Ranges, ipv6: Ranges = []) =>
  emitNetworksDatabase({ ipv4: columns(4, ipv4), ipv6: columns(6, ipv6) }, { builtAt: 1234 });

/** What the slow reader finds; "nobody" for an empty map. */
function answersOf(bytes: Uint8Array, addresses: readonly string[]): readonly string[] {
  const db = plainDatabase(Buffer.from(bytes));
  return addresses.map((text) => {
    const { record } = descend(db, toAddress(text).value, 128);
    return said(dataOf(db, record));
  });
}

function said(value: unknown): string {
  const { asn, prefix_length: bits } = value as { asn?: number; prefix_length?: number };
  return asn === undefined && bits === undefined ? "nobody" : `${asn}/${bits}`;
}

describe("emitNetworksDatabase", () => {
  it("tells the ASN of an address and the length of its block", () => {
    const { path, bytes } = networks(
      [
        ["193.0.0.0", "193.0.7.255", 3333],
        ["193.0.8.0", "193.0.10.255", 7],
      ],
      [["2001:67c:2e8::", "2001:67c:2e8:ffff:ffff:ffff:ffff:ffff", 3333]],
    );
    expect(path).toBe("networks.mmdb");
    const asked = ["192.255.255.255", "193.0.0.0", "193.0.7.255", "193.0.9.1", "193.0.10.0"];
    expect(answersOf(bytes, asked)).toEqual(["nobody", "3333/21", "3333/21", "7/23", "7/24"]);
    expect(answersOf(bytes, ["193.0.11.0", "2001:67c:2e8::1", "2001:67c:2e9::"])).toEqual([
      "nobody",
      "3333/48",
      "nobody",
    ]);
  });

  it("takes an address that embeds IPv4 for the one embedded, whatever is announced there", () => {
    const { bytes } = networks(
      [["193.0.0.0", "193.0.7.255", 3333]],
      [
        ["::", "::ffff:ffff:ffff", 1],
        ["2002::", "2002:c100:0:ffff:ffff:ffff:ffff:ffff", 2],
        ["2003::", "2003:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 3],
      ],
    );
    const asked = ["::193.0.0.1", "::ffff:193.0.0.1", "64:ff9b::193.0.0.1", "2002:c100:1::", "::1"];
    expect(answersOf(bytes, asked)).toEqual([
      ...["3333/21", "3333/21", "3333/21", "3333/21"],
      "nobody",
    ]);
    expect(answersOf(bytes, ["::1:0:0:0", "2002:1::", "2003::1"])).toEqual([
      "nobody",
      "nobody",
      "3/16",
    ]);
  });

  it("leaves the rest of a block that holds embedded IPv4 to its ASN", () => {
    const whole = networks([], [["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 9]]);
    expect(answersOf(whole.bytes, ["::1:0:0", "2001:db8::", "2002::1", "::ffff:1.2.3.4"])).toEqual([
      ...["9/0", "9/0"],
      ...["nobody", "nobody"],
    ]);
  });

  it("is a database where nobody announces anything, and where one does everything", () => {
    expect(answersOf(networks([]).bytes, ["0.0.0.0", "ffff::"])).toEqual(["nobody", "nobody"]);
    const all = networks([["0.0.0.0", "255.255.255.255", 4_294_967_295]]);
    expect(answersOf(all.bytes, ["0.0.0.0", "255.255.255.255", "2002::", "2001::"])).toEqual([
      ...["4294967295/0", "4294967295/0", "4294967295/0"],
      "nobody",
    ]);
  });

  it("answers as the ranges do at every edge of random ones", () => {
    const random = seededRandom(20_261_122);
    for (let round = 0; round < 60; round++) {
      const ranges = { 4: [] as AsnRange[], 6: [] as AsnRange[] };
      for (const family of [4, 6] as const) {
        let at = 0n;
        while (ranges[family].length < 12) {
          const step = BigInt(Math.floor(2 ** (random() * (family === 4 ? 29 : 52))));
          const [first, last] = [at + step, at + step + BigInt(Math.floor(random() * 5000))];
          ranges[family].push({ family, first, last, asn: 1 + Math.floor(random() * 3) });
          at = random() < 0.5 ? last + 1n : last + 2n;
        }
      }
      const kept = ranges[4].filter(({ last }) => last < 2n ** 32n);
      // From 2^80 on, so that some lie in what embeds IPv4 and most do not.
      const high = ranges[6].map((range) => ({
        ...range,
        first: (range.first << 64n) + 1n,
        last: (range.last << 64n) + 7n,
      }));
      const rows = (of: readonly AsnRange[]): Ranges =>
        of.map(({ family, first, last, asn }) => [
          addressText({ family, value: first }),
          addressText({ family, value: last }),
          asn,
        ]);
      const { bytes } = networks(rows(kept), rows(high));
      const asked = edgesOf([...kept, ...high]);
      const expected = asked.map((address) => asnOf(address, [...kept, ...high]));
      const found = answersOf(bytes, asked).map((answer) => answer.replace(/\/.*/, ""));
      expect(found, `round ${round}`).toEqual(expected);
    }
  });
});

/** First, last, one before and one after. */
function edgesOf(ranges: readonly AsnRange[]): string[] {
  return ranges.flatMap(({ family, first, last }) => {
    const limit = (1n << (family === 4 ? 32n : 128n)) - 1n;
    return [first, last, first - 1n, last + 1n]
      .filter((value) => value >= 0n && value <= limit)
      .map((value) => addressText({ family, value }));
  });
}

function asnOf(text: string, ranges: readonly AsnRange[]): string {
  const { family, value } = withoutEmbedding(toAddress(text));
  const holds = (range: AsnRange) =>
    range.family === family && range.first <= value && value <= range.last;
  return String(ranges.find(holds)?.asn ?? "nobody");
}

const PACKAGE = "node_modules/@ip-location-db/asn";

describe.runIf(hasPythonReader())("networks.mmdb of the whole Internet", () => {
  it("says what the tables say, to others' readers", { timeout: 60_000 }, () => {
    const files = ["asn-ipv4.csv", "asn-ipv6.csv"].map((name) => `${PACKAGE}/${name}`);
    const sources = files.map((path) => ({ kind: "csv" as const, source: openFile(path) }));
    const asns = readAsnRanges(sources, () => {});
    const { bytes } = emitNetworksDatabase(asns, { builtAt: 1_795_347_600 });
    for (const { source } of sources) source.close();
    expect(bytes.length).toBeLessThan(10_000_000);

    const random = seededRandom(7);
    const asked: string[] = [];
    const expected: string[] = [];
    for (const [number, file] of files.entries()) {
      const ranges = asnRanges(readFileSync(file, "utf8"), null);
      const family = number === 0 ? 4 : 6;
      const lookup = lengthLookup(ranges, family === 4 ? 32 : 128);
      const some = Array.from(
        { length: 1000 },
        () => ranges[Math.floor(random() * ranges.length)] as AsnRange,
      );
      const anywhere = Array.from({ length: 2000 }, () => {
        const { first, last } = ranges[Math.floor(random() * ranges.length)] as AsnRange;
        const inside = first + BigInt(Math.floor(random() * Number(last - first)));
        const uniform = BigInt(Math.floor(random() * 2 ** 32)) << (family === 4 ? 0n : 96n);
        const value = random() < 0.5 ? inside : uniform;
        return addressText({ family, value });
      });
      for (const address of [...edgesOf(some), ...anywhere]) {
        const plain = withoutEmbedding(toAddress(address));
        if (plain.family !== family) continue;
        asked.push(address);
        expected.push(lookup(plain.value));
      }
    }
    expect(asked.length).toBeGreaterThan(11_000);
    const answers = askPython(bytes, asked).map(({ value }) => said(value));
    expect(answers).toEqual(expected);
    if (hasMmdblookup()) {
      expect(askMmdblookup(bytes, "193.0.6.139", ["asn"])).toMatch(/^\s*3333 <uint/);
    }
    if (hasGoReader()) verifyWithGo([bytes]);
  });
});

/**
 * "asn/length" by bisection; the length is that of the largest aligned block around the address
 * which is in the range.
 */
function lengthLookup(ranges: readonly AsnRange[], width: number): (value: bigint) => string {
  return (value) => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle] as AsnRange).first <= value) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low - 1];
    if (range === undefined || value > range.last) return "nobody";
    for (let bits = 0; ; bits++) {
      const size = 1n << BigInt(width - bits);
      const first = (value / size) * size;
      if (first >= range.first && first + size - 1n <= range.last) return `${range.asn}/${bits}`;
    }
  };
}
