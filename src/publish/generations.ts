/** The generations in an output directory: their names, their order, and which ones go. */
import { join } from "node:path";
import type { PublishFs } from "./file-system.ts";
import { removeFolder } from "./folders.ts";

export const GENERATIONS = "generations";
export const CURRENT = "current";

/** `<built at>-<digest>`, as emitting names them. */
const GENERATION_ID = /^\d{8}t\d{6}z-[0-9a-f]{8}$/;
/** What a process that ended early leaves: a generation half written or half removed. */
const LEFTOVER = /^\.(?:staging|removing)-/;

export function isGenerationId(name: string): boolean {
  return GENERATION_ID.test(name);
}

export function generationFolder(outputDir: string, id: string): string {
  return join(outputDir, GENERATIONS, id);
}

/** The id that `current` points to; undefined when there is none. */
export function currentId(outputDir: string, fs: PublishFs): string | undefined {
  const link = join(outputDir, CURRENT);
  if (!fs.lstatSync(link)?.isSymbolicLink()) return undefined;
  const [folder, id, ...more] = fs.readlinkSync(link).split("/");
  return folder === GENERATIONS && id !== undefined && more.length === 0 && isGenerationId(id)
    ? id
    : undefined;
}

/** Only under the lock: no living process can own what is removed here. */
export function removeLeftovers(outputDir: string, fs: PublishFs): void {
  const folder = join(outputDir, GENERATIONS);
  for (const name of fs.readdirSync(folder)) {
    if (LEFTOVER.test(name)) removeFolder(join(folder, name), fs);
  }
}

/**
 * Removes all but the `keep` generations published last; `spared` ones stay in any case. Servers
 * may still answer from the one before until they are reloaded. Published last goes by the folder's
 * time, not the id's: one can build for a date long past.
 */
export function pruneGenerations(
  outputDir: string,
  keep: number,
  spared: ReadonlySet<string>,
  fs: PublishFs,
): string[] {
  const folder = join(outputDir, GENERATIONS);
  const publishedAt = (id: string) => fs.lstatSync(join(folder, id))?.mtimeMs ?? 0;
  const others = fs
    .readdirSync(folder)
    .filter((name) => isGenerationId(name) && !spared.has(name))
    .map((id) => ({ id, at: publishedAt(id) }))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  const doomed = others.slice(Math.max(0, keep - spared.size)).map(({ id }) => id);
  for (const id of doomed) {
    // Renamed first: a generation is there as a whole or not at all.
    const aside = join(folder, `.removing-${id}`);
    fs.renameSync(join(folder, id), aside);
    removeFolder(aside, fs);
  }
  return doomed;
}
