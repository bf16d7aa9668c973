import { describe, expect, it } from "vitest";
import { type OracleQuestion, oracleSets } from "./list-sets.ts";
import { oracleMirror, type ReadMirror } from "./mirrors.ts";

const read = (name: string, lines: string): ReadMirror =>
  oracleMirror(`name: ${name}\n${lines}`, {
    placements: new Map(),
    countryWords: new Map(),
    builtAt: 0,
  });
const BOTH = "address: {http: http://a/, https: https://a/}\n";
const KITTEN = "address_optional: {kitten: {https: https://k/}}\n";

const sets = (mirrors: readonly ReadMirror[], names: Readonly<Record<string, string>> = {}) =>
  oracleSets({
    mirrors,
    modules: ["kitten"],
    lines: ["9"],
    questions: Object.keys(names).map((text) => JSON.parse(text) as OracleQuestion),
    nameOf: (question) => {
      const name = names[JSON.stringify(question)];
      return name === undefined ? {} : { any: name, http: name, https: `${name}-https` };
    },
  });
const members = (found: ReturnType<typeof sets>) =>
  Object.fromEntries(found.map(({ name, urls }) => [name, [...urls.keys()].join(" ")]));

describe("oracleSets", () => {
  it("names a set for each product and protocol that somebody public offers", () => {
    const mirrors = [
      read("both", BOTH + KITTEN),
      read("plain", "address: {http: http://b/}"),
      read("own", "address: {ftp: ftp://c/, https: https://c/}\nprivate: yes"),
      read("off", "address: {https: https://d/}\ndisabled: {reason: x}"),
    ];
    expect(members(sets(mirrors))).toEqual({
      all: "both plain own",
      "all-http": "both plain",
      "all-https": "both own",
      kitten: "both",
    });
  });

  it("merges sets that nothing tells apart, and has none of what nobody public offers", () => {
    const mirrors = [read("both", BOTH), read("own", `${BOTH + KITTEN}private: yes`)];
    expect(members(sets(mirrors))).toEqual({ all: "both own", "all-https": "both own" });
  });

  const part = (carries: string) => [
    read("full", BOTH),
    read("part", `${BOTH}carries: ${carries}`),
  ];
  const question = { directory: "9.8", repo: "baseos", arch: "x86_64" };
  it.each([
    ["{versions: [9.8]}", question, true],
    ["{versions: ['9']}", question, true],
    ["{versions: ['9']}", { ...question, directory: "99.8" }, false],
    ["{versions: ['9.80', '8']}", question, false],
    ["{architectures: [aarch64]}", question, false],
    ["{architectures: [aarch64]}", { directory: "9.8", repo: "baseos" }, true],
    ["{repositories: [appstream]}", question, false],
    ["{repositories: [appstream]}", { directory: "9.8", arch: "x86_64" }, true],
    ["{isos: false}", question, true],
    ["{isos: false}", { directory: "9.8", arch: "x86_64" }, false],
  ])("takes a mirror that carries %s for %j: %s", (carries, asked, isIn) => {
    const name = isIn ? "all" : "all.2";
    const found = members(sets(part(carries), { [JSON.stringify(asked)]: name }));
    expect(found[name]).toBe(isIn ? "full part" : "full");
    expect(found["all"]).toBe("full part");
  });

  it.each([
    ["[9.8]", true],
    ["['10-kitten']", true],
    ["['9.8', '11-kitten']", false],
  ])("takes a list of versions %s for one of a module only if it names one", (versions, isIn) => {
    const mirrors = [
      read("full", BOTH + KITTEN),
      read("part", `${BOTH + KITTEN}carries: {versions: ${versions}}`),
    ];
    const asked: OracleQuestion = { module: "kitten", directory: "10-kitten", repo: "baseos" };
    const ask = (name: string) => ({
      mirrors,
      modules: ["kitten"],
      lines: ["9"],
      questions: [asked],
      nameOf: () => ({ any: name, https: name }),
    });
    const found = oracleSets(ask(isIn ? "kitten" : "kitten.2"));
    expect(members(found)[isIn ? "kitten" : "kitten.2"]).toBe(isIn ? "full part" : "full");
    expect(() => oracleSets(ask(isIn ? "all" : "kitten"))).toThrow(/is answered by/);
  });

  it("throws when the program takes a partial mirror for a whole one", () => {
    const names = { [JSON.stringify(question)]: "all" };
    expect(() => sets(part("{versions: ['8']}"), names)).toThrow(/answered by all, but full have/);
  });
});
