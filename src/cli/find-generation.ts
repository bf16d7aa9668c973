/** The generation that a command reads, for those that read no more than what is published. */
import { resolve } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { nodeFileSystem } from "../publish/file-system.ts";
import { currentId, generationFolder } from "../publish/generations.ts";

export interface FoundGeneration {
  /** The output directory, absolute. */
  readonly root: string;
  readonly id: string;
  readonly folder: string;
}

/** The current one unless an id is given. Throws an `EnvironmentError` when there is none. */
export function findGeneration(outputDir: string, givenId?: string): FoundGeneration {
  const root = resolve(outputDir);
  const id = givenId ?? currentId(root, nodeFileSystem);
  if (id === undefined) {
    const remedy = "Run mirrorpress build first, or name where it is with --output.";
    throw new EnvironmentError(`looking for a generation in ${outputDir}`, remedy, "there is none");
  }
  return { root, id, folder: generationFolder(root, id) };
}
