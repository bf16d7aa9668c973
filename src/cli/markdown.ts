/**
 * Markdown as GitHub reads it. The one way for text that others wrote (contributors' files, mirrors'
 * servers) into it is `code` or `codeBlock`: within these nothing is markup, a link, a mention, a
 * reference or HTML, and nothing in them can end them.
 */
import { visible } from "../diagnostics/wording.ts";

/** One line of text as a code span. It may stand in a table. */
export function code(text: string): string {
  const line = visible(text).replace(/[\n\t]/g, " ");
  if (line.trim() === "") return "-";
  // A backtick would end the span, and a bar the cell of a table, whatever stands before them.
  return `\`${line.replace(/[`|]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)}\``;
}

/** Lines of text as they are; the fence is longer than any in them. */
export function codeBlock(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${visible(text).replace(/\n+$/, "")}\n${fence}\n`;
}

export interface MarkdownTableOptions {
  /** Columns (from 0) whose cells go to the right. */
  readonly right?: readonly number[];
}

/** The first row is the header. Cells are Markdown: our own words, or what `code` gives. */
export function markdownTable(
  rows: readonly (readonly string[])[],
  { right = [] }: MarkdownTableOptions = {},
): string {
  const [header = [], ...body] = rows;
  const rule = header.map((_, column) => (right.includes(column) ? "---:" : "---"));
  return [header, rule, ...body].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
