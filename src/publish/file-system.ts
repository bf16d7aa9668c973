/**
 * The file system as publishing sees it: an argument, so that a test can fail any single call.
 *
 * Calls are synchronous. For 9,500 lists on this project's machine: 0.29 s with these, 3.9 s with
 * the promises of node:fs, whose every call crosses to a thread and back.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";

export interface PublishFs {
  readonly openSync: (path: string, flags: string, mode?: number) => number;
  readonly writeSync: (file: number, bytes: Uint8Array, offset: number, length: number) => number;
  readonly fstatSync: (file: number) => { readonly size: number; readonly mode: number };
  readonly fchmodSync: (file: number, mode: number) => void;
  readonly fsyncSync: (file: number) => void;
  readonly closeSync: (file: number) => void;
  /** Reads on from where the last call ended; 0 at the end of the file. */
  readonly readSync: (file: number, target: Uint8Array) => number;
  readonly readFileSync: (path: string) => Uint8Array;
  readonly mkdirSync: (path: string) => void;
  readonly chmodSync: (path: string, mode: number) => void;
  readonly readdirSync: (path: string) => string[];
  /** Follows no link; undefined when there is nothing. */
  readonly lstatSync: (path: string) => EntryStat | undefined;
  readonly readlinkSync: (path: string) => string;
  readonly symlinkSync: (target: string, path: string) => void;
  readonly linkSync: (existing: string, path: string) => void;
  readonly renameSync: (from: string, to: string) => void;
  readonly unlinkSync: (path: string) => void;
  readonly rmdirSync: (path: string) => void;
  /** Everything written to the file system of this folder is on the disk, or false: cannot tell. */
  readonly syncFileSystem: (folder: string) => boolean;
}

export interface EntryStat {
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

export const nodeFileSystem: PublishFs = {
  openSync: fs.openSync,
  writeSync: fs.writeSync,
  fstatSync: (file) => fs.fstatSync(file),
  fchmodSync: fs.fchmodSync,
  fsyncSync: fs.fsyncSync,
  closeSync: fs.closeSync,
  readSync: (file, target) => fs.readSync(file, target),
  readFileSync: (path) => fs.readFileSync(path),
  mkdirSync: (path) => void fs.mkdirSync(path),
  chmodSync: fs.chmodSync,
  readdirSync: (path) => fs.readdirSync(path).sort(),
  lstatSync: (path) => fs.lstatSync(path, { throwIfNoEntry: false }),
  readlinkSync: (path) => fs.readlinkSync(path),
  symlinkSync: (target, path) => fs.symlinkSync(target, path),
  linkSync: fs.linkSync,
  renameSync: fs.renameSync,
  unlinkSync: fs.unlinkSync,
  rmdirSync: (path) => fs.rmdirSync(path),
  syncFileSystem,
};

/**
 * syncfs(2) by way of coreutils, since Node has no call for it. One of these after 9,500 files
 * took 0.08 to 0.13 s; an fsync of each of them 6 to 7.6 s, at any concurrency.
 */
function syncFileSystem(folder: string): boolean {
  const sync = ["/usr/bin/sync", "/bin/sync"].find((path) => fs.existsSync(path));
  if (process.platform !== "linux" || sync === undefined) return false;
  const { status } = spawnSync(sync, ["-f", "--", folder], { env: {}, stdio: "ignore" });
  return status === 0;
}
