/** A folder of mirror files that a stranger wrote, before any of them is read. */
import { lstatSync } from "node:fs";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { displayPath } from "./files.ts";
import { findMirrorFiles } from "./network.ts";

/** Far more than any network has. */
const MAX_FILES = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Throws an `EnvironmentError` where it is no folder, and where it holds more than anybody reviews. A
 * link is no folder: it could lead anywhere on this machine.
 */
export function requireModestFolder(folder: string): void {
  const doing = `reading the contributed mirrors in ${displayPath(folder)}`;
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) {
    const reason = stat === undefined ? "there is no such folder" : "it is not a folder";
    throw new EnvironmentError(doing, "Name the folder that holds all mirror files.", reason);
  }
  const paths = findMirrorFiles(folder, () => undefined);
  const bytes = paths.reduce((sum, path) => sum + lstatSync(path).size, 0);
  if (paths.length <= MAX_FILES && bytes <= MAX_BYTES) return;
  const reason = `${paths.length} files of ${bytes} bytes are more than anybody reviews`;
  throw new EnvironmentError(doing, "Contribute fewer, or smaller, files.", reason);
}
