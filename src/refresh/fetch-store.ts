/** The folder of fetched data: its files, and the lock file that says what they are. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../diagnostics/diagnostic.ts";
import { readLockOf } from "../inputs/geoip-files.ts";
import {
  EMPTY_LOCK,
  type FetchedFile,
  readFetchLock,
  renderFetchLock,
} from "../model/fetch-lock.ts";
import { writeDurably } from "../publish/durable-file.ts";
import type { PublishFs } from "../publish/file-system.ts";
import { LOCK_PATH } from "../sources/fetched.ts";

/** The folder of data, and what its lock file says of it. */
export interface Store {
  readonly folder: string;
  /** Those of a source that are in place, though perhaps not as they were fetched. */
  present(kind: FetchedFile["kind"], source: string): readonly FetchedFile[];
  /** The same where all are as they were fetched, all of one release; else none. */
  intact(kind: FetchedFile["kind"], source: string): readonly FetchedFile[];
  find(path: string): FetchedFile | undefined;
  /** Writes each, and after each the lock file, which is true whenever it ends. */
  put(files: readonly NewFile[]): void;
  /** What is unchanged may have other headers now. */
  restate(files: readonly FetchedFile[]): void;
  /** Takes out of the lock file, then from the disk. */
  remove(isGone: (file: FetchedFile) => boolean): void;
}

export interface NewFile {
  readonly entry: FetchedFile;
  readonly bytes: Uint8Array;
}

export function openStore(folder: string, fs: PublishFs, report: Report): Store {
  // What cannot be read is written anew: it only says what could be asked for with fewer bytes.
  let files = [...(readLockOf(folder, report) ?? EMPTY_LOCK).files];
  const writeLock = (next: FetchedFile[]) => {
    const path = join(folder, LOCK_PATH);
    const text = renderFetchLock({ files: next });
    // One that cannot be read would stop every build.
    if (readFetchLock({ path, text }, () => undefined) === null) {
      throw new Error(`the next ${path} could not be read: ${text}`);
    }
    files = next;
    if (existsSync(path) && readFileSync(path, "utf8") === text) return;
    writeDurably(path, Buffer.from(text), fs);
  };
  const ofSource = (kind: FetchedFile["kind"], source: string) =>
    files.filter((file) => file.kind === kind && file.source === source);
  const putEntries = (entries: readonly FetchedFile[]) => {
    const paths = new Set(entries.map(({ path }) => path));
    writeLock([...files.filter(({ path }) => !paths.has(path)), ...entries]);
  };
  return {
    folder,
    present: (kind, source) =>
      ofSource(kind, source).filter(({ path }) => existsSync(join(folder, path))),
    intact(kind, source) {
      const own = ofSource(kind, source);
      const isWhole = own.every(
        (file) => file.version === own[0]?.version && isInPlace(join(folder, file.path), file),
      );
      return isWhole ? own : [];
    },
    find: (path) => files.find((file) => file.path === path),
    put(fresh) {
      for (const { entry, bytes } of fresh) {
        writeDurably(join(folder, entry.path), bytes, fs);
        putEntries([entry]);
      }
    },
    restate: putEntries,
    remove(isGone) {
      const gone = files.filter(isGone);
      if (gone.length === 0) return;
      writeLock(files.filter((file) => !isGone(file)));
      for (const { path } of gone)
        if (existsSync(join(folder, path))) fs.unlinkSync(join(folder, path));
    },
  };
}

function isInPlace(path: string, { bytes, sha256 }: FetchedFile): boolean {
  if (!existsSync(path) || statSync(path).size !== bytes) return false;
  return digestOf(readFileSync(path)) === sha256;
}

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
