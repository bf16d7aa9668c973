/** A disk that fills up, a real one: a small tmpfs, at every size and every number of files. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../src/publish/file-system.ts";
import { findDifference } from "../../src/publish/stage.ts";
import { bulkyGeneration } from "./bulky-generation.ts";
import { compileScript } from "./compiled-script.ts";

const PAGE_KB = 4;
const LISTS = 8;
const ROOMY = "size=4m,nr_inodes=1000";

/** As root, or by a sudo that asks nothing. Null where neither can mount. */
function mounter(): readonly string[] | null {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-mount-"));
  try {
    for (const prefix of [[], ["sudo", "-n"]]) {
      const [program = "", ...more] = [...prefix, "mount", "-t", "tmpfs", "tmpfs", folder];
      if (spawnSync(program, more, { stdio: "ignore" }).status !== 0) continue;
      run([...prefix, "umount", folder]);
      return prefix;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.env["CI"] === "true") throw new Error("nobody may mount a file system here");
  process.stderr.write("SKIPPED: a full disk: it takes root or sudo to mount one\n");
  return null;
}

function run([program = "", ...more]: readonly string[]): void {
  const { status, stderr } = spawnSync(program, more, { encoding: "utf8" });
  expect([program, ...more, status, stderr]).toEqual([program, ...more, 0, ""]);
}

const prefix = mounter();

describe.skipIf(prefix === null)("publishing on a disk that fills up", () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-full-"));
  const disk = join(folder, "disk");
  let script: string;
  const mount = (options: string) =>
    run([...(prefix ?? []), "mount", "-t", "tmpfs", "-o", options, "tmpfs", disk]);
  beforeAll(() => {
    mkdirSync(disk);
    script = compileScript("test/publish/publish-once.ts", folder);
    mount(`mode=0777,${ROOMY}`);
  }, 60_000);
  afterAll(() => {
    run([...(prefix ?? []), "umount", disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = (number: number) =>
    spawnSync(process.execPath, [script, disk, String(number), String(LISTS)], {
      encoding: "utf8",
    });

  /** The numbers of what is published and of the state, having checked that both are whole. */
  function current(): readonly [published: number, state: number] {
    const link = join(disk, "output", "current");
    const path = join(disk, "output", readlinkSync(link));
    const number = Number(readFileSync(join(path, "manifest.json"), "utf8"));
    expect(findDifference(path, bulkyGeneration(number, LISTS).files, nodeFileSystem)).toBeNull();
    const state = readFileSync(join(disk, "state", "state.json"), "utf8");
    expect(state).toBe(`${Number.parseInt(state, 10)} `.repeat(5000));
    return [number, Number.parseInt(state, 10)];
  }

  const used = (what: "used" | "iused") => {
    const { stdout } = spawnSync("df", [`--output=${what}`, "-k", disk], { encoding: "utf8" });
    return Number(stdout.split("\n")[1]);
  };

  it.each([
    ["for bytes", (step: number) => `size=${used("used") + step * PAGE_KB}k`, 500],
    ["for files", (step: number) => `nr_inodes=${used("iused") + step}`, 100],
  ])(
    "leaves old or new, whole, at every size %s",
    (_what, limit, most) => {
      let number = 1;
      expect(publish(number).status).toBe(0);
      const outcomes = new Set<string>();
      for (let step = 0, through = false; !through; step++) {
        expect(step).toBeLessThan(most);
        run([...(prefix ?? []), "mount", "-o", `remount,${limit(step)}`, disk]);
        const next = number + 1;
        const { status, stderr } = publish(next);
        const [published, state] = current();
        const failed = status !== 0;
        if (failed) expect(stderr).toMatch(/ENOSPC|no space|nothing more/i);
        expect([published, state]).toEqual(
          failed ? [number, expect.toBeOneOf([number, next])] : [next, next],
        );
        outcomes.add(`${failed ? "failed" : "done"}, state ${state - number}`);
        through = !failed;
        // With space it goes through, and nothing is left.
        run([...(prefix ?? []), "mount", "-o", `remount,${ROOMY}`, disk]);
        number = next + 1;
        expect([publish(number).status, current()]).toEqual([0, [number, number]]);
        expect(readdirSync(join(disk, "output"))).toEqual(["current", "generations"]);
        expect(readdirSync(join(disk, "output", "generations"))).toHaveLength(2);
        expect(readdirSync(join(disk, "state"))).toEqual(["state.json"]);
      }
      expect([...outcomes].sort()).toEqual(["done, state 1", "failed, state 0", "failed, state 1"]);
    },
    180_000,
  );
});
