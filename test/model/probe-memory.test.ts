import { describe, expect, test } from "vitest";
import { type ProbedRun, remember, suspicion } from "../../src/model/probe-memory.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "../../src/model/probe-reasons.ts";
import type { CheckResult, MirrorResult, ProbeState } from "../../src/model/probe-state.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
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
  return { results, control: { asked: 2, answered: 2 }, endedAt };
}

/** One mirror, one check, night after night. */
function nights(
  check: string,
  reasons: readonly ProbeReason[],
  failures: number,
  successes: number,
) {
  let state: ProbeState | null = null;
  return reasons.map((reason, night) => {
    const at = ASKED_AT + night * DAY;
    const run = runOf([result("m.example", { [check]: reason }, at)], at);
    const remembered = remember(state, run, { failures, successes }, HALF_A_DAY);
    state = remembered.state;
    return remembered;
  });
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
    const first = remember(
      null,
      runOf([result("m.example", { dns: "ok" }, ASKED_AT)]),
      {
        failures: 2,
        successes: 2,
      },
      HALF_A_DAY,
    );
    const silent = {
      ...result("m.example", { dns: "unanswered" }, ASKED_AT),
      addresses: { ipv4: [], ipv6: [] },
    };
    const second = remember(
      first.state,
      runOf([silent]),
      { failures: 2, successes: 2 },
      HALF_A_DAY,
    );
    expect(second.state.mirrors["m.example"]?.addresses.ipv4).toEqual(["192.0.2.1"]);
  });

  test("a mirror that is not asked any more is forgotten after a month", () => {
    const asked = runOf([result("gone.example", { dns: "ok" }, ASKED_AT)]);
    const rules = { failures: 2, successes: 2 };
    const { state } = remember(null, asked, rules, HALF_A_DAY);
    const leftAfter = (days: number) =>
      Object.keys(
        remember(state, runOf([], ASKED_AT + days * DAY), rules, HALF_A_DAY).state.mirrors,
      );
    expect(leftAfter(29)).toEqual(["gone.example"]);
    expect(leftAfter(30)).toEqual([]);
  });
});

describe("suspicion", () => {
  const names = Array.from({ length: 20 }, (_, number) => `m${number}.example`);
  const all = (reasonOf: (number: number) => ProbeReason) =>
    runOf(names.map((name, n) => result(name, { dns: "ok", "http/ipv4": reasonOf(n) }, ASKED_AT)));
  const heldWhere = (reasonOf: (number: number) => ProbeReason): ProbeState => ({
    probedAt: ASKED_AT - DAY,
    allowedOutdateSeconds: HALF_A_DAY,
    mirrors: Object.fromEntries(
      names.map((name, n) => [name, stateOf({ "http/ipv4": held(reasonOf(n)) })]),
    ),
  });
  const wereAlive = heldWhere(() => "ok");

  test("no control endpoint answers", () => {
    const run = { ...all(() => "ok"), control: { asked: 2, answered: 0 } };
    expect(suspicion(wereAlive, run)).toBe(
      "None of the 2 control endpoints answers: this machine's own network is suspect.",
    );
    expect(suspicion(wereAlive, { ...run, control: { asked: 2, answered: 1 } })).toBeNull();
    expect(suspicion(wereAlive, { ...run, control: { asked: 0, answered: 0 } })).toBeNull();
  });

  test.each([
    ["three mirrors that fail alike", 3, "timeout", null],
    ["four of twenty that fail alike", 4, "timeout", "own network"],
    ["all of them stale", 20, "stale", "origin"],
    ["all of them without an answer of our resolver", 20, "unanswered", "resolver"],
    ["all of them with certificates that are not valid yet", 20, "tls", "clock"],
    ["no time left for any", 20, "deadline", null],
  ] as const)("%s", (_, count, reason, word) => {
    const found = suspicion(
      wereAlive,
      all((n) => (n < count ? reason : "ok")),
    );
    if (word === null) expect(found).toBeNull();
    else expect(found).toContain(word);
  });

  test("ten that fail each for a reason of its own are ten mirrors that fail", () => {
    const bad = REASONS.filter((reason) => outcomeOf(reason) === "bad");
    expect(
      suspicion(
        wereAlive,
        all((n) => (n < 10 ? bad[n]! : "ok")),
      ),
    ).toBeNull();
  });

  test("half that time out and half that are of the future, as a clock was set and a way blocked, are not mirrors", () => {
    const found = suspicion(
      wereAlive,
      all((n) => (n % 2 === 0 ? "timeout" : "future")),
    );
    expect(found).toContain("20 of 20 mirrors fail that did not before, 10 of them for one cause");
  });

  test("those that failed in the last run already are no news", () => {
    const down = heldWhere((n) => (n < 12 ? "timeout" : "ok"));
    expect(
      suspicion(
        down,
        all((n) => (n < 12 ? "timeout" : "ok")),
      ),
    ).toBeNull();
    expect(
      suspicion(
        down,
        all((n) => (n < 16 ? "timeout" : "ok")),
      ),
    ).toContain("4 of 8 mirrors");
  });

  test("in a first run nothing tells how long mirrors are gone: half must fail", () => {
    expect(
      suspicion(
        null,
        all((n) => (n < 9 ? "down" : "ok")),
      ),
    ).toBeNull();
    expect(
      suspicion(
        null,
        all((n) => (n < 10 ? "down" : "ok")),
      ),
    ).not.toBeNull();
  });

  test("a mirror that is reached by one protocol does not fail", () => {
    const run = runOf(
      names.map((name) => result(name, { "http/ipv4": "timeout", "https/ipv4": "ok" }, ASKED_AT)),
    );
    expect(suspicion(wereAlive, run)).toBeNull();
  });
});
