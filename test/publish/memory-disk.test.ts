import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeFileSystem, type PublishFs } from "../../src/publish/file-system.ts";
import { seededRandom } from "../support/random.ts";
import { FOLLOWED, MemoryDisk } from "./memory-disk.ts";

let real: string;
beforeEach(() => {
  real = mkdtempSync(join(tmpdir(), "mirrorpress-memory-"));
});
afterEach(() => rmSync(real, { recursive: true, force: true }));

const SEED = 20_261_122;

/** One call, what it gave or the code it failed with. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Which of the two is said of a folder that is none differs from call to call.
    return code === "ENOTDIR" ? "ENOENT" : (code ?? message);
  }
}

it(`a disk in memory answers every call as the real one does, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const names = ["a", "b", "c", "d"];
  const paths = ["", "/a", "/b"].flatMap((folder) => names.map((name) => `${folder}/${name}`));
  const calls: readonly ((
    path: string,
    other: string,
  ) => (fs: PublishFs, at: string) => unknown)[] = [
    (path) => (fs, at) => fs.mkdirSync(at + path),
    (path) => (fs, at) => fs.readdirSync(at + path),
    (path) => (fs, at) => fs.unlinkSync(at + path),
    (path) => (fs, at) => fs.rmdirSync(at + path),
    (path) => (fs, at) => fs.symlinkSync("target", at + path),
    (path) => (fs, at) => fs.readlinkSync(at + path),
    (path, other) => (fs, at) => fs.linkSync(at + other, at + path),
    (path) => {
      const to = path.slice(0, -1) + pick(names);
      return (fs, at) => fs.renameSync(at + path, at + to);
    },
    (path) => (fs, at) => Buffer.from(fs.readFileSync(at + path)).toString(),
    (path) => {
      const text = "x".repeat(Math.floor(random() * 9));
      return (fs, at) => {
        const file = fs.openSync(at + path, "wx", 0o644);
        const written = [0, 1].map(() => fs.writeSync(file, Buffer.from(text), 0, text.length));
        const { size } = fs.fstatSync(file);
        fs.closeSync(file);
        return [written, size];
      };
    },
    (path) => (fs, at) => {
      const stat = fs.lstatSync(at + path);
      return stat && [stat.isFile() && stat.size, stat.isDirectory(), stat.isSymbolicLink()];
    },
  ];
  const disk = new MemoryDisk();
  const seen = new Set<unknown>();
  for (let step = 0; step < 4000; step++) {
    const work = pick(calls)(pick(paths), pick(paths));
    const expected = outcome(() => work(nodeFileSystem, real));
    const got = outcome(() => work(disk.fs, ""));
    if (got === FOLLOWED) continue;
    expect([step, got]).toEqual([step, expected]);
    seen.add(typeof expected === "string" ? expected : typeof expected);
  }
  for (const code of ["ENOENT", "EEXIST", "ENOTEMPTY", "object"]) expect(seen).toContain(code);
});

it("a disk in memory keeps what was synced, and loses some of the rest", () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    const disk = new MemoryDisk();
    const { fs } = disk;
    const write = (path: string, sync: boolean) => {
      const file = fs.openSync(path, "wx");
      fs.writeSync(file, Buffer.from("content"), 0, 7);
      if (sync) fs.fsyncSync(file);
      fs.closeSync(file);
    };
    write("/kept", true);
    fs.fsyncSync(fs.openSync("", "r"));
    write("/unsynced", false);
    fs.renameSync("/kept", "/renamed");
    disk.cutPower(seededRandom(seed));
    const names = fs.readdirSync("");
    const kept = names.find((name) => name !== "unsynced") as string;
    expect(Buffer.from(fs.readFileSync(`/${kept}`)).toString()).toBe("content");
    const rest = names.includes("unsynced")
      ? Buffer.from(fs.readFileSync("/unsynced")).toString().replaceAll("\0", "0")
      : "none";
    outcomes.add(`${kept} ${rest}`);
  }
  for (const outcome of [
    "kept none",
    "kept content",
    "renamed content",
    "renamed ",
    "renamed 0000000",
  ]) {
    expect(outcomes).toContain(outcome);
  }
});
