import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeFileSystem } from "../../src/publish/file-system.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration, retireGenerations } from "../../src/publish/publish.ts";
import { findDifference } from "../../src/publish/stage.ts";
import { seededRandom } from "../support/random.ts";
import { bulkyGeneration } from "./bulky-generation.ts";
import { compileScript } from "./compiled-script.ts";

const SEED = 20_261_122;
const KILLS = 12;

let folder: string;
let output: string;
let script: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-kill-"));
  output = join(folder, "output");
  script = compileScript("test/publish/publish-on-and-on.ts", folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function publishUntilKilled(first: number, milliseconds: number): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [script, output, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout ?? child, "data"), ended]);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill("SIGKILL");
  expect((await ended)[1]).toBe("SIGKILL");
}

it(`publishing that is killed at any moment leaves a complete generation, seed ${SEED}`, async () => {
  const random = seededRandom(SEED);
  let leftovers = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await publishUntilKilled(kill * 1000, random() * 60);
    const current = join(output, readlinkSync(join(output, "current")));
    const number = Number(readFileSync(join(current, "manifest.json"), "utf8"));
    expect(Math.floor(number / 1000)).toBe(kill);
    expect(findDifference(current, bulkyGeneration(number).files, nodeFileSystem)).toBeNull();
    leftovers += readdirSync(join(output, "generations")).filter((name) => name[0] === ".").length;
  }
  // Or else nothing was ever killed in the middle.
  expect(leftovers).toBeGreaterThan(0);

  const lock = lockOutput(output);
  publishGeneration({ lock, ...bulkyGeneration(999_999) });
  retireGenerations(lock, 2);
  lock.release();
  expect(readdirSync(join(output, "generations"))).toHaveLength(2);
}, 60_000);
