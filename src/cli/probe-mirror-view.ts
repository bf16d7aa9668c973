/** All about one mirror: each check with what came of it, what is held, and what to do. */
import { visible } from "../diagnostics/wording.ts";
import type { Mirror } from "../model/mirror.ts";
import { isRepositoryCheck } from "../model/probe-checks.ts";
import { outcomeOf, PROBE_REASONS } from "../model/probe-reasons.ts";
import type { CheckId, CheckResult, CheckState } from "../model/probe-state.ts";
import { formatCount, formatDay, formatSeconds, formatTime } from "./format.ts";
import type { MirrorReport, ProbeReport } from "./probe-report.ts";
import { VERDICT_WORDS } from "./probe-summary.ts";
import { describeCheck, formatSpan } from "./probe-words.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** `heldAt` is the time of the state, in seconds since 1970; undefined when there is none. */
export function renderMirror(
  mirror: Mirror,
  probed: MirrorReport,
  { settings, endedAt, state }: ProbeReport,
  paint: Paint,
): string {
  const sections = [
    aboutSection(mirror, probed, paint),
    checksSection(probed, endedAt, paint),
    heldSection(probed, { settings, heldAt: state.before, at: endedAt }, paint),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function aboutSection(mirror: Mirror, probed: MirrorReport, paint: Paint): readonly string[] {
  const { urls, modules, sponsor, email, file, disabled } = mirror;
  const { ipv4, ipv6 } = probed.addresses;
  const rows: Cell[][] = [
    ["verdict", VERDICT_WORDS[probed.verdict]],
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

/** Repositories that are in order share a line, and so do those of which nothing was learnt. */
function checksSection(probed: MirrorReport, at: number, paint: Paint): readonly string[] {
  const entries = Object.entries(probed.checks);
  const repositories = entries.filter(([check]) => isRepositoryCheck(check));
  const shared = repositories.filter(([, { reason }]) => outcomeOf(reason) !== "bad");
  // Those of one reason together, so that what to do is said once.
  const others = repositories
    .filter(([, { reason }]) => outcomeOf(reason) === "bad")
    .sort(([, a], [, b]) => (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0));
  const shown = [...entries.filter(([check]) => !isRepositoryCheck(check)), ...others];
  const rows = shown.map(([check, result]) => checkRow(check, result, at, paint));
  const reasons = [...new Set(shared.map(([, { reason }]) => reason))];
  const together = reasons.map((reason): readonly Cell[] => {
    const count = shared.filter(([, result]) => result.reason === reason).length;
    const { outcome, text } = PROBE_REASONS[reason];
    const of = `${formatCount(count)} of ${formatCount(repositories.length)}`;
    return outcome === "good"
      ? ["repositories", paint.green(reason), of]
      : ["repositories", paint.yellow(reason), `${of}: ${text}`];
  });
  const lines = renderTable([...rows, ...together], { indent: 2 });
  const advised = shown.flatMap(([, { reason, url }], index) => {
    const isLast = shown[index + 1]?.[1].reason !== reason;
    const { advice } = PROBE_REASONS[reason];
    const isBad = outcomeOf(reason) === "bad";
    return [
      lines[index] ?? "",
      ...(isBad && url !== undefined ? [`      ${visible(url)}`] : []),
      ...(isBad && isLast && advice !== "" ? [`      ${paint.cyan("help")}: ${advice}`] : []),
    ];
  });
  return [paint.bold("Checks"), ...advised, ...lines.slice(shown.length)];
}

function checkRow(
  check: CheckId,
  { reason, detail, took, updatedAt, expiresAt }: CheckResult,
  at: number,
  paint: Paint,
): readonly Cell[] {
  const style = { good: paint.green, bad: paint.red, unknown: paint.yellow }[outcomeOf(reason)];
  const { text } = PROBE_REASONS[reason];
  const words = [
    reason === "ok" ? (detail ?? "") : (detail ?? text),
    ...(updatedAt === undefined ? [] : [describeCopy(at - updatedAt, updatedAt)]),
    ...(expiresAt === undefined ? [] : [describeCertificate(expiresAt - at, expiresAt)]),
    ...(took === undefined ? [] : [formatSeconds(took / 1000)]),
  ];
  const shown = words.filter((word) => word !== "").join("; ");
  return [visible(describeCheck(check)), style(reason), visible(shown)];
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
