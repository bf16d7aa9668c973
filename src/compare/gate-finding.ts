/** What a gate finds, and how gates weigh and word it. */
import type { GateLimits } from "../model/gate-settings.ts";
import type { NetworkDiff, SetDiff } from "./diff.ts";

export type GateName =
  | "mirrors"
  | "lists"
  | "unanswered"
  | "first-changed"
  | "largest-share"
  | "geoip-size"
  | "countries"
  | "geoip-age"
  | "geoip-older"
  | "files"
  | "bytes"
  | "comparison";

export interface GateFinding {
  readonly gate: GateName;
  readonly verdict: "hold" | "refuse";
  /** What was measured, with its figures: one line. */
  readonly found: string;
  /** What the verdict follows from: "held from 10% on, refused from 25% on". */
  readonly limit: string;
  readonly cause?: string;
  /** What to look at first, a whole sentence. */
  readonly check: string;
}

export type Verdict = GateFinding["verdict"];

export function verdictOf(amount: number, { hold, refuse }: GateLimits): Verdict | null {
  const measured = rounded(amount);
  if (measured <= 0) return null;
  if (measured >= refuse) return "refuse";
  return measured >= hold ? "hold" : null;
}

/** Three tenths less a tenth are not exactly a fifth: what is meant to be at a limit is. */
export function rounded(amount: number): number {
  return Math.round(amount * 1e9) / 1e9;
}

interface Worst {
  readonly set: SetDiff;
  readonly verdict: Verdict;
  /** How many other sets have the finding too. */
  readonly others: number;
}

/** The set with the gravest finding: what refuses before what holds, that of everything, by amount. */
export function worstOf(
  sets: readonly SetDiff[],
  measure: (set: SetDiff) => { readonly verdict: Verdict; readonly amount: number } | null,
): Worst | null {
  const found = sets.flatMap((set) => {
    const measured = measure(set);
    return measured ? [{ set, ...measured }] : [];
  });
  const rank = ({ verdict, set }: (typeof found)[number]) =>
    (verdict === "refuse" ? 2 : 0) + (set === sets[0] ? 1 : 0);
  const [worst] = found.toSorted((a, b) => rank(b) - rank(a) || b.amount - a.amount);
  return worst ? { set: worst.set, verdict: worst.verdict, others: found.length - 1 } : null;
}

/** The first set is that of everything, and needs no name. */
export function inSet({ set, others }: Worst, { sets }: NetworkDiff): string {
  const name = set === sets[0] ? "" : ` in the list set ${set.name}`;
  return others === 0
    ? name
    : `${name} (and ${others} other list sets)`.replace("1 other list sets", "another list set");
}

/** What moves clients from mirror to mirror. */
export function causeOfMoves({ before, after, inputs, mirrors }: NetworkDiff): string {
  if (before.policy !== after.policy) return `the policy was ${before.policy}, is ${after.policy}`;
  const roles = new Set(inputs.map(({ role }) => role));
  const changed = [
    ...(roles.has("city") || roles.has("asn") ? ["the GeoIP databases"] : []),
    ...(mirrors.added.length + mirrors.removed.length > 0
      ? [`mirrors (${mirrors.added.length} came, ${mirrors.removed.length} went)`]
      : []),
    ...(roles.has("settings") || roles.has("config") ? ["the settings"] : []),
  ];
  return changed.length === 0
    ? "places or networks of mirrors"
    : `what changed: ${changed.join(", ")}`;
}

export function limitText({ hold, refuse }: GateLimits, unit: string): string {
  const text = (limit: number) => `${Math.round(limit * 10) / 10}${unit}`;
  return `held from ${text(hold)} on, refused from ${text(refuse)} on`;
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+(?!\d))/g, ",");
}

const SHOWN = 3;

export function someOf(items: readonly string[]): string {
  if (items.length === 0) return "none";
  const more = items.length - SHOWN;
  return `${items.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
