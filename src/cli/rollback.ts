/** `mirrorpress rollback` */
import { isGenerationId } from "../publish/generations.ts";
import { type Rollback, rollBack } from "../rollback.ts";
import { displayPath } from "../sources/files.ts";
import { type CanaryOption, readCanary } from "./canary-option.ts";
import { configuredKeep, configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { formatTime } from "./format.ts";
import { interruptible } from "./interrupt.ts";
import { aftermath } from "./summary.ts";
import type { Paint } from "./terminal.ts";

export async function rollback(
  { options, terminal }: CommandContext,
  typed: CanaryOption & { readonly id?: string },
): Promise<number> {
  const id = typed.id === undefined ? undefined : readGenerationId(typed.id);
  const done = await rollBack({
    outputDir: configuredOutput(options),
    ...(id !== undefined && { id }),
    builtAt: options.builtAt,
    keep: configuredKeep(options),
    canary: readCanary(typed),
    interruptible,
  });
  terminal.out(
    options.json
      ? `${JSON.stringify(asJson(done), null, 2)}\n`
      : describe(done, options.builtAt, terminal.outPaint),
  );
  return EXIT.done;
}

function readGenerationId(text: string): string {
  if (isGenerationId(text)) return text;
  throw new UsageError(
    `"${text}" is not the id of a generation`,
    "write it as mirrorpress generations lists it",
  );
}

function asJson({ rollbackOf, published, canary, pruned }: Rollback) {
  return { rollbackOf, ...published, path: displayPath(published.path), canary, ...pruned };
}

function describe(
  { rollbackOf, published, canary, pruned }: Rollback,
  builtAt: number,
  paint: Paint,
): string {
  const state = published.unchanged ? "the same as before" : `of ${formatTime(builtAt)}`;
  const { replaced } = published;
  return [
    `${paint.bold(paint.green("Published"))} ${displayPath(published.path)}, ${state}`,
    `  with the content of ${rollbackOf}`,
    ...aftermath({ canary, ...(replaced !== undefined && { replaced }), ...pruned }),
    "",
    `${paint.bold("Next")}: nginx -t && nginx -s reload`,
    "",
  ].join("\n");
}
