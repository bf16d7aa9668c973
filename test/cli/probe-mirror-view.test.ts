import { describe, expect, test } from "vitest";
import { renderMirror } from "../../src/cli/probe-mirror-view.ts";
import { reportProbe } from "../../src/cli/probe-report.ts";
import { painter } from "../../src/cli/terminal.ts";
import { defaultProbeSettings } from "../../src/model/probe-settings.ts";
import type { MirrorResult, MirrorState, ProbeState } from "../../src/model/probe-state.ts";
import { plainMirror } from "../support/mirrors.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
import { resultOf } from "../support/probed.ts";

const DAY = 86_400;

const MIRROR = plainMirror("m.example", {
  urls: { http: "http://m.example/linux/", https: "https://m.example/linux/" },
  modules: new Map([["kitten", { https: "https://m.example/kitten/" }]]),
  email: "admin@m.example",
});

function render(result: MirrorResult, state?: MirrorState, all = false): string {
  const before: ProbeState | null = state
    ? { probedAt: ASKED_AT - DAY, allowedOutdateSeconds: 43_200, mirrors: { "m.example": state } }
    : null;
  const run = {
    results: [result],
    control: { asked: 0, answered: 0 },
    startedAt: ASKED_AT,
    endedAt: ASKED_AT,
    cut: false,
  };
  const report = reportProbe(
    { run, suspect: null, remembered: null, written: false },
    { settings: defaultProbeSettings, before, statePath: "state/probe.json", diagnostics: [] },
    1,
  );
  const [probed] = report.mirrors;
  if (probed === undefined) throw new Error("no report");
  return renderMirror(MIRROR, probed, report, { paint: painter(false), all });
}

describe("renderMirror", () => {
  test("has one line for all repositories of which the same is known, and one for each that fails", () => {
    const text = render(
      resultOf("m.example", {
        dns: "ok",
        "repo:9.8/baseos/x86_64": "ok",
        "repo:9.8/baseos/aarch64": "skipped",
        "repo:9.8/crb/aarch64": "skipped",
        "repo:9.8/crb/x86_64": "missing-repo",
      }),
    );
    expect(text).toMatch(/^ {2}repositories +ok +1 of 4$/m);
    expect(text).toMatch(/^ {2}repositories +skipped +2 of 4: not asked, as its timestamp/m);
    expect(text).toMatch(/^ {2}9\.8\/crb\/x86_64 +missing-repo/m);
    expect(text).not.toContain("aarch64");
  });

  test("says of many repositories that fail alike how many more there are, or all with --all", () => {
    const names = Array.from({ length: 30 }, (_, n) => `repo:9.8/r${n}/x86_64`);
    const missing = { reason: "missing-repo", detail: "404 Not Found" } as const;
    const checks = Object.fromEntries(names.map((name) => [name, missing]));
    const result = resultOf("m.example", { ...checks, "repo:9.8/there/x86_64": "ok" });
    const text = render(result);
    expect(text.match(/^ {2}9\.8\/r\d+\/x86_64 +missing-repo/gm)).toHaveLength(8);
    expect(text).toMatch(
      /^ {2}repositories +missing-repo +22 more of 31: 404 Not Found\n +help: /m,
    );
    expect(text.match(/help: /g)).toHaveLength(1);
    expect(render(result, undefined, true).match(/^ {2}9\.8\/r\d+\//gm)).toHaveLength(30);
  });

  test("says why repositories were not asked, whatever the reason is called", () => {
    const busy = { reason: "skipped", detail: "it has too much to do: 429" } as const;
    const text = render(
      resultOf("m.example", { "http/ipv4": "ok", "repo:9.8/a/x86_64": busy, isos: busy }),
    );
    expect(text).toContain("repositories    skipped  1 of 1: it has too much to do: 429");
    expect(text.match(/help: .*let in.* Nothing is held against the mirror\./g)).toHaveLength(1);
  });

  test("shows each check with its reason and what to do, and all that is held", () => {
    const result = resultOf(
      "m.example",
      {
        dns: { reason: "ok", took: 12 },
        "http/ipv4": { reason: "ok", updatedAt: ASKED_AT - 2 * 3600, took: 87 },
        "https/ipv4": {
          reason: "tls",
          detail: "it has expired (CERT_HAS_EXPIRED)",
          expiresAt: ASKED_AT - 21 * DAY,
          url: "https://m.example/linux/TIME",
        },
        "http/ipv6": "no-route",
        "kitten:https/ipv4": { reason: "tls", detail: "it has expired (CERT_HAS_EXPIRED)" },
        isos: { reason: "missing-isos", detail: "missing 9.8/isos/x86_64/CHECKSUM" },
        "repo:9.8/baseos/x86_64": "ok",
        "repo:9.8/appstream/x86_64": "ok",
        "repo:9.8/baseos/s390x": { reason: "missing-arch", detail: "404 Not Found" },
        "repo:9.8/appstream/s390x": {
          reason: "missing-arch",
          detail: "404 Not Found",
          url: "http://m.example/linux/9.8/AppStream/s390x/os/repodata/repomd.xml",
        },
      },
      { ipv6: ["2001:db8::1"] },
    );
    const state = stateOf({
      "http/ipv4": held("ok"),
      "https/ipv4": held("tls", {
        good: false,
        since: ASKED_AT - 20 * DAY,
        goodAt: ASKED_AT - 21 * DAY,
      }),
      isos: held("missing-isos", { good: true, against: 1, goodAt: ASKED_AT - 2 * DAY }),
    });
    expect(render(result, state)).toBe(`m.example
  verdict  partly: it answers, and some of what it offers fails
  address  https://m.example/linux/ http://m.example/linux/
  kitten   https://m.example/kitten/
  IPv4     192.0.2.1
  IPv6     2001:db8::1
  sponsor  Sponsor
  email    admin@m.example
  file     mirrors/m.example.yml

Checks
  DNS                     ok            12 ms
  http over IPv4          ok            the copy is 2 h old; 87 ms
  https over IPv4         tls           it has expired (CERT_HAS_EXPIRED); the certificate ended on 2026-11-01
      https://m.example/linux/TIME
      help: Renew the certificate, and see why that did not happen by itself.
  http over IPv6          no-route      this machine has no way to addresses of the family
  kitten https over IPv4  tls           it has expired (CERT_HAS_EXPIRED)
      help: Renew the certificate, and see why that did not happen by itself.
  ISOs                    missing-isos  missing 9.8/isos/x86_64/CHECKSUM
      help: Mirror them all, or write "carries: {isos: false}".
  9.8/baseos/s390x        missing-arch  404 Not Found
  9.8/appstream/s390x     missing-arch  404 Not Found
      http://m.example/linux/9.8/AppStream/s390x/os/repodata/repomd.xml
      help: Mirror it, or say under "carries:" which architectures it has.
  repositories            ok            2 of 4

Held after the run of 2026-11-21 03:00:00 UTC
  https over IPv4  tls           left out         for 21 days
  ISOs             missing-isos  1 of 2 to leave  good 2 days ago
  the rest is good
`);
  });

  test("says that nothing is held of a mirror that was never asked before", () => {
    const text = render(resultOf("m.example", { dns: "ok", "http/ipv4": "ok" }));
    expect(text).toMatch(/\nHeld of it is nothing yet: [^\n]+\n$/);
  });

  test("says that all of it is good where it is", () => {
    const state = stateOf({ dns: held("ok"), "http/ipv4": held("ok") });
    const text = render(resultOf("m.example", { dns: "ok", "http/ipv4": "down" }), state);
    expect(text).toContain("\nHeld after the run of 2026-11-21 03:00:00 UTC: all of it is good\n");
  });

  test("counts the results until it is back", () => {
    const state = stateOf({
      "http/ipv4": held("ok", { good: false, against: 1, since: ASKED_AT - 3 * DAY }),
    });
    const text = render(resultOf("m.example", { "http/ipv4": "ok" }), state);
    expect(text).toContain("  http over IPv4  ok  left out; 1 of 2 to be back  for 3 days\n");
  });

  test("lets no mirror rewrite the terminal or make lines of its own", () => {
    const evil = {
      reason: "timeout",
      detail: "\u001b[2J\nrsync ok",
      url: "http://m.example/\u202e",
    } as const;
    const text = render(resultOf("m.example", { "http/ipv4": evil }));
    expect(text).toContain("  \\u{1b}[2J rsync ok\n      http://m.example/\\u{202e}\n");
  });
});
