/** What a run of the prober gave, as `--json` prints it and the tables are made from. */
import { countBySeverity } from "../diagnostics/summary.ts";
import type { CheckChange, EarlyResult } from "../model/probe-memory.ts";
import type { ProbeReason } from "../model/probe-reasons.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import type { CheckId, CheckResult, MirrorResult, MirrorState } from "../model/probe-state.ts";
import type { NetworkProbe, ProbeInputs } from "../refresh/probe-network.ts";
import { displayPath } from "../sources/files.ts";
import { type Finding, findingsOf, VERDICTS, type Verdict, verdictOf } from "./probe-findings.ts";
import { describeChecks } from "./probe-words.ts";

/** Fields may be added, none is renamed or removed. Times are seconds since 1970. */
export interface ProbeReport {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly seconds: number;
  /** Whether there was no time left for some of it. */
  readonly cut: boolean;
  readonly control: { readonly asked: number; readonly answered: number };
  /** Why nothing of this counts, as a sentence; or did not before somebody accepted it. */
  readonly suspect?: string;
  readonly accepted?: true;
  readonly state: {
    readonly path: string;
    readonly written: boolean;
    /** The time of the state that the run found. */
    readonly before?: number;
  };
  readonly settings: Pick<ProbeSettings, "failures" | "successes" | "spacingSeconds">;
  /** Results that speak against what is held, and came too soon after the last of their row. */
  readonly early?: {
    readonly mirrors: number;
    readonly checks: number;
    /** When all of them count again. */
    readonly countsFrom: number;
  };
  readonly diagnostics: {
    readonly errors: number;
    readonly warnings: number;
    readonly notes: number;
  };
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Mirrors of which more, or less, is held good than before the run; by name. */
  readonly leaving: readonly Turn[];
  readonly returning: readonly Turn[];
  /** Those that end within two weeks, or have ended; the first to end first. */
  readonly certificates: readonly EndingCertificate[];
  /** By name. */
  readonly mirrors: readonly MirrorReport[];
}

export interface Turn {
  readonly mirror: string;
  readonly what: string;
  readonly checks: readonly CheckId[];
  /** Of the checks, each once. */
  readonly reasons: readonly ProbeReason[];
}

export interface EndingCertificate {
  readonly mirror: string;
  readonly expiresAt: number;
}

export interface MirrorReport {
  readonly name: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly addresses: MirrorResult["addresses"];
  readonly checks: Readonly<Record<CheckId, CheckResult>>;
  /** What is held after the run, or before one that does not count; absent of an unknown mirror. */
  readonly held?: MirrorState;
}

export function reportProbe(
  { run, suspect, remembered, written }: NetworkProbe,
  {
    settings,
    before,
    statePath,
    diagnostics,
  }: Pick<ProbeInputs, "settings" | "before" | "statePath" | "diagnostics">,
  seconds: number,
): ProbeReport {
  const { failures, successes, spacingSeconds } = settings;
  const state = remembered?.state ?? before;
  const mirrors = run.results.map((result) => reportMirror(result, state?.mirrors, settings));
  const severities = countBySeverity(diagnostics);
  const changes = remembered?.changes ?? [];
  const turns = (good: boolean) => turnsOf(changes, run.results, good);
  return {
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    seconds,
    cut: run.cut,
    control: run.control,
    ...(suspect !== null && { suspect }),
    ...(suspect !== null && remembered && { accepted: true }),
    state: {
      path: displayPath(statePath),
      written,
      ...(before && { before: before.probedAt }),
    },
    settings: { failures, successes, spacingSeconds },
    ...earlyIn(remembered?.early ?? []),
    diagnostics: {
      errors: severities.error,
      warnings: severities.warning,
      notes: severities.note,
    },
    counts: countVerdicts(mirrors.map(({ verdict }) => verdict)),
    leaving: turns(false),
    returning: turns(true),
    certificates: endingCertificates(run.results, run.endedAt),
    mirrors,
  };
}

export function countVerdicts(verdicts: readonly Verdict[]): Record<Verdict, number> {
  const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length;
  return Object.fromEntries(VERDICTS.map((wanted) => [wanted, count(wanted)])) as Record<
    Verdict,
    number
  >;
}

function reportMirror(
  result: MirrorResult,
  states: Readonly<Record<string, MirrorState>> | undefined,
  settings: ProbeReport["settings"],
): MirrorReport {
  const { name, addresses } = result;
  const held = states && Object.hasOwn(states, name) ? states[name] : undefined;
  return {
    name,
    verdict: verdictOf(result),
    findings: findingsOf({ result, state: held, settings }),
    addresses,
    checks: Object.fromEntries(result.checks),
    ...(held && { held }),
  };
}

function earlyIn(early: readonly EarlyResult[]): Pick<ProbeReport, "early"> {
  if (early.length === 0) return {};
  const mirrors = new Set(early.map(({ mirror }) => mirror)).size;
  const countsFrom = Math.max(...early.map((each) => each.countsFrom));
  return { early: { mirrors, checks: early.length, countsFrom } };
}

/** Each mirror with what of it turned. */
function turnsOf(
  changes: readonly CheckChange[],
  results: readonly MirrorResult[],
  good: boolean,
): readonly Turn[] {
  const all = new Map(results.map(({ name, checks }) => [name, [...checks.keys()]]));
  const byMirror = new Map<string, CheckChange[]>();
  for (const change of changes) {
    if (change.good !== good) continue;
    const turned = byMirror.get(change.mirror);
    if (turned) turned.push(change);
    else byMirror.set(change.mirror, [change]);
  }
  return [...byMirror].map(([mirror, turned]) => {
    const checks = turned.map(({ check }) => check);
    const what = describeChecks(checks, all.get(mirror) ?? checks);
    return { mirror, what, checks, reasons: [...new Set(turned.map(({ reason }) => reason))] };
  });
}

/** Renewal by ACME is due at a third of ninety days; half of that left means that it does not run. */
const ENDING_SECONDS = 14 * 86_400;

function endingCertificates(
  results: readonly MirrorResult[],
  at: number,
): readonly EndingCertificate[] {
  return results
    .flatMap(({ name, checks }) => {
      const expiresAt = certificateEnd([...checks.values()]);
      return expiresAt !== undefined && expiresAt - at < ENDING_SECONDS
        ? [{ mirror: name, expiresAt }]
        : [];
    })
    .sort((a, b) => a.expiresAt - b.expiresAt);
}

/** The first end of the certificates that a mirror's addresses have. */
export function certificateEnd(checks: readonly CheckResult[]): number | undefined {
  const ends = checks.flatMap(({ expiresAt }) => expiresAt ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
