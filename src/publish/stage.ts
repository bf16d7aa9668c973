/** Writes the files of a generation into a folder, makes them durable and reads them back. */
import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import type { SealedArtifact } from "../emit/artifact.ts";
import type { PublishFs } from "./file-system.ts";
import { makeFolder, syncFolder } from "./folders.ts";
import { writeNewFile } from "./new-file.ts";

/** Read-only: a published file is never modified. */
const FILE_MODE = 0o444;
const WINDOW_BYTES = 1 << 16;

/**
 * `folder` must not exist. When this returns, every byte of it is on the disk.
 *
 * A file that the generation before has just so becomes a link to that: lists are named by their
 * content and few change from day to day. Making and removing 9,500 files can cost this disk
 * seconds, links to them never did.
 */
export function stageFiles(
  folder: string,
  files: readonly SealedArtifact[],
  before: string | undefined,
  fs: PublishFs,
): void {
  const folders = foldersOf(files).map((path) => join(folder, path));
  const window = new Uint8Array(WINDOW_BYTES);
  for (const path of folders) makeFolder(path, fs);
  const written: string[] = [];
  for (const file of files) {
    const path = join(folder, file.path);
    const linked = before !== undefined && tryLink(join(before, file.path), path, file, window, fs);
    if (linked) continue;
    writeNewFile(path, { bytes: file.bytes, mode: FILE_MODE, sync: false }, fs);
    written.push(path);
  }
  // What is a link to a published file was synced before that was published.
  syncAll(folder, [...written, ...folders], fs);
}

/** Every byte of a generation's folder is on the disk, but not the folder's own name. */
export function syncStaged(folder: string, files: readonly SealedArtifact[], fs: PublishFs): void {
  const paths = [...files.map((file) => file.path), ...foldersOf(files)];
  syncAll(
    folder,
    paths.map((path) => join(folder, path)),
    fs,
  );
}

/** One by one where the file system cannot be synced as a whole. Slow: see `nodeFileSystem`. */
function syncAll(folder: string, paths: readonly string[], fs: PublishFs): void {
  if (fs.syncFileSystem(folder)) return;
  for (const path of paths) syncFolder(path, fs);
}

/**
 * What differs between the folder and the files, in words; null if it holds just these, byte for
 * byte. Digests rather than sizes: reading 9,500 files and 40 MB back costs some 0.2 s, and a
 * list with one wrong byte sends machines to another host.
 */
export function findDifference(
  folder: string,
  files: readonly SealedArtifact[],
  fs: PublishFs,
): string | null {
  const expected = new Map(files.map((file) => [file.path, file]));
  const window = new Uint8Array(WINDOW_BYTES);
  for (const path of filesBelow(folder, fs)) {
    const file = expected.get(path);
    if (file === undefined) return `${path} does not belong there`;
    expected.delete(path);
    const { size, sha256 } = digestFile(join(folder, path), window, fs);
    if (size !== file.bytes.length) {
      return `${path} has ${size} bytes instead of ${file.bytes.length}`;
    }
    if (sha256 !== file.sha256) return `${path} has other content`;
  }
  for (const path of expected.keys()) return `${path} is missing`;
  return null;
}

/** The inverse of `stageFiles`: all files below a folder, sorted by path, in memory. */
export function readStagedFiles(folder: string, fs: PublishFs): SealedArtifact[] {
  return filesBelow(folder, fs).map((path) => {
    const bytes = fs.readFileSync(join(folder, path));
    return { path, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  });
}

/** Whatever prevents it, the file can still be written. */
function tryLink(
  existing: string,
  path: string,
  file: SealedArtifact,
  window: Uint8Array,
  fs: PublishFs,
): boolean {
  try {
    const stat = fs.lstatSync(existing);
    if (!stat?.isFile() || stat.size !== file.bytes.length) return false;
    if ((stat.mode & 0o777) !== FILE_MODE) return false;
    if (digestFile(existing, window, fs).sha256 !== file.sha256) return false;
    fs.linkSync(existing, path);
    return true;
  } catch {
    return false;
  }
}

/** Parents first, beginning with "" for the folder itself. */
function foldersOf(files: readonly SealedArtifact[]): string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  return ["", ...[...folders].sort()];
}

/** A window at a time: a second copy of routes.mmdb in memory would raise the build's peak. */
function digestFile(
  path: string,
  window: Uint8Array,
  fs: PublishFs,
): { readonly size: number; readonly sha256: string } {
  const hash = createHash("sha256");
  const file = fs.openSync(path, "r");
  try {
    let size = 0;
    for (let count = fs.readSync(file, window); count > 0; count = fs.readSync(file, window)) {
      hash.update(window.subarray(0, count));
      size += count;
    }
    return { size, sha256: hash.digest("hex") };
  } finally {
    fs.closeSync(file);
  }
}

function filesBelow(folder: string, fs: PublishFs): string[] {
  const files: string[] = [];
  const pending = [folder];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of fs.readdirSync(at)) {
      const entry = join(at, name);
      if (fs.lstatSync(entry)?.isDirectory()) pending.push(entry);
      else files.push(relative(folder, entry));
    }
  }
  return files.sort();
}
