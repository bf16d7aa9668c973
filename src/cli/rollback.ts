/** `mirrorpress rollback` */
import { isGenerationId } from "../publish/generations.ts";
import { type Rollback, rollBack } from "../rollback.ts";
import { displayPath } from "../sources/files.ts";
import { changesOf } from "./build-report.ts";
import { aftermath } from "./build-view.ts";
import { type CanaryOption, readCanary } from "./canary-option.ts";
import { configuredKeep, configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { renderDiff } from "./diff-view.ts";
import { EXIT, UsageError } from "./errors.ts";
import { idBeginningWith } from "./find-generation.ts";
import { formatTime } from "./format.ts";
import { interruptible } from "./interrupt.ts";
import { given, phrase } from "./phrase.ts";
import type { Paint } from "./terminal.ts";

export interface RollbackCommand extends CanaryOption {
  /** An id, or its beginning. */
  readonly id?: string;
  readonly dryRun?: boolean;
}

export async function rollback(
  { options, terminal }: CommandContext,
  typed: RollbackCommand,
): Promise<number> {
  const outputDir = configuredOutput(options);
  const id = typed.id === undefined ? undefined : findId(outputDir, typed.id);
  const done = await rollBack({
    outputDir,
    ...(id !== undefined && { id }),
    builtAt: options.builtAt,
    keep: configuredKeep(options),
    canary: readCanary(typed),
    interruptible,
    dryRun: typed.dryRun ?? false,
  });
  const describe = done.isDryRun ? describeDryRun : describeDone;
  terminal.out(
    options.json ? `${JSON.stringify(asJson(done), null, 2)}\n` : describe(done, terminal.outPaint),
  );
  return EXIT.done;
}

function findId(outputDir: string, typed: string): string {
  const id = idBeginningWith(outputDir, typed) ?? typed;
  if (isGenerationId(id)) return id;
  throw new UsageError(
    `"${typed}" is not the id of a generation, nor the beginning of one`,
    "write it as mirrorpress generations lists it",
  );
}

function asJson({ rollbackOf, isDryRun, changes, published, canary, pruned }: Rollback) {
  return {
    rollbackOf,
    isDryRun,
    ...published,
    path: displayPath(published.path),
    ...(changes instanceof Error
      ? { unknownChanges: changes.message }
      : { changes: changesOf(changes) }),
    canary,
    ...pruned,
  };
}

function describeDone(
  { rollbackOf, builtAt, changes, published, canary, pruned }: Rollback,
  paint: Paint,
): string {
  const state = published.unchanged ? "the same as before" : `of ${formatTime(builtAt)}`;
  const { replaced } = published;
  return [
    `${paint.bold(paint.green("Published"))} ${displayPath(published.path)}, ${state}`,
    `  with the content of ${rollbackOf}`,
    ...aftermath({
      canary,
      ...(!(changes instanceof Error) && { changes: changesOf(changes) }),
      ...(replaced !== undefined && { replaced }),
      ...pruned,
    }),
    "",
    `${paint.bold("Next")}: nginx -t && nginx -s reload`,
    "",
  ].join("\n");
}

function describeDryRun({ rollbackOf, changes }: Rollback, paint: Paint): string {
  if (changes instanceof Error) {
    return `Not published: ${rollbackOf} once more. Nobody can say what it would change: ${changes.message}\n`;
  }
  const [set] = changes.sets;
  const title = phrase`Not published: from ${given(changes.before.id)} back to ${given(rollbackOf)}`;
  return renderDiff(changes, { set: set!, all: false }, paint, title);
}
