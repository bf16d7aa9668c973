/**
 * The gates: whether a generation may replace the one in place. Each compares a figure before and
 * after with two limits. A finding that holds needs the operator's word; one that refuses needs the
 * digest of what would be published, so that nobody accepts what they have not seen.
 *
 * What was so already is no finding: the same inputs can always be published again.
 */

import type { GateLimits, GateSettings } from "../model/gate-settings.ts";
import type { MirrorsChange, NetworkDiff, SetDiff } from "./diff.ts";
import type { ShorterLists } from "./shorter.ts";

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

export interface GateContext {
  readonly settings: GateSettings;
  /** Why a mirror is not in lists any more, in words that are the same for the same cause. */
  readonly causeOf: (mirror: string) => string | undefined;
}

/** Those that refuse come first, then in the order of `GateName`. */
export function checkGates(diff: NetworkDiff, context: GateContext): readonly GateFinding[] {
  const { settings } = context;
  const findings = [
    mirrorsGate(diff, context),
    listsGate(diff),
    unansweredGate(diff),
    firstChangedGate(diff, settings.firstChanged),
    largestShareGate(diff, settings.largestShare),
    ...geoipSizeGates(diff, settings.geoipSize),
    countriesGate(diff, settings.countries),
    geoipAgeGate(diff, settings.geoipAgeDays),
    geoipOlderGate(diff),
    sizeGate(diff, "files", settings.files),
    sizeGate(diff, "bytes", settings.bytes),
  ].filter((finding) => finding !== null);
  const refusing = findings.filter(({ verdict }) => verdict === "refuse");
  return [...refusing, ...findings.filter(({ verdict }) => verdict === "hold")];
}

/**
 * Of a few mirrors one is a large part of all, and comes and goes without anything being wrong: it
 * takes this many to hold, and to refuse. Two are enough where they are half of all.
 */
const LEAST_GONE = { half: 2, hold: 3, refuse: 4 } as const;

function mirrorsGate(
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
function listsGate(diff: NetworkDiff): GateFinding | null {
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

function unansweredGate({ lost, mirrors: { removed } }: NetworkDiff): GateFinding | null {
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

function firstChangedGate(diff: NetworkDiff, limits: GateLimits): GateFinding | null {
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

function causeOfMoves({ before, after, inputs, mirrors }: NetworkDiff): string {
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

/** A share that was over the limit before is told of again once it has grown by so many points. */
const NOTABLE_POINTS = 5;

function largestShareGate(diff: NetworkDiff, limits: GateLimits): GateFinding | null {
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

function geoipSizeGates(
  { before, after }: NetworkDiff,
  limits: GateLimits,
): readonly (GateFinding | null)[] {
  const measured = [
    ["ipv4Nodes", "nodes of the City database for IPv4"],
    ["ipv6Nodes", "nodes of the City database for IPv6"],
    ["asnRanges", "ranges of the ASN databases"],
  ] as const;
  return measured.map(([key, what]): GateFinding | null => {
    const [old, now] = [before.geoip[key], after.geoip[key]];
    if (old === undefined || now === undefined || old === 0) return null;
    const drop = (old - now) / old;
    const verdict = verdictOf(drop * 100, limits);
    return (
      verdict && {
        gate: "geoip-size",
        verdict,
        found: `${what}: ${countText(old)} before, ${countText(now)} now, ${percentText(drop)} fewer`,
        limit: limitText(limits, "%"),
        cause: "the file is incomplete, or another product than before",
        check: "Compare its size and its name with the last one's, and fetch it again.",
      }
    );
  });
}

function countriesGate({ before, after }: NetworkDiff, limits: GateLimits): GateFinding | null {
  const gone = before.countries.filter((country) => !after.countries.includes(country));
  const verdict = verdictOf(gone.length, limits);
  return (
    verdict && {
      gate: "countries",
      verdict,
      found: `countries with clients: ${before.countries.length} before, ${after.countries.length} now; gone are ${someOf(gone)}`,
      limit: limitText(limits, ""),
      cause: "the City database is incomplete, or another product than before",
      check: "Compare its size and its name with the last one's, and fetch it again.",
    }
  );
}

const DAY_SECONDS = 86_400;

/** Said once when the age is reached, and again each time it has been as long once more. */
function geoipAgeGate({ before, after }: NetworkDiff, limitDays: number): GateFinding | null {
  const found = (["cityAt", "asnAt"] as const).flatMap((key) => {
    const madeAt = after.geoip[key];
    if (madeAt === undefined) return [];
    const days = (after.builtAt - madeAt) / DAY_SECONDS;
    const madeBefore = before.geoip[key];
    const daysBefore = madeBefore === undefined ? 0 : (before.builtAt - madeBefore) / DAY_SECONDS;
    const times = (age: number) => Math.floor(age / limitDays);
    return times(days) > times(daysBefore) ? [{ key, days: Math.floor(days), daysBefore }] : [];
  });
  const [oldest] = found.sort((a, b) => b.days - a.days);
  if (oldest === undefined) return null;
  const what = oldest.key === "cityAt" ? "City" : "ASN";
  return {
    gate: "geoip-age",
    verdict: "hold",
    found: `the ${what} database is ${oldest.days} days old; in the generation in place it was ${Math.floor(oldest.daysBefore)}`,
    limit: `held at ${limitDays} days, and every ${limitDays} days after that`,
    cause: "nothing newer was fetched",
    check: "Run mirrorpress fetch, and see what it says; geoip.max_age_days sets another age.",
  };
}

function geoipOlderGate({ before, after }: NetworkDiff): GateFinding | null {
  const older = (["cityAt", "asnAt"] as const).find((key) => {
    const [old, now] = [before.geoip[key], after.geoip[key]];
    return old !== undefined && now !== undefined && now < old;
  });
  if (older === undefined) return null;
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
  return {
    gate: "geoip-older",
    verdict: "refuse",
    found: `the ${older === "cityAt" ? "City" : "ASN"} database is of ${day(after.geoip[older]!)}; that of the generation in place is of ${day(before.geoip[older]!)}`,
    limit: "refused where a database is older than the last one",
    cause: "an old file was put back, or a download came from an old copy",
    check: "See where the file comes from, and fetch it again.",
  };
}

/** Small networks have few files, and one more mirror makes them many. */
const LEAST_SIZE = { files: 1000, bytes: 5_000_000 } as const;

function sizeGate(
  diff: NetworkDiff,
  gate: "files" | "bytes",
  limits: GateLimits,
): GateFinding | null {
  const { before, after } = diff;
  const [old, now] = [before[gate], after[gate]];
  if (old === 0 || Math.abs(now - old) < LEAST_SIZE[gate]) return null;
  const change = Math.abs(now - old) / old;
  const verdict = verdictOf(change * 100, limits);
  const what = gate === "files" ? "files of the output" : "bytes of the output";
  return (
    verdict && {
      gate,
      verdict,
      found: `${what}: ${countText(old)} before, ${countText(now)} now, ${percentText(change)} ${now < old ? "fewer" : "more"}`,
      limit: limitText(limits, "%"),
      cause: causeOfSize(diff),
      check: "See what the build says it made, and which list sets there are.",
    }
  );
}

/** Orders of equally good mirrors, and list sets, multiply the lists; else it is what moves clients. */
function causeOfSize(diff: NetworkDiff): string {
  const { before, after } = diff;
  const multiplied = (
    [
      ["rotations", before.rotations, after.rotations],
      ["list sets", before.sets, after.sets],
    ] as const
  ).flatMap(([what, old, now]) => (old === now ? [] : [`${what}: ${old} before, ${now} now`]));
  return multiplied.length > 0 ? multiplied.join("; ") : causeOfMoves(diff);
}

type Verdict = GateFinding["verdict"];

function verdictOf(amount: number, { hold, refuse }: GateLimits): Verdict | null {
  const measured = rounded(amount);
  if (measured <= 0) return null;
  if (measured >= refuse) return "refuse";
  return measured >= hold ? "hold" : null;
}

/** Three tenths less a tenth are not exactly a fifth: what is meant to be at a limit is. */
function rounded(amount: number): number {
  return Math.round(amount * 1e9) / 1e9;
}

interface Worst {
  readonly set: SetDiff;
  readonly verdict: Verdict;
  /** How many other sets have the finding too. */
  readonly others: number;
}

/** The set with the gravest finding: what refuses before what holds, that of everything, by amount. */
function worstOf(
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
function inSet({ set, others }: Worst, { sets }: NetworkDiff): string {
  const name = set === sets[0] ? "" : ` in the list set ${set.name}`;
  return others === 0
    ? name
    : `${name} (and ${others} other list sets)`.replace("1 other list sets", "another list set");
}

function limitText({ hold, refuse }: GateLimits, unit: string): string {
  const text = (limit: number) => `${Math.round(limit * 10) / 10}${unit}`;
  return `held from ${text(hold)} on, refused from ${text(refuse)} on`;
}

function percentText(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+(?!\d))/g, ",");
}

const SHOWN = 3;

function someOf(items: readonly string[]): string {
  if (items.length === 0) return "none";
  const more = items.length - SHOWN;
  return `${items.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function placesText(countries: readonly string[]): string {
  return someOf(countries.map((code) => (code === "" ? "an unknown country" : code)));
}
