/** `mirrorpress check`: all that is wrong with the input, where it is, and how to mend it. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnosticsJson, githubAnnotation } from "../diagnostics/machine.ts";
import { type RenderOptions, renderFrame } from "../diagnostics/render.ts";
import { countBySeverity, inReadingOrder, renderSummary } from "../diagnostics/summary.ts";
import { visible } from "../diagnostics/wording.ts";
import { checkPaths } from "./check-paths.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { formatCounted } from "./format.ts";

export interface CheckOptions {
  /** See `checkPaths`. */
  readonly paths: readonly string[];
  /** Print annotations for GitHub instead of frames. */
  readonly github: boolean;
}

/** The exit code: 1 when there are errors; warnings and notes pass. */
export async function check(
  { terminal, options }: CommandContext,
  { paths, github }: CheckOptions,
): Promise<number> {
  const checked = checkPaths(paths, options);
  const diagnostics = inReadingOrder(checked.diagnostics);
  if (options.json) {
    const { unplaced } = checked;
    const json = { ...diagnosticsJson(diagnostics), ...(unplaced !== undefined && { unplaced }) };
    terminal.out(`${JSON.stringify(json, null, 2)}\n`);
  } else {
    const render = { color: terminal.outPaint.colour, width: terminal.columns };
    for (const diagnostic of diagnostics) {
      const shown = github ? githubAnnotation(diagnostic) : `${renderFrame(diagnostic, render)}\n`;
      terminal.out(`${shown}\n`);
    }
    terminal.out(conclusion(diagnostics, checked.mirrorCount, render));
    if (checked.unplaced !== undefined) terminal.err(notPlaced(checked.unplaced));
  }
  return countBySeverity(diagnostics).error > 0 ? EXIT.findings : EXIT.done;
}

function conclusion(
  diagnostics: readonly Diagnostic[],
  mirrorCount: number | undefined,
  options: RenderOptions,
): string {
  const { error, warning, note } = countBySeverity(diagnostics);
  const usable =
    mirrorCount === undefined ? "" : `; ${formatCounted(mirrorCount, "mirror")} can be used`;
  if (diagnostics.length === 0) return `nothing to mend${usable}\n`;
  const total = [
    formatCounted(error, "error"),
    formatCounted(warning, "warning"),
    formatCounted(note, "note"),
  ].join(", ");
  return `${renderSummary(diagnostics, options)}\n\n${total}${usable}\n`;
}

/** A network may be checked where there is no database, such as by who contributes to it. */
function notPlaced(reason: string): string {
  return `\nNot checked: whether each mirror's city and country are known. ${visible(reason)}\n`;
}
