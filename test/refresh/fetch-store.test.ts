/**
 * The folder of fetched data with a fault at every call to the file system, again while recovering, and
 * with the power cut: what the lock file says is true each time, and of one release.
 */
import { describe, expect, it } from "vitest";
import { type FetchedFile, readFetchLock } from "../../src/model/fetch-lock.ts";
import type { PublishFs } from "../../src/publish/file-system.ts";
import { digestOf, openStore, type Store } from "../../src/refresh/fetch-store.ts";
import { nameOfStored, pathOfStored, subnetListPath } from "../../src/sources/fetched.ts";
import { callsWhere, FAULTS, type Fault, faultyFs } from "../publish/faults.ts";
import { MemoryDisk } from "../publish/memory-disk.ts";
import { seededRandom } from "../support/random.ts";

const DATA = "/srv/data";
const SEED = 20_261_122;
/** Of each operation: CRASH_PAIRS=10000 goes further than there is time for every day. */
const PAIRS = Number(process.env["CRASH_PAIRS"] ?? 100);
const LIST = subnetListPath("https://lists.example/");

interface Source {
  readonly kind: FetchedFile["kind"];
  readonly names: readonly string[];
}
/** Files of a source in a release, with its number in all of them. */
const SOURCES = {
  "@x/city": { kind: "geoip", names: ["geoip/ipv4.mmdb", "geoip/ipv6.mmdb"] },
  "GeoLite2-ASN": { kind: "geoip", names: ["geoip/asn.mmdb"] },
  aws: { kind: "cloud", names: ["cloud/aws.json"] },
  "https://lists.example/": { kind: "subnets", names: [LIST] },
} satisfies Record<string, Source>;
type SourceName = keyof typeof SOURCES;
const ALL = Object.keys(SOURCES) as SourceName[];

const filesOf = (source: SourceName, release: number) =>
  (SOURCES[source] as Source).names.map((name) => {
    const bytes = Buffer.from(`${name} of release ${release}\n`.repeat(3));
    const sha256 = digestOf(bytes);
    const entry: FetchedFile = {
      ...{ path: pathOfStored(name, sha256), kind: SOURCES[source].kind, source, sha256 },
      ...{ url: "https://x.example/", bytes: bytes.length, version: String(release) },
      fetchedAt: "2026-11-22T12:00:00Z",
    };
    return { entry, bytes };
  });
const open = (fs: PublishFs): Store =>
  openStore(
    DATA,
    (path) => path === LIST,
    fs,
    ({ code }) => {
      throw new Error(code);
    },
  );

/** Each source, as far as the disk lets it. */
function fetchAll(fs: PublishFs, release: number, sources: readonly SourceName[] = ALL): void {
  const store = open(fs);
  const failures: unknown[] = [];
  for (const source of sources) {
    try {
      store.replace(filesOf(source, release));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function diskWith(...releases: readonly number[]): MemoryDisk {
  const disk = new MemoryDisk();
  disk.fs.mkdirSync("/srv");
  disk.fs.mkdirSync(DATA);
  for (const release of releases) fetchAll(disk.fs, release);
  disk.sync();
  return disk;
}

/** The release of each source that the lock file names, having checked that all it says is true. */
function checked({ fs }: MemoryDisk): Partial<Record<SourceName, number>> {
  const path = `${DATA}/lock.json`;
  if (fs.lstatSync(path) === undefined) return {};
  const text = Buffer.from(fs.readFileSync(path)).toString();
  const lock = readFetchLock({ path, text }, ({ args }) => {
    throw new Error(`${args["reason"]}: ${text}`);
  });
  const releases: Partial<Record<SourceName, number>> = {};
  for (const source of ALL) {
    const own = (lock?.files ?? []).filter((file) => file.source === source);
    for (const { path, sha256 } of own) {
      expect(digestOf(fs.readFileSync(`${DATA}/${path}`)), path).toBe(sha256);
    }
    if (own.length === 0) continue;
    expect(own.map((file) => nameOfStored(file.path))).toEqual(SOURCES[source].names);
    expect(new Set(own.map(({ version }) => version)).size).toBe(1);
    releases[source] = Number(own[0]?.version);
  }
  return releases;
}

/** Paths of all that lies there. */
function listed({ fs }: MemoryDisk): string[] {
  const below = (path: string): string[] =>
    fs.lstatSync(path)?.isDirectory()
      ? fs.readdirSync(path).flatMap((name) => below(`${path}/${name}`))
      : [path.slice(DATA.length + 1)];
  return below(DATA).sort();
}

/** The next fetch goes through, and the one after it leaves nothing but what it names. */
function recover(disk: MemoryDisk): void {
  fetchAll(disk.fs, 9);
  expect(checked(disk)).toEqual(Object.fromEntries(ALL.map((source) => [source, 9])));
  open(disk.fs);
  const paths = ALL.flatMap((source) => filesOf(source, 9).map(({ entry }) => entry.path));
  expect(listed(disk)).toEqual([...paths, "lock.json"].sort());
}

function attempt(work: () => unknown): "done" | "failed" {
  try {
    work();
    return "done";
  } catch {
    return "failed";
  }
}

interface Operation {
  readonly run: (fs: PublishFs) => void;
  /** What may be said of each source whenever it ends; undefined for nothing. */
  readonly allowed: Readonly<Record<SourceName, readonly (number | undefined)[]>>;
}

const always = (...releases: readonly (number | undefined)[]) => ({
  "@x/city": releases,
  "GeoLite2-ASN": releases,
  // Their paths stay: nothing is said of them while they are replaced, and a build reads them as they are.
  aws: [...releases, undefined],
  "https://lists.example/": [...releases, undefined],
});

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "fetching what is newer": { run: (fs) => fetchAll(fs, 2), allowed: always(1, 2) },
  "fetching the same": { run: (fs) => fetchAll(fs, 1), allowed: always(1) },
  "forgetting a source and a list": {
    run: (fs) =>
      open(fs).forget(({ source }) => source === "@x/city" || source.startsWith("https:")),
    allowed: {
      ...always(1),
      "@x/city": [1, undefined],
      "https://lists.example/": [1, undefined],
    },
  },
};

function expectAllowed(disk: MemoryDisk, allowed: Operation["allowed"]): void {
  const releases = checked(disk);
  for (const source of ALL) expect(allowed[source], source).toContain(releases[source]);
  // Whatever the lock file says of it: a build reads what is there.
  const { fs } = disk;
  for (const [source, path] of [
    ["aws", "cloud/aws.json"],
    ["https://lists.example/", LIST],
  ] as const) {
    if (fs.lstatSync(`${DATA}/${path}`) === undefined) {
      expect(allowed[source], path).toContain(undefined);
      continue;
    }
    const [release] =
      /(?<=release )\d+/.exec(Buffer.from(fs.readFileSync(`${DATA}/${path}`)).toString()) ?? [];
    expect(digestOf(fs.readFileSync(`${DATA}/${path}`))).toBe(
      filesOf(source, Number(release))[0]?.entry.sha256,
    );
  }
}

describe.each(Object.entries(OPERATIONS))("%s", (_name, { run, allowed }) => {
  // Of release 0 there are superseded databases still.
  const start = diskWith(0, 1);

  it.each(FAULTS)("leaves the truth, of one release, for every call that %s", async (kind) => {
    const { numbers } = await callsWhere(kind, start.clone().fs, run);
    let failed = 0;
    for (const at of numbers) {
      const disk = start.clone();
      if (attempt(() => run(faultyFs(disk.fs, { kind, at }))) === "failed") failed += 1;
      expectAllowed(disk, allowed);
      recover(disk);
    }
    if (kind === "short") expect(failed).toBe(0);
  });

  it(`leaves the truth, of one release, when the power goes at any call, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const { end } = await callsWhere("dies after", start.clone().fs, run);
    for (let at = 1; at <= end; at++) {
      for (let cut = 0; cut < 3; cut++) {
        const disk = start.clone();
        attempt(() => run(faultyFs(disk.fs, { kind: "dies after", at })));
        // A process that ends is followed by another one, before the power goes.
        if (cut === 2) attempt(() => open(disk.fs));
        disk.cutPower(random);
        expectAllowed(disk, allowed);
        recover(disk);
      }
    }
  });

  it(`leaves the truth, of one release, when recovering fails too, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const draw = (calls: number): Fault => ({
      kind: FAULTS[Math.floor(random() * FAULTS.length)] as Fault["kind"],
      at: 1 + Math.floor(random() * calls),
    });
    const { end } = await callsWhere("dies after", start.clone().fs, run);
    const later = Object.fromEntries(
      ALL.map((source) => [source, [...allowed[source], 3]]),
    ) as unknown as Operation["allowed"];
    for (let pair = 0; pair < PAIRS; pair++) {
      const disk = start.clone();
      attempt(() => run(faultyFs(disk.fs, draw(end))));
      if (random() < 0.3) disk.cutPower(random);
      attempt(() => fetchAll(faultyFs(disk.fs, draw(2 * end)), 3));
      if (random() < 0.3) disk.cutPower(random);
      expectAllowed(disk, later);
      recover(disk);
    }
  });
});

describe("the folder of fetched data", () => {
  it("has all that a build may have begun to read, until the fetch after the next", () => {
    const disk = diskWith(1);
    const before = listed(disk).filter((path) => path.startsWith("geoip/"));
    fetchAll(disk.fs, 2);
    expect(listed(disk)).toEqual(expect.arrayContaining(before));
    open(disk.fs);
    for (const path of before) expect(listed(disk)).not.toContain(path);
  });

  it("keeps what somebody put there, and what parts are not of ours", () => {
    const disk = diskWith(1);
    const own = [
      "geoip/mine.mmdb",
      "geoip/mine.20261120.mmdb",
      "geoip/.hidden",
      "cloud/azure.json",
      "subnets/mine.txt",
      "notes",
    ];
    for (const path of own) disk.fs.closeSync(disk.fs.openSync(`${DATA}/${path}`, "wx"));
    fetchAll(disk.fs, 2);
    open(disk.fs);
    expect(listed(disk)).toEqual(expect.arrayContaining(own));
  });

  it("forgets nothing where the lock file cannot be read for the moment", () => {
    const disk = diskWith(1);
    const failing = {
      ...disk.fs,
      readFileSync: () => {
        throw Object.assign(new Error("EIO"), { code: "EIO" });
      },
    };
    expect(() => open(failing)).toThrow(/EIO/);
    expect(Object.values(checked(disk))).toEqual([1, 1, 1, 1]);
  });

  it("says again what it said of a list that cannot be replaced", () => {
    const disk = diskWith(1);
    const full = (path: string) => path.includes("aws.json");
    const fs: PublishFs = {
      ...disk.fs,
      openSync: (path, flags, mode) => {
        if (full(path)) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
        return disk.fs.openSync(path, flags, mode);
      },
    };
    expect(() => open(fs).replace(filesOf("aws", 2))).toThrow(/ENOSPC/);
    expect(checked(disk)).toMatchObject({ aws: 1 });
  });

  it("removes nothing where the lock file is none: what lies there may be all there is", () => {
    const disk = diskWith(1);
    const before = listed(disk);
    disk.fs.unlinkSync(`${DATA}/lock.json`);
    const file = disk.fs.openSync(`${DATA}/lock.json`, "wx");
    disk.fs.writeSync(file, Buffer.from("{"), 0, 1);
    disk.fs.closeSync(file);
    const codes: string[] = [];
    openStore(
      DATA,
      () => false,
      disk.fs,
      ({ code }) => void codes.push(code),
    );
    expect([codes, listed(disk)]).toEqual([["fetch-lock"], before]);
  });

  it("gives the place of a source, whole, to another that has a file of the same name", () => {
    const disk = diskWith(1);
    const fresh = filesOf("@x/city", 5).slice(0, 1);
    open(disk.fs).replace(
      fresh.map(({ entry, bytes }) => ({ entry: { ...entry, source: "@y/city" }, bytes })),
    );
    const lock = JSON.parse(Buffer.from(disk.fs.readFileSync(`${DATA}/lock.json`)).toString());
    const sources = lock.files.map(({ source }: FetchedFile) => source);
    expect(sources).not.toContain("@x/city");
    expect(sources).toContain("@y/city");
  });
});

describe("the harness", () => {
  it("catches a store that says first what it will do", async () => {
    const careless = (fs: PublishFs) => {
      const store = open(fs);
      for (const source of ALL) {
        store.restate(filesOf(source, 2).map(({ entry }) => entry));
        store.replace(filesOf(source, 2));
      }
    };
    const { numbers } = await callsWhere("dies after", diskWith(1).fs, careless);
    let caught = 0;
    for (const at of numbers) {
      const disk = diskWith(1);
      attempt(() => careless(faultyFs(disk.fs, { kind: "dies after", at })));
      if (attempt(() => checked(disk)) === "failed") caught += 1;
    }
    expect(caught).toBeGreaterThan(10);
  });
});
