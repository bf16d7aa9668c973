import { appendFileSync, chmodSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { figuresOf, mostFalseHolds, SEED } from "./figures.ts";
import { openHealthBook } from "./health.ts";
import { brokenInvariants } from "./invariants.ts";
import { INNER_MIRRORS, PUBLIC_MIRRORS } from "./network.ts";
import { readOutput } from "./reading.ts";
import type { Lives } from "./reality.ts";
import { type Fault, planYear, type Schedule } from "./schedule.ts";
import { simulateYear, type YearOptions } from "./year.ts";

/** The whole year where nobody waits for it; else two months, which have of every fault at least one. */
const NIGHTS = process.env["CI"] ? 365 : 60;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-year-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Nights in which every mirror is well, and some of these faults. */
function nightsWith(count: number, faults: Readonly<Record<number, Fault>>): Schedule {
  return Array.from({ length: count }, (_, night) => (faults[night] ? [faults[night]] : []));
}
const ALL_WELL: Lives = new Map(PUBLIC_MIRRORS.map(({ name }) => [name, []]));
const live = (schedule: Schedule, more: Partial<YearOptions> = {}) =>
  simulateYear({ folder, schedule, lives: ALL_WELL, ...more });

describe("a year of nights with faults", () => {
  test(`publishes nothing empty, torn, older or leaking in ${NIGHTS} nights, and holds nothing without a cause`, async () => {
    const year = await simulateYear({ folder, ...planYear(NIGHTS, SEED) });
    console.info(`\n${year.log.join("\n")}\n\n${figuresOf(year, NIGHTS)}`);
    expect(year.broken).toEqual([]);
    expect(year.falseFailures).toEqual([]);
    expect(year.falseHolds.length, year.falseHolds.join("\n")).toBeLessThanOrEqual(
      mostFalseHolds(NIGHTS),
    );
    expect(year.published).toBeGreaterThan(NIGHTS / 2);
  }, 900_000);
});

describe("the simulated year catches", () => {
  const cutOff: Fault = { kind: "vantage", vantage: "half-blocked" };
  const removed: Fault = { kind: "pull-request", what: "removes-most-mirrors" };

  test("a prober that believes every run: gates hold what nothing but it deserves", async () => {
    const schedule = nightsWith(7, { 3: cutOff, 4: cutOff, 5: cutOff });
    const sound = await live(schedule);
    expect([sound.falseHolds, sound.broken]).toEqual([[], []]);
    rmSync(folder, { recursive: true });
    const blind = await live(schedule, { sabotage: "believe-every-run" });
    expect(blind.falseHolds.length).toBeGreaterThan(0);
  }, 180_000);

  test("gates that let everything pass: mirrors that are well are missing", async () => {
    const schedule = nightsWith(9, { 6: removed, 7: removed });
    const sound = await live(schedule);
    expect([sound.falseHolds, sound.broken]).toEqual([[], []]);
    rmSync(folder, { recursive: true });
    const open = await live(schedule, { sabotage: "accept-everything" });
    expect(open.broken.join("\n")).toContain("is missing, back for");
  }, 180_000);

  test("a pointer that moves before the files are there, once a build is killed between", async () => {
    const schedule = nightsWith(3, { 2: { kind: "killed", of: "build", at: 0.5 } });
    const sound = await live(schedule);
    expect([sound.falseFailures, sound.broken]).toEqual([[], []]);
    rmSync(folder, { recursive: true });
    await expect(live(schedule, { sabotage: "switch-first" })).rejects.toThrow(/leads nowhere/);
  }, 60_000);

  test("a private mirror that others are sent to", async () => {
    const { broken } = await live(nightsWith(1, {}), { sabotage: "forget-private" });
    for (const { name } of INNER_MIRRORS) {
      expect(broken.join("\n")).toContain(`offers https://${name}/almalinux/ to those outside`);
      expect(broken.join("\n")).toContain(`shows ${name}`);
    }
  }, 60_000);

  test("a file that is not as it was published, one too many, and a generation that went back", async () => {
    await live(nightsWith(1, {}));
    const output = join(folder, "output");
    const current = join(output, readlinkSync(join(output, "current")));
    const faults = (idBefore?: string) => {
      const health = openHealthBook();
      return brokenInvariants({ output: readOutput(output), idBefore, health }).map(
        ({ what }) => what,
      );
    };
    expect(faults()).toEqual([]);
    expect(faults("20990101t000000z-00000000")).toEqual([expect.stringContaining("is older than")]);
    const list = [...(readOutput(output)?.lists.keys() ?? [])][0] ?? "";
    chmodSync(join(current, "lists", list), 0o644);
    appendFileSync(join(current, "lists", list), "https://evil.example/{path}\n");
    appendFileSync(join(current, "lists", "more"), "");
    expect(faults()).toEqual([
      expect.stringMatching(/^torn: lists\/\w+ has \d+ bytes$/),
      "torn: lists/more is extra",
    ]);
  });
});
