/** How a command ends: the exit codes, and the words for what stopped it. */
import { EnvironmentError } from "../diagnostics/environment.ts";
import { type Paint, plainText } from "./terminal.ts";
import { version } from "./version.ts";

export const EXIT = {
  done: 0,
  /** The input has errors. */
  findings: 1,
  /** The command line is wrong, or something it needs is not there. */
  usage: 2,
  /** A gate refused to publish. */
  refused: 3,
  /** A bug of ours; EX_SOFTWARE of sysexits.h. */
  bug: 70,
} as const;

/** What was typed cannot be meant. */
export class UsageError extends Error {
  /** What to type instead; "" when nothing is known. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "UsageError";
    this.remedy = remedy;
  }
}

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

/** The end of a command that threw. `command` is what was typed, for a report to us. */
export function describeError(error: unknown, command: string, paint: Paint): ErrorReport {
  const heading = paint.bold(paint.red("error"));
  if (error instanceof UsageError) {
    return {
      text: `${heading}: ${plainText(error.message)}\n${help(error.remedy, paint)}`,
      exitCode: EXIT.usage,
    };
  }
  if (error instanceof EnvironmentError) {
    const text = `${heading}: ${plainText(error.message)}\n  while ${plainText(error.doing)}\n`;
    return { text: text + help(error.remedy, paint), exitCode: EXIT.usage };
  }
  return { text: bugReport(error, command, heading), exitCode: EXIT.bug };
}

function help(remedy: string, paint: Paint): string {
  return remedy === "" ? "" : `  ${paint.cyan("help")}: ${plainText(remedy)}\n`;
}

function bugReport(error: unknown, command: string, heading: string): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `${heading}: a bug in this program; nothing you wrote should make this happen.`,
    "What was published before stays as it was. Please send us the lines between the rulers, and",
    "if you can the files it ran on: CONTRIBUTING.md says where.",
    "-".repeat(72),
    `mirrorpress ${version}, node ${process.version}, ${process.platform} ${process.arch}`,
    `command: ${plainText(command)}`,
    ...trace.split("\n").map(plainText),
    "-".repeat(72),
    "",
  ].join("\n");
}
