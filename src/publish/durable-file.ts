/**
 * Replaces a single file, such as a state or a database that was fetched:
 *
 *     write beside it -> sync -> read back and compare -> rename -> sync the folder
 *
 * Whoever reads the path finds all of the old content or all of the new, whatever fails and whenever
 * the power goes.
 */
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { nodeFileSystem, type PublishFs } from "./file-system.ts";
import { makeFolders, syncFolder } from "./folders.ts";
import { writeNewFile } from "./new-file.ts";
import { isAlive, thisProcess } from "./processes.ts";

const FILE_MODE = 0o644;

/**
 * Makes folders that are missing. Throws an `EnvironmentError`; the path then has what it had, or,
 * when nothing but the folder's last sync failed, what it was to get.
 */
export function writeDurably(
  path: string,
  bytes: Uint8Array,
  fs: PublishFs = nodeFileSystem,
): void {
  const folder = dirname(path);
  try {
    makeFolders(folder, fs);
    removeLeftovers(path, fs);
    const next = join(folder, temporaryName(path));
    try {
      writeNewFile(next, { bytes, mode: FILE_MODE, sync: true }, fs);
      if (Buffer.compare(fs.readFileSync(next), bytes) !== 0) {
        throw new Error("it reads back as something else");
      }
      fs.renameSync(next, path);
    } catch (error) {
      removeQuietly(next, fs);
      throw error;
    }
    syncFolder(folder, fs);
  } catch (error) {
    const remedy = "Check the space and the permissions there, then try again.";
    throw new EnvironmentError(`writing ${path}`, remedy, error);
  }
}

/**
 * `.<name>.writing-<pid>-<start>-<chance>`: one process tells by it what another left that ended
 * early. Chance, because processes of two containers may share the folder, the number and the tick,
 * and one must never rename into place what another has begun.
 */
function temporaryName(path: string): string {
  const { pid, started } = thisProcess();
  return `${temporaryPrefix(path)}${pid}-${started}-${randomBytes(4).toString("hex")}`;
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.writing-`;
}

/** What ended processes left, and this one: it writes one file at a time. */
function removeLeftovers(path: string, fs: PublishFs): void {
  const prefix = temporaryPrefix(path);
  const self = thisProcess();
  for (const name of fs.readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const [, pid = "", started = ""] =
      /^(\d+)-(\d*)-[0-9a-f]{8}$/.exec(name.slice(prefix.length)) ?? [];
    if (pid === "") continue;
    const writer = { pid: Number(pid), started };
    const isOwn = writer.pid === self.pid && started === self.started;
    if (isOwn || !isAlive(writer)) fs.unlinkSync(join(dirname(path), name));
  }
}

function removeQuietly(path: string, fs: PublishFs): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // The next writer removes it; the first error is the one to tell.
  }
}
