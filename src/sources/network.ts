/** A mirror network on disk: config.yml, mirrorpress.yml beside it, and the mirrors' files. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import fastGlob from "fast-glob";
import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { WrittenDocument } from "../diagnostics/written.ts";
import { displayPath, readTextFile } from "./files.ts";
import { CONFIG_LIMITS, MIRROR_LIMITS, parseYaml, type YamlLimits } from "./yaml.ts";

export interface WrittenNetwork {
  readonly config: WrittenDocument;
  /** Absent when there is no mirrorpress.yml, or when it cannot be read. */
  readonly settings?: WrittenDocument;
  /** By path in code-point order. */
  readonly mirrors: readonly WrittenDocument[];
  /** What is there and cannot be read, all of it reported; mirrors' files by path. */
  readonly unreadable: { readonly settings: boolean; readonly mirrors: readonly string[] };
}

export const SETTINGS_FILE = "mirrorpress.yml";
/** Where mirrors are when config.yml does not say it. */
const DEFAULT_MIRRORS_DIR = "mirrors.d";

const MIRROR_FILE_BYTES = 64 * 1024;
const CONFIG_FILE_BYTES = 1024 * 1024;
const MAX_MIRROR_FILES = 100_000;
const MAX_FOLDER_DEPTH = 8;

/**
 * Null when config.yml itself cannot be read; everything that is wrong is reported. A `mirrorsFolder`
 * stands in for that of config.yml.
 */
export function readNetwork(
  configPath: string,
  report: Report,
  mirrorsFolder?: string,
): WrittenNetwork | null {
  const config = readConfigDocument(configPath, report);
  const settings = readSettingsDocument(configPath, report);
  if (!config) return null;
  const folder = mirrorsFolder ?? resolve(dirname(configPath), mirrorsDirOf(config));
  const mirrors: WrittenDocument[] = [];
  const unreadable: string[] = [];
  for (const path of findMirrorFiles(folder, report)) {
    const mirror = readMirrorDocument(path, report);
    if (mirror) mirrors.push(mirror);
    else unreadable.push(displayPath(path));
  }
  return {
    config,
    ...(settings && { settings }),
    mirrors,
    unreadable: { settings: hasSettings(configPath) && !settings, mirrors: unreadable },
  };
}

export function readConfigDocument(path: string, report: Report): WrittenDocument | null {
  if (existsSync(path)) return readDocument(path, CONFIG_FILE_BYTES, CONFIG_LIMITS, report);
  const reason = "there is no such file";
  const remedy = "name the network's config.yml with --config";
  const file = { path: displayPath(path), text: "" };
  report(problem("file-unreadable", { file }, { reason, remedy }));
  return null;
}

/** The settings beside a config.yml, or null when there are none. */
export function readSettingsDocument(configPath: string, report: Report): WrittenDocument | null {
  if (!hasSettings(configPath)) return null;
  return readDocument(settingsPath(configPath), CONFIG_FILE_BYTES, CONFIG_LIMITS, report);
}

function hasSettings(configPath: string): boolean {
  return existsSync(settingsPath(configPath));
}

function settingsPath(configPath: string): string {
  return join(dirname(configPath), SETTINGS_FILE);
}

export function readMirrorDocument(path: string, report: Report): WrittenDocument | null {
  return readDocument(path, MIRROR_FILE_BYTES, MIRROR_LIMITS, report);
}

/** The endings that are read, and those that people's editors and systems make of them. */
const READ = /\.ya?ml$/;
const ALMOST = /\.ya?ml(?:\.txt)?$/i;

/**
 * Every *.yml and *.yaml under a folder, in code-point order. Links are followed only to files
 * inside it: a pull request must not make a build server print any other file of it.
 */
export function findMirrorFiles(
  folder: string,
  report: Report,
  limit = MAX_MIRROR_FILES,
): readonly string[] {
  const found = existsSync(folder)
    ? fastGlob.sync("**/*.{yml,yaml}{,.txt}", {
        cwd: folder,
        caseSensitiveMatch: false,
        deep: MAX_FOLDER_DEPTH,
        followSymbolicLinks: false,
        onlyFiles: false,
        objectMode: true,
        suppressErrors: true,
      })
    : [];
  const files = found.filter(({ dirent }) => dirent.isFile() || dirent.isSymbolicLink());
  for (const { path, name } of files) {
    if (READ.test(path)) continue;
    const file = { path: displayPath(join(folder, path)), text: "" };
    const suggestion = name.replace(ALMOST, "").toLowerCase();
    report(problem("file-not-read", { file }, { suggestion: `${suggestion}.yml` }));
  }
  const paths = files
    .filter(({ path }) => READ.test(path))
    .map(({ path, dirent }) => ({ path, linked: dirent.isSymbolicLink() }))
    .sort((a, b) => comparePaths(a.path, b.path));
  if (paths.length === 0) report(problem("no-mirror-files", {}, { folder: displayPath(folder) }));
  if (paths.length > limit) {
    report(problem("too-many-files", {}, { count: paths.length, limit }));
    paths.length = limit;
  }
  return paths.flatMap(({ path, linked }) => {
    const full = join(folder, path);
    if (!linked || leadsInside(full, folder)) return [full];
    const reason = "it is a link to outside the mirrors' folder";
    const file = { path: displayPath(full), text: "" };
    const remedy = "put a file of its own in its place";
    report(problem("file-unreadable", { file }, { reason, remedy }));
    return [];
  });
}

function readDocument(
  path: string,
  capBytes: number,
  limits: YamlLimits,
  report: Report,
): WrittenDocument | null {
  const file = readTextFile(path, capBytes, report);
  return file && parseYaml(file, report, limits);
}

/** What config.yml gives as mirrors_dir; whether the rest of it is sound is the model's question. */
function mirrorsDirOf({ root }: WrittenDocument): string {
  if (root.kind !== "map") return DEFAULT_MIRRORS_DIR;
  const given = root.entries.findLast(({ key }) => key.text === "mirrors_dir")?.value;
  return given?.kind === "scalar" && given.text !== "" ? given.text : DEFAULT_MIRRORS_DIR;
}

function leadsInside(path: string, folder: string): boolean {
  try {
    return realpathSync(path).startsWith(realpathSync(folder) + sep);
  } catch {
    return false;
  }
}

/** By code point, which is not the order of UTF-16 units above U+FFFF. */
function comparePaths(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
