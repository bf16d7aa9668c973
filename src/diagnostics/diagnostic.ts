/**
 * A problem in the user's input, as data. Its text, frame and hint are made elsewhere
 * (`catalogue.ts`, `render.ts`), so the same problem can be shown on a terminal, as JSON or as an
 * annotation on a pull request.
 */
import type { DiagnosticCode } from "./catalogue.ts";

export type Severity = "error" | "warning" | "note";

/** Offsets are UTF-16 code units from the start of the text, end exclusive. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

/** A text file that was read, kept so that a diagnostic can show the line it speaks of. */
export interface SourceFile {
  /** The path as the user would write it: relative to the working directory where that is shorter. */
  readonly path: string;
  readonly text: string;
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** Absent when the problem has no file: a missing database, an empty network. */
  readonly file?: SourceFile;
  /** Absent when the problem concerns the whole file. */
  readonly range?: SourceRange;
  /** What the catalogue's sentences are filled with. */
  readonly args: Readonly<Record<string, string | number>>;
}

/** Collects every problem of a stage; a stage never stops at its first. */
export type Report = (diagnostic: Diagnostic) => void;
