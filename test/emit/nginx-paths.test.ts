import { describe, expect, it } from "vitest";
import { emitPaths, type PathsToEmit } from "../../src/emit/nginx-paths.ts";

function emit(more: Partial<PathsToEmit>): ReadonlyMap<string, string> {
  const artifacts = emitPaths({
    sets: ["all"],
    paths: [],
    versions: [],
    aliases: new Map(),
    ...more,
  });
  return new Map(artifacts.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
}
const baseos = { version: "9", repo: "baseos", vault: false, path: "9.8/BaseOS/$basearch/os/" };

describe("emitPaths", () => {
  it("is the same whatever the order of the paths", () => {
    const paths = ["10", "9", "8.10", "8"].map((version) => ({ ...baseos, version }));
    expect(emit({ paths })).toEqual(emit({ paths: paths.toReversed() }));
  });

  it("shares a table among versions with the same repositories", () => {
    const vault = ["8.3", "8.4", "8.5"].map((version) => ({
      version,
      repo: "baseos",
      vault: true,
      path: `${version}/BaseOS/`,
    }));
    const text = emit({ paths: vault, vaultMirror: "http://vault.example/" }).get(
      "nginx/paths.conf",
    );
    expect(text?.match(/^map \$mp_repository/gm)).toHaveLength(1);
  });

  it("keeps the vault's address out of the configuration", () => {
    const files = emit({
      paths: [{ ...baseos, vault: true }],
      vaultMirror: "http://vault.example/",
    });
    const list = [...files.keys()].find((path) => path.startsWith("lists/vault/"));
    expect(files.get(list ?? "")).toBe("http://vault.example/{path}\n");
    expect(files.get("nginx/paths.conf")).not.toContain("vault.example");
    expect(files.get("nginx/paths.conf")).toContain(`"${list}"`);
  });

  it("serves a module only where its list set is", () => {
    const kitten = { ...baseos, version: "10-kitten", module: "kitten", path: "10-kitten/BaseOS/" };
    const without = emit({ paths: [baseos, kitten], versions: ["10-kitten"] });
    expect(without.get("nginx/not-found.txt")).not.toContain("kitten");
    expect(without.get("nginx/paths.conf")).toContain('"10-kitten" "";');
    const withIt = emit({ paths: [baseos, kitten], sets: ["all", "kitten"] });
    expect(withIt.get("nginx/paths.conf")).toContain('"lists/kitten/$mp_list_kitten"');
    expect(withIt.get("nginx/not-found.txt")).toContain("Version 10-kitten:\n  baseos");
  });

  it("refuses a list set with the name of the vault's folder", () => {
    expect(() => emit({ sets: ["all", "vault"] })).toThrow("no list set can be called vault");
  });

  it("names versions in the order people count", () => {
    const paths = ["9.10", "9.9", "10", "9"].map((version) => ({ ...baseos, version }));
    expect(emit({ paths }).get("nginx/not-found.txt")).toContain("Version 9, 9.9, 9.10, 10:");
  });

  it.each([
    ["a path out of the version's folder", [{ ...baseos, path: "9.8/../../etc/" }]],
    ["a path with a quote", [{ ...baseos, path: '9.8/"x/' }]],
    ["a path with another variable", [{ ...baseos, path: "9.8/$uri/" }]],
    ["a path with an empty part", [{ ...baseos, path: "9.8//os/" }]],
    ["a path without a folder", [{ ...baseos, path: "os" }]],
    ["two folders for one version", [baseos, { ...baseos, repo: "crb", path: "9.7/CRB/" }]],
    ["a pair given twice", [baseos, baseos]],
    ["names that differ in case alone", [baseos, { ...baseos, repo: "BaseOS" }]],
    ["a repository that is no name", [{ ...baseos, repo: "base os" }]],
    ["a version that is no name", [{ ...baseos, version: "9;" }]],
    ["vault paths without a vault", [{ ...baseos, vault: true }]],
  ])("refuses %s", (_what, paths) => {
    expect(() => emit({ paths })).toThrow();
  });
});
