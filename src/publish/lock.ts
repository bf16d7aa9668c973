/**
 * One build at a time writes an output directory. The lock is a file that says which process holds
 * it; one left behind by a process that is no more is taken over.
 */
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { nodeFileSystem, type PublishFs } from "./file-system.ts";
import { makeFolders } from "./folders.ts";
import { writeNewFile } from "./new-file.ts";
import { isAlive, isCode, type ProcessIdentity, processesSeen, thisProcess } from "./processes.ts";

/** Proof that the output directory is ours, asked for by whatever writes there. */
export interface OutputLock {
  readonly outputDir: string;
  /** Throws when another build has taken it for abandoned: after a machine slept for half a day. */
  requireHeld(): void;
  /** Gives the directory back; never throws. */
  release(): void;
}

interface Holder extends ProcessIdentity {
  /** Where it is: see `processesSeen`. */
  readonly host: string;
}

const LOCK_NAME = ".lock";
/**
 * A lock of where processes cannot be seen from here, such as of a container that was killed, is
 * abandoned after half a day: no build takes that long, and the next night is to find it gone.
 */
const ABANDONED_MS = 12 * 3600 * 1000;

/** Throws an `EnvironmentError` that names the holder when another build is at work. */
export function lockOutput(outputDir: string, fs: PublishFs = nodeFileSystem): OutputLock {
  const self = thisProcess();
  const path = join(outputDir, LOCK_NAME);
  const text = JSON.stringify({ ...self, host: processesSeen() } satisfies Holder);
  // Linked into place complete, so that nobody can read a lock half written.
  const own = `${path}-${self.pid}-${self.started}`;
  try {
    makeFolders(outputDir, fs);
    if (fs.lstatSync(own) !== undefined) fs.unlinkSync(own);
    writeNewFile(own, { bytes: Buffer.from(text), mode: 0o644, sync: false }, fs);
    try {
      while (!tryLink(own, path, fs)) removeStale(path, own, outputDir, self, fs);
    } finally {
      fs.unlinkSync(own);
    }
    removeLeftovers(outputDir, fs);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const remedy = "Check that the directory exists and that you may write there.";
    throw new EnvironmentError(`locking the output directory ${outputDir}`, remedy, error);
  }
  return {
    outputDir,
    requireHeld: () => {
      if (readText(path, fs) === text) return;
      throw new EnvironmentError(
        `writing the output directory ${outputDir}`,
        "Build again.",
        "another build has taken the lock over, as if this one were no more",
      );
    },
    release: () => {
      try {
        if (readText(path, fs) === text) fs.unlinkSync(path);
      } catch {
        // It is stale from the moment this process ends, and will be taken over.
      }
    },
  };
}

/** Returns if the lock is gone, throws if its holder lives. */
function removeStale(
  path: string,
  own: string,
  outputDir: string,
  self: ProcessIdentity,
  fs: PublishFs,
): void {
  const text = readText(path, fs);
  if (text === undefined) return;
  const holder = parseHolder(text);
  const since = fs.lstatSync(path);
  // Both by the clock of the file system, which may be another machine's.
  const ageMs = (fs.lstatSync(own)?.mtimeMs ?? 0) - (since?.mtimeMs ?? 0);
  const isSeen = holder?.host === processesSeen();
  if (holder !== null && mayBeAlive(holder) && (isSeen || ageMs < ABANDONED_MS)) {
    const who = isSeen ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;
    const when = since === undefined ? "" : ` since ${new Date(since.mtimeMs).toISOString()}`;
    throw new EnvironmentError(
      `locking the output directory ${outputDir}`,
      isSeen
        ? "Wait until it has finished, or choose another output directory."
        : `Wait until it has finished. If it is no more, remove ${path}.`,
      `another build is writing there: ${who}${when}`,
    );
  }
  // Moved away before it is removed: whoever loses the race for it finds another's lock in hand
  // and puts that back.
  const aside = `${path}-stale-${self.pid}-${self.started}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if (readText(aside, fs) !== text) tryLink(aside, path, fs);
  fs.unlinkSync(aside);
}

/** What processes left that ended while they took the lock. Only under the lock. */
function removeLeftovers(outputDir: string, fs: PublishFs): void {
  for (const name of fs.readdirSync(outputDir)) {
    const [, pid, started] = LEFTOVER.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    const path = join(outputDir, name);
    // Whoever is not of this machine says so in the file, unless it has not come to that yet; then
    // it fails to take the lock, which it would not have got.
    const holder = parseHolder(readText(path, fs) ?? "") ?? {
      pid: Number(pid),
      started,
      host: processesSeen(),
    };
    if (!mayBeAlive(holder)) fs.unlinkSync(path);
  }
}

const LEFTOVER = /^\.lock-(?:stale-)?(\d+)-(\d*)$/;

/** A process of another machine or container cannot be seen, and counts as alive. */
function mayBeAlive(holder: Holder): boolean {
  return holder.host !== processesSeen() || isAlive(holder);
}

function parseHolder(text: string): Holder | null {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isInteger(pid) || typeof host !== "string" || typeof started !== "string") {
      return null;
    }
    return { pid: pid as number, host, started };
  } catch {
    return null;
  }
}

function tryLink(existing: string, path: string, fs: PublishFs): boolean {
  try {
    fs.linkSync(existing, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function readText(path: string, fs: PublishFs): string | undefined {
  try {
    return Buffer.from(fs.readFileSync(path)).toString("utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
