import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../src/publish/file-system.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { processesSeen } from "../../src/publish/processes.ts";

let output: string;
let lockFile: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), "mirrorpress-lock-"));
  lockFile = join(output, ".lock");
});
afterEach(() => rmSync(output, { recursive: true, force: true }));

const holder = (more: object) =>
  writeFileSync(lockFile, JSON.stringify({ pid: 1, host: processesSeen(), started: "", ...more }));

describe("lockOutput", () => {
  it("is given back by release, once and for all", () => {
    const lock = lockOutput(output);
    expect(existsSync(lockFile)).toBe(true);
    lock.release();
    lock.release();
    expect(readdirSync(output)).toEqual([]);
    lockOutput(output).release();
  });

  it("names the process that holds it", () => {
    const lock = lockOutput(output);
    expect(() => lockOutput(output)).toThrow(
      new RegExp(`another build is writing there: process ${process.pid} since 20`),
    );
    expect(readdirSync(output)).toEqual([".lock"]);
    lock.release();
  });

  it("is taken over from a process that is no more", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    holder({ pid: child.pid });
    lockOutput(output).release();
    expect(readdirSync(output)).toEqual([]);
  });

  it("is taken over when another process has got the number since", () => {
    holder({ pid: process.pid, started: "1" });
    lockOutput(output).release();
  });

  it("is taken over when it is no lock of ours", () => {
    writeFileSync(lockFile, "{");
    lockOutput(output).release();
  });

  it("is not taken from another machine, whose processes cannot be seen", () => {
    holder({ pid: 4_000_000, host: "elsewhere.example" });
    expect(() => lockOutput(output)).toThrow(/process 4000000 on elsewhere\.example/);
    expect(JSON.parse(readFileSync(lockFile, "utf8"))).toHaveProperty("pid", 4_000_000);
  });

  it("is not taken from a container that has the name of this machine, and processes of its own", () => {
    const [machine] = processesSeen().split(" ");
    holder({ pid: 4_000_000, host: `${machine} pid:[1]` });
    expect(() => lockOutput(output)).toThrow(/process 4000000 on \S+ pid:\[1\]/);
    expect(existsSync(lockFile)).toBe(true);
  });

  it("is taken over from elsewhere once it is half a day old, by the file system's clock", () => {
    const hours = (number: number) => {
      holder({ pid: 4_000_000, host: "elsewhere.example" });
      const at = new Date(Date.now() - number * 3_600_000);
      utimesSync(lockFile, at, at);
    };
    hours(11);
    expect(() => lockOutput(output)).toThrow(/elsewhere/);
    hours(13);
    lockOutput(output).release();
    expect(readdirSync(output)).toEqual([]);
  });

  it("stays with a living process of this machine, however long it takes", () => {
    const lock = lockOutput(output);
    utimesSync(lockFile, new Date(0), new Date(0));
    expect(() => lockOutput(output)).toThrow(/another build/);
    lock.release();
  });

  it("is known to be lost by who has slept over it", () => {
    const lock = lockOutput(output);
    lock.requireHeld();
    holder({ pid: 1, host: "elsewhere.example" });
    expect(() => lock.requireHeld()).toThrow(/another build has taken the lock over/);
  });

  it("gives back only what is its own", () => {
    const lock = lockOutput(output);
    holder({ pid: 1, host: "elsewhere.example" });
    lock.release();
    expect(existsSync(lockFile)).toBe(true);
  });

  it("removes what processes left that ended while they took it, and no living one's", () => {
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const elsewhere = JSON.stringify({ pid: dead, host: "elsewhere.example", started: "1" });
    writeFileSync(join(output, `.lock-${dead}-1`), '{"pi');
    writeFileSync(join(output, `.lock-stale-${dead}-`), "");
    writeFileSync(join(output, `.lock-${dead}-2`), elsewhere);
    lockOutput(output).release();
    expect(readdirSync(output)).toEqual([`.lock-${dead}-2`]);
  });

  it("puts a lock back that another took while this one removed a stale one", () => {
    holder({ pid: 4_000_000, started: "1" });
    const other = JSON.stringify({ pid: 1, host: "elsewhere.example", started: "" });
    const fs = {
      ...nodeFileSystem,
      renameSync: (from: string, to: string) => {
        // Just before, somebody else takes the stale lock over.
        writeFileSync(lockFile, other);
        nodeFileSystem.renameSync(from, to);
      },
    };
    expect(() => lockOutput(output, fs)).toThrow(/process 1 on elsewhere/);
    expect(readFileSync(lockFile, "utf8")).toBe(other);
    expect(readdirSync(output)).toEqual([".lock"]);
  });
});
