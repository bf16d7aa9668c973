/** The end of a command that threw: the one place where errors are told apart and put into words. */
import { CommanderError } from "commander";
import type { DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { type DiagnosticsJson, diagnosticsJson } from "../diagnostics/machine.ts";
import { RefusedError } from "../diagnostics/refusal.ts";
import { renderFrame } from "../diagnostics/render.ts";
import { inReadingOrder } from "../diagnostics/summary.ts";
import { visible } from "../diagnostics/wording.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Paint, Terminal } from "./terminal.ts";
import { version } from "./version.ts";

export interface ErrorReport {
  readonly text: string;
  readonly json: ErrorJson;
  readonly exitCode: number;
}

/** What `--json` prints instead of a result. Fields may be added to it, none is renamed or removed. */
export interface ErrorJson {
  readonly error: {
    readonly kind: "usage" | "environment" | "input" | "refused" | "bug";
    readonly message: string;
    /** What was being done. */
    readonly doing?: string;
    readonly remedy?: string;
  } & Partial<DiagnosticsJson>;
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
  const report = (text: string, exitCode: number, error: ErrorJson["error"]): ErrorReport => ({
    text,
    json: { error, exitCode },
    exitCode,
  });
  if (error instanceof CommanderError) {
    // Commander has already said it, in words of its own.
    const message = error.message.replace(/^error: /, "");
    return report("", EXIT.usage, { kind: "usage", message: visible(message) });
  }
  if (error instanceof UsageError) {
    const text = `${heading}: ${visible(error.message)}\n${help(error.remedy, paint)}`;
    return report(text, EXIT.usage, { kind: "usage", ...wordsOf(error) });
  }
  if (error instanceof RefusedError) {
    const said = visible(error.message).replaceAll("\n", "\n  ");
    const text = `${paint.bold(paint.yellow("refused"))}: ${said}\n${help(error.remedy, paint)}`;
    return report(text, EXIT.refused, { kind: "refused", ...wordsOf(error) });
  }
  if (error instanceof EnvironmentError) {
    const doing = visible(error.doing);
    const text = `${heading}: ${visible(error.message)}\n  while ${doing}\n${help(error.remedy, paint)}`;
    return report(text, EXIT.usage, { kind: "environment", ...wordsOf(error), doing });
  }
  if (error instanceof InputError) {
    const isMissing = error.diagnostics.some(({ code }) => MISSING.has(code));
    return report(
      describeInput(error.diagnostics, paint, width),
      isMissing ? EXIT.usage : EXIT.findings,
      {
        kind: "input",
        message: "the input leaves nothing to go on with",
        ...diagnosticsJson(inReadingOrder(error.diagnostics)),
      },
    );
  }
  const message = visible(error instanceof Error ? error.message : String(error));
  return report(bugReport(error, command, heading), EXIT.bug, { kind: "bug", message });
}

function wordsOf({ message, remedy }: { readonly message: string; readonly remedy: string }) {
  return { message: visible(message), ...(remedy !== "" && { remedy: visible(remedy) }) };
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
