import { describe, expect, test } from "vitest";
import { defaultConfig, type NetworkConfig, readConfig } from "../../src/model/config.ts";
import { type ListSets, listSetsOf } from "../../src/model/list-sets.ts";
import type { Carries, Mirror } from "../../src/model/mirror.ts";
import { checkNetwork, readMirror } from "../../src/model/mirrors.ts";
import type { Question } from "../../src/model/questions.ts";
import { isoPaths, lineOf, mirrorlistPaths } from "../../src/model/routing.ts";
import { readNetwork } from "../../src/sources/network.ts";
import { plainMirror } from "../support/mirrors.ts";
import { seededRandom } from "../support/random.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";

const config: NetworkConfig = {
  ...defaultConfig,
  versions: ["8", "8.10", "9", "9.8"],
  duplicatedVersions: new Map([
    ["8", "8.10"],
    ["9", "9.8"],
  ]),
  vaultVersions: ["8.9"],
  vaultMirror: "http://vault.example/",
  optionalModules: new Map([["kitten", ["10"]]]),
  arches: new Map([
    ["8", ["x86_64", "aarch64"]],
    ["9", ["x86_64", "aarch64"]],
    ["10-kitten", ["x86_64", "aarch64"]],
  ]),
  repos: [
    { name: "baseos", path: "BaseOS/$basearch/os/", vault: false },
    { name: "nfv", path: "NFV/$basearch/os/", arches: ["aarch64"], vault: false },
    { name: "common", path: "common/", versions: ["9.8"], arches: [], vault: false },
    { name: "source", path: "Source/", vault: true },
  ],
};

const BOTH = { http: "http://both.example/", https: "https://both.example/" };
const HTTP = { http: "http://plain.example/" };
const HTTPS = { https: "https://secret.example/" };
const both = plainMirror("both.example", { urls: BOTH });
const plain = plainMirror("plain.example", { urls: HTTP });
const secret = plainMirror("secret.example", { urls: HTTPS });

const names = ({ sets }: ListSets) => sets.map(({ name }) => name);
const base: Question = { directory: "9.8", repo: "baseos", arch: "x86_64" };
const iso: Question = { directory: "9.8", arch: "x86_64" };
const partial = (carries: Carries, name = "partial.example") =>
  plainMirror(name, { urls: BOTH, carries });

/** The names of the mirrors that a question has, by any protocol. */
function having(lists: ListSets, mirrors: readonly Mirror[], question: Question) {
  const scope = lists.scopeOf(question);
  const set = lists.sets.find(({ name }) => name === scope?.any);
  return set && mirrors.filter((mirror) => set.urlOf(mirror) !== undefined).map((m) => m.name);
}

describe("listSetsOf, by protocol", () => {
  test("has a set for each that tells mirrors apart, everything by any protocol first", () => {
    const lists = listSetsOf(config, [both, plain, secret]);
    expect(names(lists)).toEqual(["all", "all-http", "all-https"]);
    expect(lists.scopes).toEqual([
      { name: "all", any: "all", http: "all-http", https: "all-https" },
    ]);
    const urls = lists.sets.map(({ urlOf }) => [both, plain, secret].map(urlOf));
    expect(urls).toEqual([
      ["http://both.example/", "http://plain.example/", "https://secret.example/"],
      ["http://both.example/", "http://plain.example/", undefined],
      ["https://both.example/", undefined, "https://secret.example/"],
    ]);
  });

  test("has one set where nothing tells two apart", () => {
    const lists = listSetsOf(config, [both, plain]);
    expect(names(lists)).toEqual(["all", "all-https"]);
    expect(lists.scopes[0]).toMatchObject({ any: "all", http: "all", https: "all-https" });
  });

  test("has no set that a private mirror alone is in", () => {
    const lists = listSetsOf(config, [plain, { ...both, reach: "private" }]);
    expect(names(lists)).toEqual(["all"]);
    expect(lists.scopes).toEqual([{ name: "all", any: "all", http: "all" }]);
    expect(lists.sets[0]?.urlOf({ ...both, reach: "private" })).toBe("http://both.example/");
  });

  test("has none at all without a public mirror", () => {
    const lists = listSetsOf(config, [{ ...both, reach: "cloud" }]);
    expect(lists).toMatchObject({ sets: [], scopes: [] });
    expect(lists.scopeOf(base)).toBeUndefined();
  });
});

test("listSetsOf: a module has sets of its own, with its own addresses", () => {
  const kitten = { https: "https://both.example/kitten/" };
  const mirrors = [{ ...both, modules: new Map([["kitten", kitten]]) }, plain];
  const lists = listSetsOf(config, mirrors);
  expect(lists.sets.map(({ name, product }) => `${name} of ${product}`)).toEqual([
    "all of all",
    "all-https of all",
    "kitten of kitten",
  ]);
  const question: Question = { ...base, directory: "10-kitten", module: "kitten" };
  expect(lists.scopeOf(question)).toEqual({ name: "kitten", any: "kitten", https: "kitten" });
  expect(lists.sets[2]?.urlOf(mirrors[0] as Mirror)).toBe("https://both.example/kitten/");
  expect(lists.sets[2]?.urlOf(plain)).toBeUndefined();
});

test("listSetsOf: what no public mirror has of a module has no scope", () => {
  expect(
    listSetsOf(config, [both]).scopeOf({ ...base, directory: "10-kitten", module: "kitten" }),
  ).toBeUndefined();
});

describe("listSetsOf, for partial mirrors", () => {
  const answers = (carries: Carries, question: Question) => {
    const mirrors = [both, partial(carries)];
    return having(listSetsOf(config, mirrors), mirrors, question)?.includes("partial.example");
  };
  const kitten: Question = {
    directory: "10-kitten",
    module: "kitten",
    repo: "baseos",
    arch: "x86_64",
  };

  test.each<[string, Carries, Question, boolean]>([
    ["the version", { versions: ["9.8"] }, base, true],
    ["the version's line", { versions: ["9"] }, base, true],
    ["another version", { versions: ["8", "8.10"] }, base, false],
    ["a later version of the line", { versions: ["9.9"] }, base, false],
    ["the architecture", { architectures: ["aarch64", "x86_64"] }, base, true],
    ["another architecture", { architectures: ["aarch64"] }, base, false],
    [
      "an architecture, for what has none",
      { architectures: ["s390x"] },
      { ...base, repo: "common", arch: undefined },
      true,
    ],
    ["the repository", { repositories: ["baseos"] }, base, true],
    ["another repository", { repositories: ["nfv"] }, base, false],
    ["no images, for a repository", { isos: false }, base, true],
    ["no images, for images", { isos: false }, iso, false],
    ["images", { isos: true }, iso, true],
    ["another repository, for images", { repositories: ["nfv"] }, iso, true],
    ["another architecture, for images", { architectures: ["aarch64"] }, iso, false],
    ["one thing of two", { versions: ["9"], architectures: ["aarch64"] }, base, false],
  ])("%s", (_what, carries, question, expected) => {
    expect(answers(carries, question)).toBe(expected);
  });

  test.each<[string, Carries, boolean]>([
    ["versions that are not of the module say nothing of it", { versions: ["9"] }, true],
    ["the module's own version", { versions: ["10-kitten"] }, true],
    ["another version of the module", { versions: ["11-kitten"] }, false],
  ])("of a module: %s", (_what, carries, expected) => {
    const modules = new Map([["kitten", BOTH]]);
    const mirrors = [
      { ...both, modules },
      { ...partial(carries), modules },
    ];
    const found = having(listSetsOf(config, mirrors), mirrors, kitten);
    expect(found?.includes("partial.example")).toBe(expected);
  });

  test("sets are numbered in the order of config.yml, whatever the order of the mirrors", () => {
    const mirrors = [
      both,
      partial({ architectures: ["aarch64"] }, "arm.example"),
      partial({ versions: ["9"] }, "nine.example"),
      partial({ isos: false }, "slim.example"),
    ];
    const lists = listSetsOf(config, mirrors);
    const numbers = ["all", "all.2", "all.3", "all.4", "all.5", "all.6", "all.7", "all.8"];
    expect(names(lists)).toEqual(numbers.flatMap((name) => [name, `${name}-https`]));
    // Of 8 for x86_64, of 8 for aarch64, of 9 for x86_64: what 8/baseos asks for comes first.
    expect(lists.scopeOf({ ...base, directory: "8.10" })?.any).toBe("all.2");
    expect(lists.scopeOf({ ...base, directory: "8.10", arch: "aarch64" })?.any).toBe("all.3");
    expect(lists.scopeOf(base)?.any).toBe("all.4");
    expect(lists.scopeOf({ ...base, arch: "aarch64" })?.any).toBe("all");
    const reversed = listSetsOf(config, mirrors.toReversed());
    expect(reversed.scopes).toEqual(lists.scopes);
    for (const question of questions()) {
      expect(reversed.scopeOf(question)).toEqual(lists.scopeOf(question));
    }
  });

  test("what nobody has burns no number", () => {
    const mirrors = [partial({ versions: ["9"], isos: false })];
    const lists = listSetsOf(config, mirrors);
    expect(names(lists)).toEqual(["all", "all-https"]);
    expect(lists.scopeOf(base)?.any).toBe("all");
    expect(lists.scopeOf({ ...base, directory: "8.10" })).toBeUndefined();
    expect(lists.scopeOf(iso)).toBeUndefined();
    const more = [...mirrors, partial({ versions: ["9"], architectures: ["x86_64"] }, "z.example")];
    expect(names(listSetsOf(config, more))).toEqual([
      ...["all", "all-https", "all.2", "all.2-https", "all.3", "all.3-https"],
    ]);
  });

  test("a mirror that lacks what it offers no module of makes no set of the module", () => {
    const modules = new Map([["kitten", BOTH]]);
    const lists = listSetsOf(config, [
      { ...both, modules },
      partial({ architectures: ["aarch64"] }),
    ]);
    const kittens = ["kitten", "kitten-https"];
    expect(names(lists)).toEqual(["all", "all-https", ...kittens, "all.2", "all.2-https"]);
    expect(lists.scopeOf(kitten)?.any).toBe("kitten");
    expect(lists.scopes.map(({ name }) => name)).toEqual(["all", "kitten", "all.2"]);
  });

  test("a mirror that lacks something and has https only makes no set by http", () => {
    const lacking = { ...secret, carries: { isos: false } };
    const lists = listSetsOf(config, [both, plain, lacking]);
    expect(lists.scopeOf(iso)).toEqual({
      ...{ name: "all.2", any: "all-http", http: "all-http", https: "all.2-https" },
    });
    expect(names(lists)).toEqual(["all", "all-http", "all-https", "all.2-https"]);
  });
});

/** What URLs can ask for, as the paths say it. */
function questions(of: NetworkConfig = config): readonly Question[] {
  return [
    ...mirrorlistPaths(of)
      .filter(({ vault }) => !vault)
      .flatMap(({ architectures, ...path }) =>
        (architectures.length === 0 ? [undefined] : architectures).map((arch) => ({
          ...path,
          arch,
        })),
      ),
    ...isoPaths(of).filter(({ vault }) => !vault),
  ];
}

test("listSetsOf: every question has the mirrors that a look at each of them finds", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const some = <T>(values: readonly T[]) => values.filter(() => random() < 0.6);
    const urls = () => [BOTH, HTTP, HTTPS][Math.floor(random() * 3)] as Mirror["urls"];
    const mirrors = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, number) =>
      plainMirror(`m${number}.example`, {
        urls: urls(),
        reach: random() < 0.2 ? "private" : "public",
        ...(random() < 0.5 && { modules: new Map([["kitten", urls()]]) }),
        ...(random() < 0.6 && {
          carries: {
            ...(random() < 0.5 && { versions: some(["8", "9.8", "10-kitten"]) }),
            ...(random() < 0.5 && { architectures: some(["x86_64", "aarch64"]) }),
            ...(random() < 0.5 && { repositories: some(["baseos", "nfv", "common"]) }),
            ...(random() < 0.5 && { isos: random() < 0.5 }),
          },
        }),
      }),
    );
    const lists = listSetsOf(config, mirrors);
    const where = `seed ${seed}`;
    const columns = lists.sets.map(({ product, urlOf }) => [product, ...mirrors.map(urlOf)].join());
    expect(new Set(columns).size, where).toBe(columns.length);
    expect(new Set(names(lists)).size, where).toBe(columns.length);
    for (const name of names(lists)) expect(name).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
    for (const question of questions()) {
      const scope = lists.scopeOf(question);
      for (const protocol of ["any", "http", "https"] as const) {
        const expected = mirrors.map((mirror) => plainAnswer(mirror, question, protocol));
        const open = mirrors.some((m, at) => m.reach === "public" && expected[at] !== undefined);
        const set = lists.sets.find(({ name }) => name === scope?.[protocol]);
        const shown = `${where} ${JSON.stringify(question)} ${protocol}`;
        expect(set && mirrors.map(set.urlOf), shown).toEqual(open ? expected : undefined);
      }
    }
  }
});

/** The URL with which one mirror answers, said without sets, scopes or products. */
function plainAnswer(
  { urls, modules, carries }: Mirror,
  { module, directory, repo, arch }: Question,
  protocol: "any" | "http" | "https",
): string | undefined {
  const { versions, architectures, repositories, isos } = carries ?? {};
  const line = lineOf(config, directory) ?? directory;
  const ofModule = versions?.filter((version) => version.includes("kitten"));
  const asked = module === undefined ? versions : ofModule?.length === 0 ? undefined : ofModule;
  if (asked && !asked.includes(directory) && !asked.includes(line)) return undefined;
  if (arch && architectures && !architectures.includes(arch)) return undefined;
  if (repo === undefined ? isos === false : repositories && !repositories.includes(repo)) {
    return undefined;
  }
  const offered = module === undefined ? urls : modules.get(module);
  if (protocol !== "any") return offered?.[protocol];
  return offered?.http ?? offered?.https;
}

describe.skipIf(!hasSharedData())("AlmaLinux's network", () => {
  test("has six list sets", () => {
    const unsaid = () => {};
    const network = readNetwork(sharedData("almalinux", "config.yml"), unsaid);
    const theirs = network && readConfig(network.config, unsaid);
    if (!network || !theirs) throw new Error("config.yml could not be read");
    const mirrors = checkNetwork(
      network.mirrors.flatMap((document) => readMirror(document, theirs, unsaid) ?? []),
      unsaid,
    );
    const lists = listSetsOf(theirs, mirrors);
    expect(names(lists)).toEqual([
      "all",
      "all-http",
      "all-https",
      "kitten",
      "kitten-http",
      "kitten-https",
    ]);
    const sizes = lists.sets.map(({ urlOf }) => mirrors.filter((each) => urlOf(each)).length);
    expect(sizes).toEqual([530, 504, 496, 49, 46, 46]);
    expect(questions(theirs).every((question) => lists.scopeOf(question))).toBe(true);
  });
});
