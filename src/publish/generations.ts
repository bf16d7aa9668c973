/**
 * The generations in an output directory: their names, their order, and which ones go.
 *
 * Versions only grow: an id begins with its time and none is published that is older than the current
 * one. So the order of ids is the order in which generations were current, and what is newer than the
 * current one never was.
 */
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { RefusedError } from "../diagnostics/refusal.ts";
import type { PublishFs } from "./file-system.ts";
import { removeFolder, syncFolder } from "./folders.ts";

export const GENERATIONS = "generations";
export const CURRENT = "current";
/** The link that is to become `current`. */
export const NEXT_CURRENT = `.${CURRENT}-next`;

/** `<built at>-<digest>`, as emitting names them. */
const GENERATION_ID = /^\d{8}t\d{6}z-[0-9a-f]{8}$/;
const TIME_LENGTH = "20261122t114000z".length;
/** What a process that ended early leaves, and what a canary found wrong. */
const LEFTOVER = /^\.(?:staging|removing|rejected)-/;

export function isGenerationId(name: string): boolean {
  return GENERATION_ID.test(name);
}

/** Such as `20261122t114000z`; the order of texts is that of times. */
function timeOf(id: string): string {
  return id.slice(0, TIME_LENGTH);
}

/** `20261122t114000z-0a1b2c3d` -> "2026-11-22T11:40:00Z", as `--built-at` takes it. */
function isoTimeOf(id: string): string {
  return timeOf(id)
    .toUpperCase()
    .replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
}

export function generationFolder(outputDir: string, id: string): string {
  return join(outputDir, GENERATIONS, id);
}

/**
 * The id that `current` leads to, by whatever way somebody has written the link; undefined when there
 * is no such name. Throws an `EnvironmentError` for what leads to no generation: to take it for none
 * would publish without gates, and what is older.
 */
export function currentId(outputDir: string, fs: PublishFs): string | undefined {
  const link = join(outputDir, CURRENT);
  const stat = fs.lstatSync(link);
  if (stat === undefined) return undefined;
  const target = stat.isSymbolicLink() ? fs.readlinkSync(link) : "";
  const [id = "", folder] = target.replace(/\/+$/, "").split("/").reverse();
  if (folder === GENERATIONS && isGenerationId(id)) return id;
  throw new EnvironmentError(
    `looking for the current generation in ${outputDir}`,
    `Make it a link to ${GENERATIONS}/<id>, as mirrorpress does, or remove it: then nothing is current.`,
    stat.isSymbolicLink()
      ? `${link} leads to ${target}, which is no generation`
      : `${link} is not a link`,
  );
}

/**
 * Ids in the order in which they were published, the oldest first. Those of the same second go by
 * the time of their folders.
 */
export function generationIds(outputDir: string, fs: PublishFs): readonly string[] {
  const folder = join(outputDir, GENERATIONS);
  if (fs.lstatSync(folder) === undefined) return [];
  return fs
    .readdirSync(folder)
    .filter(isGenerationId)
    .map((id) => ({ id, time: timeOf(id), at: fs.lstatSync(join(folder, id))?.mtimeMs ?? 0 }))
    .sort((a, b) => compareTexts(a.time, b.time) || a.at - b.at || compareTexts(a.id, b.id))
    .map(({ id }) => id);
}

/** The generation that a current one replaced, if it is still there. */
export function generationBefore(id: string, ids: readonly string[]): string | undefined {
  return ids[ids.indexOf(id) - 1];
}

/**
 * Throws a `RefusedError` when a generation is older than the current one. `id` may be an id's
 * time alone. The same time is allowed: builds of one `--built-at` are.
 */
export function requireNotOlder(outputDir: string, id: string, fs: PublishFs): void {
  const current = currentId(outputDir, fs);
  if (current === undefined || timeOf(id) >= timeOf(current)) return;
  throw new RefusedError(
    `the generation would be of ${isoTimeOf(id)}, and the current one, ${current}, is newer`,
    `To publish older content again: mirrorpress rollback. If a clock was wrong, mend it, or give --built-at ${isoTimeOf(current)} or later.`,
  );
}

/**
 * The first time at which something may be published here, in seconds since 1970: later than what is
 * current, whose clock may have been wrong.
 */
export function nextTime(outputDir: string, fs: PublishFs): number {
  const current = currentId(outputDir, fs);
  return current === undefined ? 0 : Date.parse(isoTimeOf(current)) / 1000 + 1;
}

/** Only under the lock: no living process can own what is removed here. */
export function removeLeftovers(outputDir: string, fs: PublishFs): void {
  const folder = join(outputDir, GENERATIONS);
  const leftovers = fs.readdirSync(folder).filter((name) => LEFTOVER.test(name));
  // Whoever renamed them may have ended before that was durable: see `removeGeneration`.
  if (leftovers.length > 0) syncFolder(folder, fs);
  for (const name of leftovers) removeFolder(join(folder, name), fs);
  const next = join(outputDir, NEXT_CURRENT);
  if (fs.lstatSync(next) !== undefined) fs.unlinkSync(next);
}

/**
 * Removes what a process left that was killed between the last two renames, or by hand: newer than
 * the current generation and never current. `spared` is about to be.
 */
export function removeNeverCurrent(outputDir: string, spared: string, fs: PublishFs): void {
  const current = currentId(outputDir, fs);
  if (current === undefined) return;
  for (const id of generationIds(outputDir, fs)) {
    if (id !== spared && timeOf(id) > timeOf(current)) removeGeneration(outputDir, id, fs);
  }
}

/**
 * Removes all but the `keep` generations published last, the current one included. That one and the
 * one it replaced stay in any case: servers may still answer from it until they are reloaded.
 */
export function pruneGenerations(outputDir: string, keep: number, fs: PublishFs): string[] {
  const ids = generationIds(outputDir, fs);
  const current = currentId(outputDir, fs);
  if (current === undefined) return [];
  const before = generationBefore(current, ids);
  const doomed = ids.slice(0, Math.max(0, ids.length - keep));
  const removed = doomed.filter((id) => id !== current && id !== before).reverse();
  for (const id of removed) removeGeneration(outputDir, id, fs);
  return removed;
}

/**
 * Renamed first, for good: a generation is there as a whole or not at all, and none that lost files to
 * a power cut is offered to go back to.
 */
function removeGeneration(outputDir: string, id: string, fs: PublishFs): void {
  const aside = setAside(outputDir, id, "removing", fs);
  syncFolder(join(outputDir, GENERATIONS), fs);
  removeFolder(aside, fs);
}

/** Takes a generation from among the others; the next publication removes it. Where it lies then. */
export function setAside(
  outputDir: string,
  id: string,
  why: "removing" | "rejected",
  fs: PublishFs,
): string {
  const aside = join(outputDir, GENERATIONS, `.${why}-${id}`);
  if (fs.lstatSync(aside) !== undefined) removeFolder(aside, fs);
  fs.renameSync(generationFolder(outputDir, id), aside);
  return aside;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
