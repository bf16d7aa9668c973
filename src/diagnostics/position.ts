/** Offsets into a text as people count: lines and columns. */
import type { SourceFile } from "./diagnostic.ts";

/** Both 1-based; columns count characters (code points), a tab as one. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceLine {
  /** Without its line end. */
  readonly text: string;
  /** Offset of its first character in the file. */
  readonly start: number;
}

export function positionOf({ text }: SourceFile, offset: number): Position {
  const at = Math.min(offset, text.length);
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < at; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: [...text.slice(start, at)].length + 1 };
}

/** The line that an offset is in; a line end belongs to the line that it ends. */
export function lineAt({ text }: SourceFile, offset: number): SourceLine {
  const at = Math.min(offset, text.length);
  const start = at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", at);
  const line = text.slice(start, end === -1 ? text.length : end);
  return { text: line.endsWith("\r") ? line.slice(0, -1) : line, start };
}
