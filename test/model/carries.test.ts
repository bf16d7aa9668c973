import { describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { mirrorText, placeOf, readConfigText, readMirrorText } from "../support/reading.ts";

const { value: network } = readConfigText(`
allowed_outdate: 12h
mirrors_dir: mirrors.d
versions: ["8", "8.10", "9", "9.8"]
optional_module_versions: {kitten: ["10"]}
duplicated_versions: {"8": "8.10", "9": "9.8"}
vault_versions: ["8.9"]
vault_mirror: http://vault.example/
arches: {"8": [x86_64], "9": [x86_64, s390x], "8.9": [ppc64le]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os/}
  - {name: powertools, path: PowerTools/$basearch/os/, versions: ["8.10"]}
  - {name: source, path: Source/, vault: true}
`);
if (!network) throw new Error("no config");

const config = network;

function read(lines: string, more = "") {
  const text = mirrorText(`${more}carries: ${lines}`);
  const { value, ...rest } = readMirrorText(text, { config });
  return { carries: value?.carries, ...rest };
}

describe("readCarries", () => {
  test("has what is written; what is absent is carried whole", () => {
    expect(
      read(
        '{versions: ["8", 9.8, 10-kitten], architectures: x86_64, repositories: [baseos], isos: no}',
      ),
    ).toMatchObject({
      carries: {
        versions: ["8", "9.8", "10-kitten"],
        architectures: ["x86_64"],
        repositories: ["baseos"],
        isos: false,
      },
      codes: [],
    });
    expect(read("{architectures: [s390x, s390x]}")).toMatchObject({
      carries: { architectures: ["s390x"] },
      codes: [],
    });
    expect(read("{isos: false}").carries).toEqual({ isos: false });
  });

  test("a mirror without it carries all", () => {
    expect(readMirrorText(mirrorText(), { config }).value).not.toHaveProperty("carries");
  });

  test.each<[string, readonly string[], object | undefined]>([
    ['{versions: ["9.9", "9"]}', ["carries-unknown"], { versions: ["9"] }],
    ["{architectures: [x86-64]}", ["carries-unknown", "carries-empty"], { architectures: [] }],
    ["{repositories: [BaseOS, baseos]}", ["carries-unknown"], { repositories: ["baseos"] }],
    ['{versions: ["8.9", "8"]}', ["carries-vault"], { versions: ["8"] }],
    ["{repositories: [source, baseos]}", ["carries-vault"], { repositories: ["baseos"] }],
    ["{repositories: [], isos: true}", ["carries-empty"], { repositories: [], isos: true }],
    [
      "{versions: [], architectures: []}",
      ["carries-empty", "carries-empty"],
      { versions: [], architectures: [] },
    ],
    ["{versions: }", ["empty-value"], {}],
    ["{}", ["empty-value"], undefined],
    ["[x86_64]", ["wrong-shape"], undefined],
    ["{arches: [x86_64]}", ["unknown-key"], {}],
    ["{isos: some}", ["bad-boolean"], {}],
    // 8 has no s390x, and powertools is not in 9.
    [
      '{versions: ["8"], architectures: [s390x]}',
      ["carries-nothing"],
      { versions: ["8"], architectures: ["s390x"] },
    ],
    [
      '{versions: ["9"], repositories: [powertools], isos: false}',
      ["carries-nothing"],
      { isos: false },
    ],
    ['{versions: ["9"], repositories: [powertools]}', [], { repositories: ["powertools"] }],
    ["{architectures: [ppc64le]}", ["carries-nothing"], { architectures: ["ppc64le"] }],
    // It has no addresses of the module.
    ["{versions: [10-kitten]}", ["carries-nothing"], { versions: ["10-kitten"] }],
  ])("%s", (lines, codes, carries) => {
    const found = read(lines);
    expect(found.codes).toEqual(codes);
    if (carries === undefined) expect(found.carries).toBeUndefined();
    else expect(found.carries).toMatchObject(carries);
    for (const diagnostic of found.diagnostics) expect(placeOf(diagnostic)).toMatch(/^\d+:\d+$/);
  });

  test("a module's version is enough where the mirror has addresses of it", () => {
    const kitten = "address_optional: {kitten: {http: http://m.example/k/}}\n";
    expect(read("{versions: [10-kitten]}", kitten).codes).toEqual([]);
  });

  test("points at the list of which nothing is left", () => {
    const places = (lines: string) => read(lines).diagnostics.map(placeOf);
    expect(places("{isos: no, versions: []}")).toEqual(["6:21"]);
    expect(places("{isos: no, versions: [x]}")).toEqual(["6:32", "6:21"]);
  });

  test("suggests the name that is near, else names all", () => {
    const hintOf = (lines: string) => {
      const [first] = read(lines).diagnostics;
      return first && wordingOf(first).hint;
    };
    expect(hintOf("{architectures: [x86_46]}")).toBe('write "x86_64"');
    expect(hintOf("{repositories: [crb]}")).toBe("repositories there: baseos, powertools");
  });

  test("without a config.yml it takes what is written", () => {
    const { value, codes } = readMirrorText(
      mirrorText('carries: {versions: ["9"], repositories: [any]}'),
    );
    expect(value?.carries).toEqual({ versions: ["9"], repositories: ["any"] });
    expect(codes).toEqual([]);
  });
});
