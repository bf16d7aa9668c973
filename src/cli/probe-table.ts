/** All mirrors that were asked, a line each: for --all. */
import { visible } from "../diagnostics/wording.ts";
import { isRepositoryCheck } from "../model/probe-checks.ts";
import { outcomeOf } from "../model/probe-reasons.ts";
import type { CheckResult } from "../model/probe-state.ts";
import { formatCount } from "./format.ts";
import { certificateEnd, type MirrorReport, type ProbeReport } from "./probe-report.ts";
import { accessOf, formatSpan } from "./probe-words.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

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

/** "-" stands for what a mirror does not offer, "?" for what could not be learnt. */
export function everyMirror({ mirrors, endedAt }: ProbeReport, paint: Paint): readonly string[] {
  const rows = mirrors.map((mirror) => mirrorRow(mirror, endedAt, paint));
  return renderTable([COLUMNS.map((title) => paint.dim(title)), ...rows], { right: [4, 5, 6] });
}

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
