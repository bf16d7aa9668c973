/** The generation that a command reads, for those that read no more than what is published. */
import { resolve } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { nodeFileSystem } from "../publish/file-system.ts";
import { currentId, generationFolder, generationIds } from "../publish/generations.ts";
import { UsageError } from "./errors.ts";

export interface FoundGeneration {
  /** The output directory, absolute. */
  readonly root: string;
  readonly id: string;
  readonly folder: string;
}

/**
 * The current one unless an id, or its beginning, is given. Throws an `EnvironmentError` when there is
 * none.
 */
export function findGeneration(outputDir: string, givenId?: string): FoundGeneration {
  const root = resolve(outputDir);
  const id =
    givenId === undefined
      ? currentId(root, nodeFileSystem)
      : (idBeginningWith(root, givenId) ?? givenId);
  if (id === undefined) {
    const remedy = "Run mirrorpress build first, or name where it is with --output.";
    const isEmpty = generationIds(root, nodeFileSystem).length === 0;
    const found = isEmpty ? "there is no generation yet" : "there is no current generation";
    throw new EnvironmentError(`looking for one in ${outputDir}`, remedy, found);
  }
  return { root, id, folder: generationFolder(root, id) };
}

/** Null when no id begins so. Throws `UsageError` when several do. */
export function idBeginningWith(outputDir: string, typed: string): string | null {
  const ids = generationIds(resolve(outputDir), nodeFileSystem);
  const like = typed === "" ? [] : ids.filter((id) => id.startsWith(typed.toLowerCase()));
  if (like.length < 2) return like[0] ?? null;
  throw new UsageError(`"${typed}" is the beginning of ${like.length} generations`, someOf(like));
}

/** The newest, of which one is the likeliest to be meant. */
function someOf(ids: readonly string[]): string {
  const newest = ids.toReversed().slice(0, SHOWN);
  return `write more of it: ${newest.join(", ")}${ids.length > SHOWN ? " or one before" : ""}`;
}

const SHOWN = 5;
