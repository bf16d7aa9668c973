/** `mirrorpress diff`: what clients notice between two generations, or if something were otherwise. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ComparedGeneration, openCompared } from "../compared.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { diffGenerations, type NetworkDiff, type SetDiff } from "../diff.ts";
import { MANIFEST_PATH } from "../emit/manifest.ts";
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
import { findGeneration } from "./find-generation.ts";

export interface DiffCommand {
  /** An id of a generation, or a folder. */
  readonly old?: string | undefined;
  readonly new?: string | undefined;
  /** The list set that is told of; that of everything unless given. */
  readonly listSet?: string;
  readonly markdown?: boolean;
  readonly all?: boolean;
}

export async function diff(context: CommandContext, asked: DiffCommand): Promise<number> {
  const { options } = context;
  const folders = findFolders(configuredOutput(options), asked);
  if (folders.before === null) {
    const text = `There is no generation before ${folders.after.name} to compare it with.\n`;
    context.terminal.out(options.json ? "null\n" : text);
    return EXIT.done;
  }
  const [before, after] = [folders.before, folders.after].map(openFolder);
  const compared = diffOrExplain(before!, after!);
  tell(context, compared, asked);
  return EXIT.done;
}

function tell({ options, terminal }: CommandContext, compared: NetworkDiff, asked: DiffCommand) {
  const view = { set: findSet(asked.listSet, compared), all: asked.all ?? false };
  if (options.json) terminal.out(`${JSON.stringify(compared, null, 2)}\n`);
  else if (asked.markdown) terminal.out(diffMarkdown(compared, view));
  else terminal.out(renderDiff(compared, view, terminal.outPaint));
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

/** An id, the folder of a generation, or an output folder, which stands for what is current there. */
function findFolder(outputDir: string, typed: string): Folder {
  const known = ofId(outputDir, typed);
  if (isGenerationId(typed) && existsSync(known.path)) return known;
  for (const path of [typed, join(typed, CURRENT)]) {
    if (existsSync(join(path, MANIFEST_PATH))) return { name: typed, path };
  }
  throw new EnvironmentError(
    `looking for the generation ${typed}`,
    "Name its id as mirrorpress generations lists it, or its folder.",
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
