/**
 * From run to run: what one run found is weighed against what was held before. A mirror goes after
 * some bad results in a row and is back after some good ones; a result that says nothing of the
 * mirror changes nothing; and a run whose own network is suspect does not count at all.
 *
 * A row is of results that lie apart. One that comes within minutes of the last one of the row says
 * again what that said: it is shown, and makes the row no longer. One that breaks the row does so
 * however soon it comes, for then what is held stays as it is.
 */
import { isRepositoryCheck } from "./probe-checks.ts";
import { outcomeOf, type ProbeReason } from "./probe-reasons.ts";
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
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A check of which something else is held than before the run. */
export interface CheckChange {
  readonly mirror: string;
  readonly check: CheckId;
  readonly good: boolean;
  readonly reason: ProbeReason;
}

/** A result that speaks against what is held and came too soon to count. */
export interface EarlyResult {
  readonly mirror: string;
  readonly check: CheckId;
  /** From when on the next one counts: seconds since 1970. */
  readonly countsFrom: number;
}

export interface Remembered {
  readonly state: ProbeState;
  /** By mirror, then by check. */
  readonly changes: readonly CheckChange[];
  readonly early: readonly EarlyResult[];
}

type MemorySettings = Pick<ProbeSettings, "failures" | "successes" | "spacingSeconds">;

export interface RememberOptions {
  readonly settings: MemorySettings;
  readonly allowedOutdateSeconds: number;
  /** Somebody says that what fails does so by itself, and not for a cause that all have in common. */
  readonly accepted?: boolean;
}

/** How long a mirror that is not asked any more is remembered: a file may be away for a while. */
const FORGET_SECONDS = 30 * 86_400;

/** What is held after a run that counts. */
export function remember(
  before: ProbeState | null,
  { results, startedAt, endedAt }: ProbedRun,
  { settings, allowedOutdateSeconds, accepted = false }: RememberOptions,
): Remembered {
  const changes: CheckChange[] = [];
  const early: EarlyResult[] = [];
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
      if (next !== held && next.countedAt !== undefined) {
        const countsFrom = next.countedAt + settings.spacingSeconds;
        early.push({ mirror: name, check, countsFrom });
      }
      const isPlain = next.good && next.against === 0;
      if (!isPlain || !isRepositoryCheck(check)) checks[check] = next;
    }
    mirrors[name] = { addresses: addressesAfter(old, result), checks, ...repositoriesIn(result) };
  }
  const acceptedAt = accepted ? startedAt : before?.acceptedAt;
  const state = {
    ...{ probedAt: endedAt, allowedOutdateSeconds, mirrors: inOrder(mirrors) },
    ...(acceptedAt !== undefined && { acceptedAt }),
  };
  return { state, changes, early };
}

function heldOf(state: MirrorState | undefined, check: CheckId): CheckState | undefined {
  return state && Object.hasOwn(state.checks, check) ? state.checks[check] : undefined;
}

/** A check that nothing is known of counts as good: nobody goes by one run. */
function weigh(
  held: CheckState | undefined,
  found: CheckResult,
  { failures, successes, spacingSeconds }: MemorySettings,
): CheckState {
  const outcome = outcomeOf(found.reason);
  const fresh = { good: true, since: found.at, against: 0 };
  if (outcome === "unknown") return held ?? { ...found, ...fresh };
  const { good, since, against, goodAt } = held ?? { ...fresh, goodAt: undefined };
  const seen = outcome === "good" ? { goodAt: found.at } : goodAt === undefined ? {} : { goodAt };
  if ((outcome === "good") === good) return { ...found, good, since, against: 0, ...seen };
  if (held && isTooSoon(held, found.at, spacingSeconds)) {
    return { ...found, good, since, against, countedAt: countedAtOf(held), ...seen };
  }
  const row = against + 1;
  return row >= (good ? failures : successes)
    ? { ...found, good: !good, since: found.at, against: 0, ...seen }
    : { ...found, good, since, against: row, ...seen };
}

/** A clock that was set back leaves a time to come, which says nothing of how long ago it was. */
function isTooSoon(held: CheckState, at: number, spacingSeconds: number): boolean {
  return held.against > 0 && Math.abs(at - countedAtOf(held)) < spacingSeconds;
}

function countedAtOf({ countedAt, at }: CheckState): number {
  return countedAt ?? at;
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
