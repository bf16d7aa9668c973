/** What is on a disk after its power went: the numbers that are there, if they are there as a whole. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "../../src/publish/file-system.ts";
import { findDifference } from "../../src/publish/stage.ts";
import { bulkyGeneration } from "../publish/bulky-generation.ts";

/** Lists of each generation. */
export const LISTS = 60;

export function stateText(number: number): string {
  return `${number} `.repeat(4000);
}

export interface DiskState {
  /** The number of the generation that is current; null when nothing is. */
  readonly current: number | null;
  readonly state: number | null;
  /** What is torn, in words. */
  readonly faults: readonly string[];
  /** Generations that were half written. */
  readonly leftovers: number;
}

export function readDisk(folder: string): DiskState {
  const faults: string[] = [];
  const attempt = (what: string, read: () => number | string): number | null => {
    try {
      const found = read();
      if (typeof found === "number") return found;
      faults.push(`${what}: ${found}`);
    } catch (error) {
      faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return null;
  };
  const output = join(folder, "output");
  const statePath = join(folder, "state", "state.json");
  const current = isLink(join(output, "current"))
    ? attempt("current", () => readCurrent(output))
    : null;
  const state = existsSync(statePath)
    ? attempt("state.json", () => {
        const text = readFileSync(statePath, "utf8");
        const number = Number.parseInt(text, 10);
        return text === stateText(number) ? number : `${text.length} bytes, not as written`;
      })
    : null;
  const generations = join(output, "generations");
  const names = existsSync(generations) ? readdirSync(generations) : [];
  return { current, state, faults, leftovers: names.filter((name) => name[0] === ".").length };
}

function readCurrent(output: string): number | string {
  const link = readlinkSync(join(output, "current"));
  const number = Number.parseInt(link.slice(-8), 16);
  const path = join(output, link);
  return findDifference(path, bulkyGeneration(number, LISTS).files, nodeFileSystem) ?? number;
}

function isLink(path: string): boolean {
  return nodeFileSystem.lstatSync(path)?.isSymbolicLink() === true;
}
