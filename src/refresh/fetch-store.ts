/**
 * The folder of fetched data: its files, and the lock file that says what they are.
 *
 * Whatever fails, and whenever this program or the power ends: every entry of the lock file has its
 * file, byte for byte, and all entries of a source are of one release. For a database is never
 * overwritten: the lock file, which is replaced as a whole, goes from the old files to the new. Of a
 * file whose path stays, the entry goes before and comes back after.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Report } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import {
  EMPTY_LOCK,
  type FetchedFile,
  type FetchLock,
  readFetchLock,
  renderFetchLock,
} from "../model/fetch-lock.ts";
import { writeDurably } from "../publish/durable-file.ts";
import type { PublishFs } from "../publish/file-system.ts";
import { syncFolder } from "../publish/folders.ts";
import { isOwnPath, LOCK_PATH, nameOfStored, pathOfStored } from "../sources/fetched.ts";
import { displayPath } from "../sources/files.ts";

/** The folder of data, and what its lock file says of it. */
export interface Store {
  readonly folder: string;
  /** Those of a source that are in place, though perhaps not as they were fetched. */
  present(kind: FetchedFile["kind"], source: string): readonly FetchedFile[];
  isPresent(file: FetchedFile): boolean;
  /** All of a source where all are as they were fetched; else none. */
  intact(kind: FetchedFile["kind"], source: string): readonly FetchedFile[];
  /** By `nameOfStored`. */
  find(name: string): FetchedFile | undefined;
  /** All of a source's files, in place of all that it had. @throws {EnvironmentError} */
  replace(fresh: readonly NewFile[]): void;
  /** What is unchanged may have other headers now. @throws {EnvironmentError} */
  restate(files: readonly FetchedFile[]): void;
  /** Takes out of the lock file. Their databases go with the next fetch. @throws {EnvironmentError} */
  forget(isGone: (file: FetchedFile) => boolean): void;
}

export interface NewFile {
  readonly entry: FetchedFile;
  readonly bytes: Uint8Array;
}

/**
 * To be opened by who holds the folder's lock. Removes what earlier fetches left: parts of files, and
 * files of ours that the lock file does not name and `isWanted` does not want.
 * @throws {EnvironmentError} where the lock file cannot be read: writing it anew would forget the rest
 */
export function openStore(
  folder: string,
  isWanted: (path: string) => boolean,
  fs: PublishFs,
  report: Report,
): Store {
  const lock = readLock(folder, fs, report);
  let files = [...(lock ?? EMPTY_LOCK).files];
  if (lock !== null) sweep(folder, (path) => isWanted(path) || hasPath(files, path), fs);

  const isWhole = ({ path, bytes, sha256 }: FetchedFile) => {
    try {
      const place = join(folder, path);
      return fs.lstatSync(place)?.size === bytes && digestOf(fs.readFileSync(place)) === sha256;
    } catch {
      return false;
    }
  };
  const writeLock = (next: FetchedFile[]) => {
    const path = join(folder, LOCK_PATH);
    const text = renderFetchLock({ files: next });
    // One that cannot be read would stop every build.
    if (readFetchLock({ path, text }, () => undefined) === null) {
      throw new Error(`the next ${path} could not be read: ${text}`);
    }
    try {
      if (readText(path, fs) !== text) writeDurably(path, Buffer.from(text), fs);
      files = next;
    } catch (error) {
      // Perhaps it is in place all the same, and only cannot be said to outlive a power cut.
      if (readText(path, fs) === text) files = next;
      throw error;
    }
  };
  // Where the disk does not say, it is taken to be.
  const isPresent = ({ path }: FetchedFile) =>
    quietly(() => isThere(join(folder, path), fs)) !== false;
  const ofSource = (kind: FetchedFile["kind"], source: string) =>
    files.filter((file) => file.kind === kind && file.source === source);

  return {
    folder,
    present: (kind, source) => ofSource(kind, source).filter(isPresent),
    isPresent,
    intact(kind, source) {
      const own = ofSource(kind, source);
      return own.every(isWhole) ? own : [];
    },
    find: (name) => files.find(({ path }) => nameOfStored(path) === name),
    replace(fresh) {
      const before = files;
      const entries = fresh.map(({ entry }) => entry);
      const written = entries.filter(({ path }) => !hasPath(before, path));
      const isOverwritten = ({ path, sha256 }: FetchedFile) =>
        entries.some((entry) => entry.path === path && entry.sha256 !== sha256);
      const rest = before.filter((file) => !isOverwritten(file));
      if (rest.length < before.length) writeLock(rest);
      try {
        for (const { entry, bytes } of fresh) writeDurably(join(folder, entry.path), bytes, fs);
      } catch (error) {
        if (rest.length < before.length) {
          quietly(() => writeLock(before.filter((file) => !isOverwritten(file) || isWhole(file))));
        }
        // They would take the room of others until the next fetch.
        for (const { path } of written) {
          if (isOwnPath(path)) quietly(() => fs.unlinkSync(join(folder, path)));
        }
        throw error;
      }
      writeLock([...withoutReplaced(files, entries), ...entries]);
    },
    restate(entries) {
      writeLock([...withoutReplaced(files, entries), ...entries]);
    },
    forget(isGone) {
      const gone = files.filter(isGone);
      if (gone.length === 0) return;
      writeLock(files.filter((file) => !isGone(file)));
      for (const { kind, path } of gone) {
        if (kind !== "geoip") quietly(() => fs.unlinkSync(join(folder, path)));
      }
    },
  };
}

/** A source that is no longer wanted, and has a file of the same name, gives its place as a whole. */
function withoutReplaced(
  files: readonly FetchedFile[],
  entries: readonly FetchedFile[],
): FetchedFile[] {
  const names = new Set(entries.map(({ path }) => nameOfStored(path)));
  const replaced = [...entries, ...files.filter(({ path }) => names.has(nameOfStored(path)))];
  return files.filter(
    ({ kind, source }) => !replaced.some((each) => each.kind === kind && each.source === source),
  );
}

/** Null, with a report, where there is one that is none. */
function readLock(folder: string, fs: PublishFs, report: Report): FetchLock | null {
  const path = join(folder, LOCK_PATH);
  try {
    if (!isThere(path, fs)) return EMPTY_LOCK;
    const text = Buffer.from(fs.readFileSync(path)).toString("utf8");
    return readFetchLock({ path: displayPath(path), text }, report);
  } catch (error) {
    throw new EnvironmentError(`reading ${path}`, "Check its permissions and the disk.", error);
  }
}

const FOLDERS = ["cloud", "geoip", "subnets"];
const PART = /^\..+\.writing-\d+-\d*-[0-9a-f]{8}$/;

/** What cannot be removed is in nobody's way. */
function sweep(folder: string, isKept: (path: string) => boolean, fs: PublishFs): void {
  const isLeft = (path: string) =>
    PART.test(path.slice(path.indexOf("/") + 1)) || (isOwnPath(path) && isOurs(folder, path, fs));
  quietly(() => {
    // What the lock file named before may be named again after a power cut, until this one is sure.
    syncFolder(folder, fs);
    for (const below of ["", ...FOLDERS]) {
      const paths = quietly(() => fs.readdirSync(join(folder, below))) ?? [];
      for (const path of paths.map((name) => (below === "" ? name : `${below}/${name}`))) {
        if (isKept(path)) continue;
        quietly(() => isLeft(path) && fs.unlinkSync(join(folder, path)));
      }
    }
  });
}

/** A day looks like the start of a digest: mine.20261120.mmdb is somebody's own. */
function isOurs(folder: string, path: string, fs: PublishFs): boolean {
  const digest = digestOf(fs.readFileSync(join(folder, path)));
  return pathOfStored(nameOfStored(path), digest) === path;
}

function quietly<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function isThere(path: string, fs: PublishFs): boolean {
  return fs.lstatSync(path) !== undefined;
}

function readText(path: string, fs: PublishFs): string | undefined {
  return quietly(() => Buffer.from(fs.readFileSync(path)).toString("utf8"));
}

function hasPath(files: readonly FetchedFile[], path: string): boolean {
  return files.some((file) => file.path === path);
}

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
