import { describe, expect, test } from "vitest";
import { type Address, formatAddress, parseAddress } from "../../src/ip/address.ts";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import { type AsnRanges, type AsnSource, readAsnRanges } from "../../src/sources/asn.ts";
import { openFile, readTextFile } from "../../src/sources/files.ts";
import { defaultGeoipPaths } from "../../src/sources/geoip.ts";
import { seededRandom } from "../support/random.ts";
import { collect } from "../support/reading.ts";
import { databaseOf } from "./database-of.ts";

const csv = (text: string | Uint8Array): AsnSource => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return { kind: "csv", source: bytesInMemory("asn.csv", bytes) };
};

const read = (...sources: readonly AsnSource[]) =>
  collect((report) => readAsnRanges(sources, report));

/** "first-last asn", IPv4 before IPv6. */
function listOf({ ipv4, ipv6 }: AsnRanges): readonly string[] {
  return [ipv4, ipv6].flatMap(({ family, count, first, last, asn }) => {
    const words = family === 4 ? 1 : 4;
    return Array.from({ length: count }, (_, range) => {
      const text = [first, last].map((column) =>
        formatAddress(family, column.subarray(range * words, (range + 1) * words)),
      );
      return `${text.join("-")} ${asn[range]}`;
    });
  });
}

describe("a CSV table", () => {
  test("gives its ranges, both families from one file", () => {
    const { value, diagnostics } = read(
      csv('1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n2001:200::,2001:200:1b9:ffff::,2500,WIDE\n'),
    );
    expect(diagnostics).toEqual([]);
    expect(listOf(value)).toEqual([
      "1.0.0.0-1.0.0.255 13335",
      "2001:200::-2001:200:1b9:ffff:: 2500",
    ]);
    expect(value.nameOf(13_335)).toBe("Cloudflare, Inc.");
    expect(value.nameOf(2500)).toBe("WIDE");
    expect(value.nameOf(1)).toBeNull();
  });

  test.each([
    ["no final line break", "1.0.0.0,1.0.0.255,1,A\n1.0.1.0,1.0.1.255,2,B"],
    ["CRLF", "1.0.0.0,1.0.0.255,1,A\r\n1.0.1.0,1.0.1.255,2,B\r\n"],
    ["a byte order mark", "\ufeff1.0.0.0,1.0.0.255,1,A\n1.0.1.0,1.0.1.255,2,B\n"],
    ["a head", "start,end,asn,org\n1.0.0.0,1.0.0.255,1,A\n1.0.1.0,1.0.1.255,2,B\n"],
    ["empty lines", "\n1.0.0.0,1.0.0.255,1,A\n\r\n1.0.1.0,1.0.1.255,2,B\n\n"],
    ["no names", "1.0.0.0,1.0.0.255,1\n1.0.1.0,1.0.1.255,2\r\n"],
    ["a name with a line break", '1.0.0.0,1.0.0.255,1,"A\n,""x"""\n1.0.1.0,1.0.1.255,2,B\n'],
    ["the wrong order", "1.0.1.0,1.0.1.255,2,B\n1.0.0.0,1.0.0.255,1,A\n"],
  ])("is read with %s", (_, text) => {
    const { value, diagnostics } = read(csv(text));
    expect(diagnostics).toEqual([]);
    expect(listOf(value)).toEqual(["1.0.0.0-1.0.0.255 1", "1.0.1.0-1.0.1.255 2"]);
  });

  test.each([
    "::",
    "::1",
    "1::",
    "2001:db8::1",
    "1:2:3:4:5:6:7:8",
    "1::8",
    "1:2:3::7:8",
    "0:0:0:0:0:0:0:1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:DB8::A",
    "::ffff:1.2.3.4",
    "64:ff9b::192.0.2.1",
  ])("reads %s as the address reader does", (text) => {
    const { value, diagnostics } = read(csv(`${text},${text},1,A\n`));
    expect(diagnostics).toEqual([]);
    expect(Array.from(value.ipv6.first)).toEqual(parseAddress(text)?.words);
  });

  test.each([
    ["1.0.0,1.0.0.255,1,A", '"1.0.0" is not an address'],
    ["1.0.0.0,1.0.0.256,1,A", '"1.0.0.256" is not an address'],
    ["1.0.0.00,1.0.0.255,1,A", '"1.0.0.00" is not an address'],
    ["1.0.0.0.0,1.0.0.255,1,A", '"1.0.0.0.0" is not an address'],
    [":::,::1,1,A", '":::" is not an address'],
    ["1::2::3,::1,1,A", '"1::2::3" is not an address'],
    ["1:2:3:4:5:6:7,::1,1,A", '"1:2:3:4:5:6:7" is not an address'],
    ["1:2:3:4:5:6:7:8:9,::1,1,A", '"1:2:3:4:5:6:7:8:9" is not an address'],
    ["12345::,::1,1,A", '"12345::" is not an address'],
    ["1.0.0.0,::1,1,A", "its addresses are of two families"],
    ["1.0.0.0,1.0.0.255,AS1,A", '"AS1" is not an ASN'],
    ["1.0.0.0,1.0.0.255,4294967296,A", '"4294967296" is not an ASN'],
    ["1.0.0.0,1.0.0.255", '"" is not an ASN'],
    ["1.0.1.0,1.0.0.255,1,A", "its last address comes before its first"],
    ["16777216,16777471,1,A", '"16777216" is not an address'],
    ["what is this", '"what is this" is not an address'],
  ])("reports %s and reads on", (line, reason) => {
    const { value, diagnostics } = read(csv(`0.0.0.0,0.0.0.1,7,A\n${line}\n9.0.0.0,9.0.0.1,8,B\n`));
    expect(diagnostics.map(({ code, args }) => [code, args["line"], args["reason"]])).toEqual([
      ["geoip-bad-line", 2, reason],
    ]);
    expect(listOf(value)).toEqual(["0.0.0.0-0.0.0.1 7", "9.0.0.0-9.0.0.1 8"]);
  });

  test("reports ten bad lines and gives up", () => {
    const { diagnostics } = read(csv("x.\n".repeat(1000)));
    expect(diagnostics).toHaveLength(10);
    expect(diagnostics.at(-1)?.args["reason"]).toContain("the rest of the file is not read");
  });

  test.each([
    ["a quote that is never closed", `1.0.0.0,1.0.0.255,1,"A\n${"x\n".repeat(3)}`],
    ["a line without end", `1.0.0.0,1.0.0.255,1,${"A".repeat(200_000)}`],
    ["zeros", "\0".repeat(300_000)],
  ])("does not hang on %s", (_, text) => {
    expect(read(csv(text)).codes).toContain("geoip-bad-line");
  });

  test("may be empty", () => {
    expect(listOf(read(csv("")).value)).toEqual([]);
  });

  test("loses nothing where its window ends", () => {
    const seed = 20_261_122;
    const random = seededRandom(seed);
    const expected: string[] = [];
    const names: string[] = [];
    let text = "";
    let address = 0;
    while (text.length < 400_000) {
      const first = address + Math.floor(random() * 3);
      const last = first + Math.floor(random() * 900);
      address = last + 1;
      const asn = 1 + Math.floor(random() * 4_294_967_295);
      const name = `${"n".repeat(Math.floor(random() * 60))},"é"\n${expected.length}`;
      const quoted = random() < 0.5;
      names.push(quoted ? name : `plain ${expected.length}`);
      const shown = [first, last].map((word) => formatAddress(4, [word]));
      text += `${shown.join(",")},${asn},${quoted ? `"${name.replaceAll('"', '""')}"` : names.at(-1)}\n`;
      expected.push(`${shown.join("-")} ${asn}`);
    }
    const { value, diagnostics } = read(csv(text));
    expect(diagnostics).toEqual([]);
    expect(listOf(value), `seed ${seed}`).toEqual(expected);
    value.ipv4.asn.forEach((asn, range) => {
      if (range % 97 === 0) expect(value.nameOf(asn)).toBe(names[range]);
    });
  });
});

describe("ranges that overlap", () => {
  test.each([
    [
      "the later start counts",
      "1.0.0.0,1.0.0.9,1\n1.0.0.5,1.0.0.20,2\n",
      1,
      ["1.0.0.0-1.0.0.4 1", "1.0.0.5-1.0.0.20 2"],
    ],
    [
      "one inside another is left out",
      "1.0.0.0,1.0.0.9,1\n1.0.0.5,1.0.0.6,2\n",
      1,
      ["1.0.0.0-1.0.0.9 1"],
    ],
    [
      "the wider of equal starts remains",
      "1.0.0.0,1.0.0.4,1\n1.0.0.0,1.0.0.9,2\n",
      1,
      ["1.0.0.0-1.0.0.9 2"],
    ],
    [
      "across a word",
      "::,::1:0:0,1\n::ffff:ffff,::2:0:0,2\n",
      1,
      ["::-::ffff:fffe 1", "::ffff:ffff-::2:0:0 2"],
    ],
  ])("%s", (_, text, count, ranges) => {
    const { value, diagnostics } = read(csv(text));
    expect(listOf(value)).toEqual(ranges);
    expect(diagnostics.map(({ code, args }) => [code, args["count"]])).toEqual([
      ["geoip-overlap", count],
    ]);
  });
});

describe("an ASN database", () => {
  const record = (asn: number, name = `AS ${asn}`) => ({
    autonomous_system_number: asn,
    autonomous_system_organization: name,
  });

  test("gives the ranges of its networks, those that touch as one", () => {
    const db = databaseOf([
      ["1.0.0.0/24", record(1)],
      ["1.0.1.0/24", record(1, "another record of it")],
      ["1.0.2.0/24", record(2)],
      ["1.0.4.0/22", record(2)],
      ["255.255.255.0/24", record(3)],
      ["::1:0:0:0/80", record(3)],
      ["2001:db8::/32", record(4)],
      ["2001:db9::/32", record(4)],
      ["ffff::/16", record(5)],
    ]);
    const { value, diagnostics } = read({ kind: "mmdb", db });
    expect(diagnostics).toEqual([]);
    expect(listOf(value)).toEqual([
      "1.0.0.0-1.0.1.255 1",
      "1.0.2.0-1.0.2.255 2",
      "1.0.4.0-1.0.7.255 2",
      "255.255.255.0-255.255.255.255 3",
      "::1:0:0:0-::1:ffff:ffff:ffff 3",
      "2001:db8::-2001:db9:ffff:ffff:ffff:ffff:ffff:ffff 4",
      "ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 5",
    ]);
    expect(value.nameOf(4)).toBe("AS 4");
    expect(value.nameOf(6)).toBeNull();
  });

  test("does not count what repeats IPv4 elsewhere in the tree", () => {
    const db = databaseOf([
      ["1.0.0.0/24", record(1)],
      ["::ffff:1.0.0.0/120", record(1)],
      ["2002:100::/40", record(1)],
    ]);
    expect(listOf(read({ kind: "mmdb", db }).value)).toEqual(["1.0.0.0-1.0.0.255 1"]);
  });

  test("may stand beside a table", () => {
    const db = databaseOf([["2.0.0.0/8", record(2)]]);
    const { value } = read(csv("1.0.0.0,1.0.0.255,1,One\n"), { kind: "mmdb", db });
    expect(listOf(value)).toEqual(["1.0.0.0-1.0.0.255 1", "2.0.0.0-2.255.255.255 2"]);
    expect([value.nameOf(1), value.nameOf(2)]).toEqual(["One", "AS 2"]);
  });
});

test("the default tables give every line of theirs, in order", () => {
  const paths = defaultGeoipPaths(".").asn;
  const { value } = read(
    ...paths.map((path): AsnSource => ({ kind: "csv", source: openFile(path) })),
  );
  [value.ipv4, value.ipv6].forEach(({ count, first, last, asn }, family) => {
    const path = paths[family] ?? "";
    const lines = (readTextFile(path, 64 << 20, () => {})?.text ?? "").split("\n");
    expect(count).toBeGreaterThan(100_000);
    expect(lines).toHaveLength(count + 1);
    const different = lines.slice(0, count).filter((line, range) => {
      const [from = "", to = "", number] = line.split(",");
      return !(
        Number(number) === asn[range] &&
        isAt(first, range, parseAddress(from)) &&
        isAt(last, range, parseAddress(to))
      );
    });
    // Two of the IPv4 ranges overlap, so the first ends earlier than its line says.
    expect(different.length, different.join("\n")).toBeLessThanOrEqual(1);
  });
});

function isAt(column: Uint32Array, range: number, address: Address | null): boolean {
  const words = address?.words ?? [];
  return words.length > 0 && words.every((word, i) => column[range * words.length + i] === word);
}
