import { describe, expect, it } from "vitest";
import { emitPaths, type PathsToEmit, pathsOf } from "../../src/emit/nginx-paths.ts";
import { ISO_IMAGES, type ServedPath, VAULT } from "../../src/emit/nginx-tables.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import { CONFIG, smallListSets, smallMirrors } from "../serve/small-network.ts";

function emit(more: Partial<PathsToEmit>): ReadonlyMap<string, string> {
  const artifacts = emitPaths({
    sets: ["all"],
    scopes: [{ name: "all", any: "all" }],
    paths: [],
    versions: [],
    aliases: new Map(),
    modules: [],
    ...more,
  });
  return new Map(artifacts.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
}

const configuration = (more: Partial<PathsToEmit>) => emit(more).get("nginx/paths.conf") ?? "";

const baseos: ServedPath = {
  version: "9",
  repo: "baseos",
  directory: "9.8",
  below: "BaseOS/$basearch/os/",
  answers: new Map([["", "all"]]),
};

describe("emitPaths", () => {
  it("is the same whatever the order of the paths", () => {
    const paths = ["10", "9", "9.8"].map((version) => ({ ...baseos, version }));
    expect(emit({ paths })).toEqual(emit({ paths: paths.toReversed() }));
  });

  it("shares tables among versions, and groups among repositories, that are answered alike", () => {
    const paths = ["8.3", "8.4", "8.5"].flatMap((version) =>
      ["baseos", "appstream", "rt"].map((repo) => ({
        ...baseos,
        version,
        repo,
        directory: version,
        answers: new Map(repo === "rt" ? [["x86_64", "all"]] : [["", "all"]]),
      })),
    );
    const text = configuration({ paths });
    expect(text.match(/^map \$mp_repository \$mp_group_/gm)).toHaveLength(1);
    expect(text).toContain('"appstream" "1";\n    "baseos" "1";\n    "rt" "2";\n}');
    expect(text).toContain('"1:" "all";\n    "2:x86_64" "all";\n}');
  });

  it("keeps the vault's address out of the configuration, and its list from being another's", () => {
    const vault = { ...baseos, answers: new Map([["", VAULT]]) };
    const files = emit({ paths: [vault], vaultMirror: "http://vault.example/" });
    const list = [...files.keys()].find((path) => path.startsWith("lists/")) ?? "";
    expect(list).toMatch(/^lists\/vault-[0-9a-f]{12}$/);
    expect(files.get(list)).toBe("http://vault.example/{path}\n");
    expect(files.get("nginx/paths.conf")).not.toContain("vault.example");
    expect(files.get("nginx/paths.conf")).toContain(list.replace("lists/", 'default "'));
  });

  it("names versions in the order people count", () => {
    const paths = ["9.10", "9.9", "10", "9"].map((version) => ({ ...baseos, version }));
    const files = emit({ paths });
    expect(files.get("nginx/not-found.txt")).toContain("Version 9, 9.9, 9.10, 10:\n  baseos\n");
    expect(files.get("nginx/paths.conf")).toContain("the version being: 9, 9.9, 9.10, 10.");
  });

  it("serves a module whatever its name, and the pages that are always there first", () => {
    const text = configuration({
      sets: ["all", "vault"],
      modules: ["vault", "isos", "x".repeat(60)],
    });
    expect(text.match(/^ {4}"\/isos" .*/gm)).toEqual(['    "/isos" "isos.html";']);
    expect(text).toContain('"/vault" "vault.html";');
    expect(text).toContain('"/isos/isos" "isos/isos.html";');
    expect(text).toContain(`"~^/${"x".repeat(60)}\\z" "${"x".repeat(60)}.html";`);
  });

  it("cuts a sentence that nginx would not take", () => {
    const paths = Array.from({ length: 900 }, (_, n) => ({ ...baseos, version: `9.${n}` }));
    const sentence = /version being: .*/.exec(configuration({ paths }))?.[0] ?? "";
    expect(sentence).toMatch(/, 9\.\d+ and \d+ more\.\\n";$/);
    expect(sentence.length).toBeLessThan(3200);
    const shown = sentence.match(/9\.\d+/g)?.length ?? 0;
    expect(Number(/and (\d+) more/.exec(sentence)?.[1]) + shown).toBe(900);
  });

  it("tries the alias of most components first, and leaves an unserved version unknown", () => {
    const text = configuration({
      paths: [baseos, { ...baseos, version: "9.8" }],
      versions: ["9.8", "9.1"],
      aliases: new Map([
        ["9", "9.8"],
        ["9.7", "9.8"],
        ["8", "8.10"],
      ]),
    });
    expect(text.indexOf('"~^9\\.7\\.')).toBeLessThan(text.indexOf('"~^9\\.[A-Z'));
    expect(text).toContain('"9.1" "";');
    expect(text).not.toContain("8.10");
  });

  it.each([
    ["a path out of the version's folder", [{ ...baseos, below: "../../etc/" }]],
    ["a path with a quote", [{ ...baseos, below: '"x/' }]],
    ["a path with another variable", [{ ...baseos, below: "$uri/" }]],
    ["a path with an empty part", [{ ...baseos, below: "/os/" }]],
    ["two folders for one version", [baseos, { ...baseos, repo: "crb", directory: "9.7" }]],
    ["two paths for one repository", [baseos, { ...baseos, version: "8", below: "os/" }]],
    ["a pair given twice", [baseos, baseos]],
    ["names that differ in case alone", [baseos, { ...baseos, repo: "BaseOS" }]],
    ["a repository that is no name", [{ ...baseos, repo: "base os" }]],
    ["a version that is no name", [{ ...baseos, version: "9;" }]],
    ["an architecture that is no name", [{ ...baseos, answers: new Map([["x;", "all"]]) }]],
    ["a scope that is no name", [{ ...baseos, answers: new Map([["", 'all"']]) }]],
    ["vault paths without a vault", [{ ...baseos, answers: new Map([["", VAULT]]) }]],
  ])("refuses %s", (_what, paths) => {
    expect(() => emit({ paths })).toThrow();
  });

  it.each(["_vault", "all; }", "All", "-all", ""])("refuses the list set %j", (set) => {
    expect(() => emit({ sets: ["all", set] })).toThrow(/called|cannot be written/);
  });
});

describe("pathsOf", () => {
  const paths = pathsOf(CONFIG, smallListSets());
  const answersOf = (version: string, repo: string) =>
    paths.paths.find((path) => path.version === version && path.repo === repo)?.answers;

  it("answers whoever does not say as the first architecture", () => {
    expect(answersOf("8", "baseos")).toEqual(
      new Map([
        ["", "all"],
        ["x86_64", "all"],
        ["aarch64", "all.2"],
      ]),
    );
    expect(answersOf("8", ISO_IMAGES)).toEqual(
      new Map([
        ["x86_64", "all.2"],
        ["aarch64", "all.2"],
      ]),
    );
  });

  it("takes any architecture of the version where the path has none", () => {
    expect([...(answersOf("9", "keys")?.values() ?? [])]).toEqual(["all", "all", "all", "all"]);
    expect([...(answersOf("9", "keys")?.keys() ?? [])]).toEqual(["", "x86_64", "aarch64", "s390x"]);
    expect([...(answersOf("9", "rt")?.keys() ?? [])]).toEqual(["", "x86_64"]);
  });

  it("sends to the vault whoever it is for", () => {
    expect(new Set(answersOf("8.3", "baseos")?.values())).toEqual(new Set([VAULT]));
    expect(new Set(answersOf("8.3", ISO_IMAGES)?.values())).toEqual(new Set([VAULT]));
  });

  it("does not serve what no public mirror has", () => {
    const mirrors = smallMirrors().map((mirror) => ({ ...mirror, modules: new Map() }));
    const without = pathsOf(CONFIG, listSetsOf(CONFIG, mirrors));
    expect(answersOf("10-kitten", "baseos")?.get("")).toBe("kitten");
    expect(without.paths.some(({ version }) => version === "10-kitten")).toBe(false);
    expect(emit(without).get("nginx/not-found.txt")).not.toContain("kitten");
    expect(emit(without).get("nginx/paths.conf")).toContain('"10-kitten" "";');
  });
});
