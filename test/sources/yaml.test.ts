import { describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import type { WrittenValue } from "../../src/diagnostics/written.ts";
import { MIRROR_LIMITS, parseYaml } from "../../src/sources/yaml.ts";
import { collect, placeOf } from "../support/reading.ts";

const parse = (text: string) =>
  collect((report) => parseYaml({ path: "m.yml", text }, report, MIRROR_LIMITS));

/** The written value as plain data. */
function plain(value: WrittenValue | undefined): unknown {
  if (value?.kind === "map") return value.entries.map(({ key, value }) => [key.text, plain(value)]);
  if (value?.kind === "list") return value.items.map(plain);
  return value?.text;
}

const read = (text: string) => plain(parse(text).value?.root);

test.each([
  ["a version", "v: 8.10", "8.10"],
  ["Norway", "v: NO", "NO"],
  ["a truth", "v: yes", "yes"],
  ["an octal number", "v: 0o17", "0o17"],
  ["a date", "v: 2026-11-22", "2026-11-22"],
  ["nothing", "v:", ""],
  ["null", "v: null", "null"],
  ["quotes", "v: '8.10'", "8.10"],
  ["escapes", 'v: "a\\tb"', "a\tb"],
  ["a block", "v: |\n  a\n  b\n", "a\nb\n"],
  ["a folded line", "v: a\n  b", "a b"],
  ["a comment", "v: a # b", "a"],
  ["CRLF", "v: a\r\nw: b\r\n", "a"],
  ["a sexagesimal number", "v: 1:30", "1:30"],
])("parseYaml: %s stays the text it is", (_, text, expected) => {
  const [first] = read(text) as [string, unknown][];
  expect(first).toEqual(["v", expected]);
});

test("parseYaml: keys are text, repeated ones are kept in order", () => {
  expect(read("8: a\nNO: b\n8: c\n")).toEqual([
    ["8", "a"],
    ["NO", "b"],
    ["8", "c"],
  ]);
});

test("parseYaml: ranges are those of the text, also after CRLF and wide characters", () => {
  const text = "sponsor: 東京\r\nname: 'm.example'\r\n";
  const root = parse(text).value?.root;
  const entries = root?.kind === "map" ? root.entries : [];
  const shown = entries.map(({ key, value }) =>
    [key, value].map(({ range }) => text.slice(range.start, range.end)),
  );
  expect(shown).toEqual([
    ["sponsor", "東京"],
    ["name", "'m.example'"],
  ]);
});

test("parseYaml: a file that ends in ... or without a line end is read silently", () => {
  for (const text of ["---\na: b\n...\n", "a: b", "a: b\n\n\n", "%YAML 1.2\n---\na: b\n"]) {
    expect(parse(text).codes).toEqual([]);
    expect(read(text)).toEqual([["a", "b"]]);
  }
});

test("parseYaml: of two documents the first is read, and the second pointed at", () => {
  const { value, diagnostics, codes } = parse("a: b\n---\nc: d\n");
  expect(plain(value?.root)).toEqual([["a", "b"]]);
  expect(codes).toEqual(["yaml-many-documents"]);
  expect(diagnostics.map(placeOf)).toEqual(["2:1"]);
});

describe("parseYaml refuses", () => {
  test.each([
    ["yaml-tab", "a:\n\tb: c\n", "2:1"],
    ["yaml-tab", "a:\n  b: c\n\td: e\n", "3:1"],
    ["yaml-syntax", 'a: "b\n', "1:4"],
    ["yaml-syntax", "a: b: c\n", "1:4"],
    ["yaml-syntax", "a: b\n c: d\n", "2:2"],
    ["yaml-syntax", "a: [b\nc: d\n", ""],
    ["yaml-alias", "a: &x b\n", "1:4"],
    ["yaml-alias", "a: &x b\nc: *x\n", "1:4"],
    ["yaml-alias", "a: &x\n  b: c\n", "1:4"],
    ["yaml-alias", "c: d\na: *x\n", "2:4"],
    ["yaml-alias", "a: !!str b\n", "1:4"],
    ["yaml-alias", "a: [b, !!str b]\n", "1:8"],
    ["yaml-alias", "a: !<tag:x> {b: c}\n", "1:4"],
    ["yaml-empty", "", ""],
    ["yaml-empty", "---\n...\n", ""],
    ["yaml-empty", "# only a comment\n", ""],
  ])("%s: %j", (code, text, place) => {
    const { value, codes, diagnostics } = parse(text);
    expect(value).toBeNull();
    expect(codes[0]).toBe(code);
    expect(diagnostics.length).toBeLessThanOrEqual(3);
    if (place !== "" && diagnostics[0]) expect(placeOf(diagnostics[0])).toBe(place);
  });
});

describe("parseYaml says what to write instead", () => {
  test.each([
    ["a: b: c\n", ["1:4"], 'put it in quotes: a: "b: c"'],
    ["a: @b\n", ["1:4"], 'put it in quotes: a: "@b"'],
    ["a: 'b\nc: d\n", ["1:4"], "close the quote"],
    ["a: b\nc:d\n", ["2:1"], "put a space after the colon: c: d"],
    ["a:\n\tb: c\n\td: e\n", ["2:1", "3:1"], "indent with 2 spaces"],
    ["a:\n  b: c\n d: e\n", ["3:1"], "give all keys of one level the same indentation"],
    ["a:\nb: c\n  d: e\n  f: g\n", ["3:3"], "give all keys of one level the same indentation"],
    ["a:\n  b: c\n   d: e\nf: g\n", ["3:4"], "give all keys of one level the same indentation"],
    ["a: b\rc: d\r", ["1:5"], "save it with LF as line end"],
  ])("%j", (text, places, remedy) => {
    const { diagnostics } = parse(text);
    expect(diagnostics.map(placeOf)).toEqual(places);
    expect(diagnostics[0] && wordingOf(diagnostics[0]).hint).toBe(remedy);
  });
});

describe("parseYaml: 64 KiB of malice is refused or read within a second of work", () => {
  const fill = (text: string) => text.repeat(Math.ceil(65_536 / text.length));
  test.each([
    ["open lists", fill("[")],
    ["nested lists", "[".repeat(32_000) + "]".repeat(32_000)],
    ["open maps", fill("{a: ")],
    ["dashes", fill("- ")],
    ["question marks", fill("? ")],
    ["stairs", Array.from({ length: 360 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")],
    ["anchors", fill("&a ")],
    ["aliases", fill("- *a\n")],
    ["merge keys", fill("<<: *a\n")],
    ["the same key", fill("a: b\n")],
    ["documents", fill("---\n")],
    ["ends", fill("...\n")],
    ["tabs", fill("\t")],
    ["an open quote", `"${fill("a")}`],
    ["quotes", fill('"')],
    ["comments", fill("#\n")],
    ["colons", fill(": ")],
    ["directives", fill("%YAML 1.2\n")],
    ["tags", fill("!a ")],
    ["laughs", `a: &a [x,x]\n${"b: &b [*a,*a,*a,*a]\n".repeat(3000)}`],
  ])("%s", (_, text) => {
    const start = process.cpuUsage();
    const { value, codes } = parse(text);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(1);
    expect(value === null ? codes.length : 1).toBeGreaterThan(0);
  });
});
