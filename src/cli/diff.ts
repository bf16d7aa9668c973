/** `mirrorpress diff`: what clients notice between two generations, or if something were otherwise. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type DocumentPatch, PatchError } from "../answers/document-patch.ts";
import {
  makeWhatIf,
  NoSuchMirrorError,
  NoSuchSettingError,
  type WhatIf,
} from "../answers/what-if.ts";
import { diffGenerations, type NetworkDiff, type SetDiff } from "../compare/diff.ts";
import { type ComparedGeneration, openCompared } from "../compare/generation.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { MANIFEST_PATH } from "../emit/manifest.ts";
import type { Phase } from "../inputs/inputs.ts";
import { closest } from "../model/closest.ts";
import { nodeFileSystem } from "../publish/file-system.ts";
import {
  CURRENT,
  currentId,
  generationBefore,
  generationFolder,
  generationIds,
  isGenerationId,
} from "../publish/generations.ts";
import { displayPath } from "../sources/files.ts";
import { readGenerationBytes } from "../sources/generation-file.ts";
import { configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { diffMarkdown, renderDiff } from "./diff-view.ts";
import { EXIT, UsageError } from "./errors.ts";
import { findGeneration, idBeginningWith } from "./find-generation.ts";
import { given, joined, type Phrase, phrase } from "./phrase.ts";
import { openProgress } from "./progress.ts";
import { version } from "./version.ts";

export interface DiffCommand {
  /** An id of a generation, its beginning, or a folder. */
  readonly old?: string | undefined;
  readonly new?: string | undefined;
  /** The list set that is told of; that of everything unless given. */
  readonly listSet?: string;
  readonly markdown?: boolean;
  readonly all?: boolean;
  /** What if: `key=value` of config.yml or mirrorpress.yml, and mirrors that are gone. */
  readonly set?: readonly string[];
  readonly without?: readonly string[];
}

export async function diff(context: CommandContext, asked: DiffCommand): Promise<number> {
  const { options } = context;
  const change = readChange(asked);
  if (change !== null) {
    await diffWhatIf(context, asked, change);
    return EXIT.done;
  }
  const folders = findFolders(configuredOutput(options), asked);
  if (folders.before === null) {
    const { name } = folders.after;
    const json = `${JSON.stringify({ before: null, after: name }, null, 2)}\n`;
    const text = `There is no generation before ${name} to compare it with.\n`;
    context.terminal.out(options.json ? json : text);
    return EXIT.done;
  }
  tell(context, diffOrExplain(openFolder(folders.before), openFolder(folders.after)), asked);
  return EXIT.done;
}

/** `title` in place of the names of the generations. */
function tell(
  { options, terminal }: CommandContext,
  compared: NetworkDiff,
  asked: DiffCommand,
  title?: Phrase,
): void {
  const view = { set: findSet(asked.listSet, compared), all: asked.all ?? false };
  if (options.json) terminal.out(`${JSON.stringify(compared, null, 2)}\n`);
  else if (asked.markdown) terminal.out(diffMarkdown(compared, view, title));
  else terminal.out(renderDiff(compared, view, terminal.outPaint, title));
}

/** With what is in place, or where nothing is, with the network as it is written. */
async function diffWhatIf(
  context: CommandContext,
  asked: DiffCommand,
  change: WhatIf,
): Promise<void> {
  const { options, terminal, clock } = context;
  if (asked.new !== undefined) {
    const remedy = "name one generation at the most: it is compared with what would be";
    throw new UsageError("--set and --without make the second generation", remedy);
  }
  const progress = openProgress(terminal, clock);
  const make = (what: WhatIf) => {
    const phase: Phase = (name, work) => {
      progress.report({ phase: name });
      return work();
    };
    const { configPath, builtAt } = options;
    return makeWhatIf({ configPath, builtAt, version, phase }, what);
  };
  try {
    const outputDir = configuredOutput(options);
    const isPublished = currentId(resolve(outputDir), nodeFileSystem) !== undefined;
    const folder =
      asked.old === undefined
        ? isPublished
          ? inPlace(outputDir)
          : null
        : findFolder(outputDir, asked.old);
    const published = folder && openFolder(folder);
    const { generation: after, agesUnknown } = await make(change);
    const before = published ?? (await make({ patches: [], without: [] })).generation;
    progress.finish();
    if (agesUnknown) terminal.err(AGES_UNKNOWN);
    const from = folder === null ? phrase`the network as it is` : phrase`${given(folder.name)}`;
    const title = phrase`From ${from} to what it would be with ${describeChange(asked)}`;
    tell(context, diffOrExplain(before, after), asked, title);
  } catch (error) {
    throw asUsageError(error);
  } finally {
    progress.finish();
  }
}

const AGES_UNKNOWN =
  "allowed_outdate changes nothing here: how old mirrors are is not known before mirrorpress probe asked them\n";

function describeChange({ set = [], without = [] }: DiffCommand): Phrase {
  return joined(
    [
      ...set.map((each) =>
        /=\s*$/.test(each) ? phrase`no ${given(each.split("=")[0]!)}` : phrase`${given(each)}`,
      ),
      ...without.map((name) => phrase`no ${given(name)}`),
    ],
    ", ",
  );
}

/** Null where nothing is to be otherwise. */
function readChange({ set = [], without = [] }: DiffCommand): WhatIf | null {
  if (set.length + without.length === 0) return null;
  return { patches: set.map(readPatch), without };
}

function readPatch(typed: string): DocumentPatch {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(typed) ?? [];
  const path = key?.trim().split(".") ?? [];
  if (value === undefined || value.includes("\n") || path.some((part) => part === "")) {
    const remedy = "write key=value, such as allowed_outdate=1h or policy.length=5";
    throw new UsageError(`--set "${typed}" sets nothing`, remedy);
  }
  if (path[0] === "mirrors_dir") {
    throw new UsageError("--set cannot name another folder of mirrors", "mirrorpress review does");
  }
  return { path, value };
}

function asUsageError(error: unknown): unknown {
  if (error instanceof PatchError) {
    return new UsageError(`--set leads nowhere: ${error.message}`, "see the file that it is for");
  }
  if (error instanceof NoSuchSettingError) return new UsageError(error.message, error.remedy);
  if (!(error instanceof NoSuchMirrorError)) return error;
  const like = closest(error.mirrorName, error.mirrors);
  return new UsageError(error.message, like === undefined ? "" : `perhaps you mean ${like}`);
}

interface Folder {
  /** As a message names it. */
  readonly name: string;
  readonly path: string;
}

/** `before` is null where none is named and there is none: the first night has nothing to compare. */
function findFolders(
  outputDir: string,
  asked: DiffCommand,
): { readonly before: Folder | null; readonly after: Folder } {
  const after = asked.new === undefined ? inPlace(outputDir) : findFolder(outputDir, asked.new);
  if (asked.old !== undefined) return { before: findFolder(outputDir, asked.old), after };
  const current = currentId(resolve(outputDir), nodeFileSystem);
  const ids = generationIds(resolve(outputDir), nodeFileSystem);
  const id = current === undefined ? undefined : generationBefore(current, ids);
  return { before: id === undefined ? null : ofId(outputDir, id), after };
}

function inPlace(outputDir: string): Folder {
  const { id, folder } = findGeneration(outputDir);
  return { name: id, path: folder };
}

function ofId(outputDir: string, id: string): Folder {
  return { name: id, path: generationFolder(resolve(outputDir), id) };
}

/**
 * An id, the folder of a generation, or an output folder, which stands for what is current there; else
 * the beginning of an id.
 */
function findFolder(outputDir: string, typed: string): Folder {
  const known = ofId(outputDir, typed);
  if (isGenerationId(typed) && existsSync(known.path)) return known;
  for (const path of [typed, join(typed, CURRENT)]) {
    if (existsSync(join(path, MANIFEST_PATH))) return { name: typed, path };
  }
  const id = idBeginningWith(outputDir, typed);
  if (id !== null) return ofId(outputDir, id);
  throw new EnvironmentError(
    `looking for the generation ${typed}`,
    "Name its id as mirrorpress generations lists it, the beginning of one, or a folder.",
    `there is none in ${displayPath(outputDir)}, and no folder of one`,
  );
}

function openFolder({ name, path }: Folder): ComparedGeneration {
  try {
    return openCompared((file) => readGenerationBytes(path, file));
  } catch (error) {
    throw new EnvironmentError(`reading the generation ${name}`, "Build it again.", error);
  }
}

function diffOrExplain(before: ComparedGeneration, after: ComparedGeneration): NetworkDiff {
  try {
    return diffGenerations(before, after);
  } catch (error) {
    const [old, now] = [before.manifest.id, after.manifest.id];
    throw new EnvironmentError(
      `comparing ${old} with ${now}`,
      "One of them was changed or damaged since it was published: build again.",
      error,
    );
  }
}

function findSet(name: string | undefined, { sets }: NetworkDiff): SetDiff {
  const set = name === undefined ? sets[0] : sets.find((each) => each.name === name);
  if (set !== undefined) return set;
  const names = sets.map((each) => each.name).join(", ");
  throw new UsageError(`there is no list set "${name}" in both`, `the sets are ${names}`);
}
