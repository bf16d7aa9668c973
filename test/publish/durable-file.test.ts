import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeDurably } from "../../src/publish/durable-file.ts";
import { nodeFileSystem } from "../../src/publish/file-system.ts";
import { countCalls, PlantedError, quickFs, watchedFs } from "./failing-fs.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-durable-"));
  path = join(folder, "state", "probe.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const OLD = "old ".repeat(5000);
const NEW = "new, ".repeat(7000);

const write = (text: string, fs = quickFs) => writeDurably(path, Buffer.from(text), fs);
const content = () => readFileSync(path, "utf8");
const names = () => readdirSync(join(folder, "state"));

describe("writeDurably", () => {
  it("replaces the file, making the folder, and leaves nothing beside it", () => {
    write(OLD, nodeFileSystem);
    expect(content()).toBe(OLD);
    write(NEW, nodeFileSystem);
    expect(content()).toBe(NEW);
    write("", nodeFileSystem);
    expect(content()).toBe("");
    expect(names()).toEqual(["probe.json"]);
  });

  it("leaves a file that others may read, whatever the umask", () => {
    const umask = process.umask(0o077);
    try {
      write(OLD);
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it("does not change the old file, which a reader may have open", () => {
    write(OLD);
    chmodSync(path, 0o444);
    const before = statSync(path).ino;
    write(NEW);
    expect(statSync(path).ino).not.toBe(before);
  });

  it("syncs the bytes before the name, and the name before it returns", () => {
    mkdirSync(join(folder, "state"));
    const calls: string[] = [];
    write(
      NEW,
      watchedFs((call) => calls.push(call)),
    );
    const telling = calls.filter((call) => /write|fsync|rename/.test(call));
    expect(telling).toEqual(["writeSync", "fsyncSync", "renameSync", "fsyncSync"]);
  });

  it("writes on when a write takes only a part, and gives up when it takes nothing", () => {
    write(OLD);
    write(NEW, {
      ...quickFs,
      writeSync: (file, bytes, offset, length) =>
        nodeFileSystem.writeSync(file, bytes, offset, Math.min(length, 1000)),
    });
    expect(content()).toBe(NEW);
    expect(() => write(OLD, { ...quickFs, writeSync: () => 0 })).toThrow(/nothing more/);
    expect(content()).toBe(NEW);
    expect(names()).toEqual(["probe.json"]);
  });

  it.each([
    ["bytes that were not written", "0", /has 0 bytes after writing/],
    ["a byte that reads back as another", "x", /reads back as something else/],
  ])("finds %s", (_what, wrong, message) => {
    write(OLD);
    const fs = {
      ...quickFs,
      writeSync: (file: number, bytes: Uint8Array, offset: number, length: number) => {
        if (wrong === "0") return length;
        const spoiled = Uint8Array.from(bytes);
        spoiled[offset] = wrong.charCodeAt(0);
        return nodeFileSystem.writeSync(file, spoiled, offset, length);
      },
    };
    expect(() => write(NEW, fs)).toThrow(message);
    expect(content()).toBe(OLD);
  });

  it("says what it was doing, and the first thing that went wrong", () => {
    const fs = watchedFs((call) => {
      if (call === "fsyncSync" || call === "unlinkSync") throw new PlantedError(`${call}: EIO`);
    });
    mkdirSync(join(folder, "state"));
    expect(() => write(NEW, fs)).toThrow(
      expect.objectContaining({ message: "fsyncSync: EIO", doing: `writing ${path}` }),
    );
  });
});

describe("writeDurably removes", () => {
  const leftover = (writer: string) => {
    mkdirSync(join(folder, "state"), { recursive: true });
    const name = `.probe.json.writing-${writer}-0123abcd`;
    writeFileSync(join(folder, "state", name), "half");
    return name;
  };

  it("what a process left that is no more, and what this one left", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    leftover(`${pid}-77`);
    leftover(`${process.pid}-1`);
    write(NEW);
    expect(names()).toEqual(["probe.json"]);
  });

  it("nothing of a process that lives, and no other file", () => {
    const started = readFileSync(`/proc/${process.ppid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
    const kept = [
      leftover(`${process.ppid}-${started}`),
      ".probe.json.writing-mine",
      ".other.json.writing-1-1-0123abcd",
    ];
    for (const name of kept) writeFileSync(join(folder, "state", name), "");
    write(NEW);
    expect(names().sort()).toEqual([...kept, "probe.json"].sort());
  });
});

describe("writeDurably when calls fail", () => {
  it.each(["once", "from then on"])("leaves old or new, for each call, %s", (how) => {
    write(OLD);
    const calls = countCalls((fs) => write(NEW, fs));
    expect(calls).toBeGreaterThan(10);
    const seen = new Set<string>();
    for (let failing = 1; failing <= calls; failing++) {
      write(OLD);
      const fs = watchedFs((call, number) => {
        if (how === "once" ? number === failing : number >= failing) throw new PlantedError(call);
      });
      let outcome = "done";
      try {
        write(NEW, fs);
      } catch {
        outcome = "failed";
      }
      expect([OLD, NEW]).toContain(content());
      if (outcome === "done") expect(content()).toBe(NEW);
      seen.add(`${outcome}, ${content() === OLD ? "old" : "new"}`);
      write("next");
      expect(content()).toBe("next");
      expect(names()).toEqual(["probe.json"]);
    }
    // The folder's sync fails after the new name is there.
    expect([...seen]).toEqual(expect.arrayContaining(["failed, old", "failed, new"]));
  });
});
