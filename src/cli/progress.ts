/** What is going on: one living line for a person, one line a phase for a log. */
import { formatCount } from "./format.ts";
import { visibleWidth } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface ProgressEvent {
  /** What is being done: "reading mirrors". */
  readonly phase: string;
  readonly done?: number;
  readonly total?: number;
  /** What of it is under way. */
  readonly detail?: string;
}

export interface Progress {
  readonly report: (event: ProgressEvent) => void;
  /** Takes the living line away, so that what follows starts on a clean one. */
  readonly finish: () => void;
}

/** A line is drawn again at most this often, lest drawing become the work. */
const REDRAW_MS = 80;

const CLEAR_LINE = "\r\u001b[2K";

/** `clock` gives milliseconds. */
export function openProgress(terminal: Terminal, clock: () => number): Progress {
  let phase = "";
  let phaseStart = 0;
  let lastDrawn = Number.NEGATIVE_INFINITY;

  function report(event: ProgressEvent): void {
    const now = clock();
    const entered = event.phase !== phase;
    if (entered) {
      phase = event.phase;
      phaseStart = now;
    }
    if (!terminal.live) {
      if (entered) terminal.err(`${phase} ...\n`);
      return;
    }
    if (!entered && now - lastDrawn < REDRAW_MS) return;
    lastDrawn = now;
    const line = progressLine(event, (now - phaseStart) / 1000);
    terminal.err(CLEAR_LINE + terminal.errPaint.dim(cut(line, terminal.columns - 1)));
  }

  function finish(): void {
    if (terminal.live && phase !== "") terminal.err(CLEAR_LINE);
    phase = "";
    lastDrawn = Number.NEGATIVE_INFINITY;
  }

  return { report, finish };
}

/** "reading mirrors  120 of 530  0.4 s"; the time only once it is worth telling. */
export function progressLine(event: ProgressEvent, seconds: number): string {
  const parts = [event.phase];
  if (event.done !== undefined) {
    const total = event.total === undefined ? "" : ` of ${formatCount(event.total)}`;
    parts.push(`${formatCount(event.done)}${total}`);
  }
  if (event.detail !== undefined) parts.push(event.detail);
  if (seconds >= 1) parts.push(`${Math.floor(seconds)} s`);
  return parts.join("  ");
}

function cut(line: string, columns: number): string {
  return visibleWidth(line) <= columns ? line : [...line].slice(0, Math.max(0, columns)).join("");
}
