import { expect, test } from "vitest";
import { closest } from "../../src/model/closest.ts";
import { readConfigText } from "../support/reading.ts";

const BASE = "allowed_outdate: 12h\nmirrors_dir: mirrors.d\n";

test("readConfig: version 3", () => {
  const { value, codes } = readConfigText(`${BASE}config_version: 3
versions: ["8", 8.10]
optional_module_versions: {kitten: ["10"]}
duplicated_versions: {8: 8.10}
vault_versions: [8.9]
vault_mirror: http://vault.example
arches: {"8": [x86_64, aarch64], 10-kitten: [x86_64_v2]}
required_protocols: [https]
repos:
  - {name: baseos, path: BaseOS/$basearch/os, arches: [x86_64], versions: [8.10, 10-kitten]}
  - {name: source, path: Source/, vault: yes}
`);
  expect(codes).toEqual([]);
  expect(value).toEqual({
    versions: ["8", "8.10"],
    duplicatedVersions: new Map([["8", "8.10"]]),
    vaultVersions: ["8.9"],
    vaultMirror: "http://vault.example/",
    optionalModules: new Map([["kitten", ["10"]]]),
    arches: new Map([
      ["8", ["x86_64", "aarch64"]],
      ["10-kitten", ["x86_64_v2"]],
    ]),
    requiredProtocols: ["https"],
    repos: [
      {
        name: "baseos",
        path: "BaseOS/$basearch/os/",
        arches: ["x86_64"],
        versions: ["8.10", "10-kitten"],
        vault: false,
      },
      { name: "source", path: "Source/", vault: true },
    ],
    allowedOutdateSeconds: 12 * 3600,
    mirrorsDir: "mirrors.d",
  });
});

test("readConfig: version 2 gives architectures by version in two places", () => {
  const { value, codes } = readConfigText(`${BASE}config_version: 2
versions: ["9.1"]
arches: {"9.1": [x86_64]}
versions_arches: {"9.1": [aarch64]}
repos: [{name: a, path: a/}]
`);
  expect(codes).toEqual([]);
  expect(value?.arches).toEqual(new Map([["9.1", ["aarch64"]]]));
});

test.each(["all", "isos", "site", "kitten-http", "x-https", "a.2", "K", "-a", ""])(
  'readConfig: a module named "%s" would name the list set or the page of another, and is left out',
  (module) => {
    const { value, codes } = readConfigText(`${BASE}versions: ["1"]
optional_module_versions: {"${module}": ["1"], kitten: ["1"], kitten-next: ["1"], http: ["1"]}
repos: [{name: a, path: a/}]
`);
    expect(codes).toEqual(["bad-module"]);
    expect([...(value?.optionalModules.keys() ?? [])]).toEqual(["kitten", "kitten-next", "http"]);
  },
);

test("readConfig: a repository whose versions are all unknown exists in none", () => {
  const { value, codes } = readConfigText(`${BASE}versions: ["1.0"]
repos: [{name: a, path: a/, versions: ["2.0"]}]
`);
  expect(codes).toEqual(["unknown-version"]);
  expect(value?.repos[0]?.versions).toEqual([]);
});

test.each(["/BaseOS/", "a//b", "../a", "a/../b", "a b", "a/$(x)", "a;b", "", "."])(
  'readConfig: the path "%s" costs the repository',
  (path) => {
    const { value, codes } = readConfigText(`${BASE}versions: ["1"]
repos: [{name: a, path: "${path}"}, {name: b, path: b/}]
`);
    expect(value?.repos.map(({ name }) => name)).toEqual(["b"]);
    expect(codes).toHaveLength(path === "" ? 2 : 1);
  },
);

test("readConfig: what is no map is nothing", () => {
  expect(readConfigText("- a\n")).toMatchObject({ value: null, codes: ["wrong-shape"] });
});

test.each([
  ["address_options", "address_optional"],
  ["adress", "address"],
  ["sponser", "sponsor"],
  ["anme", "name"],
  ["state", "state_province"],
  ["asm", "asn"],
  ["cats", undefined],
  ["x", undefined],
  ["", undefined],
  ["a".repeat(1000), undefined],
])("closest: %s is %s", (text, expected) => {
  const keys = ["address", "address_optional", "sponsor", "name", "state_province", "asn", "city"];
  expect(closest(text, keys)).toBe(expected);
});

test("closest: of two equally near ones it names neither", () => {
  expect(closest("reps", ["repos", "repus"])).toBeUndefined();
});
