/** `mirrorpress load`: what each mirror is to expect from the lists that are published. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { CLASSES_PATH, type ClassIndex, readClasses } from "../emit/classes.ts";
import { findCountry } from "../geo/countries.ts";
import { closest } from "../model/closest.ts";
import { type LoadWeights, readLoadWeights } from "../model/load-weights.ts";
import { isGenerationId } from "../publish/generations.ts";
import { readTextFile } from "../sources/files.ts";
import { readGenerationFile } from "../sources/generation-file.ts";
import { configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { findGeneration } from "./find-generation.ts";
import { type LoadQuestion, reportLoad } from "./load-report.ts";
import { renderLoad } from "./load-view.ts";

export interface LoadOptions {
  /** Id of a generation; the current one unless given. */
  readonly generation?: string;
  /** A list set; that of everything unless given. */
  readonly set?: string;
  /** A country whose clients alone count. */
  readonly country?: string;
  /** The name of a mirror, to be shown by country. */
  readonly mirror?: string;
  /** The path of a table of weights. */
  readonly weights?: string;
  /** Show every mirror and every country. */
  readonly all?: boolean;
}

export async function load(context: CommandContext, asked: LoadOptions): Promise<number> {
  const { options, terminal } = context;
  if (asked.country !== undefined && asked.mirror !== undefined) {
    throw new UsageError("--mirror shows every country already", "leave one of the two out");
  }
  const country = asked.country === undefined ? undefined : readCountry(asked.country);
  const weights = asked.weights === undefined ? undefined : readWeights(asked.weights);
  const { id, index } = openClasses(configuredOutput(options), asked.generation);
  const question: LoadQuestion = {
    generation: id,
    set: findSet(asked.set, index),
    ...(country !== undefined && { country }),
    ...(asked.mirror !== undefined && { mirror: findMirror(asked.mirror, index) }),
    ...(weights !== undefined && { weights }),
  };
  const report = reportLoad(index, question);
  terminal.out(
    options.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderLoad(report, asked.all ?? false, terminal.outPaint),
  );
  return EXIT.done;
}

function openClasses(
  outputDir: string,
  typedId: string | undefined,
): { readonly id: string; readonly index: ClassIndex } {
  if (typedId !== undefined && !isGenerationId(typedId)) {
    const remedy = "write it as it stands in the output's generations/";
    throw new UsageError(`--generation "${typedId}" is not the id of a generation`, remedy);
  }
  const { id, folder } = findGeneration(outputDir, typedId);
  const text = readGenerationFile(folder, CLASSES_PATH);
  try {
    return { id, index: readClasses(text) };
  } catch (error) {
    throw new EnvironmentError(`reading ${CLASSES_PATH} of ${id}`, "Build again.", error);
  }
}

/** A line for every country and family, with room for comments of a spreadsheet. */
const WEIGHTS_FILE_BYTES = 1 << 20;

function readWeights(path: string): LoadWeights {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const file = readTextFile(path, WEIGHTS_FILE_BYTES, report);
  const weights = file && readLoadWeights(file, report);
  if (!weights) throw new InputError(diagnostics);
  return weights;
}

function readCountry(text: string): string {
  const found = findCountry(text);
  if (found) return found.code;
  throw new UsageError(`--country "${text}" is not a country`, "write its code, such as DE");
}

function findSet(name: string | undefined, { sets }: ClassIndex): number {
  if (name === undefined) return 0;
  const number = sets.findIndex((set) => set.name === name);
  if (number !== -1) return number;
  const names = sets.map((set) => set.name).join(", ");
  throw new UsageError(`there is no list set "${name}"`, `the sets are ${names}`);
}

function findMirror(name: string, { mirrors }: ClassIndex): number {
  const number = mirrors.indexOf(name);
  if (number !== -1) return number;
  const like = closest(name, mirrors);
  throw new UsageError(
    `there is no mirror "${name}" in this generation`,
    like === undefined ? "load --all names those that there are" : `perhaps you mean ${like}`,
  );
}
