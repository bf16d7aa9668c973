/** What is wrong with a mirror, or was until lately: checks that share a fate, in one line each. */
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "../model/probe-reasons.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import type {
  CheckId,
  CheckResult,
  CheckState,
  MirrorResult,
  MirrorState,
} from "../model/probe-state.ts";
import { accessOf, describeChecks } from "./probe-words.ts";

/** What this run alone says of a mirror. */
export type Verdict = "good" | "partly" | "failing" | "unknown";

export const VERDICTS: readonly Verdict[] = ["good", "partly", "failing", "unknown"];

/**
 * "failing" where a build would have nothing left of the mirror, which goes by IPv4 and takes a
 * module for itself; "unknown" where nothing was learnt.
 */
export function verdictOf({ checks }: Pick<MirrorResult, "checks">): Verdict {
  const outcomes = [...checks].map(([check, { reason }]) => ({
    isWay: accessOf(check)?.family === "ipv4",
    outcome: outcomeOf(reason),
  }));
  const hasWay = outcomes.some(({ isWay, outcome }) => isWay && outcome === "good");
  const hasBad = outcomes.some(({ outcome }) => outcome === "bad");
  if (hasWay) return hasBad ? "partly" : "good";
  return hasBad ? "failing" : "unknown";
}

/**
 * - failing: bad in this run, and nothing is held against it yet
 * - out: held against the mirror
 * - returning: held against it, and good in this run
 */
export type Standing = "out" | "failing" | "returning";

export interface Finding {
  /** In words: "https", "2 repositories". */
  readonly what: string;
  readonly checks: readonly CheckId[];
  readonly reason: ProbeReason;
  /** In words: that of the first check, or the reason's own. */
  readonly detail: string;
  readonly standing: Standing;
  /** Of results in a row: how many there are, and how many turn what is held; none when out. */
  readonly row?: { readonly count: number; readonly of: number };
  /** When it was good last, or turned bad: seconds since 1970. Unknown in a mirror's first runs. */
  readonly since?: number;
}

export interface Known {
  readonly result: MirrorResult;
  /** What is held after the run; where it does not count, what was held before. */
  readonly state: MirrorState | undefined;
  readonly settings: Pick<ProbeSettings, "failures" | "successes">;
}

/** The gravest first: what is out, then what fails, then what comes back; ways before contents. */
export function findingsOf({ result, state, settings }: Known): readonly Finding[] {
  const held = new Map(Object.entries(state?.checks ?? {}));
  const all = [...result.checks.keys()];
  const groups = new Map<string, { finding: Omit<Finding, "what" | "checks">; ids: CheckId[] }>();
  for (const [check, found] of result.checks) {
    const finding = findingOf(found, held.get(check), settings);
    if (finding === null) continue;
    const { standing, reason, row } = finding;
    const key = [standing, reason, row?.count].join(" ");
    const group = groups.get(key);
    if (group) group.ids.push(check);
    else groups.set(key, { finding, ids: [check] });
  }
  return [...groups.values()]
    .map(({ finding, ids }) => ({ ...finding, what: describeChecks(ids, all), checks: ids }))
    .sort(
      (a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || rank(a) - rank(b),
    );
}

const STANDINGS: readonly Standing[] = ["out", "failing", "returning"];

function findingOf(
  found: CheckResult,
  held: CheckState | undefined,
  { failures, successes }: Known["settings"],
): Omit<Finding, "what" | "checks"> | null {
  const outcome = outcomeOf(found.reason);
  const isOut = held !== undefined && !held.good;
  if (outcome === "good" && isOut) {
    const row = { count: held.against, of: successes };
    return { ...wordsOf(found), standing: "returning", row, since: held.since };
  }
  if (isOut) {
    const since = held.goodAt ?? held.since;
    return { ...wordsOf(outcome === "unknown" ? held : found), standing: "out", since };
  }
  if (outcome !== "bad") return null;
  const since = held?.goodAt;
  return {
    ...wordsOf(found),
    standing: "failing",
    ...(held && { row: { count: held.against, of: failures } }),
    ...(since !== undefined && { since }),
  };
}

function wordsOf({ reason, detail }: CheckResult): Pick<Finding, "reason" | "detail"> {
  return { reason, detail: detail ?? PROBE_REASONS[reason].text };
}

/** Names and ways are what the rest depends on; rsync serves no client. */
function rank({ checks }: Pick<Finding, "checks">): number {
  if (checks.some((check) => check === "dns")) return 0;
  if (checks.some((check) => accessOf(check)?.module === "")) return 1;
  if (checks.some((check) => check.startsWith("repo:"))) return 2;
  return checks.every((check) => check === "rsync") ? 4 : 3;
}
