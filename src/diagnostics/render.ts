/**
 * Diagnostics for a terminal, in the manner of rustc:
 *
 *     error[https-holds-http]: https: holds an http:// URL; it is left out
 *      --> mirrors/mirror.example.yml:4:10
 *       |
 *     4 |   https: http://mirror.example/almalinux/
 *       |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
 *       = help: if the mirror has https, write "https: https://mirror.example/almalinux/"; ...
 */
import { styleText } from "node:util";
import type { Diagnostic, Severity, SourceFile, SourceRange } from "./diagnostic.ts";
import { lineAt, positionOf } from "./position.ts";
import { columnsOf, columnsOfCharacter } from "./width.ts";
import { visible, wordingOf } from "./wording.ts";

export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal; a source line that is longer is cut around what is pointed at. */
  readonly width: number;
}

/** One diagnostic as a frame, without a line end after its last line. */
export function renderFrame(diagnostic: Diagnostic, options: RenderOptions): string {
  const paint = painter(options.color);
  const { message, hint } = wordingOf(diagnostic);
  const { severity, code, file, range } = diagnostic;
  const head = `${paint[severity](`${severity}[${code}]`)}${paint.strong(`: ${message}`)}`;
  if (!file) return [head, ...helpLines(hint, " ", paint)].join("\n");

  const position = range && positionOf(file, range.start);
  const where = visible(file.path) + (position ? `:${position.line}:${position.column}` : "");
  const number = String(position?.line ?? "");
  const margin = " ".repeat(number.length);
  const lines = [head, `${margin}${paint.rule("-->")} ${where}`];
  if (range && position) {
    const excerpt = excerptOf(file, range, Math.max(20, options.width - number.length - 4));
    const bar = paint.rule("|");
    lines.push(
      `${margin} ${bar}`,
      `${paint.rule(number)} ${bar} ${excerpt.text}`.trimEnd(),
      `${margin} ${bar} ${" ".repeat(excerpt.before)}${paint[severity]("^".repeat(excerpt.marked))}`,
    );
  }
  return [...lines, ...helpLines(hint, margin, paint)].join("\n");
}

interface Excerpt {
  readonly text: string;
  /** Columns before the mark. */
  readonly before: number;
  /** Columns of the mark, at least one. */
  readonly marked: number;
}

const TAB_COLUMNS = 4;
const CUT = "...";

/** The line of the range's start, its tabs expanded, no wider than `width` columns. */
function excerptOf(file: SourceFile, range: SourceRange, width: number): Excerpt {
  const line = lineAt(file, range.start);
  const from = range.start - line.start;
  const to = Math.max(from, Math.min(range.end - line.start, line.text.length));
  const before = expand(line.text.slice(0, from), 0);
  const marked = expand(line.text.slice(from, to), columnsOf(before));
  const after = expand(line.text.slice(to), columnsOf(before) + columnsOf(marked));
  if (columnsOf(before) + columnsOf(marked) + columnsOf(after) <= width) {
    return {
      text: before + marked + after,
      before: columnsOf(before),
      marked: Math.max(1, columnsOf(marked)),
    };
  }
  // The mark comes first, then as much before it as a third of the rest, then what follows.
  const mark = takeStart(marked, width - 2 * CUT.length);
  const spare = width - 2 * CUT.length - columnsOf(mark);
  const left = takeEnd(before, Math.max(Math.floor(spare / 3), spare - columnsOf(after)));
  const right = mark === marked ? takeStart(after, spare - columnsOf(left)) : "";
  const cutLeft = left === before ? "" : CUT;
  const cutRight = mark === marked && right === after ? "" : CUT;
  return {
    text: cutLeft + left + mark + right + cutRight,
    before: columnsOf(cutLeft + left),
    marked: Math.max(1, columnsOf(mark)),
  };
}

/** Tabs become spaces up to the next stop, what steers a terminal becomes visible. */
function expand(text: string, column: number): string {
  let expanded = "";
  let at = column;
  for (const character of text) {
    const shown =
      character === "\t" ? " ".repeat(TAB_COLUMNS - (at % TAB_COLUMNS)) : visible(character);
    expanded += shown;
    at += columnsOf(shown);
  }
  return expanded;
}

function takeStart(text: string, columns: number): string {
  let taken = "";
  let room = columns;
  for (const character of text) {
    room -= columnsOfCharacter(character);
    if (room < 0) break;
    taken += character;
  }
  return taken;
}

function takeEnd(text: string, columns: number): string {
  const characters = [...text];
  let room = columns;
  let start = characters.length;
  while (start > 0) {
    room -= columnsOfCharacter(characters[start - 1] ?? "");
    if (room < 0) break;
    start--;
  }
  return characters.slice(start).join("");
}

function helpLines(hint: string | undefined, margin: string, paint: Painter): readonly string[] {
  return hint ? [`${margin} ${paint.rule("=")} ${paint.strong("help")}: ${hint}`] : [];
}

type Painter = Readonly<Record<Severity | "strong" | "rule", (text: string) => string>>;

/** Formats are nested one by one: an array of them ignores NO_COLOR in Node 20. */
export function painter(color: boolean): Painter {
  if (!color) {
    const plain = (text: string) => text;
    return { error: plain, warning: plain, note: plain, strong: plain, rule: plain };
  }
  // The stream is not looked at: whether there is colour is the caller's decision.
  const style = (format: "bold" | "red" | "yellow" | "cyan" | "blue") => (text: string) =>
    styleText(format, text, { validateStream: false });
  const strong = style("bold");
  return {
    error: (text) => strong(style("red")(text)),
    warning: (text) => strong(style("yellow")(text)),
    note: (text) => strong(style("cyan")(text)),
    strong,
    rule: style("blue"),
  };
}
