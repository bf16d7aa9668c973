/** Making, syncing and removing folders, through the file system that is given. */
import { dirname, join } from "node:path";
import type { PublishFs } from "./file-system.ts";
import { isCode } from "./processes.ts";

/** Readable for the server's user, whatever this process's umask is. */
const FOLDER_MODE = 0o755;

/** Makes a folder and whatever lies missing above it. */
export function makeFolders(path: string, fs: PublishFs): void {
  if (fs.lstatSync(path) !== undefined) return;
  makeFolders(dirname(path), fs);
  try {
    fs.mkdirSync(path);
  } catch (error) {
    // Somebody else made it at the same moment.
    if (isCode(error, "EEXIST")) return;
    throw error;
  }
  fs.chmodSync(path, FOLDER_MODE);
  syncFolder(dirname(path), fs);
}

/** Makes one folder, which must not exist. */
export function makeFolder(path: string, fs: PublishFs): void {
  fs.mkdirSync(path);
  fs.chmodSync(path, FOLDER_MODE);
}

/**
 * After this the folder's names, what was renamed into it included, outlive a power cut; of a file,
 * its bytes.
 */
export function syncFolder(path: string, fs: PublishFs): void {
  const folder = fs.openSync(path, "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

/** Removes a folder and all in it; follows no link. Depth is that of a generation: three. */
export function removeFolder(path: string, fs: PublishFs): void {
  const pending = [path];
  const folders: string[] = [];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    folders.push(folder);
    for (const name of fs.readdirSync(folder)) {
      const entry = join(folder, name);
      if (fs.lstatSync(entry)?.isDirectory()) pending.push(entry);
      else fs.unlinkSync(entry);
    }
  }
  for (const folder of folders.reverse()) fs.rmdirSync(folder);
}
