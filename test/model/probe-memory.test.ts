import { describe, expect, test } from "vitest";
import { type ProbedRun, type Remembered, remember } from "../../src/model/probe-memory.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "../../src/model/probe-reasons.ts";
import type { CheckResult, MirrorResult, ProbeState } from "../../src/model/probe-state.ts";
import { readProbeState, renderProbeState } from "../../src/model/probe-state-file.ts";
import { ASKED_AT } from "../support/probe-state.ts";
import { seededRandom } from "../support/random.ts";

const DAY = 86_400;
const HALF_A_DAY = 43_200;
const REASONS = Object.keys(PROBE_REASONS) as ProbeReason[];
const REPO = "repo:9.8/baseos/x86_64";

function result(name: string, reasons: Readonly<Record<string, ProbeReason>>, at: number) {
  const checks = new Map<string, CheckResult>(
    Object.entries(reasons).map(([check, reason]) => [check, { reason, at }]),
  );
  return { name, addresses: { ipv4: ["192.0.2.1"], ipv6: [] }, checks } satisfies MirrorResult;
}

function runOf(results: readonly MirrorResult[], endedAt = ASKED_AT): ProbedRun {
  return { results, control: { asked: 2, answered: 2 }, startedAt: endedAt - 60, endedAt };
}

const rules = (failures: number, successes: number, spacingSeconds = 1800) => ({
  settings: { failures, successes, spacingSeconds },
  allowedOutdateSeconds: HALF_A_DAY,
});

type Asked = readonly [at: number, reason: ProbeReason];

/** One mirror, one check, at these times. */
function asked(check: string, results: readonly Asked[], how: ReturnType<typeof rules>) {
  let state: ProbeState | null = null;
  return results.map(([at, reason]): Remembered => {
    const run = runOf([result("m.example", { [check]: reason }, at)], at);
    const remembered = remember(state, run, how);
    state = remembered.state;
    return remembered;
  });
}

/** The same night after night. */
function nights(check: string, reasons: readonly ProbeReason[], ...row: [number, number]) {
  const results = reasons.map((reason, night): Asked => [ASKED_AT + night * DAY, reason]);
  return asked(check, results, rules(...row));
}

describe("remember", () => {
  test.each(["http/ipv4", REPO])(
    "what is held of %s follows the last results in a row, whatever the history",
    (check) => {
      const random = seededRandom(20_261_122);
      for (let world = 0; world < 300; world++) {
        const failures = 1 + Math.floor(random() * 4);
        const successes = 1 + Math.floor(random() * 4);
        const history = Array.from(
          { length: 40 },
          () => REASONS[Math.floor(random() ** 2 * REASONS.length)]!,
        );
        let good = true;
        const known: boolean[] = [];
        for (const [night, { state, changes }] of nights(
          check,
          history,
          failures,
          successes,
        ).entries()) {
          const outcome = outcomeOf(history[night]!);
          if (outcome !== "unknown") known.push(outcome === "good");
          const before = good;
          const lastAre = (count: number, value: boolean) =>
            known.length >= count && known.slice(-count).every((each) => each === value);
          if (lastAre(failures, false)) good = false;
          else if (lastAre(successes, true)) good = true;
          expect(state.mirrors["m.example"]?.checks[check]?.good ?? true).toBe(good);
          expect(changes.map((change) => change.good)).toEqual(before === good ? [] : [good]);
        }
      }
    },
  );

  test("a result that says nothing leaves all that is held, with its age", () => {
    const [, first, second] = nights("http/ipv4", ["ok", "down", "unanswered"], 3, 2);
    expect(second?.state.mirrors["m.example"]?.checks).toEqual(
      first?.state.mirrors["m.example"]?.checks,
    );
    expect(second?.state.mirrors["m.example"]?.checks["http/ipv4"]).toEqual({
      good: true,
      reason: "down",
      at: ASKED_AT + DAY,
      since: ASKED_AT,
      against: 1,
      goodAt: ASKED_AT,
    });
  });

  test("a repository is kept while there is something to hold against it", () => {
    const kept = nights(REPO, ["ok", "missing-repo", "missing-repo", "ok", "ok"], 2, 2).map(
      ({ state }) => REPO in state.mirrors["m.example"]!.checks,
    );
    expect(kept).toEqual([false, true, true, true, false]);
  });

  test("addresses stay those of the last answer where the resolver has none", () => {
    const answered = runOf([result("m.example", { dns: "ok" }, ASKED_AT)]);
    const first = remember(null, answered, rules(2, 2));
    const silent = {
      ...result("m.example", { dns: "unanswered" }, ASKED_AT),
      addresses: { ipv4: [], ipv6: [] },
    };
    const second = remember(first.state, runOf([silent]), rules(2, 2));
    expect(second.state.mirrors["m.example"]?.addresses.ipv4).toEqual(["192.0.2.1"]);
  });

  test("a mirror that is not asked any more is forgotten after a month", () => {
    const run = runOf([result("gone.example", { dns: "ok" }, ASKED_AT)]);
    const { state } = remember(null, run, rules(2, 2));
    const leftAfter = (days: number) =>
      Object.keys(remember(state, runOf([], ASKED_AT + days * DAY), rules(2, 2)).state.mirrors);
    expect(leftAfter(29)).toEqual(["gone.example"]);
    expect(leftAfter(30)).toEqual([]);
  });
});

describe("remember, of runs that follow each other closely", () => {
  const MINUTE = 60;
  const held = ({ state }: Remembered) => state.mirrors["m.example"]?.checks["http/ipv4"];
  const minutes = (...results: readonly (readonly [minute: number, reason: ProbeReason])[]) =>
    asked(
      "http/ipv4",
      results.map(([minute, reason]): Asked => [ASKED_AT + minute * MINUTE, reason]),
      rules(2, 2, 30 * MINUTE),
    );

  test("a mirror is not out for having been asked twice in a bad minute", () => {
    const all = minutes([0, "ok"], [1440, "down"], [1442, "timeout"], [1469, "down"]);
    expect(all.map((each) => held(each)?.good)).toEqual([true, true, true, true]);
    expect(held(all[3]!)).toMatchObject({ against: 1, reason: "down", at: ASKED_AT + 1469 * 60 });
    expect(all.map(({ early }) => early.length)).toEqual([0, 0, 1, 1]);
    expect(all[3]?.early).toEqual([
      { mirror: "m.example", check: "http/ipv4", countsFrom: ASKED_AT + 1470 * 60 },
    ]);
  });

  test("it is out half an hour after the first of the row, however often it was asked meanwhile", () => {
    const often = Array.from({ length: 7 }, (_, n) => [n * 5, "down"] as const);
    expect(minutes(...often).map((each) => held(each)?.good)).toEqual([
      ...[true, true, true, true, true, true],
      false,
    ]);
  });

  test("one good answer ends the row, however soon it comes, and the next bad one begins another", () => {
    const all = minutes([0, "down"], [1, "ok"], [2, "down"], [31, "down"], [32, "down"]);
    expect(all.map((each) => held(each)?.against)).toEqual([1, 0, 1, 1, 0]);
    expect(all.map((each) => held(each)?.good)).toEqual([true, true, true, true, false]);
  });

  test("it does not come back for two good answers within a minute", () => {
    const out = [
      [0, "down"],
      [1440, "down"],
    ] as const;
    const all = minutes(...out, [1441, "ok"], [1442, "ok"], [1471, "ok"]);
    expect(all.map((each) => held(each)?.good)).toEqual([true, false, false, false, true]);
  });

  test("a result that says nothing leaves the time from which results count", () => {
    const all = minutes([0, "down"], [10, "down"], [20, "unanswered"], [29, "down"], [30, "down"]);
    expect(all.map((each) => held(each)?.good)).toEqual([true, true, true, true, false]);
    expect(all.map(({ early }) => early.length)).toEqual([0, 1, 0, 1, 0]);
  });

  test("after a clock was set back by days, results count as they did", () => {
    const day = 1440;
    const all = minutes([40 * day, "down"], [0, "down"], [1, "ok"], [2, "ok"], [day, "ok"]);
    expect(all.map((each) => held(each)?.good)).toEqual([true, false, false, false, true]);
  });

  test("one bad result is enough where the settings say so", () => {
    const [first] = asked("http/ipv4", [[ASKED_AT, "down"]], rules(1, 1));
    expect(held(first!)?.good).toBe(false);
  });

  test("a state of before there was a spacing counts from its last result on", () => {
    const [first] = minutes([0, "down"]);
    const text = renderProbeState(first!.state);
    expect(text).not.toContain("countedAt");
    const read = readProbeState({ path: "p.json", text }, () => {})!;
    const goodAfter = (minute: number) => {
      const at = ASKED_AT + minute * MINUTE;
      const run = runOf([result("m.example", { "http/ipv4": "down" }, at)], at);
      return held(remember(read, run, rules(2, 2, 30 * MINUTE)))?.good;
    };
    expect([29, 30].map(goodAfter)).toEqual([true, false]);
  });

  test("what is held turns after results in a row that lie apart, whatever the history", () => {
    const random = seededRandom(20_261_123);
    for (let world = 0; world < 300; world++) {
      const [failures, successes] = [1 + Math.floor(random() * 3), 1 + Math.floor(random() * 3)];
      const spacing = Math.floor(random() * 60) * MINUTE;
      let at = ASKED_AT;
      const history = Array.from({ length: 60 }, (): Asked => {
        at += Math.floor(random() ** 3 * 90 * MINUTE);
        return [at, random() < 0.1 ? "unanswered" : random() < 0.5 ? "ok" : "down"];
      });
      const seen = asked("http/ipv4", history, rules(failures, successes, spacing));
      expect(seen.map((each) => held(each)?.good ?? true)).toEqual(
        turns(history, { failures, successes, spacing }),
      );
    }
  });
});

/** The rule said slowly: of the results that speak against, those are picked that lie apart. */
function turns(
  history: readonly Asked[],
  { failures, successes, spacing }: { failures: number; successes: number; spacing: number },
): readonly boolean[] {
  let good = true;
  let row: number[] = [];
  return history.map(([at, reason]) => {
    const outcome = outcomeOf(reason);
    if (outcome === "unknown") return good;
    if ((outcome === "good") === good) row = [];
    else if (row.every((time) => at - time >= spacing)) row = [...row, at];
    if (row.length === (good ? failures : successes)) {
      good = !good;
      row = [];
    }
    return good;
  });
}
