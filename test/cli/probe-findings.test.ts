import { describe, expect, test } from "vitest";
import { findingsOf, verdictOf } from "../../src/cli/probe-findings.ts";
import { remember } from "../../src/model/probe-memory.ts";
import type { MirrorResult, ProbeState } from "../../src/model/probe-state.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
import { resultOf } from "../support/probed.ts";

const settings = { failures: 2, successes: 3 };

describe("verdictOf", () => {
  test.each([
    ["good", "all that was asked is in order", { dns: "ok", "http/ipv4": "ok", rsync: "ok" }],
    [
      "good",
      "what is unknown speaks against nothing",
      { "http/ipv4": "ok", "http/ipv6": "no-route" },
    ],
    ["partly", "a way is left", { "http/ipv4": "ok", "https/ipv4": "tls" }],
    ["partly", "contents fail", { "http/ipv4": "ok", isos: "missing-isos" }],
    ["failing", "no way is left", { dns: "ok", "http/ipv4": "stale", "https/ipv4": "timeout" }],
    ["partly", "a module's way is left", { "http/ipv4": "down", "kitten:http/ipv4": "ok" }],
    ["failing", "only IPv6 is left", { "http/ipv4": "no-address", "http/ipv6": "ok" }],
    ["failing", "there is no such name", { dns: "dns" }],
    ["unknown", "nothing could be asked", { dns: "unanswered", "http/ipv4": "skipped" }],
  ] as const)("is %s where %s", (verdict, _why, checks) => {
    expect(verdictOf(resultOf("m", checks))).toBe(verdict);
  });
});

describe("findingsOf", () => {
  const find = (checks: Parameters<typeof resultOf>[1], state = stateOf({})) =>
    findingsOf({ result: resultOf("m", checks), state, settings });

  test("has nothing to say of a mirror that is in order", () => {
    expect(find({ dns: "ok", "http/ipv4": "ok", "http/ipv6": "no-route" })).toEqual([]);
  });

  test("counts the results in a row until a mirror leaves, and says when it was good last", () => {
    const state = stateOf({ "http/ipv4": held("down", { good: true, against: 1, goodAt: 7 }) });
    expect(find({ "http/ipv4": "down" }, state)).toEqual([
      {
        what: "everything",
        checks: ["http/ipv4"],
        reason: "down",
        detail: "it does not accept connections",
        standing: "failing",
        row: { count: 1, of: 2 },
        since: 7,
      },
    ]);
  });

  test("says since when a mirror is out, and why even if nothing was learnt this time", () => {
    const state = stateOf({
      "http/ipv4": held("tls", { good: false, since: 5, detail: "expired" }),
    });
    expect(find({ "http/ipv4": "deadline" }, state)).toMatchObject([
      { reason: "tls", detail: "expired", standing: "out", since: 5 },
    ]);
  });

  test("counts the results in a row until it is back", () => {
    const state = stateOf({ "http/ipv4": held("ok", { good: false, against: 2, since: 5 }) });
    expect(find({ "http/ipv4": "ok" }, state)).toMatchObject([
      { standing: "returning", row: { count: 2, of: 3 }, since: 5 },
    ]);
  });

  test("puts checks of one fate together, and ways before contents and rsync", () => {
    const found = find({
      "https/ipv4": "tls",
      "http/ipv4": "ok",
      "https/ipv6": "tls",
      "repo:9.8/baseos/x86_64": "missing-repo",
      "repo:9.8/appstream/x86_64": "missing-repo",
      isos: "missing-isos",
      rsync: "down",
    });
    expect(found.map(({ what }) => what)).toEqual([
      "https",
      "2 repositories of 9.8, x86_64",
      "ISOs",
      "rsync",
    ]);
  });

  test("follows a mirror through the memory of a year of nights", () => {
    let state: ProbeState | null = null;
    const night = (reason: "ok" | "down", number: number): string[] => {
      const at = ASKED_AT + number * 86_400;
      const result: MirrorResult = resultOf("m", { "http/ipv4": { reason, at } });
      const control = { asked: 0, answered: 0 };
      const run = { results: [result], control, startedAt: at, endedAt: at };
      state = remember(state, run, {
        settings: { ...settings, spacingSeconds: 1800 },
        allowedOutdateSeconds: 3600,
      }).state;
      const found = findingsOf({ result, state: state.mirrors["m"], settings });
      return found.map(({ standing, row }) => `${standing} ${row?.count ?? "-"}/${row?.of ?? "-"}`);
    };
    const said = (["ok", "down", "down", "down", "ok", "ok", "ok"] as const).map(night);
    expect(said).toEqual([
      [],
      ["failing 1/2"],
      ["out -/-"],
      ["out -/-"],
      ["returning 1/3"],
      ["returning 2/3"],
      [],
    ]);
  });
});
