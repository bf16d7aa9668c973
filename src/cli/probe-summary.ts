/** What came of asking all mirrors, for the person who started it. */
import { visible } from "../diagnostics/wording.ts";
import { isRepositoryCheck } from "../model/probe-checks.ts";
import { outcomeOf } from "../model/probe-reasons.ts";
import type { CheckResult } from "../model/probe-state.ts";
import { isCutOff } from "../model/probe-suspicion.ts";
import { formatCount, formatCounted, formatDay, formatSeconds, formatTime } from "./format.ts";
import type { TypedAgain } from "./options.ts";
import type { Finding, Verdict } from "./probe-findings.ts";
import {
  certificateEnd,
  type EndingCertificate,
  type MirrorReport,
  type ProbeReport,
  type Turn,
} from "./probe-report.ts";
import { aboutItself, accessOf, formatSpan } from "./probe-words.ts";
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
    first.standing === "returning"
      ? ""
      : `${first.reason}: ${visible(shorten(aboutItself(first.detail, name)))}`,
  ];
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

const COLUMNS = [
  "mirror",
  "http",
  "https",
  "IPv6",
  "cert",
  "copy",
  "repositories",
  "ISOs",
  "modules",
  "rsync",
] as const;

function everyMirror({ mirrors, endedAt }: ProbeReport, paint: Paint): readonly string[] {
  const rows = mirrors.map((mirror) => mirrorRow(mirror, endedAt, paint));
  return renderTable([COLUMNS.map((title) => paint.dim(title)), ...rows], { right: [4, 5, 6] });
}

/** "-" stands for what the mirror does not offer, "?" for what could not be learnt. */
function mirrorRow(mirror: MirrorReport, at: number, paint: Paint): readonly Cell[] {
  const checks = Object.entries(mirror.checks);
  const cellOf = (is: (check: string) => boolean) =>
    worstCell(
      checks.flatMap(([check, result]) => (is(check) ? [result] : [])),
      paint,
    );
  const way = (is: (access: NonNullable<ReturnType<typeof accessOf>>) => boolean) =>
    cellOf((check) => {
      const access = accessOf(check);
      return access !== null && is(access);
    });
  const end = certificateEnd(Object.values(mirror.checks));
  const updatedAt = checks.find(([check, { updatedAt }]) => {
    return accessOf(check)?.module === "" && updatedAt !== undefined;
  })?.[1].updatedAt;
  return [
    visible(mirror.name),
    way(
      ({ module, protocol, family }) => module === "" && protocol === "http" && family === "ipv4",
    ),
    way(
      ({ module, protocol, family }) => module === "" && protocol === "https" && family === "ipv4",
    ),
    way(({ module, family }) => module === "" && family === "ipv6"),
    end === undefined ? "-" : `${Math.floor((end - at) / 86_400)} d`,
    updatedAt === undefined ? "-" : ageOf(at - updatedAt),
    repositoriesCell(checks, paint),
    cellOf((check) => check === "isos"),
    modulesCell(checks, cellOf),
    cellOf((check) => check === "rsync"),
  ];
}

function ageOf(seconds: number): string {
  return seconds < 0 ? "future" : formatSpan(seconds);
}

function worstCell(results: readonly CheckResult[], paint: Paint): string {
  const bad = results.find(({ reason }) => outcomeOf(reason) === "bad");
  if (bad) return paint.red(bad.reason);
  if (results.some(({ reason }) => outcomeOf(reason) === "good")) return paint.green("ok");
  return results.length === 0 ? "-" : "?";
}

function repositoriesCell(
  checks: readonly (readonly [check: string, result: CheckResult])[],
  paint: Paint,
): string {
  const repositories = checks.filter(([check]) => isRepositoryCheck(check));
  if (repositories.length === 0) return "-";
  const good = repositories.filter(([, { reason }]) => outcomeOf(reason) === "good").length;
  const isBad = repositories.some(([, { reason }]) => outcomeOf(reason) === "bad");
  if (good === 0 && !isBad) return "?";
  const text = `${formatCount(good)} of ${formatCount(repositories.length)}`;
  return isBad ? paint.red(text) : text;
}

function modulesCell(
  checks: readonly (readonly [check: string, result: CheckResult])[],
  cellOf: (is: (check: string) => boolean) => string,
): string {
  const modules = new Set(
    checks.flatMap(([check]) => /^([^:]+):(?:https?\/|isos$)/.exec(check)?.[1] ?? []),
  );
  const cells = [...modules].map((module) => {
    return `${visible(module)} ${cellOf((check) => check.startsWith(`${module}:`))}`;
  });
  return cells.length === 0 ? "-" : cells.join(", ");
}
