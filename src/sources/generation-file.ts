/** One file of a generation that is published, as text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { displayPath, reasonOf } from "./files.ts";

/** `folder` is the generation's own, or the link `current`. Throws `EnvironmentError`. */
export function readGenerationFile(folder: string, path: string): string {
  const file = join(folder, path);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const remedy = "Publish one with mirrorpress build, or name where it is with --output.";
    throw new EnvironmentError(`reading ${displayPath(file)}`, remedy, reasonOf(error));
  }
}

/** Null when the generation has no such file. Throws `EnvironmentError` when it cannot be read. */
export function readGenerationBytes(folder: string, path: string): Uint8Array | null {
  const file = join(folder, path);
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    const remedy = "Check that the file may be read.";
    throw new EnvironmentError(`reading ${displayPath(file)}`, remedy, reasonOf(error));
  }
}
