/**
 * Publishing a generation:
 *
 *     stage beside the others -> sync -> read back and compare -> rename -> sync
 *       -> move the symlink `current` by rename -> sync -> remove the oldest
 *
 * Until the symlink moves, the generation before is current and untouched; after it, the new one is
 * current and complete. There is no moment between, whatever fails and whenever the power goes.
 */
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import type { SealedArtifact } from "../emit/artifact.ts";
import { nodeFileSystem, type PublishFs } from "./file-system.ts";
import { makeFolders, removeFolder, syncFolder } from "./folders.ts";
import {
  CURRENT,
  currentId,
  GENERATIONS,
  generationFolder,
  isGenerationId,
  pruneGenerations,
  removeLeftovers,
} from "./generations.ts";
import type { OutputLock } from "./lock.ts";
import { findDifference, stageFiles } from "./stage.ts";

export interface Publication {
  readonly lock: OutputLock;
  readonly id: string;
  /** Every file of the generation, the manifest included. */
  readonly files: readonly SealedArtifact[];
  /** How many generations stay, this one included; at least 1. */
  readonly keep: number;
  readonly fs?: PublishFs;
}

export interface Published {
  readonly id: string;
  /** Where the generation lies. */
  readonly path: string;
  /** The very generation was there and current; nothing was written. */
  readonly unchanged: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Ids of the generations that were removed. */
  readonly removed: readonly string[];
  /** Why old generations could not be removed; publishing itself succeeded. */
  readonly notRemoved?: string;
}

/** Throws an `EnvironmentError` when anything fails; what was current then still is. */
export function publishGeneration(publication: Publication): Published {
  const { lock, id, files, keep, fs = nodeFileSystem } = publication;
  const { outputDir } = lock;
  if (!isGenerationId(id)) throw new Error(`not the id of a generation: ${id}`);
  const path = generationFolder(outputDir, id);
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const report = { id, path, files: files.length, bytes };
  try {
    makeFolders(join(outputDir, GENERATIONS), fs);
    removeLeftovers(outputDir, fs);
    const before = currentId(outputDir, fs);
    if (fs.lstatSync(path) === undefined) addGeneration(outputDir, id, files, before, fs);
    else requireIntact(path, files, fs);
    if (before === id) return { ...report, unchanged: true, removed: [] };

    pointCurrentTo(outputDir, id, fs);
    const spared = new Set(before === undefined ? [id] : [id, before]);
    return { ...report, unchanged: false, ...prune(outputDir, keep, spared, fs) };
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const remedy = "Check the space and the permissions there, then build again.";
    throw new EnvironmentError(`publishing generation ${id} in ${outputDir}`, remedy, error);
  }
}

function addGeneration(
  outputDir: string,
  id: string,
  files: readonly SealedArtifact[],
  before: string | undefined,
  fs: PublishFs,
): void {
  const old = before === undefined ? undefined : generationFolder(outputDir, before);
  const staging = join(outputDir, GENERATIONS, `.staging-${id}-${process.pid}`);
  try {
    stageFiles(staging, files, old, fs);
    const difference = findDifference(staging, files, fs);
    if (difference !== null) throw new Error(`reading it back, ${difference}`);
    fs.renameSync(staging, generationFolder(outputDir, id));
  } catch (error) {
    try {
      removeFolder(staging, fs);
    } catch {
      // The next build removes it; the first error is the one to tell.
    }
    throw error;
  }
  syncFolder(join(outputDir, GENERATIONS), fs);
}

/** A generation is never repaired in place: servers may have its files open. */
function requireIntact(path: string, files: readonly SealedArtifact[], fs: PublishFs): void {
  const difference = findDifference(path, files, fs);
  if (difference === null) return;
  throw new EnvironmentError(
    `comparing the build with generation ${path}`,
    "Point `current` to another generation, remove this one, and build again.",
    `somebody has changed it since it was published: ${difference}`,
  );
}

function pointCurrentTo(outputDir: string, id: string, fs: PublishFs): void {
  const next = join(outputDir, `.${CURRENT}-next`);
  if (fs.lstatSync(next) !== undefined) fs.unlinkSync(next);
  fs.symlinkSync(`${GENERATIONS}/${id}`, next);
  fs.renameSync(next, join(outputDir, CURRENT));
  syncFolder(outputDir, fs);
}

function prune(
  outputDir: string,
  keep: number,
  spared: ReadonlySet<string>,
  fs: PublishFs,
): Pick<Published, "removed" | "notRemoved"> {
  try {
    return { removed: pruneGenerations(outputDir, keep, spared, fs) };
  } catch (error) {
    return { removed: [], notRemoved: error instanceof Error ? error.message : String(error) };
  }
}
