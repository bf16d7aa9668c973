/**
 * Publishes what an older generation holds once more, as a new one: versions only grow, so that
 * nobody who has the newer one takes the older for a mistake. Its files are hard links to the old
 * ones, and who is first to ask for them is the canary.
 */
import {
  type CanaryChoice,
  type CanaryReport,
  confirmByCanary,
  type Interruptible,
  type NoCanary,
  requireServer,
} from "./canary/canary.ts";
import { diffGenerations, type NetworkDiff } from "./compare/diff.ts";
import { openCompared } from "./compare/generation.ts";
import { EnvironmentError } from "./diagnostics/environment.ts";
import { generationFault, renewGeneration } from "./emit/generation.ts";
import { nodeFileSystem, type PublishFs } from "./publish/file-system.ts";
import {
  currentId,
  generationBefore,
  generationFolder,
  generationIds,
  nextTime,
} from "./publish/generations.ts";
import { lockOutput } from "./publish/lock.ts";
import {
  type Pruned,
  type Published,
  publishGeneration,
  retireGenerations,
  unpublished,
} from "./publish/publish.ts";
import { readStagedFiles } from "./publish/stage.ts";
import { readGenerationBytes } from "./sources/generation-file.ts";

export interface RollbackOptions {
  readonly outputDir: string;
  /** The generation to go back to; the one before the current one unless given. */
  readonly id?: string;
  /** Of the new generation, unless what is current is newer: seconds since 1970. */
  readonly builtAt: number;
  /** How many generations stay, the new one included. */
  readonly keep: number;
  readonly canary: CanaryChoice;
  /** Whoever ends this program while the canary asks; nobody unless given. */
  readonly interruptible?: Interruptible;
  /** Nothing is published. */
  readonly dryRun?: boolean;
  readonly fs?: PublishFs;
}

export interface Rollback {
  readonly rollbackOf: string;
  /** What it is of, in seconds since 1970. */
  readonly builtAt: number;
  /** Nothing was published, and the id is what it would be. */
  readonly isDryRun: boolean;
  /** From what was current to what is gone back to; why nobody can say, where nobody can. */
  readonly changes: NetworkDiff | Error;
  readonly published: Published;
  readonly canary: CanaryReport | NoCanary;
  readonly pruned: Pruned;
}

/**
 * Throws an `EnvironmentError` when there is no such generation or it is not as it was published,
 * and a `RefusedError` when the canary finds the new one wrong; what was current then still is.
 */
export async function rollBack(options: RollbackOptions): Promise<Rollback> {
  const { outputDir, keep, canary: choice, interruptible, fs = nodeFileSystem } = options;
  requireServer(choice);
  const lock = lockOutput(outputDir, fs);
  try {
    const rollbackOf = chosen(outputDir, options.id, fs);
    // The way out stays open where a clock was wrong and what is current is of tomorrow.
    const builtAt = Math.max(options.builtAt, nextTime(outputDir, fs));
    const { id, files } = renewGeneration(readIntact(outputDir, rollbackOf, fs), builtAt);
    const inPlace = currentId(outputDir, fs);
    if (options.dryRun === true) {
      return {
        rollbackOf,
        builtAt,
        isDryRun: true,
        changes: changesOf(outputDir, inPlace, rollbackOf),
        published: unpublished(outputDir, { id, files }, fs),
        canary: { skipped: "nothing was published" },
        pruned: { removed: [] },
      };
    }
    const published = publishGeneration({ lock, id, files, alike: rollbackOf, fs });
    const canary = await confirmByCanary(lock, published, choice, {
      fs,
      ...(interruptible && { interruptible }),
    });
    // Whoever goes back is in a hurry: what it changes is found out when it is done.
    const changes = changesOf(outputDir, inPlace, rollbackOf);
    const pruned = retireGenerations(lock, keep, fs);
    return { rollbackOf, builtAt, isDryRun: false, changes, published, canary, pruned };
  } finally {
    lock.release();
  }
}

/** Never throws: what it changes must not hinder going back. */
function changesOf(
  outputDir: string,
  inPlace: string | undefined,
  rollbackOf: string,
): NetworkDiff | Error {
  if (inPlace === undefined) return new Error("no generation was current");
  const open = (id: string) => {
    const folder = generationFolder(outputDir, id);
    return openCompared((path) => readGenerationBytes(folder, path));
  };
  try {
    return diffGenerations(open(inPlace), open(rollbackOf));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function chosen(outputDir: string, wanted: string | undefined, fs: PublishFs): string {
  const doing = `looking for the generation to go back to in ${outputDir}`;
  const ids = generationIds(outputDir, fs);
  const current = currentId(outputDir, fs);
  const others = ids.filter((id) => id !== current);
  const there =
    others.length === 0
      ? "Only a build can make another."
      : `There ${others.length === 1 ? "is" : "are"} ${others.join(", ")}.`;
  if (wanted !== undefined) {
    if (wanted === current) throw new EnvironmentError(doing, there, `${wanted} is current`);
    if (ids.includes(wanted)) return wanted;
    throw new EnvironmentError(doing, there, `there is no generation ${wanted}`);
  }
  if (current === undefined) throw new EnvironmentError(doing, there, "no generation is current");
  const before = generationBefore(current, ids);
  if (before !== undefined) return before;
  throw new EnvironmentError(doing, there, `there is none before the current one, ${current}`);
}

function readIntact(outputDir: string, id: string, fs: PublishFs) {
  const folder = generationFolder(outputDir, id);
  const doing = `reading generation ${folder}`;
  const remedy = "Go back to another one; mirrorpress generations lists them.";
  try {
    const generation = { id, files: readStagedFiles(folder, fs) };
    const fault = generationFault(generation);
    if (fault === null) return generation;
    throw new EnvironmentError(doing, remedy, `it is not as it was published: ${fault}`);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(doing, remedy, error);
  }
}
