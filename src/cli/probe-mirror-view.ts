/** All about one mirror: each check with what came of it, what is held, and what to do. */
import { visible } from "../diagnostics/wording.ts";
import type { Mirror } from "../model/mirror.ts";
import { adviceOf } from "../model/probe-advice.ts";
import { isRepositoryCheck } from "../model/probe-checks.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "../model/probe-reasons.ts";
import type { CheckId, CheckResult, CheckState } from "../model/probe-state.ts";
import { formatCount, formatDay, formatSeconds, formatTime } from "./format.ts";
import type { Verdict } from "./probe-findings.ts";
import type { MirrorReport, ProbeReport } from "./probe-report.ts";
import { VERDICT_WORDS } from "./probe-summary.ts";
import { describeCheck, formatSpan } from "./probe-words.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

export interface MirrorViewOptions {
  readonly paint: Paint;
  /** Show every repository that fails. */
  readonly all: boolean;
}

export function renderMirror(
  mirror: Mirror,
  probed: MirrorReport,
  { settings, endedAt, state }: ProbeReport,
  options: MirrorViewOptions,
): string {
  const { paint } = options;
  const sections = [
    aboutSection(mirror, probed, paint),
    checksSection(probed, endedAt, options),
    heldSection(probed, { settings, heldAt: state.before, at: endedAt }, paint),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function aboutSection(mirror: Mirror, probed: MirrorReport, paint: Paint): readonly string[] {
  const { urls, modules, sponsor, email, file, disabled } = mirror;
  const { ipv4, ipv6 } = probed.addresses;
  const rows: Cell[][] = [
    ["verdict", `${VERDICT_WORDS[probed.verdict]}${VERDICT_OF_ONE[probed.verdict]}`],
    ["address", [urls.https, urls.http, urls.rsync].filter((url) => url !== undefined).join(" ")],
  ];
  for (const [module, of] of modules) rows.push([module, of.https ?? of.http ?? ""]);
  rows.push(["IPv4", ipv4.join(", ") || "none"], ["IPv6", ipv6.join(", ") || "none"]);
  rows.push(["sponsor", sponsor.name]);
  if (email !== undefined) rows.push(["email", email]);
  if (disabled) rows.push(["disabled", disabled.reason]);
  rows.push(["file", file.path]);
  const shown = rows.map((row) => row.map((cell) => visible(String(cell))));
  return [paint.bold(visible(mirror.name)), ...renderTable(shown, { indent: 2 })];
}

const VERDICT_OF_ONE: Readonly<Record<Verdict, string>> = {
  good: "",
  partly: ": it answers, and some of what it offers fails",
  failing: ": nothing of it can be used",
  unknown: ": nothing was learnt of it, so it stays as it was",
};

/** Of repositories that fail alike so many have lines of their own, unless all are to be shown. */
const MOST_ALIKE = 8;

interface CheckLine {
  readonly cells: readonly Cell[];
  readonly url?: string | undefined;
  readonly advice: string;
}

/** Repositories that are in order share a line, and so do those of which nothing was learnt. */
function checksSection(
  probed: MirrorReport,
  at: number,
  { paint, all }: MirrorViewOptions,
): readonly string[] {
  const entries: readonly Checked[] = Object.entries(probed.checks);
  const isBad = ([, { reason }]: Checked) => outcomeOf(reason) === "bad";
  const lineOf = (each: Checked): CheckLine => ({
    cells: checkRow(each, at, paint),
    url: isBad(each) ? each[1].url : undefined,
    advice: adviceOf(...each),
  });
  const ofRepositories = entries.filter(([check]) => isRepositoryCheck(check));
  const count = ofRepositories.length;
  const sharedLine = (alike: readonly Checked[], more = ""): readonly CheckLine[] =>
    alike.slice(0, 1).map((each) => {
      const share = `${formatCount(alike.length)}${more} of ${formatCount(count)}`;
      return { cells: sharedRow(each, share, paint), advice: adviceOf(...each) };
    });
  const kinds = byKind(ofRepositories);
  const failing = kinds.filter(([first]) => first !== undefined && isBad(first));
  const lines = [
    ...entries.filter(([check]) => !isRepositoryCheck(check)).map(lineOf),
    ...failing.flatMap((alike) => {
      const own = all || alike.length <= MOST_ALIKE + 1 ? alike.length : MOST_ALIKE;
      return [...alike.slice(0, own).map(lineOf), ...sharedLine(alike.slice(own), " more")];
    }),
    ...kinds.filter((alike) => !failing.includes(alike)).flatMap((alike) => sharedLine(alike)),
  ];
  const rows = renderTable(
    lines.map(({ cells }) => cells),
    { indent: 2 },
  );
  const advised = lines.flatMap(({ url, advice }, index) => [
    rows[index] ?? "",
    ...(url === undefined ? [] : [`      ${visible(url)}`]),
    // What to do about several lines is said once, behind the last of them.
    ...(advice === "" || advice === lines[index + 1]?.advice
      ? []
      : [`      ${paint.cyan("help")}: ${advice}`]),
  ]);
  return [paint.bold("Checks"), ...advised];
}

type Checked = readonly [check: CheckId, result: CheckResult];

/** Those of which the same is to be said; by their reasons, so that what to do is said once. */
function byKind(checks: readonly Checked[]): readonly (readonly Checked[])[] {
  const kinds = new Map<string, Checked[]>();
  for (const each of checks) {
    const [, { reason, detail = "" }] = each;
    const kind = `${reason} ${detail}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, alike]) => alike);
}

function styleOf(reason: ProbeReason, paint: Paint): (text: string) => string {
  return { good: paint.green, bad: paint.red, unknown: paint.yellow }[outcomeOf(reason)];
}

/** For all repositories of which the same is known, the first of them given. */
function sharedRow([, { reason, detail }]: Checked, share: string, paint: Paint): readonly Cell[] {
  const { outcome, text } = PROBE_REASONS[reason];
  const said = outcome === "good" ? share : `${share}: ${detail ?? text}`;
  return ["repositories", styleOf(reason, paint)(reason), visible(said)];
}

function checkRow(
  [check, { reason, detail, took, updatedAt, expiresAt }]: Checked,
  at: number,
  paint: Paint,
): readonly Cell[] {
  const { text } = PROBE_REASONS[reason];
  const words = [
    reason === "ok" ? (detail ?? "") : (detail ?? text),
    // How old a copy is that is too old has been said.
    ...(updatedAt === undefined || reason === "stale"
      ? []
      : [describeCopy(at - updatedAt, updatedAt)]),
    ...(expiresAt === undefined ? [] : [describeCertificate(expiresAt - at, expiresAt)]),
    ...(took === undefined ? [] : [formatSeconds(took / 1000)]),
  ];
  const shown = words.filter((word) => word !== "").join("; ");
  return [visible(describeCheck(check)), styleOf(reason, paint)(reason), visible(shown)];
}

function describeCopy(age: number, updatedAt: number): string {
  if (age < 0) return `the copy is of ${formatTime(updatedAt)}, which is to come`;
  return `the copy is ${formatSpan(age)} old`;
}

function describeCertificate(left: number, expiresAt: number): string {
  return left > 0
    ? `the certificate ends in ${formatSpan(left)}`
    : `the certificate ended on ${formatDay(expiresAt)}`;
}

interface HeldOptions {
  readonly settings: ProbeReport["settings"];
  /** The time of the state, in seconds since 1970; undefined when there is none. */
  readonly heldAt: number | undefined;
  readonly at: number;
}

/** Asking some mirrors changes nothing of it. */
function heldSection(
  { held }: MirrorReport,
  { settings, heldAt, at }: HeldOptions,
  paint: Paint,
): readonly string[] {
  if (held === undefined || heldAt === undefined) {
    return [`${paint.bold("Held")} of it is nothing yet: it counts as good until a run over all.`];
  }
  const entries = Object.entries(held.checks);
  const out = entries.filter(([, { good }]) => !good);
  const wavering = entries.filter(([, { good, against }]) => good && against > 0);
  const rows = [...out, ...wavering].map(([check, state]) => heldRow(check, state, settings, at));
  const title = `${paint.bold("Held")} after the run of ${formatTime(heldAt)}`;
  if (rows.length === 0) return [`${title}: all of it is good`];
  const rest = rows.length < entries.length ? ["  the rest is good"] : [];
  return [title, ...renderTable(rows, { indent: 2 }), ...rest];
}

function heldRow(
  check: CheckId,
  { good, against, since, goodAt, reason }: CheckState,
  { failures, successes }: HeldOptions["settings"],
  at: number,
): readonly Cell[] {
  const row = good
    ? `${against} of ${failures} to leave`
    : against > 0
      ? `left out; ${against} of ${successes} to be back`
      : "left out";
  const span = good
    ? goodAt === undefined
      ? ""
      : `good ${formatSpan(at - goodAt)} ago`
    : `for ${formatSpan(at - (goodAt ?? since))}`;
  return [visible(describeCheck(check)), reason, row, span];
}
