import { describe, expect, test } from "vitest";
import {
  bitsInCommon,
  comparePrefixes,
  formatPrefix,
  maskOfWord,
  type Prefix,
  parseNetwork,
  parsePrefix,
  prefixContains,
} from "../../src/ip/prefix.ts";
import { seededRandom } from "../support/random.ts";

function prefix(text: string): Prefix {
  const written = parsePrefix(text);
  if (written === null) throw new Error(`${text} is not a prefix`);
  return written.prefix;
}

describe("parsePrefix", () => {
  test.each([
    ["10.0.0.0/8", "10.0.0.0/8", false],
    ["10.1.2.3/8", "10.0.0.0/8", true],
    ["10.1.2.3", "10.1.2.3/32", false],
    ["0.0.0.0/0", "0.0.0.0/0", false],
    ["255.255.255.255/0", "0.0.0.0/0", true],
    ["192.0.2.128/25", "192.0.2.128/25", false],
    ["192.0.2.129/31", "192.0.2.128/31", true],
    ["2001:db8::/32", "2001:db8::/32", false],
    ["2001:DB8:0:0::1/32", "2001:db8::/32", true],
    ["2001:db8::1", "2001:db8::1/128", false],
    ["::/0", "::/0", false],
    ["2001:db8:8000::/33", "2001:db8:8000::/33", false],
    ["::ffff:192.0.2.0/120", "::ffff:192.0.2.0/120", false],
  ])("reads %s as %s", (text, canonical, hostBitsSet) => {
    const written = parsePrefix(text);
    expect(written && formatPrefix(written.prefix)).toBe(canonical);
    expect(written?.hostBitsSet).toBe(hostBitsSet);
  });

  test.each([
    "",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/+8",
    "10.0.0.0/08",
    "10.0.0.0/8.0",
    "10.0.0.0/8/8",
    "10.0.0.0/ 8",
    "10.0.0.0/8 ",
    "10.0.0.0/255.0.0.0",
    "10/8",
    "10.0.0/24",
    "010.0.0.0/8",
    "::/129",
    "::/064",
    "fe80::%1/64",
    "fe80::/64%1",
    "example.org/8",
  ])("refuses %j", (text) => {
    expect(parsePrefix(text)).toBeNull();
  });

  test("is undone by formatPrefix, host bits cleared", () => {
    const random = seededRandom(3);
    for (let round = 0; round < 2000; round++) {
      const family = random() < 0.5 ? 4 : 6;
      const width = family === 4 ? 1 : 4;
      const bits = Math.floor(random() * (32 * width + 1));
      const words = Array.from(
        { length: width },
        (_, index) => (Math.floor(random() * 2 ** 32) & maskOfWord(bits, index)) >>> 0,
      );
      const made: Prefix = { family, words, bits };
      expect(parsePrefix(formatPrefix(made))).toEqual({ prefix: made, hostBitsSet: false });
    }
  });
});

describe("comparePrefixes", () => {
  test("puts IPv4 first, then addresses, then the wider network", () => {
    const sorted = [
      "0.0.0.0/0",
      "10.0.0.0/8",
      "10.0.0.0/9",
      "10.128.0.0/9",
      "128.0.0.0/1",
      "255.255.255.255/32",
      "::/0",
      "::/128",
      "2001:db8::/32",
      "2001:db8::/33",
      "2001:db8::1/128",
      "8000::/1",
    ];
    const shuffled = [...sorted].reverse().map(prefix);
    expect(shuffled.sort(comparePrefixes).map(formatPrefix)).toEqual(sorted);
    expect(comparePrefixes(prefix("::/0"), prefix("::/0"))).toBe(0);
  });
});

describe("prefixContains", () => {
  test.each([
    ["0.0.0.0/0", "255.255.255.255/32", true],
    ["10.0.0.0/8", "10.0.0.0/8", true],
    ["10.0.0.0/8", "10.255.255.255/32", true],
    ["10.0.0.0/8", "11.0.0.0/32", false],
    ["10.0.0.0/8", "9.255.255.255/32", false],
    ["10.0.0.0/9", "10.0.0.0/8", false],
    ["128.0.0.0/1", "192.0.2.0/24", true],
    ["::/0", "10.0.0.0/8", false],
    ["::/0", "ffff::/16", true],
    ["2001:db8::/33", "2001:db8:7fff::/48", true],
    ["2001:db8::/33", "2001:db8:8000::/48", false],
    ["2001:db8::/127", "2001:db8::1/128", true],
    ["2001:db8::/127", "2001:db8::2/128", false],
  ])("%s contains %s: %s", (outer, inner, expected) => {
    expect(prefixContains(prefix(outer), prefix(inner))).toBe(expected);
  });
});

describe("parseNetwork", () => {
  test("reads what parsePrefix reads as a network without host bits, and nothing else", () => {
    const random = seededRandom(77);
    const pick = (below: number) => Math.floor(random() * below);
    for (let round = 0; round < 3000; round++) {
      const isIpv4 = random() < 0.5;
      const address = isIpv4
        ? Array.from({ length: 4 }, () => pick(random() < 0.5 ? 3 : 300)).join(".")
        : `${pick(65_536).toString(16)}:${pick(4)}::${random() < 0.5 ? "" : pick(9)}`;
      const text = `${address}/${pick(isIpv4 ? 40 : 140)}`;
      const written = parsePrefix(text);
      const expected = written && !written.hostBitsSet ? written.prefix : null;
      expect(parseNetwork(text), text).toEqual(expected);
    }
  });

  test.each(["10.0.0.0", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/8 ", "/8", ""])(
    "refuses %j",
    (text) => {
      expect(parseNetwork(text)).toBeNull();
    },
  );
});

test.each([
  ["0.0.0.0/0", "255.255.255.255/32", 0],
  ["10.0.0.0/8", "10.0.0.0/8", 32],
  ["10.0.0.0/8", "10.128.0.0/9", 8],
  ["2001:db8::/32", "2001:db8::1/128", 127],
  ["::/0", "::/0", 128],
])("bitsInCommon: %s and %s share %i", (a, b, expected) => {
  expect(bitsInCommon(prefix(a).words, prefix(b).words)).toBe(expected);
});
