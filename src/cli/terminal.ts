/** Where a command writes: results to stdout, everything else to stderr. */

import { styleText } from "node:util";

export interface Terminal {
  /** Results: what a pipe wants. */
  readonly out: (text: string) => void;
  /** All that is said about the results: progress, problems, what to do next. */
  readonly err: (text: string) => void;
  readonly outPaint: Paint;
  readonly errPaint: Paint;
  /** A person watches stderr, so that a line may be drawn over. */
  readonly live: boolean;
  /** Width of stderr. */
  readonly columns: number;
}

type Style = (text: string) => string;

/** Styles of text, or none at all. */
export interface Paint {
  readonly colour: boolean;
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly cyan: Style;
}

export interface TerminalOptions {
  /** False for `--no-color`. */
  readonly colour: boolean;
  /** True for `--quiet`: of stderr only errors remain, which do not pass through `err`. */
  readonly quiet: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function openTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  options: TerminalOptions,
): Terminal {
  const wanted = options.colour && !options.env["NO_COLOR"] && options.env["TERM"] !== "dumb";
  return {
    out: (text) => void stdout.write(text),
    err: options.quiet ? () => undefined : (text) => void stderr.write(text),
    outPaint: painter(wanted && stdout.isTTY === true),
    errPaint: painter(wanted && stderr.isTTY === true),
    live: stderr.isTTY === true && !options.env["CI"] && options.env["TERM"] !== "dumb",
    // A terminal that does not know its width says 0.
    columns: stderr.columns || 80,
  };
}

export function painter(colour: boolean): Paint {
  const style =
    (format: "bold" | "dim" | "red" | "green" | "yellow" | "cyan"): Style =>
    (text) =>
      colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    colour,
    bold: style("bold"),
    dim: style("dim"),
    red: style("red"),
    green: style("green"),
    yellow: style("yellow"),
    cyan: style("cyan"),
  };
}
