import { describe, expect, test } from "vitest";
import { type ProbedRun, remember } from "../../src/model/probe-memory.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "../../src/model/probe-reasons.ts";
import type { ProbeState } from "../../src/model/probe-state.ts";
import { suspicion } from "../../src/model/probe-suspicion.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
import { resultOf } from "../support/probed.ts";

const DAY = 86_400;
const HALF_A_DAY = 43_200;
const REASONS = Object.keys(PROBE_REASONS) as ProbeReason[];

const runOf = (results: ProbedRun["results"], endedAt = ASKED_AT): ProbedRun => ({
  ...{ results, control: { asked: 2, answered: 2 } },
  ...{ startedAt: endedAt - 60, endedAt },
});

describe("suspicion", () => {
  const names = Array.from({ length: 20 }, (_, number) => `m${number}.example`);
  const all = (reasonOf: (number: number) => ProbeReason) =>
    runOf(names.map((name, n) => resultOf(name, { dns: "ok", "http/ipv4": reasonOf(n) })));
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
      names.map((name) => resultOf(name, { "http/ipv4": "timeout", "https/ipv4": "ok" })),
    );
    expect(suspicion(wereAlive, run)).toBeNull();
  });

  describe("of a fault that takes a few mirrors more in each run", () => {
    const settings = { failures: 2, successes: 2, spacingSeconds: 1800 };
    const memory = { settings, allowedOutdateSeconds: HALF_A_DAY };
    /** Asked night after night, so many fail of twenty; what each night is suspected of. */
    const nights = (
      counts: readonly number[],
      { accepted = [] as readonly number[], reason = "timeout" as ProbeReason } = {},
    ) => {
      let state: ProbeState | null = null;
      return counts.map((count, night) => {
        const at = ASKED_AT + night * DAY;
        const run = runOf(
          names.map((name, n) =>
            resultOf(name, { dns: "ok", "http/ipv4": { reason: n < count ? reason : "ok", at } }),
          ),
          at,
        );
        const suspect = suspicion(state, run);
        const isAccepted = accepted.includes(night);
        if (suspect === null || isAccepted) {
          state = remember(state, run, { ...memory, accepted: isAccepted }).state;
        }
        return suspect;
      });
    };

    test("it is suspected once a fifth of those that are held good fail", () => {
      const [, first, second, third] = nights([0, 3, 6, 6]);
      expect(first).toBeNull();
      expect(second).toContain("6 of 20 mirrors fail that did not until lately, 6 of them for one");
      expect(third).toBe(second);
    });

    test("a provider that burns while another mirror is down, and no more after it, is no such fault", () => {
      expect(nights([0, 1, 4, 5, 5, 5])).toEqual(Array(6).fill(null));
    });

    test("mirrors that went, and others that go long after, are two things", () => {
      expect(nights([0, 3, 3, 3, 6, 6, 6])).toEqual(Array(7).fill(null));
    });

    test("what failed from the first run on is no news, however much it is", () => {
      expect(nights([9, 9, 9])).toEqual([null, null, null]);
    });

    test("it counts when somebody says that the mirrors are gone, and is asked about once", () => {
      expect(nights([0, 6, 6, 6], { accepted: [1] }).map((said) => said !== null)).toEqual([
        ...[false, true],
        ...[false, false],
      ]);
    });

    test("what breaks after somebody accepted is suspected again", () => {
      expect(nights([0, 6, 11], { accepted: [1] })[2]).toContain("5 of 14 mirrors fail");
    });
  });

  test("a mirror may have the name of any property", () => {
    const run = runOf([resultOf("constructor", { "http/ipv4": "down" })]);
    expect(suspicion({ ...wereAlive, mirrors: {} }, run)).toBeNull();
  });
});
