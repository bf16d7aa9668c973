import { describe, expect, test } from "vitest";
import { defaultConfig, type NetworkConfig } from "../../src/model/config.ts";
import { applyHealth } from "../../src/model/health.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { questionKey } from "../../src/model/probe-checks.ts";
import type { CheckState, ProbeState } from "../../src/model/probe-state.ts";
import { type Question, questionsOf } from "../../src/model/questions.ts";
import { plainMirror } from "../support/mirrors.ts";
import { ASKED_AT, held, stateFailing, stateOf } from "../support/probe-state.ts";
import { seededRandom } from "../support/random.ts";
import { collect } from "../support/reading.ts";

const config: NetworkConfig = {
  ...defaultConfig,
  versions: ["8", "8.10", "9", "9.8"],
  duplicatedVersions: new Map([
    ["8", "8.10"],
    ["9", "9.8"],
  ]),
  optionalModules: new Map([["kitten", ["10"]]]),
  arches: new Map([
    ["8", ["x86_64", "aarch64"]],
    ["9", ["x86_64", "aarch64", "s390x"]],
    ["10-kitten", ["x86_64"]],
  ]),
  repos: [
    { name: "baseos", path: "BaseOS/$basearch/os/", vault: false },
    { name: "appstream", path: "AppStream/$basearch/os/", vault: false },
  ],
};
const questions = questionsOf(config);
const urls = (name: string) => ({
  http: `http://${name}/`,
  https: `https://${name}/`,
  rsync: `rsync://${name}/all/`,
});
const whole = (name: string, fields: Partial<Mirror> = {}) =>
  plainMirror(name, { urls: urls(name), modules: new Map([["kitten", urls(name)]]), ...fields });

function apply(
  mirrors: readonly Mirror[],
  states: ProbeState["mirrors"],
  settings: NetworkConfig = config,
) {
  const state = { probedAt: ASKED_AT, allowedOutdateSeconds: 43_200, mirrors: states };
  const read = collect((report) => applyHealth(mirrors, state, settings, report));
  return { ...read.value, codes: read.codes };
}

/** The names in the list set that answers a question. */
function having(
  mirrors: readonly Mirror[],
  question: Question,
  protocol: "any" | "http" | "https" = "any",
): readonly string[] {
  const { sets, scopeOf } = listSetsOf(config, mirrors);
  const set = sets.find(({ name }) => name === scopeOf(question)?.[protocol]);
  return set ? mirrors.filter((mirror) => set.urlOf(mirror)).map(({ name }) => name) : [];
}

const OTHERS = ["o1.example", "o2.example", "o3.example", "o4.example"];
const base: Question = { directory: "9.8", repo: "baseos", arch: "x86_64" };
const ofKitten: Question = { ...base, directory: "10-kitten", module: "kitten" };
const images: Question = { directory: "9.8", arch: "x86_64" };

/** Where a mirror that fails these checks is still listed, beside others that fail none. */
function listed(failing: readonly string[]) {
  const { mirrors, leftOut } = apply(
    ["m.example", ...OTHERS].map((name) => whole(name)),
    {
      "m.example": stateFailing(failing, "down"),
    },
  );
  const isIn = (question: Question, protocol: "any" | "http" | "https" = "any") =>
    having(mirrors, question, protocol).includes("m.example");
  return {
    out: leftOut.length === 1,
    http: isIn(base, "http"),
    https: isIn(base, "https"),
    kitten: isIn(ofKitten),
    images: isIn(images),
    other: isIn({ ...base, repo: "appstream" }),
    any: isIn(base),
    rsync: mirrors.find(({ name }) => name === "m.example")?.urls.rsync !== undefined,
  };
}

describe("applyHealth leaves a mirror out of exactly what it fails", () => {
  const all = {
    out: false,
    http: true,
    https: true,
    kitten: true,
    images: true,
    other: true,
    any: true,
    rsync: true,
  };
  const main = { http: false, https: false, images: false, other: false, any: false };
  test.each([
    ["nothing", [], {}],
    ["http", ["http/ipv4"], { http: false }],
    ["https", ["https/ipv4"], { https: false }],
    ["IPv6", ["http/ipv6", "https/ipv6", "kitten:http/ipv6"], {}],
    ["both protocols", ["http/ipv4", "https/ipv4"], main],
    ["its module", ["kitten:http/ipv4", "kitten:https/ipv4"], { kitten: false }],
    ["one way to its module", ["kitten:http/ipv4"], {}],
    ["a repository", ["repo:9.8/baseos/x86_64"], { any: false, http: false, https: false }],
    ["a repository of its module", ["repo:10-kitten/baseos/x86_64"], { kitten: false }],
    ["the set of images", ["isos"], { images: false }],
    ["the images of its module", ["kitten:isos"], {}],
    ["rsync", ["rsync"], { rsync: false }],
  ] as const)("%s", (_, failing, expected) => {
    expect(listed(failing)).toEqual({ ...all, ...expected });
  });

  test("all there is: it is out, with the reason", () => {
    const { mirrors, leftOut } = apply([whole("m.example")], {
      "m.example": stateOf({
        "http/ipv4": held("stale", { detail: "19 h old" }),
        "https/ipv4": held("tls"),
        "kitten:http/ipv4": held("down"),
        "kitten:https/ipv4": held("down"),
      }),
    });
    expect(mirrors).toEqual([]);
    expect(leftOut).toEqual([
      {
        name: "m.example",
        reason: "asked, its copy is out of date (19 h old); out since 2026-11-22 03:00 UTC",
        by: "probe",
      },
    ]);
  });
});

test("mirrors that are not public, or were never asked, stay as they are", () => {
  const fails = stateFailing(["http/ipv4", "https/ipv4", "isos"], "down");
  const mirrors = [
    whole("cloud.example", { reach: "cloud" }),
    whole("new.example"),
    whole("private.example", { reach: "private" }),
  ];
  const states = { "cloud.example": fails, "private.example": fails, "old.example": fails };
  expect(apply(mirrors, states).mirrors).toEqual(mirrors);
});

test("with another allowed age, timestamps are judged again by their last reading", () => {
  const aged = (hours: number): CheckState =>
    held(hours > 12 ? "stale" : "ok", { updatedAt: ASKED_AT - hours * 3600 });
  const ages = { "a.example": 1, "b.example": 6, "c.example": 20 };
  const states = Object.fromEntries(
    Object.entries(ages).map(([name, hours]) => [name, stateOf({ "http/ipv4": aged(hours) })]),
  );
  const mirrors = Object.keys(ages).map((name) => plainMirror(name));
  const left = (hours: number) =>
    apply(mirrors, states, { ...config, allowedOutdateSeconds: hours * 3600 }).mirrors.map(
      ({ name }) => name,
    );
  expect(left(12)).toEqual(["a.example", "b.example"]);
  expect(left(2)).toEqual(["a.example"]);
  expect(left(24)).toEqual(["a.example", "b.example", "c.example"]);
});

test("what hardly any mirror has is not the mirrors' fault", () => {
  const names = ["m.example", ...OTHERS];
  const failing = (count: number, check: string) =>
    apply(
      names.map((name) => whole(name)),
      Object.fromEntries(
        names.map((name, n) => [name, stateFailing(n < count ? [check] : [], "missing-repo")]),
      ),
    );
  const check = questionKey(base);
  expect(having(failing(2, check).mirrors, base)).toHaveLength(3);
  const nobody = failing(3, check);
  expect(having(nobody.mirrors, base)).toHaveLength(5);
  expect(nobody.codes).toEqual(["probe-hardly-any"]);
  expect(having(failing(4, "isos").mirrors, images)).toEqual(["o4.example"]);
});

describe("of mirrors that lack anything", () => {
  const random = seededRandom(20_261_122);
  const keys = [...new Set(questions.map(questionKey))];
  const repositories = keys.filter((key) => key.startsWith("repo:"));
  const world = (count: number, patterns: readonly (readonly string[])[]) => {
    const names = Array.from({ length: count }, (_, n) => `m${String(n).padStart(2, "0")}.example`);
    const states = Object.fromEntries(
      names.map((name) => {
        const pattern = patterns[Math.floor(random() * patterns.length)]!;
        return [name, stateFailing(pattern, "missing-repo")];
      }),
    );
    return {
      states,
      ...apply(
        names.map((name) => whole(name)),
        states,
      ),
    };
  };
  const some = (share: number) => repositories.filter(() => random() < share);
  const fails = (states: ProbeState["mirrors"], name: string, key: string) =>
    states[name]?.checks[key] !== undefined;

  test("few patterns: each is in every list but those of what it lacks", () => {
    for (let round = 0; round < 30; round++) {
      const { states, mirrors, codes } = world(12, [[], [], [], some(0.3), some(0.3)]);
      if (codes.length > 0) continue;
      for (const question of questions) {
        const expected = mirrors.filter(({ name }) => !fails(states, name, questionKey(question)));
        expect(having(mirrors, question)).toEqual(expected.map(({ name }) => name));
      }
    }
  });

  test("many patterns: few list sets, and nobody is in a list of what it lacks", () => {
    let widened = 0;
    for (let round = 0; round < 20; round++) {
      const patterns = Array.from({ length: 30 }, () => some(0.1));
      const { states, mirrors, codes } = world(40, [[], [], ...patterns]);
      expect(listSetsOf(config, mirrors).scopes.length).toBeLessThanOrEqual(8 + 2);
      if (codes.includes("probe-widened")) widened++;
      if (codes.includes("probe-hardly-any")) continue;
      for (const question of questions) {
        for (const name of having(mirrors, question)) {
          expect(fails(states, name, questionKey(question))).toBe(false);
        }
      }
      const whole = mirrors.filter(({ name }) => Object.keys(states[name]!.checks).length === 0);
      for (const question of questions) {
        expect(having(mirrors, question)).toEqual(
          expect.arrayContaining(whole.map(({ name }) => name)),
        );
      }
    }
    expect(widened).toBeGreaterThan(10);
  });
});
