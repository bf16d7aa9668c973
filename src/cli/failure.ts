/** The end of a command that threw: the one place where errors are told apart and put into words. */
import type { DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { RefusedError } from "../diagnostics/refusal.ts";
import { renderFrame } from "../diagnostics/render.ts";
import { inReadingOrder } from "../diagnostics/summary.ts";
import { visible } from "../diagnostics/wording.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Paint, Terminal } from "./terminal.ts";
import { version } from "./version.ts";

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

/** What these say is not there, which is another matter than being wrong. */
const MISSING: ReadonlySet<DiagnosticCode> = new Set([
  "file-unreadable",
  "no-mirror-files",
  "geoip-missing",
  "geoip-unreadable",
]);

/** The end of a command that threw. `command` is what was typed, for a report to us. */
export function describeError(
  error: unknown,
  command: string,
  { errPaint: paint, columns: width }: Pick<Terminal, "errPaint" | "columns">,
): ErrorReport {
  const heading = paint.bold(paint.red("error"));
  if (error instanceof UsageError) {
    return {
      text: `${heading}: ${visible(error.message)}\n${help(error.remedy, paint)}`,
      exitCode: EXIT.usage,
    };
  }
  if (error instanceof RefusedError) {
    const said = visible(error.message).replaceAll("\n", "\n  ");
    return {
      text: `${paint.bold(paint.yellow("refused"))}: ${said}\n${help(error.remedy, paint)}`,
      exitCode: EXIT.refused,
    };
  }
  if (error instanceof EnvironmentError) {
    const text = `${heading}: ${visible(error.message)}\n  while ${visible(error.doing)}\n`;
    return { text: text + help(error.remedy, paint), exitCode: EXIT.usage };
  }
  if (error instanceof InputError) {
    const isMissing = error.diagnostics.some(({ code }) => MISSING.has(code));
    return {
      text: describeInput(error.diagnostics, paint, width),
      exitCode: isMissing ? EXIT.usage : EXIT.findings,
    };
  }
  return { text: bugReport(error, command, heading), exitCode: EXIT.bug };
}

/** The frames of what leaves nothing to go on with; `check` has the rest. */
function describeInput(diagnostics: readonly Diagnostic[], paint: Paint, width: number): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const shown = errors.length > 0 ? errors : diagnostics;
  return inReadingOrder(shown)
    .map((diagnostic) => `${renderFrame(diagnostic, { color: paint.colour, width })}\n\n`)
    .join("");
}

function help(remedy: string, paint: Paint): string {
  return remedy === "" ? "" : `  ${paint.cyan("help")}: ${visible(remedy)}\n`;
}

function bugReport(error: unknown, command: string, heading: string): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `${heading}: a bug in this program; nothing you wrote should make this happen.`,
    "What was published before stays as it was. Please send us the lines between the rulers, and",
    "if you can the files it ran on: CONTRIBUTING.md says where.",
    "-".repeat(72),
    `mirrorpress ${version}, node ${process.version}, ${process.platform} ${process.arch}`,
    `command: ${visible(command)}`,
    ...trace.split("\n").map(visible),
    "-".repeat(72),
    "",
  ].join("\n");
}
