/**
 * A run of the prober while it goes on: a small table that is drawn over itself for a person, some
 * plain lines for a log.
 *
 *     Asking 526 mirrors  ======================------------------  290 done  14 s
 *     in order 271   partly 8   failing 9   unknown 2
 *
 *     mirror.example   failing  everything: timeout, no full answer within 10 s
 *
 *     another.example  in order  102 ms
 */
import { columnsOfCharacter } from "../diagnostics/width.ts";
import { outcomeOf, PROBE_REASONS } from "../model/probe-reasons.ts";
import type { MirrorResult } from "../model/probe-state.ts";
import type { ProbeEvent } from "../probe/probe.ts";
import { formatCount, formatCounted, formatSeconds } from "./format.ts";
import { type Verdict, verdictOf } from "./probe-findings.ts";
import { countVerdicts } from "./probe-report.ts";
import { VERDICT_WORDS } from "./probe-summary.ts";
import { aboutItself, accessOf, describeChecks, oneLine } from "./probe-words.ts";
import { visibleWidth } from "./table.ts";
import type { Paint, Terminal } from "./terminal.ts";

export interface ProbeView {
  readonly event: (event: ProbeEvent) => void;
  /** Takes the table away and gives the cursor back; more often than once does no harm. */
  readonly finish: () => void;
}

export interface ViewOptions {
  /** Milliseconds, of a clock that never goes back. */
  readonly clock: () => number;
  /** Of the terminal, at the moment of asking. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Calls back again and again until told to stop; null for never. */
  readonly every: (milliseconds: number, work: () => void) => () => void;
}

export function openProbeView(terminal: Terminal, options: ViewOptions): ProbeView {
  return terminal.live ? openTable(terminal, options) : openLines(terminal);
}

interface Tally {
  readonly total: number;
  readonly done: readonly Verdict[];
}

/** Of a run without a person to watch it so many lines tell how far it is. */
const PROGRESS_LINES = 10;

function openLines(terminal: Terminal): ProbeView {
  let tally: Tally = { total: 0, done: [] };
  function event(told: ProbeEvent): void {
    if (told.kind === "start") {
      tally = { total: told.total, done: [] };
      terminal.err(`asking ${formatCounted(told.total, "mirror")} ...\n`);
    } else if (told.kind === "mirror") {
      const verdict = verdictOf(told.result);
      tally = { total: told.total, done: [...tally.done, verdict] };
      if (verdict === "failing") terminal.err(`${failureLine(told.result).join("  ")}\n`);
      const step = Math.ceil(told.total / PROGRESS_LINES);
      if (told.done % step === 0 || told.done === told.total) {
        terminal.err(`${formatCount(told.done)} of ${formatCount(told.total)}: `);
        terminal.err(`${verdictCounts(tally.done).join(", ")}\n`);
      }
    }
  }
  return { event, finish: () => undefined };
}

/** A table is drawn again at most this often, lest drawing become the work. */
const REDRAW_MS = 80;
/** So often at least, for the seconds to go on while nothing else does. */
const TICK_MS = 500;

/** Lines of the table at the most: it must fit the terminal, or the cursor cannot go back up. */
const FAILURES_SHOWN = 8;
const LATEST_SHOWN = 3;

const ESC = "\u001b[";
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_TO_END_OF_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;

function openTable(terminal: Terminal, { clock, size, every }: ViewOptions): ProbeView {
  let total = 0;
  let startedAt = 0;
  let lastDrawn = Number.NEGATIVE_INFINITY;
  const done: Verdict[] = [];
  const latest: MirrorResult[] = [];
  const failures: MirrorResult[] = [];
  /** Columns of each line that stands on the terminal. */
  let drawn: readonly number[] = [];
  let stopTicking: (() => void) | null = null;

  function event(told: ProbeEvent): void {
    if (told.kind === "start") {
      total = told.total;
      startedAt = clock();
      terminal.err(HIDE_CURSOR);
      stopTicking ??= every(TICK_MS, draw);
      draw();
    } else if (told.kind === "mirror") {
      const verdict = verdictOf(told.result);
      done.push(verdict);
      keepLast(latest, told.result, LATEST_SHOWN);
      if (verdict === "failing") keepLast(failures, told.result, FAILURES_SHOWN);
      if (clock() - lastDrawn >= REDRAW_MS || told.done === told.total) draw();
    }
  }

  function draw(): void {
    lastDrawn = clock();
    const { columns, rows } = size();
    const state = { total, done, latest, failures, seconds: (lastDrawn - startedAt) / 1000 };
    // One column and one row stay free: a terminal that is filled to the brim scrolls.
    const lines = tableLines(state, columns - 1, terminal.errPaint).slice(0, Math.max(1, rows - 1));
    const text = lines.map((line) => line + CLEAR_TO_END_OF_LINE).join("\n");
    // All in one write, each line over the one that stood there: nothing is empty in between.
    terminal.err(toTop(columns) + text + CLEAR_BELOW);
    drawn = lines.map(visibleWidth);
  }

  /** From the end of the last line to the start of the first; a narrower terminal has broken them. */
  function toTop(columns: number): string {
    const height = drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return height > 1 ? `\r${ESC}${height - 1}A` : "\r";
  }

  function finish(): void {
    if (stopTicking === null) return;
    stopTicking();
    stopTicking = null;
    terminal.err(toTop(size().columns) + CLEAR_BELOW + SHOW_CURSOR);
    drawn = [];
  }

  return { event, finish };
}

function keepLast<T>(list: T[], item: T, count: number): void {
  list.push(item);
  if (list.length > count) list.shift();
}

interface TableState extends Tally {
  readonly latest: readonly MirrorResult[];
  readonly failures: readonly MirrorResult[];
  readonly seconds: number;
}

function tableLines(
  { total, done, latest, failures, seconds }: TableState,
  columns: number,
  paint: Paint,
): readonly string[] {
  const head = `Asking ${formatCount(total)} mirrors`;
  const tail = `${formatCount(done.length)} done  ${Math.floor(seconds)} s`;
  const room = Math.min(40, columns - head.length - tail.length - 4);
  const middle = room >= 10 ? `  ${bar(total === 0 ? 1 : done.length / total, room)}` : "";
  const names = [...failures, ...latest].map(({ name }) => visibleWidth(oneLine(name)));
  // A long name must not push out what there is to say of it.
  const width = Math.min(Math.max(0, ...names), Math.floor(columns * 0.45));
  const row = ([name = "", ...rest]: readonly string[]): string => {
    const shown = cut(name, width);
    const padded = shown + " ".repeat(Math.max(0, width - visibleWidth(shown)));
    return cut([padded, ...rest].join("  "), columns);
  };
  return [
    paint.bold(cut(`${head}${middle}  ${tail}`, columns)),
    cut(verdictCounts(done).join("   "), columns),
    ...(failures.length > 0
      ? ["", ...failures.map((result) => paint.red(row(failureLine(result))))]
      : []),
    ...(latest.length > 0
      ? ["", ...latest.map((result) => paint.dim(row(latestLine(result))))]
      : []),
  ];
}

function bar(share: number, columns: number): string {
  const full = Math.round(Math.min(1, share) * columns);
  return "=".repeat(full) + "-".repeat(columns - full);
}

function verdictCounts(done: readonly Verdict[]): readonly string[] {
  return Object.entries(countVerdicts(done))
    .filter(([verdict, count]) => verdict === "good" || count > 0)
    .map(([verdict, count]) => `${VERDICT_WORDS[verdict as Verdict]} ${formatCount(count)}`);
}

function latestLine(result: MirrorResult): readonly string[] {
  const took = [...result.checks].flatMap(([check, { reason, took }]) =>
    reason === "ok" && accessOf(check) !== null ? (took ?? []) : [],
  );
  const quickest = took.length === 0 ? [] : [formatSeconds(Math.min(...took) / 1000)];
  return [oneLine(result.name), VERDICT_WORDS[verdictOf(result)], ...quickest];
}

/** For the reason that most of its failing checks have in common with the first. */
function failureLine({ name, checks }: MirrorResult): readonly string[] {
  const bad = [...checks].filter(([, { reason }]) => outcomeOf(reason) === "bad");
  const first = bad[0]?.[1];
  if (first === undefined) return [oneLine(name)];
  const what = describeChecks(
    bad.map(([check]) => check),
    [...checks.keys()],
  );
  const words = aboutItself(first.detail ?? PROBE_REASONS[first.reason].text, name);
  return [oneLine(name), "failing", oneLine(`${what}: ${first.reason}, ${words}`)];
}

function cut(line: string, columns: number): string {
  let room = columns;
  let kept = "";
  for (const character of line) {
    room -= columnsOfCharacter(character);
    if (room < 0) return kept;
    kept += character;
  }
  return kept;
}
