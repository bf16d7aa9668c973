/** What `check` finds: all that a build would say of the network, cut down to what was asked for. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { readCloudMirrors } from "../inputs/cloud-mirrors.ts";
import { readInputs } from "../inputs/inputs.ts";
import { readSubnetMirrors } from "../inputs/subnet-mirrors.ts";
import { defaultConfig, type NetworkConfig, readConfig } from "../model/config.ts";
import type { Mirror } from "../model/mirror.ts";
import { readMirrors } from "../model/mirrors.ts";
import { defaultSettings, readSettings } from "../model/settings.ts";
import {
  findMirrorFiles,
  readConfigDocument,
  readMirrorDocument,
  readNetwork,
  SETTINGS_FILE,
} from "../sources/network.ts";
import { UsageError } from "./errors.ts";

export interface Checked {
  /** In no particular order. */
  readonly diagnostics: readonly Diagnostic[];
  /** Mirrors, of those asked for, that can be used in spite of all; absent where none was. */
  readonly mirrorCount?: number;
  /** Why nobody looked where mirrors are, if nobody did. */
  readonly unplaced?: string;
}

interface CheckContext {
  readonly configPath: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
}

/**
 * Without paths, the network of `configPath`. A path is a network (its config.yml, or the folder
 * that holds one), a mirror file, a folder of them, or mirrorpress.yml. A mirror file is checked as
 * part of its network: that of `configPath`, else of the nearest config.yml above it; where there is
 * none, or the file is not among its mirrors, by itself.
 *
 * Throws `UsageError` for a path that does not exist.
 */
export function checkPaths(paths: readonly string[], context: CheckContext): Checked {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`there is no "${missing}"`, "check its spelling");
  const networks = paths.flatMap((path) => networkAt(path) ?? []);
  const parts = paths.filter((path) => networkAt(path) === undefined);
  if (paths.length === 0) {
    if (!existsSync(context.configPath)) {
      const remedy = "name the network's config.yml with --config, or the files to check";
      throw new UsageError(`there is no "${context.configPath}"`, remedy);
    }
    networks.push(context.configPath);
  }
  const checked = networks.map((configPath) => checkWhole(configPath, context.builtAt));
  if (parts.length > 0) checked.push(checkParts(parts, context));
  const isSettingsAlone = networks.length === 0 && parts.every((part) => isSettings(part));
  const unplaced = checked.find((whole) => whole.unplaced !== undefined)?.unplaced;
  return {
    diagnostics: checked.flatMap(({ diagnostics }) => diagnostics),
    ...(!isSettingsAlone && {
      mirrorCount: checked.reduce((sum, { mirrors }) => sum + mirrors.length, 0),
    }),
    ...(unplaced !== undefined && { unplaced }),
  };
}

interface Whole {
  readonly diagnostics: readonly Diagnostic[];
  readonly mirrors: readonly Pick<Mirror, "file">[];
  readonly unplaced?: string;
}

function isSettings(path: string): boolean {
  return basename(path) === SETTINGS_FILE;
}

/** The config.yml that a path stands for, if it stands for a network. */
function networkAt(path: string): string | undefined {
  const config = statSync(path).isDirectory() ? join(path, "config.yml") : path;
  return basename(config) === "config.yml" && existsSync(config) ? config : undefined;
}

/** Where no GeoIP database is to be had, mirrors are checked without being placed. */
function checkWhole(configPath: string, builtAt: number): Whole {
  try {
    const inputs = readInputs({ configPath, builtAt }, (_, work) => work());
    inputs.geoip.close();
    return inputs;
  } catch (error) {
    if (error instanceof InputError) {
      return { diagnostics: error.diagnostics, mirrors: checkUnplaced(configPath).mirrors };
    }
    if (error instanceof EnvironmentError) {
      return { ...checkUnplaced(configPath), unplaced: error.message };
    }
    throw error;
  }
}

function checkUnplaced(configPath: string): Whole {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const network = readNetwork(configPath, report);
  const settings = network?.settings ? readSettings(network.settings, report) : defaultSettings;
  const config = network && readConfig(network.config, report);
  if (!network || !config) return { diagnostics, mirrors: [] };
  const named = readMirrors(network.mirrors, config, report);
  const subnets = readSubnetMirrors(named, settings, dirname(configPath), report);
  readCloudMirrors(subnets.mirrors, settings, dirname(configPath), report);
  return { diagnostics, mirrors: named };
}

function checkParts(paths: readonly string[], context: CheckContext): Whole {
  const configPath = existsSync(context.configPath) ? context.configPath : configAbove(paths[0]);
  const whole =
    configPath === undefined
      ? { diagnostics: [], mirrors: [] }
      : checkWhole(configPath, context.builtAt);
  const asked = (path: string | undefined) =>
    path !== undefined && paths.some((part) => isWithin(resolve(path), resolve(part)));
  const ofNetwork = whole.diagnostics.filter(
    // Of two files with one name only the later is reported: the one asked for may be the first.
    ({ file, args }) => asked(file?.path) || asked(args["firstPath"]?.toString()),
  );
  const alone = checkAlone(paths, whole, configPath);
  return {
    diagnostics: [...ofNetwork, ...alone.diagnostics],
    mirrors: [...whole.mirrors.filter(({ file }) => asked(file.path)), ...alone.mirrors],
    ...(whole.unplaced !== undefined && { unplaced: whole.unplaced }),
  };
}

/** The mirror files under some paths that are not among a network's. */
function checkAlone(
  paths: readonly string[],
  network: Whole,
  configPath: string | undefined,
): Whole {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const known = new Set(
    [...network.mirrors, ...network.diagnostics].flatMap(({ file }) =>
      file ? resolve(file.path) : [],
    ),
  );
  const files = new Set(
    paths
      .filter((path) => !isSettings(path))
      .flatMap((path) => (statSync(path).isDirectory() ? findMirrorFiles(path, report) : path))
      .filter((path) => !known.has(resolve(path))),
  );
  const config = configPath === undefined ? defaultConfig : readSilently(configPath);
  const documents = [...files].flatMap((path) => readMirrorDocument(path, report) ?? []);
  return { diagnostics, mirrors: readMirrors(documents, config, report) };
}

/** What is wrong with the configuration was not asked for. */
function readSilently(configPath: string): NetworkConfig {
  const silent: Report = () => undefined;
  const document = readConfigDocument(configPath, silent);
  return (document && readConfig(document, silent)) ?? defaultConfig;
}

function configAbove(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const config = join(folder, "config.yml");
    if (existsSync(config)) return config;
    if (folder === dirname(folder)) return undefined;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
