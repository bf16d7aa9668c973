/** The gates of first mirrors: how many clients are sent elsewhere, and how many to one mirror. */
import type { GateLimits } from "../model/gate-settings.ts";
import type { MirrorsChange, NetworkDiff, SetDiff } from "./diff.ts";
import {
  causeOfMoves,
  countText,
  type GateFinding,
  inSet,
  limitText,
  percentText,
  rounded,
  someOf,
  verdictOf,
  worstOf,
} from "./gate-finding.ts";

/**
 * Below this many mirrors the share of a single one is large by nature. Limits on what one mirror can
 * move are wider there, by as much as there are fewer. The largest share is that of one with few
 * others around it, and grows when one of those rests: it is let be for longer.
 */
const FEW_MIRRORS = { firstChanged: 30, largestShare: 40 } as const;

function widened(
  { hold, refuse }: GateLimits,
  { before, after }: MirrorsChange,
  few: number,
): GateLimits {
  const factor = Math.max(1, few / Math.max(1, Math.min(before, after)));
  return { hold: hold * factor, refuse: refuse * factor };
}

export function firstChangedGate(diff: NetworkDiff, limits: GateLimits): GateFinding | null {
  const shareOf = ({ ipv4: { clients, first } }: SetDiff) => (clients === 0 ? 0 : first / clients);
  const worst = worstOf(diff.sets, (set) => {
    const verdict = verdictOf(
      shareOf(set) * 100,
      widened(limits, set.mirrors, FEW_MIRRORS.firstChanged),
    );
    return verdict && { verdict, amount: shareOf(set) };
  });
  if (worst === null) return null;
  const { set } = worst;
  const gains = set.shifts.filter(({ ipv4 }) => ipv4.after > ipv4.before);
  return {
    gate: "first-changed",
    verdict: worst.verdict,
    found: `first mirrors${inSet(worst, diff)}: another one for ${countText(set.ipv4.first)} of ${countText(set.ipv4.clients)} IPv4 addresses, ${percentText(shareOf(set))}`,
    limit: limitText(widened(limits, set.mirrors, FEW_MIRRORS.firstChanged), "%"),
    cause: causeOfMoves(diff),
    check: `See who gains: ${someOf(gains.map(({ name, ipv4 }) => `${name} (${percentText(ipv4.before)} to ${percentText(ipv4.after)})`))}.`,
  };
}

/** A share that was over the limit before is told of again once it has grown by so many points. */
const NOTABLE_POINTS = 5;

export function largestShareGate(diff: NetworkDiff, limits: GateLimits): GateFinding | null {
  const grownIn = (set: SetDiff) => {
    const wide = widened(limits, set.mirrors, FEW_MIRRORS.largestShare);
    return set.shifts.flatMap(({ name, ipv4: { before, after } }) => {
      const verdict = verdictOf(after * 100, wide);
      const isNew = verdictOf(before * 100, wide) !== verdict;
      const points = rounded((after - before) * 100);
      const hasGrown = points > 0 && (isNew || points >= NOTABLE_POINTS);
      return verdict && hasGrown ? [{ name, before, after, verdict }] : [];
    });
  };
  const worst = worstOf(diff.sets, (set) => {
    const [most] = grownIn(set).sort((a, b) => b.after - a.after);
    return most ? { verdict: most.verdict, amount: most.after } : null;
  });
  if (worst === null) return null;
  const [most] = grownIn(worst.set).sort((a, b) => b.after - a.after);
  const { name, before, after } = most!;
  return {
    gate: "largest-share",
    verdict: worst.verdict,
    found: `${name}${inSet(worst, diff)}: first for ${percentText(before)} of IPv4 clients before, for ${percentText(after)} now`,
    limit: limitText(widened(limits, worst.set.mirrors, FEW_MIRRORS.largestShare), "%"),
    cause: causeOfMoves(diff),
    check: "See where its file places it, and whether the mirrors near it are gone.",
  };
}
