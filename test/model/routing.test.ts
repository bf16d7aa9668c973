import { expect, test } from "vitest";
import { isoPaths, mirrorlistPaths, resolveVersion } from "../../src/model/routing.ts";
import { readConfigText } from "../support/reading.ts";

const CONFIG = `
config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors.d
versions: ["8", "8.10", "9", "9.8", "10", "10.2"]
optional_module_versions: {kitten: ["10"]}
duplicated_versions: {"8": "8.10", "9": "9.8", "10": "10.2"}
vault_versions: ["8.9", "9.4", "9.8-beta"]
vault_mirror: http://vault.example
arches: {"8": [x86_64], "9": [x86_64], "10": [x86_64], "10-kitten": [x86_64]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os}
  - {name: crb, path: CRB/$basearch/os/, versions: ["9.8", "10.2"]}
  - {name: extras-common, path: extras-common/, versions: ["10-kitten"]}
  - {name: source, path: Source/, vault: true, versions: ["8.10"]}
`;

function networkConfig(text = CONFIG) {
  const { value, codes } = readConfigText(text);
  expect(codes).toEqual([]);
  if (!value) throw new Error("no config");
  return value;
}

test.each([
  ["8", "8.10"],
  ["8.10", "8.10"],
  ["9", "9.8"],
  ["9.99", "9.8"],
  ["9.9-beta", "9.8"],
  ["10", "10.2"],
  ["10.99", "10.2"],
])("resolveVersion: %s is %s", (asked, version) => {
  expect(resolveVersion(networkConfig(), asked)).toEqual({ version, vault: false });
});

test.each(["99.995", "80", "7", "", "8.", "8..1", "10-kittens", "9-beta", "constructor"])(
  'resolveVersion: "%s" is unknown: lines are continued by whole components',
  (asked) => {
    expect(resolveVersion(networkConfig(), asked)).toBeNull();
  },
);

test("resolveVersion: a module's version keeps its name and is no version of the line", () => {
  const expected = { version: "10-kitten", module: "kitten", vault: false };
  expect(resolveVersion(networkConfig(), "10-kitten")).toEqual(expected);
});

test("resolveVersion: a listed version of the vault stays", () => {
  expect(resolveVersion(networkConfig(), "9.4")).toEqual({ version: "9.4", vault: true });
  expect(resolveVersion(networkConfig(), "9.8-beta")).toEqual({ version: "9.8-beta", vault: true });
});

test("resolveVersion: the longest line wins", () => {
  const text = CONFIG.replace('"9": "9.8"', '"9": "9.8", "9.7": "9.8", "9.7.1": "10.2"');
  expect(resolveVersion(networkConfig(text), "9.7.1.5")?.version).toBe("10.2");
});

test("mirrorlistPaths: every valid pair, with the path on the mirrors", () => {
  const paths = mirrorlistPaths(networkConfig());
  const shown = paths.map(
    ({ version, repo, vault, path }) => `${version}/${repo} ${vault ? "vault " : ""}${path}`,
  );
  expect(shown.sort()).toEqual(
    [
      "8/baseos 8.10/BaseOS/$basearch/os/",
      "8/source vault 8.10/Source/",
      "8.10/baseos 8.10/BaseOS/$basearch/os/",
      "8.10/source vault 8.10/Source/",
      // A repository of a line's present version exists in the vault's versions of that line.
      "8.9/baseos vault 8.9/BaseOS/$basearch/os/",
      "8.9/source vault 8.9/Source/",
      "9/baseos 9.8/BaseOS/$basearch/os/",
      "9/crb 9.8/CRB/$basearch/os/",
      "9.8/baseos 9.8/BaseOS/$basearch/os/",
      "9.8/crb 9.8/CRB/$basearch/os/",
      "9.4/baseos vault 9.4/BaseOS/$basearch/os/",
      "9.4/crb vault 9.4/CRB/$basearch/os/",
      "9.8-beta/baseos vault 9.8-beta/BaseOS/$basearch/os/",
      "9.8-beta/crb vault 9.8-beta/CRB/$basearch/os/",
      "10/baseos 10.2/BaseOS/$basearch/os/",
      "10/crb 10.2/CRB/$basearch/os/",
      "10.2/baseos 10.2/BaseOS/$basearch/os/",
      "10.2/crb 10.2/CRB/$basearch/os/",
      "10-kitten/baseos 10-kitten/BaseOS/$basearch/os/",
      "10-kitten/extras-common 10-kitten/extras-common/",
    ].sort(),
  );
  expect(paths.find(({ version }) => version === "10-kitten")?.module).toBe("kitten");
});

test("mirrorlistPaths: in version 1 a line stands for itself", () => {
  const config = networkConfig(`
config_version: 1
allowed_outdate: 12h
mirrorlist_dir: docs
mirrors_table: docs/mirrors.md
mirrors_dir: mirrors.d
versions: [8.5, 8]
duplicated_versions: [8]
arches: [x86_64, aarch64]
required_protocols: [http, https]
repos: [{name: base, path: BaseOS/}, {name: new, path: New/, versions: ["8.5"]}]
`);
  expect(
    mirrorlistPaths(config)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(["8.5/BaseOS/", "8.5/New/", "8/BaseOS/", "8/New/"]);
  expect(config.arches.get("8.5")).toEqual(["x86_64", "aarch64"]);
});

const ARCHES = CONFIG.replace(
  /^arches:.*$/m,
  'arches: {"8": [x86_64, aarch64], "9.8": [s390x], "10": [x86_64, x86_64_v2], "10-kitten": [aarch64]}',
).replace("path: CRB/$basearch/os/,", "path: CRB/$basearch/os/, arches: [x86_64_v2],");

test("mirrorlistPaths: the folder, and the architectures of the version, the repository's only", () => {
  const paths = mirrorlistPaths(networkConfig(ARCHES));
  const of = (version: string, repo: string) => {
    const path = paths.find((each) => each.version === version && each.repo === repo);
    return path && `${path.directory} ${path.architectures.join(" ")}`;
  };
  expect(of("8", "baseos")).toBe("8.10 x86_64 aarch64");
  // A version has its own, else those of its line.
  expect(of("9", "baseos")).toBe("9.8 s390x");
  expect(of("9.4", "baseos")).toBe("9.4 ");
  expect(of("10", "baseos")).toBe("10.2 x86_64 x86_64_v2");
  expect(of("10", "crb")).toBe("10.2 x86_64_v2");
  expect(of("9", "crb")).toBe("9.8 ");
  // A module's version is not of the line that it begins with.
  expect(of("10-kitten", "baseos")).toBe("10-kitten aarch64");
});

test("isoPaths: every valid pair of a version and an architecture, aliases and vault included", () => {
  const paths = isoPaths(networkConfig(ARCHES));
  const shown = paths.map(
    ({ version, arch, vault, path }) => `${version}/${arch} ${vault ? "vault " : ""}${path}`,
  );
  expect(shown).toEqual([
    "8/x86_64 8.10/isos/x86_64",
    "8/aarch64 8.10/isos/aarch64",
    "9/s390x 9.8/isos/s390x",
    "10/x86_64 10.2/isos/x86_64",
    "10/x86_64_v2 10.2/isos/x86_64_v2",
    "8.10/x86_64 8.10/isos/x86_64",
    "8.10/aarch64 8.10/isos/aarch64",
    "9.8/s390x 9.8/isos/s390x",
    "10.2/x86_64 10.2/isos/x86_64",
    "10.2/x86_64_v2 10.2/isos/x86_64_v2",
    "10-kitten/aarch64 10-kitten/isos/aarch64",
    "8.9/x86_64 vault 8.9/isos/x86_64",
    "8.9/aarch64 vault 8.9/isos/aarch64",
  ]);
  expect(paths.find(({ version }) => version === "8")?.directory).toBe("8.10");
  expect(paths.find(({ version }) => version === "10-kitten")?.module).toBe("kitten");
  expect(paths.find(({ version }) => version === "10.2")).not.toHaveProperty("module");
});

test("isoPaths: nothing is served from a vault that has no address", () => {
  const text = ARCHES.replace(/^vault_mirror:.*\n/m, "");
  const { value } = readConfigText(text);
  if (!value) throw new Error("no config");
  expect(isoPaths(value).filter(({ vault }) => vault)).toEqual([]);
  expect(isoPaths(value)).toHaveLength(11);
});
