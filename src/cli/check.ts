/** `mirrorpress check`: all that is wrong with the input, where it is, and how to mend it. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { diagnosticsJson, githubAnnotation } from "../diagnostics/machine.ts";
import { type RenderOptions, renderFrame } from "../diagnostics/render.ts";
import { countBySeverity, inReadingOrder, renderSummary } from "../diagnostics/summary.ts";
import type { WrittenDocument } from "../diagnostics/written.ts";
import { defaultConfig, type NetworkConfig, readConfig } from "../model/config.ts";
import { checkNetwork, readMirror } from "../model/mirrors.ts";
import { readSettings } from "../model/settings.ts";
import {
  findMirrorFiles,
  readConfigDocument,
  readMirrorDocument,
  readNetwork,
  readSettingsDocument,
  SETTINGS_FILE,
} from "../sources/network.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { formatCount } from "./format.ts";

export interface CheckOptions {
  /** Networks (a config.yml or its folder), folders of mirrors, single files; none: `--config`. */
  readonly paths: readonly string[];
  /** Print annotations for GitHub instead of frames. */
  readonly github: boolean;
}

/** The exit code: 1 when there are errors; warnings and notes pass. */
export async function check(context: CommandContext, options: CheckOptions): Promise<number> {
  const { terminal, options: global } = context;
  const { diagnostics, mirrorCount } = checkPaths(options.paths, global.configPath);
  const counts = countBySeverity(diagnostics);
  if (global.json) {
    terminal.out(`${JSON.stringify(diagnosticsJson(diagnostics), null, 2)}\n`);
  } else {
    const render = { color: terminal.outPaint.colour, width: terminal.columns };
    for (const diagnostic of diagnostics) {
      const shown = options.github
        ? githubAnnotation(diagnostic)
        : `${renderFrame(diagnostic, render)}\n`;
      terminal.out(`${shown}\n`);
    }
    terminal.out(renderConclusion(diagnostics, mirrorCount, render));
  }
  return counts.error > 0 ? EXIT.findings : EXIT.done;
}

export interface Checked {
  /** In the order of files and of places in them. */
  readonly diagnostics: readonly Diagnostic[];
  /** Mirrors that can be used, in spite of all. */
  readonly mirrorCount: number;
}

/** Throws `UsageError` for a path that does not exist. */
export function checkPaths(paths: readonly string[], configPath: string): Checked {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const mirrorCount =
    paths.length === 0
      ? checkWholeNetwork(requireFile(configPath), report)
      : checkEach(paths, configPath, report);
  return { diagnostics: inReadingOrder(diagnostics), mirrorCount };
}

function checkWholeNetwork(configPath: string, report: Report): number {
  const network = readNetwork(configPath, report);
  if (!network) return 0;
  const config = readConfig(network.config, report) ?? defaultConfig;
  if (network.settings) readSettings(network.settings, report);
  return checkMirrors(network.mirrors, config, report);
}

function checkMirrors(
  documents: readonly WrittenDocument[],
  config: NetworkConfig,
  report: Report,
): number {
  const mirrors = documents.flatMap((document) => readMirror(document, config, report) ?? []);
  return checkNetwork(mirrors, report).length;
}

function checkEach(paths: readonly string[], configPath: string, report: Report): number {
  let mirrorCount = 0;
  const mirrorFiles: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) throw new UsageError(`there is no "${path}"`, "check its spelling");
    const name = basename(resolve(path));
    const config = join(path, "config.yml");
    if (statSync(path).isDirectory()) {
      if (existsSync(config)) mirrorCount += checkWholeNetwork(config, report);
      else mirrorFiles.push(...findMirrorFiles(path, report));
    } else if (name === "config.yml") {
      mirrorCount += checkWholeNetwork(path, report);
    } else if (name === SETTINGS_FILE) {
      const settings = readSettingsDocument(path, report);
      if (settings) readSettings(settings, report);
    } else {
      mirrorFiles.push(path);
    }
  }
  const documents = [...new Set(mirrorFiles)].flatMap(
    (path) => readMirrorDocument(path, report) ?? [],
  );
  const first = mirrorFiles[0];
  if (first === undefined) return mirrorCount;
  return mirrorCount + checkMirrors(documents, configOf(first, configPath), report);
}

/**
 * The configuration that mirror files on their own belong to: that of `--config`, else the nearest
 * config.yml above them, else the defaults. Its own problems are not what was asked for.
 */
function configOf(mirrorFile: string, configPath: string): NetworkConfig {
  const path = existsSync(configPath) ? configPath : configAbove(mirrorFile);
  const silent: Report = () => undefined;
  const document = path === undefined ? null : readConfigDocument(path, silent);
  return (document && readConfig(document, silent)) ?? defaultConfig;
}

function configAbove(file: string): string | undefined {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const path = join(folder, "config.yml");
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function requireFile(path: string): string {
  if (existsSync(path)) return path;
  throw new UsageError(`there is no "${path}"`, "name the network's config.yml with --config");
}

function renderConclusion(
  diagnostics: readonly Diagnostic[],
  mirrorCount: number,
  options: RenderOptions,
): string {
  const { error, warning, note } = countBySeverity(diagnostics);
  const usable = `${count(mirrorCount, "mirror")} can be used`;
  if (diagnostics.length === 0) return `nothing to mend; ${usable}\n`;
  const total = [count(error, "error"), count(warning, "warning"), count(note, "note")].join(", ");
  return `${renderSummary(diagnostics, options)}\n\n${total}; ${usable}\n`;
}

function count(number: number, noun: string): string {
  return `${formatCount(number)} ${noun}${number === 1 ? "" : "s"}`;
}
