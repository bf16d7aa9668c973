/**
 * `npm run powercut`: publishes on and on onto an ext4 of its own, cuts that disk's power at random
 * moments, mounts it again and looks. What is current must be whole, and not older than what was told
 * as published. Then the same by a program that syncs nothing, for which it must not hold: or else
 * the test could not fail. Before that, disks that lose what they took. Needs root, for it mounts; nothing but a file in a temporary folder is
 * mounted. `ROUNDS=200 SEED=7 npm run powercut` for more of it.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderTable } from "../../src/cli/table.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration } from "../../src/publish/publish.ts";
import { bulkyGeneration } from "../publish/bulky-generation.ts";
import { seededRandom } from "../support/random.ts";
import { LISTS, readDisk } from "./checked-disk.ts";
import { loseWrites } from "./lost-writes.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 40);
const SEED = Number(process.env["SEED"] ?? 20_261_122);
/** Longer than ext4's commit interval, which is set to a second, so that it has begun to write. */
const LONGEST_MS = 2500;
const HERE = import.meta.dirname;
/** Compiled files lie in dist/, and what is no TypeScript beside the sources. */
const CUT = join(HERE.replace(/\/[^/]*dist[^/]*\/test\//, "/test/"), "cut.py");

type Manner = "careful" | "careless";

interface Round {
  /** The last numbers that the program told as done, before or after the cut. */
  readonly published: number;
  readonly written: number;
  /** What went wrong, in words. */
  readonly faults: readonly string[];
  readonly leftovers: number;
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status} ${stdout}${stderr}`);
  return stdout;
}

async function cutOnce(folder: string, manner: Manner, milliseconds: number): Promise<Round> {
  const image = join(folder, "image");
  const disk = join(folder, "disk");
  copyFileSync(join(folder, "empty"), image);
  run("mount", "-o", "loop,commit=1", image, disk);
  let said = "";
  try {
    const script = join(HERE, "publish-until-dark.js");
    const child = spawn(process.execPath, [script, disk, "1", manner], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = once(child, "close");
    await Promise.race([once(child.stdout, "data"), ended]);
    const switchOff = await armed(disk);
    await new Promise((wake) => setTimeout(wake, milliseconds));
    await switchOff();
    // It may wait for a disk that is no more.
    const timer = setTimeout(() => child.kill("SIGKILL"), 1000);
    await ended;
    clearTimeout(timer);
  } finally {
    run("umount", disk);
  }
  const last = (what: string) =>
    Math.max(
      0,
      ...[...said.matchAll(new RegExp(`^${what} (\\d+)$`, "gm"))].map((m) => Number(m[1])),
    );
  return look(image, disk, last("published"), last("written"));
}

/** A process that waits for its line: starting one takes longer than many a publication. */
async function armed(disk: string): Promise<() => Promise<void>> {
  const cutter = spawn("python3", [CUT, disk], { stdio: ["pipe", "pipe", "inherit"] });
  await answerOf(cutter, "ready");
  return async () => {
    cutter.stdin.write("\n");
    await answerOf(cutter, "dark");
    if (cutter.exitCode === null) await once(cutter, "exit");
  };
}

async function answerOf(child: ChildProcess, expected: string): Promise<void> {
  const [answer] = (await once(child.stdout!, "data")) as [Buffer];
  if (answer.toString().trim() !== expected) throw new Error(`the cutter said ${answer}`);
}

/** Mounts the disk again, which replays its journal, and says what is there. */
function look(image: string, disk: string, published: number, written: number): Round {
  run("mount", "-o", "loop", image, disk);
  const faults: string[] = [];
  let leftovers = 0;
  try {
    const found = readDisk(disk);
    faults.push(...found.faults);
    leftovers = found.leftovers;
    const isTorn = found.faults.length > 0;
    if (!isTorn && (found.current ?? 0) < published) {
      faults.push(`current is ${found.current ?? "nothing"}, and ${published} was published`);
    }
    if (!isTorn && (found.state ?? 0) < written) {
      faults.push(`state.json is ${found.state ?? "nothing"}, and ${written} was written`);
    }
    // Whoever comes next goes on as if nothing had been.
    if (faults.length === 0) {
      const lock = lockOutput(join(disk, "output"));
      publishGeneration({ lock, ...bulkyGeneration(1_000_000, LISTS) });
      lock.release();
      const next = readDisk(disk);
      if (next.current !== 1_000_000 || next.leftovers > 0) faults.push("the next one went wrong");
    }
  } finally {
    run("umount", disk);
  }
  const { status, stdout } = spawnSync("e2fsck", ["-fn", image], { encoding: "utf8" });
  if (status !== 0) faults.push(`e2fsck: ${stdout}`);
  return { published, written, faults, leftovers };
}

async function rounds(folder: string, manner: Manner): Promise<readonly Round[]> {
  const random = seededRandom(SEED);
  const done: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    done.push(await cutOnce(folder, manner, random() ** 2 * LONGEST_MS));
    if (process.stderr.isTTY) process.stderr.write(`\r${manner} ${round + 1} of ${ROUNDS} `);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  return done;
}

async function main(): Promise<number> {
  if (process.getuid?.() !== 0) {
    process.stderr.write("powercut mounts a file system, for which it has to be run as root\n");
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-powercut-"));
  try {
    mkdirSync(join(folder, "disk"));
    run("truncate", "-s", "96M", join(folder, "empty"));
    run("mkfs.ext4", "-q", join(folder, "empty"));
    const lost = loseWrites(folder, run);
    const careful = await rounds(folder, "careful");
    const careless = await rounds(folder, "careless");
    process.stdout.write(`${report({ careful, careless })}\n`);
    const wrong = [...lost, ...careful.flatMap(({ faults }) => faults)];
    for (const fault of wrong) process.stderr.write(`${fault}\n`);
    const isTold = careless.some(({ faults }) => faults.length > 0);
    if (!isTold) process.stderr.write("the careless program lost nothing: the test cannot fail\n");
    return wrong.length === 0 && isTold ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(by: Readonly<Record<Manner, readonly Round[]>>): string {
  const rows = (["careful", "careless"] as const).map((manner) => {
    const all = by[manner];
    const torn = (round: Round) => round.faults.some((fault) => !/and \d+ was/.test(fault));
    return [
      manner === "careful" ? "mirrorpress" : "without any sync",
      all.length,
      all.reduce((sum, { published }) => sum + published, 0),
      all.filter(({ leftovers }) => leftovers > 0).length,
      all.filter((round) => round.faults.length > 0 && !torn(round)).length,
      all.filter(torn).length,
    ];
  });
  const heading = ["", "cuts", "published before", "amid one", "went back", "torn"];
  return renderTable([heading, ...rows], { right: [1, 2, 3, 4, 5] }).join("\n");
}

process.exitCode = await main();
