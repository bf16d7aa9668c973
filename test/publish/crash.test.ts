/**
 * Everything that writes, with a fault at every call to the file system, and again at calls of the
 * recovery; the power cut after each, too. What is published is whole, old or new, each time.
 */
import { describe, expect, it } from "vitest";
import { seal, textArtifact } from "../../src/emit/artifact.ts";
import { type Generation, generationFault, sealGeneration } from "../../src/emit/generation.ts";
import { writeDurably } from "../../src/publish/durable-file.ts";
import type { PublishFs } from "../../src/publish/file-system.ts";
import { currentId, generationFolder, generationIds } from "../../src/publish/generations.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { processesSeen } from "../../src/publish/processes.ts";
import {
  publishGeneration,
  retireGenerations,
  withdrawGeneration,
} from "../../src/publish/publish.ts";
import { findDifference, readStagedFiles } from "../../src/publish/stage.ts";
import { rollBack } from "../../src/rollback.ts";
import { seededRandom } from "../support/random.ts";
import { callsWhere, FAULTS, type Fault, faultyFs } from "./faults.ts";
import { MemoryDisk } from "./memory-disk.ts";

const OUTPUT = "/srv/output";
const SEED = 20_261_122;
/** Of each operation: CRASH_PAIRS=10000 goes further than there is time for every day. */
const PAIRS = Number(process.env["CRASH_PAIRS"] ?? 100);
const FIRST = 1_795_347_600;
/** No process has this number: the largest that Linux gives is 4194303. */
const NOBODY = 4_194_305;

/** A generation as builds make them, with its number in all files but one. */
const numbered = (number: number): Generation => {
  const text = (path: string, content: string) => seal(textArtifact(path, content));
  const facts = {
    builtAt: FIRST + number,
    tool: { name: "mirrorpress", version: "0.0.0" },
    policy: {},
    inputs: [],
    counts: {},
    attribution: [],
    examples: [],
    serve: { root: OUTPUT, rotations: 1, unknownLists: { all: ["a"] } },
  };
  return sealGeneration(facts, [
    text("lists/a", `list of ${number}\n`),
    text("lists/shared", "the same in all\n"),
    text("routes.mmdb", `routes of ${number}\n`),
  ]);
};
const GENERATIONS = [0, 1, 2, 3, 4].map(numbered);
const idOf = (number: number) => (GENERATIONS[number] as Generation).id;

/** Publishes and prunes, as a build does. */
function build(number: number, fs: PublishFs, keep = 2): void {
  const lock = lockOutput(OUTPUT, fs);
  try {
    publishGeneration({ lock, fs, ...(GENERATIONS[number] as Generation) });
    const { notRemoved } = retireGenerations(lock, keep, fs);
    if (notRemoved !== undefined) throw new Error(notRemoved);
  } finally {
    lock.release();
  }
}

/** As on a file system that does not tell what became of all that was written. */
function withoutWholeSync(fs: PublishFs): PublishFs {
  return new Proxy(fs, {
    get: (target, call: keyof PublishFs) =>
      call === "syncFileSystem" ? () => false : target[call],
  });
}

/** Generations 0 and 1, of which 1 is current. */
function diskWithTwo(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.fs.mkdirSync("/srv");
  for (const number of [0, 1]) build(number, disk.fs);
  disk.sync();
  return disk;
}

interface Operation {
  /** May throw; what it returns does not matter. */
  readonly run: (fs: PublishFs) => unknown;
  /** Ids that may be current once it was begun, and must be when it has come to its end. */
  readonly allowed: readonly string[];
  readonly done: string;
}

const ROLLED_BACK_AT = FIRST + 3;
/** The id that going back to generation 0 gives, found by doing it. */
const ROLLED_BACK = await (async () => {
  const { fs } = diskWithTwo();
  await rollBack({ outputDir: OUTPUT, builtAt: ROLLED_BACK_AT, keep: 3, canary: "nobody", fs });
  return currentId(OUTPUT, fs) as string;
})();

const OPERATIONS: Readonly<Record<string, Operation>> = {
  publishing: {
    run: (fs) => build(2, fs),
    allowed: [idOf(1), idOf(2)],
    done: idOf(2),
  },
  "publishing where every file is synced by itself": {
    run: (fs) => build(2, withoutWholeSync(fs)),
    allowed: [idOf(1), idOf(2)],
    done: idOf(2),
  },
  "publishing and going back, as after a canary": {
    run: (fs) => {
      const lock = lockOutput(OUTPUT, fs);
      try {
        const generation = GENERATIONS[2] as Generation;
        withdrawGeneration(lock, publishGeneration({ lock, fs, ...generation }), fs);
      } finally {
        lock.release();
      }
    },
    allowed: [idOf(1), idOf(2)],
    done: idOf(1),
  },
  "rolling back": {
    run: (fs) =>
      rollBack({ outputDir: OUTPUT, builtAt: ROLLED_BACK_AT, keep: 3, canary: "nobody", fs }),
    allowed: [idOf(1), ROLLED_BACK],
    done: ROLLED_BACK,
  },
  "locking and pruning": {
    run: (fs) => {
      const lock = lockOutput(OUTPUT, fs);
      try {
        retireGenerations(lock, 1, fs);
      } finally {
        lock.release();
      }
    },
    allowed: [idOf(1)],
    done: idOf(1),
  },
};

/** The process is no more: what names it names nobody. */
function bury({ fs }: MemoryDisk): void {
  for (const name of fs.lstatSync(OUTPUT) === undefined ? [] : fs.readdirSync(OUTPUT)) {
    const path = `${OUTPUT}/${name}`;
    if (!name.startsWith(".lock")) continue;
    const text = Buffer.from(fs.readFileSync(path))
      .toString()
      .replaceAll(String(process.pid), String(NOBODY));
    fs.unlinkSync(path);
    const buried = path.replace(String(process.pid), String(NOBODY));
    if (fs.lstatSync(buried) !== undefined) fs.unlinkSync(buried);
    const file = fs.openSync(buried, "wx");
    fs.writeSync(file, Buffer.from(text), 0, text.length);
    fs.closeSync(file);
  }
}

/** The id that is current, having checked that it and whatever else has such a name is whole. */
function checkedCurrent({ fs }: MemoryDisk): string {
  const current = currentId(OUTPUT, fs) ?? "none";
  const ids = generationIds(OUTPUT, fs);
  expect(ids).toContain(current);
  for (const id of ids) {
    const folder = generationFolder(OUTPUT, id);
    expect(generationFault({ id, files: readStagedFiles(folder, fs) })).toBeNull();
    const known = GENERATIONS.find((generation) => generation.id === id);
    if (known !== undefined) expect(findDifference(folder, known.files, fs)).toBeNull();
  }
  return current;
}

/** The next build goes through, and nothing is left of what went wrong. */
function recover(disk: MemoryDisk): void {
  build(4, disk.fs, 1);
  expect(checkedCurrent(disk)).toBe(idOf(4));
  expect(disk.fs.readdirSync(OUTPUT)).toEqual(["current", "generations"]);
  const generations = disk.fs.readdirSync(`${OUTPUT}/generations`);
  // The one before the current stays; where there was a choice it is one of those that were current.
  expect(generations).toHaveLength(2);
  expect(generations.filter((name) => name.startsWith("."))).toEqual([]);
}

async function attempt(work: () => unknown): Promise<"done" | "failed"> {
  try {
    await work();
    return "done";
  } catch {
    return "failed";
  }
}

describe.each(Object.entries(OPERATIONS))("%s", (_name, { run, allowed, done }) => {
  const start = diskWithTwo();

  it.each(FAULTS)("leaves old or new, whole, for every call that %s", async (kind) => {
    const { numbers } = await callsWhere(kind, start.clone().fs, run);
    let failed = 0;
    for (const at of numbers) {
      const disk = start.clone();
      const outcome = await attempt(() => run(faultyFs(disk.fs, { kind, at })));
      if (outcome === "failed") failed += 1;
      const current = checkedCurrent(disk);
      expect(allowed).toContain(current);
      if (outcome === "done" && !kind.startsWith("dies")) expect(current).toBe(done);
      bury(disk);
      recover(disk);
    }
    if (kind !== "short") expect(failed).toBeGreaterThan(0);
    else expect(failed).toBe(0);
  });

  it(`leaves old or new, whole, when the power goes at any call, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const { end } = await callsWhere("dies after", start.clone().fs, run);
    const seen = new Set<string>();
    for (let at = 1; at <= end; at++) {
      for (let cut = 0; cut < 3; cut++) {
        const disk = start.clone();
        await attempt(() => run(faultyFs(disk.fs, { kind: "dies after", at })));
        disk.cutPower(random);
        const current = checkedCurrent(disk);
        expect(allowed).toContain(current);
        // Past the last call it was told as done, and what was told holds.
        if (at === end) expect(current).toBe(done);
        seen.add(current);
        bury(disk);
        recover(disk);
      }
    }
    expect(seen.size).toBe(new Set(allowed).size);
  });

  it(`leaves old or new, whole, when it ends at any call, the next ends too, and the power goes, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const { end } = await callsWhere("dies after", start.clone().fs, run);
    for (let at = 1; at <= end; at++) {
      for (let draw = 0; draw < 3; draw++) {
        const disk = start.clone();
        await attempt(() => run(faultyFs(disk.fs, { kind: "dies after", at })));
        bury(disk);
        const before = checkedCurrent(disk);
        // Two of three come to their end; one of these finds its generation there.
        const second = draw === 0 ? 2 : 3;
        const fault = draw < 2 ? 0 : Math.floor(random() * 2 * end);
        const fs = fault === 0 ? disk.fs : faultyFs(disk.fs, { kind: "dies after", at: fault });
        const outcome = await attempt(() => build(second, fs));
        disk.cutPower(random);
        const current = checkedCurrent(disk);
        if (outcome === "done") expect(current).toBe(idOf(second));
        else expect([...allowed, before, idOf(second)]).toContain(current);
        bury(disk);
        recover(disk);
      }
    }
  });

  it(`leaves old or new, whole, when it ends after a rename, the next at any call, and the power goes, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const { renames } = await callsWhere("dies after", start.clone().fs, run);
    for (const first of renames) {
      for (let second = 1, outcome = "failed"; outcome === "failed"; second++) {
        const disk = start.clone();
        await attempt(() => run(faultyFs(disk.fs, { kind: "dies after", at: first })));
        bury(disk);
        outcome = await attempt(() =>
          build(4, faultyFs(disk.fs, { kind: "dies after", at: second })),
        );
        disk.cutPower(random);
        expect([...allowed, idOf(4)]).toContain(checkedCurrent(disk));
      }
    }
  });

  it(`leaves old or new, whole, when recovering fails too, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const draw = (calls: number): Fault => ({
      kind: FAULTS[Math.floor(random() * FAULTS.length)] as Fault["kind"],
      at: 1 + Math.floor(random() * calls),
    });
    const { end } = await callsWhere("dies after", start.clone().fs, run);
    for (let pair = 0; pair < PAIRS; pair++) {
      const disk = start.clone();
      await attempt(() => run(faultyFs(disk.fs, draw(end))));
      bury(disk);
      const before = checkedCurrent(disk);
      if (random() < 0.3) disk.cutPower(random);
      // The recovery may have more to do than the first attempt, and find its generation there.
      const second = random() < 0.5 ? 2 : 3;
      await attempt(() => build(second, faultyFs(disk.fs, draw(2 * end))));
      if (random() < 0.3) disk.cutPower(random);
      expect([...allowed, before, idOf(second)]).toContain(checkedCurrent(disk));
      bury(disk);
      recover(disk);
    }
  });
});

describe("publishing for the first time", () => {
  it.each(FAULTS)("leaves nothing current or all of it, for every call that %s", async (kind) => {
    const fresh = () => {
      const disk = new MemoryDisk();
      disk.fs.mkdirSync("/srv");
      disk.sync();
      return disk;
    };
    const { numbers } = await callsWhere(kind, fresh().fs, (fs) => build(1, fs));
    for (const at of numbers) {
      const disk = fresh();
      await attempt(() => build(1, faultyFs(disk.fs, { kind, at })));
      if (disk.fs.lstatSync(`${OUTPUT}/current`) !== undefined) {
        expect(checkedCurrent(disk)).toBe(idOf(1));
      }
      bury(disk);
      build(4, disk.fs);
      expect(checkedCurrent(disk)).toBe(idOf(4));
    }
  });
});

describe("taking over the lock of a process that ended", () => {
  it.each(FAULTS)("gives it to one process, whole, for every call that %s", async (kind) => {
    const stale = () => {
      const disk = diskWithTwo();
      const text = JSON.stringify({ pid: NOBODY, host: processesSeen(), started: "1" });
      for (const name of [".lock", `.lock-${NOBODY}-1`, `.lock-stale-${NOBODY}-1`]) {
        const file = disk.fs.openSync(`${OUTPUT}/${name}`, "wx");
        disk.fs.writeSync(file, Buffer.from(text), 0, text.length);
        disk.fs.closeSync(file);
      }
      disk.sync();
      return disk;
    };
    const { numbers } = await callsWhere(kind, stale().fs, (fs) => lockOutput(OUTPUT, fs));
    for (const at of numbers) {
      const disk = stale();
      const outcome = await attempt(() => lockOutput(OUTPUT, faultyFs(disk.fs, { kind, at })));
      if (outcome === "done") expect(() => lockOutput(OUTPUT, disk.fs)).toThrow(/another build/);
      bury(disk);
      recover(disk);
    }
  });
});

describe("writing one file durably", () => {
  const PATH = "/srv/state/probe.json";
  const [OLD, NEW, NEXT] = ["old ".repeat(9), "new, ".repeat(9), "next"];
  const write = (text: string, fs: PublishFs) => writeDurably(PATH, Buffer.from(text), fs);
  const content = ({ fs }: MemoryDisk) => Buffer.from(fs.readFileSync(PATH)).toString();
  const disk = new MemoryDisk();
  disk.fs.mkdirSync("/srv");
  write(OLD, disk.fs);
  disk.sync();

  it.each(FAULTS)(
    "leaves old or new, whole, for every call that %s, and the power cut",
    async (kind) => {
      const random = seededRandom(SEED);
      const { numbers, end } = await callsWhere(kind, disk.clone().fs, (fs) => write(NEW, fs));
      for (const at of [...numbers, end]) {
        for (let cut = 0; cut < 10; cut++) {
          const hit = disk.clone();
          const outcome = await attempt(() => write(NEW, faultyFs(hit.fs, { kind, at })));
          expect([OLD, NEW]).toContain(content(hit));
          if (cut > 0) hit.cutPower(random);
          expect([OLD, NEW]).toContain(content(hit));
          if (outcome === "done") expect(content(hit)).toBe(NEW);
          // A second fault while the next one writes.
          await attempt(() =>
            write(NEXT, faultyFs(hit.fs, { kind, at: 1 + Math.floor(random() * end) })),
          );
          expect([OLD, NEW, NEXT]).toContain(content(hit));
          write(NEXT, hit.fs);
          expect([content(hit), hit.fs.readdirSync("/srv/state")]).toEqual([NEXT, ["probe.json"]]);
        }
      }
    },
  );
});

describe("the harness", () => {
  it("catches a publication that does not sync before it moves the link", async () => {
    const start = diskWithTwo();
    const careless = (fs: PublishFs): PublishFs =>
      ({
        ...Object.fromEntries(Object.keys(fs).map((call) => [call, fs[call as keyof PublishFs]])),
        ...({ syncFileSystem: () => true } as Partial<PublishFs>),
      }) as PublishFs;
    const random = seededRandom(SEED);
    let torn = 0;
    for (let cut = 0; cut < 100; cut++) {
      const disk = start.clone();
      build(2, careless(disk.fs));
      disk.cutPower(random);
      if ((await attempt(() => checkedCurrent(disk))) === "failed") torn += 1;
    }
    expect(torn).toBeGreaterThan(50);
  });
});
