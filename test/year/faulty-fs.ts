/** Disks that fill up and processes that are killed, at the calls of publication. */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PublishFs } from "../../src/publish/file-system.ts";
import { watchedFs } from "../publish/failing-fs.ts";

export interface CountedFs {
  readonly fs: PublishFs;
  readonly calls: () => number;
}

export function countedFs(): CountedFs {
  let calls = 0;
  const fs = watchedFs((_call, number) => {
    calls = number;
  });
  return { fs, calls: () => calls };
}

const NEEDS_SPACE: ReadonlySet<keyof PublishFs> = new Set([
  "writeSync",
  "mkdirSync",
  "symlinkSync",
  "linkSync",
]);

/** So many calls that need space succeed, and none after them. */
export function fullDisk(writes: number): PublishFs {
  let left = writes;
  return watchedFs((call) => {
    if (!NEEDS_SPACE.has(call)) return;
    if (left <= 0) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    left--;
  });
}

/** Of a process that is no more no call comes, not even one that tidies up. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export function killedAt(call: number): PublishFs {
  return watchedFs((_call, number) => {
    if (number >= call) throw new Killed("killed");
  });
}

/** What nobody may write: the pointer moves to a generation as soon as its first folder is made. */
export function switchedFirst(fs: PublishFs, outputDir: string): PublishFs {
  return new Proxy(fs, {
    get(target, property: keyof PublishFs) {
      const original = target[property] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const [, id] = /\/\.staging-([0-9tz]+-[0-9a-f]{8})-\d+$/.exec(String(args[0])) ?? [];
        if (property === "mkdirSync" && id !== undefined) {
          rmSync(join(outputDir, "current"), { force: true });
          symlinkSync(`generations/${id}`, join(outputDir, "current"));
        }
        return original(...args);
      };
    },
  });
}

/** The lock that a killed process left says so: the process of these tests lives on. */
export function buryLockHolder(outputDir: string): void {
  const path = join(outputDir, ".lock");
  try {
    const holder = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...holder, started: "1" }));
  } catch {
    // It was killed before it had the lock, or after it had given it back.
  }
}
