/**
 * Whether a run says anything of the mirrors: where many fail together, and most of them for one
 * cause, the cause is ours or the origin's. A run that is suspect does not count.
 *
 * Two crowds are looked at. Who answered the last time and does not now shows what broke since then.
 * Who is held good and does not answer shows what breaks piece by piece, a few mirrors more in each
 * run: every step is small, and they are held good until it has gone on for some runs.
 */
import type { ProbedRun } from "./probe-memory.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "./probe-reasons.ts";
import type { MirrorResult, MirrorState, ProbeState } from "./probe-state.ts";

/** Fewer mirrors than this fail together by chance. */
const LEAST_FAILURES = 4;
/** Of the mirrors that were to answer; more at once is no coincidence. */
const FAILING_SHARE = 0.2;
/** In the first run nothing tells which mirrors have long been gone. */
const FAILING_SHARE_OF_FIRST = 0.5;
/**
 * What breaks piece by piece takes so many for one cause in this run, and took as many before: the
 * fire of a provider, which takes many once and then no more, was believed when it came.
 */
const STEP_SHARE = 0.1;
const LEAST_STEP = 3;
/** Of bad results in a row: what fails for longer, where the settings are so patient, is no news. */
const LATELY = 2;
/** Of the failures, how many must have one cause. */
const ONE_CAUSE_SHARE = 0.6;

/** Why the run is suspect: a whole sentence; null where nothing speaks for it. */
export function suspicion(before: ProbeState | null, run: ProbedRun): string | null {
  if (isCutOff(run)) {
    const { asked } = run.control;
    const which =
      asked === 1
        ? "The control endpoint does not answer"
        : `None of the ${asked} control endpoints answers`;
    return `${which}: this machine's own network is suspect.`;
  }
  const { results } = run;
  if (before === null) {
    const all = crowdOf(results, () => true);
    return isShared(all, FAILING_SHARE_OF_FIRST) ? sentence(all, "fail") : null;
  }
  const knownOf = ({ name }: MirrorResult) =>
    Object.hasOwn(before.mirrors, name) ? before.mirrors[name] : undefined;
  const answeredLast = (known: MirrorState | undefined) => known === undefined || wasAlive(known);
  const sudden = crowdOf(results, (result) => answeredLast(knownOf(result)));
  if (isShared(sudden, FAILING_SHARE)) return sentence(sudden, "fail that did not before");
  const creeping = crowdOf(results, (result) => {
    const known = knownOf(result);
    return answeredLast(known) || (known !== undefined && isHeld(known, before.acceptedAt));
  });
  const now = sudden.causes.get(creeping.cause) ?? 0;
  const earlier = (creeping.causes.get(creeping.cause) ?? 0) - now;
  const step = Math.max(LEAST_STEP, STEP_SHARE * creeping.alive);
  return now >= step && earlier >= step && isShared(creeping, FAILING_SHARE)
    ? sentence(creeping, "fail that did not until lately")
    : null;
}

/** Whether nothing of what always answers did. */
export function isCutOff({ control }: Pick<ProbedRun, "control">): boolean {
  return control.asked > 0 && control.answered === 0;
}

/** Mirrors that were to answer, and those that do. */
interface Crowd {
  readonly alive: number;
  readonly failing: number;
  /** How many fail for each. */
  readonly causes: ReadonlyMap<ProbeReason, number>;
  /** That of most; "ok" where none fails. */
  readonly cause: ProbeReason;
}

function crowdOf(
  results: readonly MirrorResult[],
  wasToAnswer: (result: MirrorResult) => boolean,
): Crowd {
  const causes = new Map<ProbeReason, number>();
  let alive = 0;
  let failing = 0;
  for (const result of results) {
    const cause = causeOf(result);
    if (cause !== undefined && !wasToAnswer(result)) continue;
    alive++;
    if (cause === undefined) continue;
    failing++;
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  const [most] = [...causes].sort((a, b) => b[1] - a[1]);
  return { alive, failing, causes, cause: most?.[0] ?? "ok" };
}

/** Whether so many fail, and most of them for one cause, that it is none of theirs. */
function isShared({ alive, failing, causes, cause }: Crowd, share: number): boolean {
  const count = causes.get(cause) ?? 0;
  // Two faults of ours at a time are no less ours than one: what else fails makes a cause no smaller.
  const isOneCause = count >= ONE_CAUSE_SHARE * failing || count >= share * alive;
  return failing >= LEAST_FAILURES && failing >= share * alive && isOneCause;
}

function sentence({ alive, failing, causes, cause }: Crowd, fail: string): string {
  const count = causes.get(cause) ?? 0;
  const whose = WHOSE_FAULT[cause] ?? "this machine's own network is suspect";
  return `${failing} of ${alive} mirrors ${fail}, ${count} of them for one cause (${cause}: ${PROBE_REASONS[cause].text}): ${whose}.`;
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

function mainChecks({ checks }: MirrorState) {
  return Object.entries(checks).flatMap(([check, held]) => (MAIN_CHECK.test(check) ? held : []));
}

/** Whether the last known result of a way to the mirror was good. */
function wasAlive(known: MirrorState): boolean {
  const main = mainChecks(known);
  return main.length === 0 || main.some(({ reason }) => outcomeOf(reason) !== "bad");
}

/**
 * Whether a way to the mirror is held good, and was seen to be, since a person last said that what
 * failed does so by itself. A mirror that never answered is no news by not answering.
 */
function isHeld(known: MirrorState, acceptedAt: number | undefined): boolean {
  return mainChecks(known).some(
    ({ good, goodAt, against }) =>
      good &&
      against <= LATELY &&
      goodAt !== undefined &&
      goodAt >= (acceptedAt ?? Number.NEGATIVE_INFINITY),
  );
}
