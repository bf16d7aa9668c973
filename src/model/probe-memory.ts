/**
 * From run to run: what one run found is weighed against what was held before. A mirror goes after
 * some bad results in a row and is back after some good ones; a result that says nothing of the
 * mirror changes nothing; and a run whose own network is suspect does not count at all.
 */
import { isRepositoryCheck } from "./probe-checks.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "./probe-reasons.ts";
import type { ProbeSettings } from "./probe-settings.ts";
import type {
  CheckId,
  CheckResult,
  CheckState,
  MirrorResult,
  MirrorState,
  ProbeState,
} from "./probe-state.ts";

/** What a run found. */
export interface ProbedRun {
  readonly results: readonly MirrorResult[];
  /** The control endpoints: how many were asked, and how many answered. */
  readonly control: { readonly asked: number; readonly answered: number };
  /** Seconds since 1970. */
  readonly endedAt: number;
}

/** A check of which something else is held than before the run. */
export interface CheckChange {
  readonly mirror: string;
  readonly check: CheckId;
  readonly good: boolean;
  readonly reason: ProbeReason;
}

export interface Remembered {
  readonly state: ProbeState;
  /** By mirror, then by check. */
  readonly changes: readonly CheckChange[];
}

/** How long a mirror that is not asked any more is remembered: a file may be away for a while. */
const FORGET_SECONDS = 30 * 86_400;

/** What is held after a run that counts. */
export function remember(
  before: ProbeState | null,
  { results, endedAt }: ProbedRun,
  settings: Pick<ProbeSettings, "failures" | "successes">,
  allowedOutdateSeconds: number,
): Remembered {
  const changes: CheckChange[] = [];
  const mirrors: Record<string, MirrorState> = {};
  for (const [name, state] of Object.entries(before?.mirrors ?? {})) {
    if (lastAsked(state) > endedAt - FORGET_SECONDS) mirrors[name] = state;
  }
  for (const result of results) {
    const { name } = result;
    const old = Object.hasOwn(mirrors, name) ? mirrors[name] : undefined;
    const checks: Record<CheckId, CheckState> = {};
    for (const [check, found] of result.checks) {
      const held = heldOf(old, check);
      const next = weigh(held, found, settings);
      if ((held?.good ?? true) !== next.good) {
        changes.push({ mirror: name, check, good: next.good, reason: found.reason });
      }
      const isPlain = next.good && next.against === 0;
      if (!isPlain || !isRepositoryCheck(check)) checks[check] = next;
    }
    mirrors[name] = { addresses: addressesAfter(old, result), checks, ...repositoriesIn(result) };
  }
  const state = { probedAt: endedAt, allowedOutdateSeconds, mirrors: inOrder(mirrors) };
  return { state, changes };
}

function heldOf(state: MirrorState | undefined, check: CheckId): CheckState | undefined {
  return state && Object.hasOwn(state.checks, check) ? state.checks[check] : undefined;
}

/** A check that nothing is known of counts as good: nobody goes by one run. */
function weigh(
  held: CheckState | undefined,
  found: CheckResult,
  { failures, successes }: Pick<ProbeSettings, "failures" | "successes">,
): CheckState {
  const outcome = outcomeOf(found.reason);
  const fresh = { good: true, since: found.at, against: 0 };
  if (outcome === "unknown") return held ?? { ...found, ...fresh };
  const { good, since, against, goodAt } = held ?? { ...fresh, goodAt: undefined };
  const seen = outcome === "good" ? { goodAt: found.at } : goodAt === undefined ? {} : { goodAt };
  if ((outcome === "good") === good) return { ...found, good, since, against: 0, ...seen };
  const row = against + 1;
  return row >= (good ? failures : successes)
    ? { ...found, good: !good, since: found.at, against: 0, ...seen }
    : { ...found, good, since, against: row, ...seen };
}

/** Where our resolver had no answer, the addresses stay those of the last one. */
function addressesAfter(
  old: MirrorState | undefined,
  { addresses }: MirrorResult,
): MirrorState["addresses"] {
  const isEmpty = addresses.ipv4.length + addresses.ipv6.length === 0;
  return isEmpty && old ? old.addresses : addresses;
}

function repositoriesIn({ checks }: MirrorResult): Pick<MirrorState, "repositories"> {
  let repositories = 0;
  for (const [check, { reason }] of checks) {
    if (isRepositoryCheck(check) && outcomeOf(reason) !== "unknown") repositories++;
  }
  return { repositories };
}

function lastAsked({ checks }: MirrorState): number {
  return Math.max(0, ...Object.values(checks).map(({ at }) => at));
}

function inOrder<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Fewer mirrors than this fail together by chance. */
const LEAST_FAILURES = 4;
/** Of the mirrors that answered last time; more at once is no coincidence. */
const FAILING_SHARE = 0.2;
/** In the first run nothing tells which mirrors have long been gone. */
const FAILING_SHARE_OF_FIRST = 0.5;
/** Of the failures, how many must have one cause. */
const ONE_CAUSE_SHARE = 0.6;

/**
 * Why our own network, or something that all mirrors depend on, is suspect rather than the mirrors:
 * a whole sentence; null where nothing speaks for it. Looks at what fails now and was good in the
 * last result, so that a slow decline is none.
 */
export function suspicion(before: ProbeState | null, run: ProbedRun): string | null {
  const { asked, answered } = run.control;
  if (asked > 0 && answered === 0) {
    const which =
      asked === 1
        ? "The control endpoint does not answer"
        : `None of the ${asked} control endpoints answers`;
    return `${which}: this machine's own network is suspect.`;
  }
  const causes = new Map<ProbeReason, number>();
  let alive = 0;
  let failing = 0;
  for (const result of run.results) {
    const cause = causeOf(result);
    const known = before?.mirrors[result.name];
    if (cause !== undefined && known !== undefined && !wasAlive(known)) continue;
    alive++;
    if (cause === undefined) continue;
    failing++;
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  const [cause, count] = [...causes].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (cause === undefined || count === undefined) return null;
  const share = before === null ? FAILING_SHARE_OF_FIRST : FAILING_SHARE;
  // Two faults of ours at a time are no less ours than one: what else fails makes a cause no smaller.
  const isOneCause = count >= ONE_CAUSE_SHARE * failing || count >= share * alive;
  if (failing < LEAST_FAILURES || failing < share * alive || !isOneCause) return null;
  const whose = WHOSE_FAULT[cause] ?? "this machine's own network is suspect";
  return `${failing} of ${alive} mirrors fail that did not before, ${count} of them for one cause (${cause}: ${PROBE_REASONS[cause].text}): ${whose}.`;
}

/** What else than our network has such an effect. */
const WHOSE_FAULT: Partial<Record<ProbeReason, string>> = {
  stale: "the origin that all mirrors copy has probably not been updated",
  future: "this machine's clock is probably behind",
  "missing-time": "the origin that all mirrors copy has probably lost its timestamp",
  "bad-time": "the origin that all mirrors copy probably has a broken timestamp",
  tls: "this machine's clock or its trusted certificates are suspect",
  unanswered: "this machine's resolver is suspect",
  dns: "this machine's resolver is suspect",
};

/** Why no timestamp of the mirror was to be had over IPv4; undefined where one was. */
function causeOf({ checks }: MirrorResult): ProbeReason | undefined {
  let cause: ProbeReason | undefined;
  for (const [check, { reason }] of checks) {
    if (!MAIN_CHECK.test(check)) continue;
    if (reason === "ok") return undefined;
    if (reason !== "deadline" && reason !== "skipped") cause ??= reason;
  }
  const dns = checks.get("dns")?.reason;
  return cause ?? (dns === undefined || dns === "ok" ? undefined : dns);
}

const MAIN_CHECK = /^https?\/ipv4$/;

/** Whether the last known result of a way to the mirror was good. */
function wasAlive({ checks }: MirrorState): boolean {
  const main = Object.entries(checks).filter(([check]) => MAIN_CHECK.test(check));
  return main.length === 0 || main.some(([, { reason }]) => outcomeOf(reason) !== "bad");
}
