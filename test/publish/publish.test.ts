import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SealedArtifact, seal, textArtifact } from "../../src/emit/artifact.ts";
import { nodeFileSystem, type PublishFs } from "../../src/publish/file-system.ts";
import { currentId } from "../../src/publish/generations.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import {
  type Pruned,
  type Published,
  publishGeneration,
  retireGenerations,
  withdrawGeneration,
} from "../../src/publish/publish.ts";
import { findDifference } from "../../src/publish/stage.ts";
import { countCalls, PlantedError, quickFs, watchedFs } from "./failing-fs.ts";

let output: string;
beforeEach(() => {
  output = join(mkdtempSync(join(tmpdir(), "mirrorpress-publish-")), "deep", "output");
});
afterEach(() => rmSync(join(output, "..", ".."), { recursive: true, force: true }));

const SHARED = "lists/vault/0c";

/** A generation with its number in every file but one. */
function numbered(number: number): { readonly id: string; readonly files: SealedArtifact[] } {
  const text = (name: string) =>
    name === SHARED ? "the same in all\n" : `generation ${number}, ${name}\n`;
  const paths = [
    "index/asns.json",
    "lists/all/0a",
    "lists/all/0b",
    "lists/vault/0c",
    "routes.mmdb",
  ];
  return {
    id: `20261122t1140${String(number).padStart(2, "0")}z-0123456${number % 10}`,
    files: [...paths, "manifest.json"].map((path) => seal(textArtifact(path, text(path)))),
  };
}

function publish(number: number, fs: PublishFs = quickFs, keep = 3): Published & Pruned {
  const lock = lockOutput(output);
  try {
    const published = publishGeneration({ lock, fs, ...numbered(number) });
    return { ...published, ...retireGenerations(lock, keep, fs) };
  } finally {
    lock.release();
  }
}

const generations = () => readdirSync(join(output, "generations"));

/** The number of the generation that is current, having checked that it is complete. */
function currentNumber(): number {
  const folder = join(output, readlinkSync(join(output, "current")));
  const number = Number(
    /generation (\d+)/.exec(readFileSync(join(folder, "routes.mmdb"), "utf8"))?.[1],
  );
  expect(findDifference(folder, numbered(number).files, nodeFileSystem)).toBeNull();
  return number;
}

describe("publishGeneration", () => {
  it("makes the generation current, by one relative link", () => {
    const { id, files } = numbered(1);
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
    expect(publish(1, nodeFileSystem)).toEqual({
      id,
      path: join(output, "generations", id),
      unchanged: false,
      files: files.length,
      bytes,
      removed: [],
    });
    expect(readlinkSync(join(output, "current"))).toBe(`generations/${id}`);
    expect(currentNumber()).toBe(1);
    expect(readdirSync(output).sort()).toEqual(["current", "generations"]);
  });

  it("writes nothing when the very generation is there", () => {
    publish(1);
    const before = statSync(join(output, "current")).ctimeMs;
    expect(publish(1)).toMatchObject({ unchanged: true, removed: [] });
    expect(statSync(join(output, "current")).ctimeMs).toBe(before);
  });

  it("refuses to go back in time, and tells of the way to", () => {
    publish(1);
    publish(3);
    for (const older of [1, 2]) {
      expect(() => publish(older)).toThrow(
        expect.objectContaining({
          name: "RefusedError",
          message: expect.stringMatching(
            /would be of 2026-11-22T11:40:0\dZ.*20261122t114003z-01234563, is newer/,
          ),
          remedy: expect.stringMatching(/mirrorpress rollback.*--built-at 2026-11-22T11:40:03Z/),
        }),
      );
    }
    expect(currentNumber()).toBe(3);
    expect(generations()).toEqual([1, 3].map((number) => numbered(number).id));
  });

  it("lets two generations of one second follow each other, in both orders", () => {
    const { id, files } = numbered(1);
    const twin = { id: id.replace(/.$/, "0"), files };
    const lock = lockOutput(output);
    for (const generation of [{ id, files }, twin, { id, files }]) {
      publishGeneration({ lock, fs: quickFs, ...generation });
      expect(readlinkSync(join(output, "current"))).toBe(`generations/${generation.id}`);
    }
    lock.release();
  });

  it("leaves files that everybody may read and nobody write, whatever the umask", () => {
    const umask = process.umask(0o077);
    try {
      publish(1);
    } finally {
      process.umask(umask);
    }
    const folder = join(output, "current");
    expect(statSync(join(folder, "routes.mmdb")).mode & 0o777).toBe(0o444);
    expect(statSync(join(folder, "lists", "all")).mode & 0o777).toBe(0o755);
  });

  it("links to a file that the generation before has just so, and to no other", () => {
    const [old, next] = [publish(1), publish(2)].map(({ path }) => path);
    const inode = (folder: string | undefined, path: string) =>
      statSync(join(folder ?? "", path)).ino;
    expect(inode(next, SHARED)).toBe(inode(old, SHARED));
    expect(inode(next, "routes.mmdb")).not.toBe(inode(old, "routes.mmdb"));
  });

  it.each([
    ["changed", (path: string) => writeFileSync(path, "The same in all\n")],
    ["made writable", () => undefined],
    ["removed", (path: string) => rmSync(path)],
  ])("writes a file anew that was %s in the generation before", (_what, spoil) => {
    const path = join(publish(1).path, SHARED);
    chmodSync(path, 0o644);
    spoil(path);
    const next = publish(2).path;
    expect(currentNumber()).toBe(2);
    expect(statSync(join(next, SHARED)).nlink).toBe(1);
  });

  it("refuses a generation that somebody has changed, and says which file", () => {
    const { path } = publish(1);
    chmodSync(join(path, "lists/all/0a"), 0o644);
    writeFileSync(join(path, "lists/all/0a"), "generation 1, lists/all/0A\n");
    expect(() => publish(1)).toThrow(/changed.*lists\/all\/0a has other content/);
    writeFileSync(join(path, "lists/all/0a"), "generation 1, lists/all/0a\n");
    writeFileSync(join(path, "lists/all/zz"), "");
    expect(() => publish(1)).toThrow(/lists\/all\/zz does not belong there/);
    rmSync(join(path, "lists/all/zz"));
    rmSync(join(path, "lists/all/0b"));
    expect(() => publish(1)).toThrow(/lists\/all\/0b is missing/);
  });

  it("keeps the generations published last, the one before the current in any case", () => {
    const removed = [1, 2, 3, 4].map((number) => publish(number).removed);
    expect(removed).toEqual([[], [], [], [numbered(1).id]]);
    expect(generations()).toEqual([2, 3, 4].map((number) => numbered(number).id));
    publish(5, quickFs, 1);
    expect(generations()).toEqual([4, 5].map((number) => numbered(number).id));
  });

  it("removes what is newer than the current one and never was current", () => {
    publish(1);
    publish(2);
    const fs = watchedFs((call) => {
      if (call === "symlinkSync") throw new PlantedError(call);
    });
    expect(() => publish(4, fs)).toThrow(/symlinkSync/);
    expect(generations()).toEqual([1, 2, 4].map((number) => numbered(number).id));
    publish(3);
    expect(generations()).toEqual([1, 2, 3].map((number) => numbered(number).id));
  });

  it("removes what processes left that ended early, and nothing else", () => {
    publish(1);
    mkdirSync(join(output, "generations", ".staging-20261122t114000z-01234567-99", "lists"), {
      recursive: true,
    });
    mkdirSync(join(output, "generations", ".removing-20261122t114000z-01234567"));
    mkdirSync(join(output, "generations", ".rejected-20261122t114000z-01234567"));
    symlinkSync("generations/nothing", join(output, ".current-next"));
    mkdirSync(join(output, "generations", "notes"));
    writeFileSync(join(output, "mine.txt"), "");
    publish(2);
    expect(generations()).toEqual([numbered(1).id, numbered(2).id, "notes"]);
    expect(readdirSync(output).sort()).toEqual(["current", "generations", "mine.txt"]);
  });

  it("does not touch a `current` that is no link", () => {
    mkdirSync(join(output, "current"), { recursive: true });
    writeFileSync(join(output, "current", "mine.txt"), "");
    expect(() => publish(1)).toThrow();
    expect(readdirSync(join(output, "current"))).toEqual(["mine.txt"]);
  });
});

describe("withdrawGeneration", () => {
  const publishOnly = (number: number) => {
    const lock = lockOutput(output);
    const published = publishGeneration({ lock, fs: quickFs, ...numbered(number) });
    return { lock, published };
  };

  it("makes the generation before current again, and sets the other aside to be looked at", () => {
    publish(1);
    publish(2);
    const { lock, published } = publishOnly(3);
    const aside = withdrawGeneration(lock, published, quickFs);
    lock.release();
    expect(currentNumber()).toBe(2);
    expect(findDifference(aside ?? "", numbered(3).files, nodeFileSystem)).toBeNull();
    expect(generations().filter((name) => name[0] !== ".")).toHaveLength(2);
    // It may be published again, and what was set aside goes.
    publish(3);
    expect(currentNumber()).toBe(3);
    expect(generations().filter((name) => name[0] === ".")).toEqual([]);
  });

  it("leaves nothing current where nothing was", () => {
    const { lock, published } = publishOnly(1);
    withdrawGeneration(lock, published, quickFs);
    lock.release();
    expect(existsSync(join(output, "current"))).toBe(false);
    publish(1);
    expect(currentNumber()).toBe(1);
  });

  it("does not mind when the other cannot be set aside", () => {
    publish(1);
    const { lock, published } = publishOnly(2);
    const fs = watchedFs((call, number) => {
      if (call === "renameSync" && number > 4) throw new PlantedError(call);
    });
    expect(withdrawGeneration(lock, published, fs)).toBeNull();
    lock.release();
    expect(currentNumber()).toBe(1);
    publish(3);
    expect(generations()).toEqual([1, 3].map((number) => numbered(number).id));
  });
});

describe("publishGeneration when a call fails", () => {
  it("leaves the old generation current, or the new one complete, for each call", () => {
    publish(1);
    const calls = countCalls((fs) => publish(2, fs));
    expect(calls).toBeGreaterThan(80);
    let failed = 0;
    for (let failing = 1; failing <= calls; failing++) {
      rmSync(output, { recursive: true });
      publish(1);
      const fs = watchedFs((call, number) => {
        if (number === failing) throw new PlantedError(call);
      });
      const outcome = attempt(() => publish(2, fs));
      if (outcome === "failed") failed += 1;
      else expect(currentNumber()).toBe(2);
      // The link may have moved before the failure; then all of the new one is there.
      expect([1, 2]).toContain(currentNumber());
      // The next build is not hindered by what the failed one left.
      publish(3);
      expect(currentNumber()).toBe(3);
      expect(generations().filter((name) => name.startsWith("."))).toEqual([]);
    }
    expect(failed).toBeGreaterThan(calls / 2);
  });

  it("does so when every later call fails too, as when the disk is gone", () => {
    publish(1);
    const calls = countCalls((fs) => publish(2, fs));
    for (let failing = 1; failing <= calls; failing++) {
      rmSync(output, { recursive: true });
      publish(1);
      const fs = watchedFs((call, number) => {
        if (number >= failing) throw new PlantedError(call);
      });
      attempt(() => publish(2, fs));
      expect([1, 2]).toContain(currentNumber());
      publish(3);
      expect(currentNumber()).toBe(3);
    }
  });

  it("leaves nothing current when the first generation fails", () => {
    const fs = watchedFs((call) => {
      if (call === "fstatSync") throw new PlantedError(call);
    });
    expect(() => publish(1, fs)).toThrow(/fstatSync/);
    expect(lstatSync(join(output, "current"), { throwIfNoEntry: false })).toBeUndefined();
    expect(generations()).toEqual([]);
  });

  it("says what it was doing and what to do", () => {
    const fs = watchedFs((call) => {
      if (call === "renameSync") throw new PlantedError("EIO: i/o error");
    });
    expect(() => publish(1, fs)).toThrow(
      expect.objectContaining({
        message: "EIO: i/o error",
        doing: `publishing generation ${numbered(1).id} in ${output}`,
        remedy: expect.stringContaining("Check the space"),
      }),
    );
  });

  it("succeeds when only an old generation cannot be removed, and tells it", () => {
    for (const number of [1, 2, 3]) publish(number);
    const fs = watchedFs((call) => {
      if (call === "rmdirSync") throw new PlantedError("busy");
    });
    expect(publish(4, fs)).toMatchObject({ unchanged: false, removed: [], notRemoved: "busy" });
    expect(currentNumber()).toBe(4);
  });
});

describe("publishGeneration on a disk that lies", () => {
  it("writes on when a write takes only a part", () => {
    publish(1, {
      ...quickFs,
      writeSync: (file, bytes, offset) => nodeFileSystem.writeSync(file, bytes, offset, 1),
    });
    expect(currentNumber()).toBe(1);
  });

  it("knows what is current by whatever way the link was written, and takes nothing else for none", () => {
    publish(1);
    const link = join(output, "current");
    const { id } = numbered(1);
    const relink = (target: string) => {
      rmSync(link);
      symlinkSync(target, link);
    };
    for (const target of [`./generations/${id}/`, join(output, "generations", id)]) {
      relink(target);
      expect(currentId(output, nodeFileSystem)).toBe(id);
    }
    relink("/srv/somewhere");
    expect(() => publish(2)).toThrow(/current leads to \/srv\/somewhere, which is no generation/);
    rmSync(link);
    mkdirSync(link);
    expect(() => publish(2)).toThrow(/current is not a link/);
    rmSync(link, { recursive: true });
    publish(2);
    expect(currentNumber()).toBe(2);
  });

  it("moves no link when its lock was taken over meanwhile", () => {
    publish(1);
    const fs: PublishFs = {
      ...quickFs,
      syncFileSystem: () => {
        rmSync(join(output, ".lock"));
        return true;
      },
    };
    expect(() => publish(2, fs)).toThrow(/another build has taken the lock over/);
    expect(currentNumber()).toBe(1);
  });

  it("gives up when a write takes nothing", () => {
    expect(() => publish(1, { ...quickFs, writeSync: () => 0 })).toThrow(/nothing more/);
  });

  it("finds a byte that was not written as it should", () => {
    publish(1);
    const fs: PublishFs = {
      ...quickFs,
      writeSync: (file, bytes, offset, length) => {
        const wrong = Uint8Array.from(bytes);
        wrong[5] = 0;
        return nodeFileSystem.writeSync(file, wrong, offset, length);
      },
    };
    expect(() => publish(2, fs)).toThrow(/reading it back, index\/asns.json has other content/);
    expect(currentNumber()).toBe(1);
    expect(generations()).toEqual([numbered(1).id]);
  });

  it("syncs each file where the file system cannot be synced as a whole, before the link moves", () => {
    const calls: string[] = [];
    const fs = watchedFs((call) => calls.push(call));
    publish(1, { ...fs, ...bound(fs), syncFileSystem: () => false });
    const syncs = calls
      .slice(0, calls.lastIndexOf("symlinkSync"))
      .filter((call) => call === "fsyncSync");
    // Six files, five folders, and three folders in which names were made.
    expect(syncs.length).toBeGreaterThanOrEqual(11);
  });
});

/** A proxy's properties, so that they can be spread. */
function bound(fs: PublishFs): PublishFs {
  const names = Object.keys(nodeFileSystem) as (keyof PublishFs)[];
  return Object.fromEntries(names.map((name) => [name, fs[name]])) as unknown as PublishFs;
}

function attempt(work: () => void): "done" | "failed" {
  try {
    work();
    return "done";
  } catch (error) {
    expect(String(error)).not.toContain("not the id");
    return "failed";
  }
}
