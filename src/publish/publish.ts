/**
 * Publishing a generation:
 *
 *     stage beside the others -> sync -> read back and compare -> rename -> sync
 *       -> move the symlink `current` by rename -> sync
 *
 * Until the symlink moves, the generation before is current and untouched; after it, the new one is
 * current and complete. There is no moment between, whatever fails and whenever the power goes.
 */
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { RefusedError } from "../diagnostics/refusal.ts";
import type { SealedArtifact } from "../emit/artifact.ts";
import { nodeFileSystem, type PublishFs } from "./file-system.ts";
import { makeFolders, removeFolder, syncFolder } from "./folders.ts";
import {
  CURRENT,
  currentId,
  GENERATIONS,
  generationFolder,
  isGenerationId,
  NEXT_CURRENT,
  pruneGenerations,
  removeLeftovers,
  removeNeverCurrent,
  requireNotOlder,
  setAside,
} from "./generations.ts";
import type { OutputLock } from "./lock.ts";
import { findDifference, stageFiles, syncStaged } from "./stage.ts";

export interface Publication {
  readonly lock: OutputLock;
  readonly id: string;
  /** Every file of the generation, the manifest included. */
  readonly files: readonly SealedArtifact[];
  /** The generation that has most of the files already; the current one unless given. */
  readonly alike?: string;
  readonly fs?: PublishFs;
}

export interface Published {
  readonly id: string;
  /** Where the generation lies. */
  readonly path: string;
  /** The very generation was there and current; nothing was written. */
  readonly unchanged: boolean;
  /** The generation that was current; absent when there was none, and when nothing changed. */
  readonly replaced?: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Throws a `RefusedError` for a generation older than the current one, and an `EnvironmentError` when
 * anything fails; what was current then still is.
 */
export function publishGeneration(publication: Publication): Published {
  const { lock, id, files, alike, fs = nodeFileSystem } = publication;
  const { outputDir } = lock;
  if (!isGenerationId(id)) throw new Error(`not the id of a generation: ${id}`);
  const path = generationFolder(outputDir, id);
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const report = { id, path, files: files.length, bytes };
  return wrapped(`publishing generation ${id} in ${outputDir}`, () => {
    requireNotOlder(outputDir, id, fs);
    makeFolders(join(outputDir, GENERATIONS), fs);
    removeLeftovers(outputDir, fs);
    // What goes is decided by `current`, which a process that ended may not have made durable: a
    // power cut must not bring back a link to what is removed now.
    syncFolder(outputDir, fs);
    removeNeverCurrent(outputDir, id, fs);
    const before = currentId(outputDir, fs);
    if (fs.lstatSync(path) === undefined) addGeneration(outputDir, id, files, alike ?? before, fs);
    else {
      requireIntact(path, files, fs);
      makeDurable(outputDir, path, files, fs);
    }
    if (before === id) return { ...report, unchanged: true };

    lock.requireHeld();
    pointCurrentTo(outputDir, id, fs);
    return { ...report, unchanged: false, ...(before !== undefined && { replaced: before }) };
  });
}

/** What publishing would say. */
export function unpublished(
  outputDir: string,
  { id, files }: Pick<Publication, "id" | "files">,
  fs: PublishFs = nodeFileSystem,
): Published {
  const before = currentId(outputDir, fs);
  return {
    id,
    path: generationFolder(outputDir, id),
    unchanged: before === id,
    ...(before !== undefined && before !== id && { replaced: before }),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

/**
 * Makes the generation current again that was so before, or none where there was none, and sets the
 * other aside. Returns where that one lies until the next publication, null if it is still in its
 * place. Throws an `EnvironmentError` when the link cannot be moved.
 */
export function withdrawGeneration(
  lock: OutputLock,
  { id, replaced }: Published,
  fs: PublishFs = nodeFileSystem,
): string | null {
  const { outputDir } = lock;
  wrapped(`making generation ${replaced ?? "(none)"} current again in ${outputDir}`, () => {
    lock.requireHeld();
    if (replaced !== undefined) pointCurrentTo(outputDir, replaced, fs);
    else {
      fs.unlinkSync(join(outputDir, CURRENT));
      syncFolder(outputDir, fs);
    }
  });
  try {
    return setAside(outputDir, id, "rejected", fs);
  } catch {
    // It is newer than the current one, and so removed by the next publication.
    return null;
  }
}

export interface Pruned {
  /** Ids of the generations that were removed, the newest first. */
  readonly removed: readonly string[];
  /** Why old generations could not be removed. */
  readonly notRemoved?: string;
}

/**
 * Removes old generations and what ended processes left. Never throws, for what was published before
 * is published. `keep` counts the current generation, and is at least 1.
 */
export function retireGenerations(
  { outputDir }: OutputLock,
  keep: number,
  fs: PublishFs = nodeFileSystem,
): Pruned {
  try {
    if (fs.lstatSync(join(outputDir, GENERATIONS)) === undefined) return { removed: [] };
    removeLeftovers(outputDir, fs);
    return { removed: pruneGenerations(outputDir, keep, fs) };
  } catch (error) {
    return { removed: [], notRemoved: error instanceof Error ? error.message : String(error) };
  }
}

function wrapped<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EnvironmentError || error instanceof RefusedError) throw error;
    const remedy = "Check the space and the permissions there, then try again.";
    throw new EnvironmentError(doing, remedy, error);
  }
}

function addGeneration(
  outputDir: string,
  id: string,
  files: readonly SealedArtifact[],
  alike: string | undefined,
  fs: PublishFs,
): void {
  const old = alike === undefined ? undefined : generationFolder(outputDir, alike);
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
    "Build again a second later: that is a generation of its own. Then remove this one.",
    `somebody has changed it since it was published: ${difference}`,
  );
}

/** Whoever wrote it may have ended before that was. */
function makeDurable(
  outputDir: string,
  path: string,
  files: readonly SealedArtifact[],
  fs: PublishFs,
): void {
  syncStaged(path, files, fs);
  syncFolder(join(outputDir, GENERATIONS), fs);
}

function pointCurrentTo(outputDir: string, id: string, fs: PublishFs): void {
  const next = join(outputDir, NEXT_CURRENT);
  fs.symlinkSync(`${GENERATIONS}/${id}`, next);
  fs.renameSync(next, join(outputDir, CURRENT));
  syncFolder(outputDir, fs);
}
