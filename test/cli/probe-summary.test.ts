import { describe, expect, test } from "vitest";
import { reportProbe } from "../../src/cli/probe-report.ts";
import { renderProbeSummary, type SummaryOptions } from "../../src/cli/probe-summary.ts";
import { painter } from "../../src/cli/terminal.ts";
import { remember } from "../../src/model/probe-memory.ts";
import { defaultProbeSettings } from "../../src/model/probe-settings.ts";
import type { MirrorResult, ProbeState } from "../../src/model/probe-state.ts";
import type { NetworkProbe } from "../../src/refresh/probe-network.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
import { resultOf } from "../support/probed.ts";

const DAY = 86_400;
const settings = { ...defaultProbeSettings, failures: 2, successes: 2 };

const LAST_NIGHT = { at: ASKED_AT - DAY, against: 1 };
const WAVERING = { ...LAST_NIGHT, good: true, goodAt: ASKED_AT - 2 * DAY };
const RETURNING = { ...LAST_NIGHT, good: false };

const BEFORE: ProbeState = {
  probedAt: ASKED_AT - DAY,
  allowedOutdateSeconds: 43_200,
  mirrors: {
    "back.example": stateOf({
      "http/ipv4": held("ok", { ...RETURNING, since: ASKED_AT - 9 * DAY }),
    }),
    "gone.example": stateOf({
      "http/ipv4": held("down", WAVERING),
      "https/ipv4": held("down", WAVERING),
    }),
    "out.example": stateOf({
      "http/ipv4": held("timeout", {
        good: false,
        since: ASKED_AT - 30 * DAY,
        goodAt: ASKED_AT - 31 * DAY,
      }),
    }),
    "soon.example": stateOf({
      "http/ipv4": held("stale", { good: false, since: ASKED_AT - 4 * DAY }),
    }),
  },
};

const fine = { reason: "ok", updatedAt: ASKED_AT - 2 * 3600, took: 87 } as const;

const RESULTS: readonly MirrorResult[] = [
  resultOf("back.example", { dns: "ok", "http/ipv4": fine }),
  resultOf("fine.example", {
    dns: "ok",
    "http/ipv4": fine,
    "https/ipv4": { ...fine, expiresAt: ASKED_AT + 80 * DAY },
    "http/ipv6": fine,
    "kitten:https/ipv4": fine,
    "repo:9.8/baseos/x86_64": "ok",
    isos: "ok",
    "kitten:isos": "ok",
    rsync: "ok",
  }),
  resultOf("gone.example", {
    dns: "ok",
    "http/ipv4": { reason: "down", detail: "connection refused" },
    "https/ipv4": { reason: "down", detail: "connection refused" },
  }),
  resultOf("new.example", {
    dns: "ok",
    "http/ipv4": fine,
    "https/ipv4": { reason: "tls", detail: "it has expired", expiresAt: ASKED_AT - 3 * DAY },
    "http/ipv6": "no-route",
    "repo:9.8/baseos/x86_64": "ok",
    "repo:9.8/baseos/s390x": { reason: "missing-repo", detail: "404 Not Found" },
    isos: "missing-isos",
  }),
  resultOf("out.example", { dns: "unanswered", "http/ipv4": "unanswered" }),
  resultOf("soon.example", {
    dns: "ok",
    "http/ipv4": fine,
    "https/ipv4": { ...fine, expiresAt: ASKED_AT + 5 * DAY },
  }),
];

const RUN = {
  results: RESULTS,
  control: { asked: 2, answered: 2 },
  startedAt: ASKED_AT - 42,
  endedAt: ASKED_AT,
  cut: false,
};

function reportOf(probe: Partial<NetworkProbe> = {}, results = RESULTS) {
  const run = { ...RUN, results };
  const probed = {
    run,
    suspect: null,
    remembered: remember(BEFORE, run, { settings, allowedOutdateSeconds: 43_200 }),
    written: true,
  };
  return reportProbe(
    { ...probed, ...probe },
    { settings, before: BEFORE, statePath: "state/probe.json", diagnostics: [] },
    41.87,
  );
}

const render = (report = reportOf(), options: Partial<SummaryOptions> = {}) =>
  renderProbeSummary(
    report,
    { command: "mirrorpress", again: { network: "" }, all: false, ...options },
    painter(false),
  );

describe("renderProbeSummary", () => {
  test("is one screen: the counts, what fails, who goes and comes, and what is held of it", () => {
    expect(render()).toBe(`Asked 6 mirrors in 41.9 s
  in order       3
  partly         1  they answer, and some of what they offer fails
  failing        1  nothing of them can be used
  unknown        1  nothing was learnt of them, so they stay as they were
  control   2 of 2  endpoints answer

Not in order: 4 mirrors
  gone.example  everything          left out                  2 days  down: connection refused
  new.example   https (and 2 more)  1 of 2 to leave                   tls: it has expired
  out.example   everything          left out                 31 days  timeout: it does not answer in time
  soon.example  http                good, 1 of 2 to be back   4 days

Left out from now on: 1 mirror
  gone.example  everything  down

Back from now on: 1 mirror
  back.example  everything

Certificates that end within 14 days, or have ended
  new.example   2026-11-19  3 days ago
  soon.example  2026-11-27  in 5 days

Remembered in state/probe.json; the next build goes by it
`);
  });

  test("names the mirrors of which nothing was learnt, why, and how old is what is held", () => {
    const unanswered = {
      reason: "unanswered",
      detail: "our name server cannot look it up",
    } as const;
    const text = render(
      reportOf({}, [
        resultOf("soon.example", { dns: "ok", "http/ipv4": fine }),
        resultOf("new.example", { dns: "deadline" }),
        resultOf("silent.example", { dns: unanswered, "http/ipv4": unanswered }),
      ]),
    );
    expect(text).toContain(
      "Unknown, and left as before: 2 mirrors\n" +
        "  new.example     deadline: there was no time left to ask\n" +
        "  silent.example  unanswered: our name server cannot look it up\n",
    );
    const known = {
      "silent.example": stateOf({ "http/ipv4": held("ok", { at: ASKED_AT - 9 * DAY }) }),
    };
    const before = { ...BEFORE, mirrors: known };
    const run = {
      ...RUN,
      results: [resultOf("silent.example", { dns: unanswered, "http/ipv4": unanswered })],
    };
    const report = reportOf(
      { remembered: remember(before, run, { settings, allowedOutdateSeconds: 1 }) },
      run.results,
    );
    expect(render(report)).toContain("\n  silent.example  last known 9 days ago  unanswered: ");
  });

  test("says of results that came too soon from when on they count", () => {
    const before = { ...BEFORE, probedAt: ASKED_AT - 600 };
    const state = { "http/ipv4": held("down", { ...WAVERING, at: ASKED_AT - 600 }) };
    const mirrors = { ...BEFORE.mirrors, "gone.example": stateOf(state) };
    const report = reportOf({
      remembered: remember({ ...before, mirrors }, RUN, {
        settings,
        allowedOutdateSeconds: 43_200,
      }),
    });
    expect(report.early).toEqual({ mirrors: 1, checks: 1, countsFrom: ASKED_AT + 1200 });
    const text = render(report);
    expect(text).toMatch(/\n {2}gone\.example +everything +1 of 2 to leave /);
    expect(text).toContain(
      "Too soon: what 1 mirror gave counts again from 2026-11-22 03:20:00 UTC on (probe.spacing: 30 min)\nRemembered in",
    );
  });

  test("says of a run that was accepted what spoke against it, and all that came of it", () => {
    const text = render(reportOf({ suspect: "9 of 20 mirrors fail." }));
    expect(text).toContain("Left out from now on");
    expect(text).toContain("Accepted: 9 of 20 mirrors fail.\nRemembered in state/probe.json");
  });

  test("says of a suspect run why it does not count, and shows no failures as if it did", () => {
    const suspect =
      "None of the 2 control endpoints answers: this machine's own network is suspect.";
    const text = render(reportOf({ suspect, remembered: null, written: false }));
    expect(text).toContain(`
Not counted: ${suspect}
  state/probe.json stays as it was, of 2026-11-21 03:00:00 UTC.
`);
    expect(text).not.toContain("Not in order");
    expect(text).not.toContain("from now on");
  });

  test("says when nothing was written", () => {
    const text = render(reportOf({ written: false }));
    expect(text).toContain("\nNot remembered: state/probe.json is as it was\n");
    expect(text).toContain("Left out from now on: 1 mirror");
  });

  test("counts what a deadline kept from being asked", () => {
    const late = resultOf("late.example", {
      dns: "ok",
      "http/ipv4": "ok",
      isos: "deadline",
      rsync: "deadline",
    });
    expect(render(reportOf({}, [late]))).toContain(
      "  no time        2  checks were left when a deadline came\n",
    );
  });

  test("shows forty failing mirrors and counts the rest, unless all are asked for", () => {
    const many = Array.from({ length: 42 }, (_, index) =>
      resultOf(`m${index}.example`, { dns: "dns" }),
    );
    const report = reportOf({}, many);
    expect(render(report)).toContain("m39.example");
    expect(render(report)).not.toContain("m40.example");
    expect(render(report)).toContain("  and 2 more: --all shows them\n");
    expect(render(report, { all: true })).toContain("m41.example");
  });

  test("shows every mirror with a column for each thing when all are asked for", () => {
    const text = render(reportOf(), { all: true });
    expect(text.slice(0, text.indexOf("\n\n"))).toBe(
      `mirror        http  https  IPv6  cert  copy  repositories  ISOs          modules    rsync
back.example  ok    -      -        -   2 h             -  -             -          -
fine.example  ok    ok     ok    80 d   2 h        1 of 1  ok            kitten ok  ok
gone.example  down  down   -        -     -             -  -             -          -
new.example   ok    tls    ?     -3 d   2 h        1 of 2  missing-isos  -          -
out.example   ?     -      -        -     -             -  -             -          -
soon.example  ok    ok     -      5 d   2 h             -  -             -          -`,
    );
  });

  test("lets no mirror rewrite the terminal or make lines of its own", () => {
    const evil = resultOf("m.example", {
      "http/ipv4": { reason: "timeout", detail: "\u001b[2J\u202e\nm.example is in order" },
    });
    const text = render(reportOf({}, [evil]));
    expect(text).toContain("\\u{1b}[2J\\u{202e} m.example is in order");
  });
});

describe("reportProbe", () => {
  test("is all of the run, as JSON", () => {
    const report = JSON.parse(JSON.stringify(reportOf()));
    expect(report).toMatchObject({
      counts: { good: 3, partly: 1, failing: 1, unknown: 1 },
      leaving: [{ mirror: "gone.example", checks: ["http/ipv4", "https/ipv4"], reasons: ["down"] }],
      returning: [{ mirror: "back.example" }],
      state: { written: true, before: BEFORE.probedAt },
    });
    expect(report.mirrors[1].checks).toEqual(Object.fromEntries(RESULTS[1]?.checks ?? []));
    expect(report.mirrors[2].held.checks["http/ipv4"]).toMatchObject({
      good: false,
      reason: "down",
    });
  });
});
