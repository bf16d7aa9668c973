/** The command from its options to the state file, over mirrors on loopback. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../../src/cli/errors.ts";
import type { ProbeReport } from "../../src/cli/probe-report.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { PROBE_STATE_SCHEMA } from "../../src/model/probe-state-file.ts";
import { publicAddresses } from "../../src/net/address-policy.ts";
import type { Resolver } from "../../src/net/resolver.ts";
import { realNet } from "../../src/refresh/probe-network.ts";
import { type Behaviour, type FakeMirrors, startFakeMirrors } from "../support/fake-mirrors.ts";
import { type ProbeRunOptions, runProbe, STATE, writeProbedNetwork } from "./probe-run.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Compiled, for a process of its own. */
const INTERRUPTED = compiled(new URL("./probe-interrupted.ts", import.meta.url));

function compiled(source: URL): string {
  const path = join(ROOT, "dist", relative(ROOT, fileURLToPath(source))).replace(/\.ts$/, ".js");
  if (!existsSync(path)) throw new Error("compile first: npm run compile");
  return path;
}

/** 2026-11-22T03:00:00Z, in milliseconds. */
const FIRST_NIGHT = 1_795_316_400_000;
const DAY_MS = 86_400_000;

const NAMES = ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"];
const MORE = {
  "inside.example": "private: true\nsubnets: [192.88.98.0/24]\n",
  "resting.example": "disabled: {reason: the disks are drying}\n",
};

let folder: string;
let mirrors: FakeMirrors;
let behaviours: Map<string, Behaviour>;
let now: number;
let configPath: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-probe-"));
  now = FIRST_NIGHT;
  const names = [...NAMES, ...Object.keys(MORE)];
  behaviours = new Map(["control.example", ...names].map((name) => [name, "good"]));
  mirrors = await startFakeMirrors(behaviours, () => now);
  configPath = writeProbedNetwork(folder, { names, port: mirrors.port, more: MORE });
});
afterEach(async () => {
  await mirrors.close();
  rmSync(folder, { recursive: true });
});

const statePath = () => join(folder, STATE);
const state = () => readFileSync(statePath(), "utf8");
const run = (options: Partial<ProbeRunOptions> = {}) =>
  runProbe({ configPath, world: { openNet: () => mirrors.net, now: () => now }, ...options });
/** A run of the next night. */
const nextNight = (options: Partial<ProbeRunOptions> = {}) => {
  now += DAY_MS;
  return run(options);
};

describe("probe of all", () => {
  test("asks public mirrors that are not disabled, says what came of it and remembers it", async () => {
    behaviours.set("b.example", "partial");
    behaviours.set("c.example", "gone");
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/^Asked 6 mirrors in /);
    expect(out).toMatch(/\n {2}in order +4\n {2}partly +1 .*\n {2}failing +1 /);
    expect(out).toMatch(
      /\n {2}b\.example +9\.8\/appstream\/x86_64 \(and 1 more\) +1 of 2 to leave +missing-repo: .*\n/,
    );
    expect(out).toMatch(/\n {2}c\.example +(?:DNS|everything) +1 of 2 to leave +dns: .*\n/);
    expect(Object.keys(JSON.parse(state()).mirrors)).toEqual(NAMES);
    expect(mirrors.asked.filter((line) => /^(?:inside|resting)\./.test(line))).toEqual([]);
  });

  test("leaves a mirror out after two bad nights and takes it back after two good ones", async () => {
    await run();
    behaviours.set("a.example", "stale");
    expect((await nextNight()).out).not.toContain("from now on");
    expect((await nextNight()).out).toContain(
      "Left out from now on: 1 mirror\n  a.example  everything  stale\n",
    );
    behaviours.set("a.example", "good");
    expect((await nextNight()).out).toMatch(/a\.example +everything +good, 1 of 2 to be back .*\n/);
    expect((await nextNight()).out).toContain(
      "Back from now on: 1 mirror\n  a.example  everything\n",
    );
    expect((await nextNight()).out).not.toContain("Not in order");
  });

  test("changes nothing and exits with 3 when its own network is suspect", async () => {
    await run();
    const before = state();
    for (const name of ["control.example", ...NAMES]) behaviours.set(name, "gone");
    const { code, out } = await nextNight();
    expect(code).toBe(3);
    expect(out).toContain("Not counted: The control endpoint does not answer: ");
    expect(state()).toBe(before);
  });

  test("changes nothing when all mirrors are stale at once, since the origin has stalled", async () => {
    await run();
    const before = state();
    for (const name of NAMES) behaviours.set(name, "stale");
    const { code, out } = await nextNight();
    expect(code).toBe(3);
    expect(out).toMatch(/6 of 6 mirrors fail that did not before.*stale.*the origin/);
    expect(state()).toBe(before);
  });

  test("asked twice within minutes, a mirror is no nearer to being left out", async () => {
    await run();
    behaviours.set("a.example", "gone");
    await nextNight();
    now += 5 * 60_000;
    const { out } = await run();
    expect(out).toMatch(/a\.example +everything +1 of 2 to leave /);
    expect(out).toContain("Too soon: what 1 mirror gave counts again from 2026-11-23 03:30:00 UTC");
    expect(JSON.parse(state()).probedAt).toBe(now / 1000);
    now += 30 * 60_000;
    expect((await run()).out).toContain("Left out from now on: 1 mirror\n  a.example  everything ");
  });

  test("counts a run in which many fail together with --accept, and says so", async () => {
    await run();
    for (const name of NAMES.slice(0, 4)) behaviours.set(name, "gone");
    const refused = await nextNight();
    expect([refused.code, refused.out]).toEqual([
      3,
      expect.stringMatching(/If the mirrors do fail by themselves: mirrorpress probe .*--accept\n/),
    ]);
    const accepted = await nextNight({ command: { accept: true } });
    expect([accepted.code, accepted.out]).toEqual([
      0,
      expect.stringMatching(/\nAccepted: 4 of 6 mirrors fail .*\nRemembered in /),
    ]);
    const next = await nextNight({ json: true });
    const report: ProbeReport = JSON.parse(next.out);
    expect([next.code, report.leaving.length, report.suspect]).toEqual([0, 4, undefined]);
  });

  test("believes nobody that mirrors fail where the control endpoint does not answer either", async () => {
    await run();
    const before = state();
    for (const name of ["control.example", ...NAMES]) behaviours.set(name, "gone");
    const { code, out } = await nextNight({ command: { accept: true } });
    expect([code, state()]).toEqual([3, before]);
    expect(out).toContain('name others under "probe: {control: [...]}" of mirrorpress.yml.');
    await expect(run({ command: { names: ["a.example"], accept: true } })).rejects.toThrow(
      UsageError,
    );
  });

  test("writes nothing with --dry-run", async () => {
    const { code, out } = await run({ command: { dryRun: true } });
    expect(code).toBe(0);
    expect(out).toContain("\nNot remembered: ");
    expect(existsSync(statePath())).toBe(false);
  });

  test("prints all of it as JSON with --json, and nothing else to stdout", async () => {
    behaviours.set("c.example", "broken");
    const report: ProbeReport = JSON.parse((await run({ json: true })).out);
    expect(report.counts).toEqual({ good: 5, partly: 0, failing: 1, unknown: 0 });
    expect(report.mirrors.map(({ name }) => name)).toEqual(NAMES);
    expect(report.mirrors[2]?.checks["http/ipv4"]).toMatchObject({ reason: "http-status" });
    expect(report.state.written).toBe(true);
  });

  test("writes plain lines where nobody watches, and none with --quiet", async () => {
    behaviours.set("c.example", "broken");
    const { err } = await run();
    expect(err).toMatch(/^asking 6 mirrors \.\.\.\n/);
    expect(err).toMatch(/^c\.example {2}failing {2}everything: http-status, /m);
    expect(err).toMatch(/\n6 of 6: in order 5, failing 1\n$/);
    expect((await run({ quiet: true })).err).toBe("");
  });

  test("draws for a person, and takes it away again", async () => {
    const { err } = await run({ live: true });
    expect(err).toContain("Asking 6 mirrors");
    expect(err.startsWith("\u001b[?25l")).toBe(true);
    expect(err.endsWith("\u001b[J\u001b[?25h")).toBe(true);
  });

  test("leaves no file but the state", async () => {
    await run();
    await nextNight();
    expect(readdirSync(join(folder, "state"))).toEqual(["probe.json"]);
  });

  test("does not begin anew over a state that it cannot read", async () => {
    await run();
    writeFileSync(statePath(), state().slice(0, 200));
    const asked = mirrors.asked.length;
    await expect(nextNight()).rejects.toThrow(InputError);
    expect(state()).toHaveLength(200);
    expect(mirrors.asked).toHaveLength(asked);
  });

  test("does not write over what another run has written meanwhile", async () => {
    await run();
    now += DAY_MS;
    const gate = openGate();
    const { resolver } = mirrors.net;
    const slowResolver: Resolver = {
      resolve: (...asked) => gate.opened.then(() => resolver.resolve(...asked)),
    };
    const slow = run({
      world: { openNet: () => ({ ...mirrors.net, resolver: slowResolver }), now: () => now },
    });
    const quick = await run({ world: { openNet: () => mirrors.net, now: () => now + 1000 } });
    expect(quick.code).toBe(0);
    const written = state();
    gate.open();
    await expect(slow).rejects.toThrow(EnvironmentError);
    expect(state()).toBe(written);
  });

  test("cannot do anything where no mirror is to be asked", async () => {
    for (const name of NAMES) rmSync(join(folder, "mirrors", `${name}.yml`));
    await expect(run()).rejects.toThrow(EnvironmentError);
  });
});

function openGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe("probe of some", () => {
  test("shows everything about them, fails if one fails, and does not count as a run", async () => {
    await run();
    const before = state();
    behaviours.set("b.example", "partial");
    const { code, out } = await nextNight({ command: { names: ["b.example", "a.example"] } });
    expect(code).toBe(1);
    expect(out).toMatch(/^b\.example\n {2}verdict {2}partly: /);
    expect(out).toContain('help: Mirror it, or say under "carries:" which repositories it has.');
    expect(out).toContain('help: Mirror them all, or write "carries: {isos: false}".');
    expect(out).toMatch(/\na\.example\n {2}verdict {2}in order\n/);
    expect(state()).toBe(before);
  });

  test("succeeds if they are in order", async () => {
    const { code } = await run({ command: { names: ["a.example"] } });
    expect(code).toBe(0);
    expect(existsSync(statePath())).toBe(false);
  });

  test("asks one that is disabled: it may be in order by now", async () => {
    const { code, out } = await run({ command: { names: ["resting.example"] } });
    expect(code).toBe(0);
    expect(out).toContain("  disabled  the disks are drying\n");
  });

  test("says that its own network is suspect rather than the mirror", async () => {
    for (const name of behaviours.keys()) behaviours.set(name, "unanswered");
    const { code, out } = await run({ command: { names: ["a.example"] } });
    expect(code).toBe(3);
    expect(out).toContain("\nwarning: The control endpoint does not answer: ");
  });

  test("proposes the name that was meant", async () => {
    const failing = run({ command: { names: ["a.exmaple"] } });
    await expect(failing).rejects.toThrow(UsageError);
    await expect(run({ command: { names: ["resting.exampl"] } })).rejects.toMatchObject({
      remedy: "perhaps you mean resting.example",
    });
  });

  test("does not ask a mirror that answers its own networks alone", async () => {
    await expect(run({ command: { names: ["inside.example"] } })).rejects.toThrow(
      "inside.example is a private mirror",
    );
    expect(mirrors.asked).toEqual([]);
  });
});

describe("probe", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "ends at %s as a program does that has no say in it, with the terminal and the state in order",
    async (signal) => {
      await run();
      const before = state();
      const child = spawn(process.execPath, [INTERRUPTED, configPath], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let err = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
        if (text.includes("Asking")) child.kill(signal);
      });
      const [code, ended] = await once(child, "close");
      expect([code, ended]).toEqual([null, signal]);
      expect(
        err.endsWith("\u001b[J\u001b[?25hstopped: what is held of the mirrors is as it was\n"),
      ).toBe(true);
      expect(state()).toBe(before);
      expect(readdirSync(join(folder, "state"))).toEqual(["probe.json"]);
    },
  );

  test("prints the schema of its state with --schema and asks nobody", async () => {
    const { code, out } = await run({ command: { schema: true } });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(PROBE_STATE_SCHEMA)));
    expect(mirrors.asked).toEqual([]);
  });

  test("has no way to an address that is not public in the real world", async () => {
    expect(realNet({ resolvers: [] }).policy).toBe(publicAddresses);
    const net = { ...mirrors.net, policy: publicAddresses };
    const { out } = await run({ world: { openNet: () => net, now: () => now }, json: true });
    const report: ProbeReport = JSON.parse(out);
    expect(mirrors.asked).toEqual([]);
    expect(report.mirrors[0]?.checks["http/ipv4"]?.reason).toBe("refused-address");
  });
});
