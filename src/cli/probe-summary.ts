/** What came of asking all mirrors, for the person who started it. */
import { visible } from "../diagnostics/wording.ts";
import { PROBE_REASONS } from "../model/probe-reasons.ts";
import type { CheckResult } from "../model/probe-state.ts";
import { isCutOff } from "../model/probe-suspicion.ts";
import { formatCount, formatCounted, formatDay, formatSeconds, formatTime } from "./format.ts";
import type { TypedAgain } from "./options.ts";
import type { Finding, Verdict } from "./probe-findings.ts";
import type { EndingCertificate, MirrorReport, ProbeReport, Turn } from "./probe-report.ts";
import { everyMirror } from "./probe-table.ts";
import { aboutItself, formatSpan } from "./probe-words.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

export interface SummaryOptions {
  /** What the user types to run this program: "mirrorpress". */
  readonly command: string;
  readonly again: Pick<TypedAgain, "network">;
  /** Show every mirror, and all that is cut otherwise. */
  readonly all: boolean;
}

/** Of mirrors that fail this many are shown, unless all are. */
const SHOWN = 40;

export function renderProbeSummary(
  report: ProbeReport,
  options: SummaryOptions,
  paint: Paint,
): string {
  const sections: readonly (readonly string[])[] = [
    options.all ? everyMirror(report, paint) : [],
    verdictSection(report, paint),
    ...(report.suspect === undefined || report.accepted
      ? [
          failingSection(report, options, paint),
          unknownSection(report, options, paint),
          turnSection("Left out from now on", report.leaving, paint.yellow, paint),
          turnSection("Back from now on", report.returning, paint.green, paint),
        ]
      : []),
    certificateSection(report, paint),
    endSection(report, options, paint),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${text.join("\n\n")}\n`;
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  good: "in order",
  partly: "partly",
  failing: "failing",
  unknown: "unknown",
};

const VERDICT_MEANINGS: Readonly<Record<Verdict, string>> = {
  good: "",
  partly: "they answer, and some of what they offer fails",
  failing: "nothing of them can be used",
  unknown: "nothing was learnt of them, so they stay as they were",
};

function verdictSection(report: ProbeReport, paint: Paint): readonly string[] {
  const rows = (Object.keys(VERDICT_WORDS) as Verdict[])
    .filter((verdict) => verdict === "good" || report.counts[verdict] > 0)
    .map((verdict) => [VERDICT_WORDS[verdict], report.counts[verdict], VERDICT_MEANINGS[verdict]]);
  const { asked, answered } = report.control;
  const control: Cell[] = ["control", `${answered} of ${asked}`, "endpoints answer"];
  const unasked = report.mirrors.reduce(
    (sum, { checks }) =>
      sum + Object.values(checks).filter(({ reason }) => reason === "deadline").length,
    0,
  );
  const late: Cell[] = ["no time", unasked, "checks were left when a deadline came"];
  const count = formatCounted(report.mirrors.length, "mirror");
  return [
    `${paint.bold(`Asked ${count}`)} in ${formatSeconds(report.seconds)}`,
    ...renderTable([...rows, ...(asked > 0 ? [control] : []), ...(unasked > 0 ? [late] : [])], {
      indent: 2,
      right: [1],
    }),
  ];
}

function failingSection(
  report: ProbeReport,
  { all }: SummaryOptions,
  paint: Paint,
): readonly string[] {
  const failing = report.mirrors.filter(({ findings }) => findings.length > 0);
  if (failing.length === 0) return [];
  const shown = failing.slice(0, all ? failing.length : SHOWN);
  const rows = shown.map((mirror) => failingRow(mirror, report.endedAt));
  const more = failing.length - shown.length;
  return [
    paint.bold(paint.yellow(`Not in order: ${formatCounted(failing.length, "mirror")}`)),
    ...renderTable(rows, { indent: 2, right: [3] }),
    ...(more > 0 ? [`  and ${formatCount(more)} more: --all shows them`] : []),
  ];
}

/** Of several findings the gravest. */
function failingRow({ name, findings }: MirrorReport, at: number): readonly Cell[] {
  const [first, ...others] = findings;
  if (first === undefined) return [visible(name)];
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  // What may be long comes last.
  return [
    visible(name),
    visible(first.what) + more,
    describeStanding(first),
    first.since === undefined || first.since >= at ? "" : formatSpan(at - first.since),
    first.standing === "returning" ? "" : reasonCell(first, name),
  ];
}

/** Of which nothing was learnt: why, and how old is what is held. */
function unknownSection(
  report: ProbeReport,
  { all }: SummaryOptions,
  paint: Paint,
): readonly string[] {
  const unknown = report.mirrors.filter(
    ({ verdict, findings }) => verdict === "unknown" && findings.length === 0,
  );
  if (unknown.length === 0) return [];
  const shown = unknown.slice(0, all ? unknown.length : SHOWN);
  const ages = shown.map(({ held }) => ageOfKnown(held, report));
  const rows = shown.map(({ name, checks }, index): readonly Cell[] => {
    const [first] = Object.values(checks);
    const why = first === undefined ? "" : reasonCell(first, name);
    // What may be long comes last.
    return [visible(name), ...(ages.some((age) => age !== "") ? [ages[index]] : []), why];
  });
  const more = unknown.length - shown.length;
  return [
    paint.bold(`Unknown, and left as before: ${formatCounted(unknown.length, "mirror")}`),
    ...renderTable(rows, { indent: 2 }),
    ...(more > 0 ? [`  and ${formatCount(more)} more: --all shows them`] : []),
  ];
}

/** How long ago something was known of the mirror, in words; "" where nothing ever was. */
function ageOfKnown(held: MirrorReport["held"], { startedAt, endedAt }: ProbeReport): string {
  const times = Object.values(held?.checks ?? {}).flatMap(({ at }) => (at < startedAt ? at : []));
  return times.length === 0 ? "" : `last known ${formatSpan(endedAt - Math.max(...times))} ago`;
}

function reasonCell(
  { reason, detail }: Pick<CheckResult, "reason" | "detail">,
  name: string,
): string {
  const words = detail ?? PROBE_REASONS[reason].text;
  return `${reason}: ${visible(shorten(aboutItself(words, name)))}`;
}

const DETAIL_COLUMNS = 48;

function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= DETAIL_COLUMNS
    ? text
    : `${characters.slice(0, DETAIL_COLUMNS - 3).join("")}...`;
}

/** "left out", "1 of 2 to leave", "good, 1 of 2 to be back". */
function describeStanding({ standing, row }: Pick<Finding, "standing" | "row">): string {
  switch (standing) {
    case "out":
      return "left out";
    case "failing":
      return row === undefined ? "" : `${row.count} of ${row.of} to leave`;
    case "returning":
      return row === undefined ? "" : `good, ${row.count} of ${row.of} to be back`;
  }
}

function turnSection(
  title: string,
  turns: readonly Turn[],
  style: (text: string) => string,
  paint: Paint,
): readonly string[] {
  if (turns.length === 0) return [];
  const rows = turns.map(({ mirror, what, reasons }) => [
    visible(mirror),
    visible(what),
    reasons.filter((reason) => reason !== "ok").join(", "),
  ]);
  const mirrors = formatCounted(turns.length, "mirror");
  return [paint.bold(style(`${title}: ${mirrors}`)), ...renderTable(rows, { indent: 2 })];
}

function certificateSection(
  { certificates, endedAt }: ProbeReport,
  paint: Paint,
): readonly string[] {
  if (certificates.length === 0) return [];
  const rows = certificates.map(({ mirror, expiresAt }: EndingCertificate) => [
    visible(mirror),
    formatDay(expiresAt),
    expiresAt > endedAt
      ? `in ${formatSpan(expiresAt - endedAt)}`
      : `${formatSpan(endedAt - expiresAt)} ago`,
  ]);
  return [
    paint.bold("Certificates that end within 14 days, or have ended"),
    ...renderTable(rows, { indent: 2 }),
  ];
}

function endSection(
  report: ProbeReport,
  { command, again }: SummaryOptions,
  paint: Paint,
): readonly string[] {
  const { errors } = report.diagnostics;
  const check =
    errors === 0
      ? []
      : [`${formatCounted(errors, "error")} in mirrors' files: ${command} check${again.network}`];
  const { suspect, accepted, state } = report;
  const path = visible(state.path);
  if (suspect !== undefined && !accepted) {
    const held =
      state.before === undefined
        ? "No state was held before, and none is now."
        : `${path} stays as it was, of ${formatTime(state.before)}.`;
    const probe = `${command} probe${again.network}`;
    return [
      ...check,
      `${paint.bold(paint.red("Not counted"))}: ${visible(suspect)}`,
      `  ${held}`,
      `  ${paint.cyan("help")}: see what is wrong here, and probe again; ${probe} NAME asks one mirror.`,
      `        ${isCutOff(report) ? OTHER_ENDPOINTS : `If the mirrors do fail by themselves: ${probe} --accept`}`,
    ];
  }
  return [
    ...check,
    ...(suspect === undefined
      ? []
      : [`${paint.bold(paint.yellow("Accepted"))}: ${visible(suspect)}`]),
    ...earlyLines(report, paint),
    state.written
      ? `${paint.bold(paint.green("Remembered"))} in ${path}; the next build goes by it`
      : `${paint.bold("Not remembered")}: ${path} is as it was`,
  ];
}

const OTHER_ENDPOINTS =
  'If these never answer from here, name others under "probe: {control: [...]}" of mirrorpress.yml.';

/** Why what fails again is no step nearer to being left out. */
function earlyLines({ early, settings }: ProbeReport, paint: Paint): readonly string[] {
  if (early === undefined) return [];
  const { mirrors, countsFrom } = early;
  const again = `counts again from ${formatTime(countsFrom)} on`;
  const why = `probe.spacing: ${formatSpan(settings.spacingSeconds)}`;
  return [
    `${paint.bold("Too soon")}: what ${formatCounted(mirrors, "mirror")} gave ${again} (${why})`,
  ];
}
