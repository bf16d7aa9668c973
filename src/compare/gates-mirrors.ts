/** The gates of mirrors and of lists: whether they are fewer, shorter, or none. */
import type { GateSettings } from "../model/gate-settings.ts";
import type { MirrorsChange, NetworkDiff, SetDiff } from "./diff.ts";
import {
  countText,
  type GateFinding,
  inSet,
  limitText,
  percentText,
  someOf,
  worstOf,
} from "./gate-finding.ts";
import type { ShorterLists } from "./shorter.ts";

export interface GateContext {
  readonly settings: GateSettings;
  /** Why a mirror is not in lists any more, in words that are the same for the same cause. */
  readonly causeOf: (mirror: string) => string | undefined;
}

/**
 * Of a few mirrors one is a large part of all, and comes and goes without anything being wrong: it
 * takes this many to hold, and to refuse. Two are enough where they are half of all.
 */
const LEAST_GONE = { half: 2, hold: 3, refuse: 4 } as const;

export function mirrorsGate(
  diff: NetworkDiff,
  { settings: { mirrors: limits }, causeOf }: GateContext,
): GateFinding | null {
  const dropOf = ({ before, after }: MirrorsChange) => Math.max(0, before - after);
  const verdictOf = (change: MirrorsChange) => {
    const drop = dropOf(change);
    const percent = (drop / change.before) * 100;
    if (drop >= LEAST_GONE.refuse && percent >= limits.refuse) return "refuse";
    const least = percent >= 50 ? LEAST_GONE.half : LEAST_GONE.hold;
    return drop >= least && percent >= limits.hold ? "hold" : null;
  };
  const worst = worstOf(diff.sets, ({ mirrors }) => {
    const verdict = verdictOf(mirrors);
    return verdict && { verdict, amount: dropOf(mirrors) / mirrors.before };
  });
  if (worst === null) return null;
  const { mirrors } = worst.set;
  const drop = dropOf(mirrors);
  const cause = commonCause(mirrors.removed, causeOf);
  return {
    gate: "mirrors",
    verdict: worst.verdict,
    found: `mirrors${inSet(worst, diff)}: ${mirrors.before} before, ${mirrors.after} now, ${percentText(drop / mirrors.before)} fewer`,
    limit: limitText(limits, "%"),
    ...(cause !== undefined && { cause }),
    check:
      cause === undefined
        ? `See where they are: ${someOf(mirrors.removed)}.`
        : "Probe again, and from another network, before you believe it.",
  };
}

/** Where more than half of so many fail alike, it is hardly the mirrors. */
const SUSPECT_FROM = 5;

function commonCause(
  names: readonly string[],
  causeOf: GateContext["causeOf"],
): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) {
    const cause = causeOf(name);
    if (cause !== undefined) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (most === undefined || most[1] * 2 <= names.length) return undefined;
  const shared = `${most[1]} of the ${names.length} that went have one cause: ${most[0]}`;
  return most[1] < SUSPECT_FROM
    ? shared
    : `${shared}. Mirrors rarely fail alike: the prober's own network is suspect`;
}

/** A list with fewer mirrors is none, where that many are to be had. */
const LEAST_MIRRORS = 3;
/** Where there are few mirrors, many a list has two, and one that goes is no more than one. */
const LEAST_LOST = { few: 2, many: 1 } as const;
const FEW_FOR_LISTS = 20;

/**
 * Lists that clients had, against those that they have now. A list for on-net clients is shorter by
 * the rule than one by place, and a mirror that has a network for itself is alone: a client who comes
 * into such a network, or is located at last, lost nothing.
 */
export function listsGate(diff: NetworkDiff): GateFinding | null {
  const shrunkIn = ({ shorter, mirrors }: SetDiff) =>
    shorter.filter((lists) => isShrunk(lists, mirrors) || isTooShort(lists, mirrors));
  const worst = worstOf(diff.sets, (set) => {
    const shrunk = shrunkIn(set);
    if (shrunk.length === 0) return null;
    const isRefused = shrunk.some((lists) => isTooShort(lists, set.mirrors));
    const clients = shrunk.reduce((sum, { ipv4, ipv6 }) => sum + ipv4 + ipv6, 0);
    return { verdict: isRefused ? "refuse" : "hold", amount: clients };
  });
  if (worst === null) return null;
  const { set, verdict } = worst;
  const [shown] = shrunkIn(set).filter((l) => verdict === "hold" || isTooShort(l, set.mirrors));
  const { before, after, ipv4, ipv6, countries } = shown!;
  const clients = [
    ...(ipv4 > 0 ? [`${countText(ipv4)} IPv4 addresses`] : []),
    ...(ipv6 > 0 ? [`${countText(ipv6)} IPv6 networks`] : []),
  ].join(" and ");
  return {
    gate: "lists",
    verdict,
    found: `lists${inSet(worst, diff)}: ${clients} in ${placesText(countries)} had ${before} mirrors and would have ${after}`,
    limit:
      verdict === "refuse"
        ? after === 0
          ? "refused where nothing is left of a list"
          : `refused under ${LEAST_MIRRORS} mirrors where there are as many`
        : "held where a list shrinks by half",
    check: "See which mirrors these clients lost, and whether the rule was changed.",
  };
}

function isShrunk(
  { before, after, kindBefore, kindAfter }: ShorterLists,
  mirrors: MirrorsChange,
): boolean {
  const least = mirrors.before < FEW_FOR_LISTS ? LEAST_LOST.few : LEAST_LOST.many;
  const isAlone = kindAfter === "on-net" && after === 1;
  const isHalf = after * 2 <= before && before - after >= least;
  return kindBefore === kindAfter && isHalf && !isAlone;
}

/** A list that is left without a mirror is so whatever there is to be had. */
function isTooShort({ before, after, kindAfter }: ShorterLists, mirrors: MirrorsChange): boolean {
  if (after === 0) return true;
  return (
    before >= LEAST_MIRRORS &&
    after < LEAST_MIRRORS &&
    mirrors.after >= LEAST_MIRRORS &&
    kindAfter !== "on-net"
  );
}

export function unansweredGate({ lost, mirrors: { removed } }: NetworkDiff): GateFinding | null {
  if (lost.length === 0) return null;
  return {
    gate: "unanswered",
    verdict: "refuse",
    found: `${lost.length === 1 ? "a question is" : `${lost.length} questions are`} answered no more: ${someOf(lost)}`,
    limit: "refused where nobody is left who has what clients ask for",
    ...(removed.length > 0 && {
      cause: `mirrors that are in no list any more: ${someOf(removed)}`,
    }),
    check:
      "See what each mirror lacks, and whether it was asked: mirrorpress probe. What nobody is to have any more is to go from config.yml.",
  };
}

function placesText(countries: readonly string[]): string {
  return someOf(countries.map((code) => (code === "" ? "an unknown country" : code)));
}
