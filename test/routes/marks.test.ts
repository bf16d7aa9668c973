import { describe, expect, it } from "vitest";
import { formatPrefix, parsePrefix } from "../../src/ip/prefix.ts";
import { type AsnColumns, marksOf, mirrorsByAsn, numberedRanges } from "../../src/routes/marks.ts";
import { plainMirror } from "../support/mirrors.ts";

const prefix = (text: string) => parsePrefix(text)!.prefix;

function columns(family: 4 | 6, ranges: readonly [first: string, last: string, asn: number][]) {
  const wordsOf = (address: string) => prefix(address).words;
  return {
    family,
    count: ranges.length,
    first: Uint32Array.from(ranges.flatMap(([first]) => wordsOf(first))),
    last: Uint32Array.from(ranges.flatMap(([, last]) => wordsOf(last))),
    asn: Uint32Array.from(ranges.map(([, , asn]) => asn)),
  } satisfies AsnColumns;
}

const MIRRORS = [
  plainMirror("a.example", { asns: [7, 8] }),
  plainMirror("b.example", {
    asns: [8],
    subnets: [prefix("193.0.0.0/21"), prefix("2001:67c::/32")],
  }),
];

describe("mirrorsByAsn", () => {
  it("numbers the mirrors of each ASN", () => {
    expect([...mirrorsByAsn(MIRRORS)]).toEqual([
      [7, [0]],
      [8, [0, 1]],
    ]);
  });
});

describe("marksOf", () => {
  const marked = { mirrors: MIRRORS, overrides: [], mirrorsOfAsn: mirrorsByAsn(MIRRORS) };
  const shown = (asns: AsnColumns) =>
    [...marksOf(asns, marked)].map(([network, { kind }]) => `${formatPrefix(network)} ${kind}`);

  it("marks the ranges of ASNs that have a mirror, and the subnets of the family", () => {
    const asns = columns(4, [
      ["1.0.0.0", "1.0.0.255", 9],
      ["1.0.1.0", "1.0.3.255", 7],
    ]);
    expect(shown(asns)).toEqual(["1.0.1.0/24 asn", "1.0.2.0/23 asn", "193.0.0.0/21 subnet"]);
  });

  it("ends, for IPv6, with the prefixes that embed IPv4", () => {
    expect(shown(columns(6, []))).toEqual([
      "2001:67c::/32 subnet",
      "::/96 ipv4",
      "::ffff:0.0.0.0/96 ipv4",
      "64:ff9b::/96 ipv4",
      "2002::/16 ipv4",
    ]);
  });
});

describe("numberedRanges", () => {
  it("leaves out what embeds IPv4, whoever announces it", () => {
    const ranges = numberedRanges(
      columns(6, [
        ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6939],
        ["2003::", "2003:0:ffff:ffff:ffff:ffff:ffff:ffff", 3320],
      ]),
    );
    const shown = [0, 1].map((range) => ranges.prefixesAt(range).map(formatPrefix));
    expect(shown).toEqual([[], ["2003::/32"]]);
    expect([ranges.numberAt(0), ranges.numberAt(1)]).toEqual([6939, 3320]);
  });
});
