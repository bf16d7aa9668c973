/** What a contribution does to clients and to other mirrors, in words. */
import type { Review, ReviewedChange } from "../answers/review.ts";
import type { FamilyEffect, MirrorEffect } from "../answers/review-effect.ts";
import type { MirrorShift, Shift } from "../compare/shifts.ts";
import { countryByCode } from "../geo/countries.ts";
import { formatCount, formatShare } from "./format.ts";
import { given, joined, type Phrase, phrase } from "./phrase.ts";

export function effectRows(
  change: ReviewedChange,
  { effect, noEffect }: Review,
): [string, Phrase][] {
  const { kind, before, after, isDuplicate } = change;
  const name = (kind === "removed" ? before : after)?.name;
  if (name === undefined || isDuplicate) return [];
  if (effect === null) {
    return noEffect === undefined ? [] : [["effect", phrase`not known: ${given(noEffect)}`]];
  }
  const known = effect.contributed.get(name);
  if (known === undefined) return [];
  const isRemoved = kind === "removed";
  const rows: [string, Phrase][] = [
    ["effect", isRemoved ? removedWords(known) : firstWords(known, change)],
    ["", listedWords(known, isRemoved)],
  ];
  const sets = namedSets(isRemoved ? known.setsBefore : known.setsAfter);
  if (sets.length > 0) {
    const words = joined(
      sets.map((set) => phrase`${given(set)}`),
      ", ",
    );
    rows.push([isRemoved ? "was in sets" : "list sets", words]);
  }
  return rows;
}

/** Those with a number are parts of the one without, made for what partial mirrors lack. */
function namedSets(sets: readonly string[]): readonly string[] {
  const all = new Set(sets);
  const whole = (name: string) => name.replace(/\.\d+(?=-|$)/, "");
  return sets.filter((name) => name === whole(name) || !all.has(whole(name)));
}

const FAMILIES = [
  ["IPv4", "ipv4"],
  ["IPv6", "ipv6"],
] as const;

/** "becomes first choice for 0.11% of IPv4 in 11 countries, and for 0.20% of IPv6 in Austria" */
function firstWords(effect: MirrorEffect, change: ReviewedChange): Phrase {
  const had = FAMILIES.filter(([, family]) => effect[family].first.before > 0);
  const has = FAMILIES.filter(([, family]) => effect[family].first.after > 0);
  if (has.length === 0) {
    const was = had.map(([name, family]) => `${share(effect[family].first.before)} of ${name}`);
    const before = was.length === 0 ? "" : `, and was for ${was.join(" and ")}`;
    return phrase`is first choice for nobody${before}${sameSpot(change)}`;
  }
  const words = has.map(([name, family], at) => {
    const { first, busiest } = effect[family];
    return `${nowAndBefore(first)} of ${name}${whereWords(first.countriesAfter, at === 0 ? busiest : [])}`;
  });
  return phrase`${had.length > 0 ? "is" : "becomes"} first choice for ${words.join(", and for ")}`;
}

function removedWords(effect: MirrorEffect): Phrase {
  const had = FAMILIES.filter(([, family]) => effect[family].first.before > 0);
  if (had.length === 0) return phrase`was first choice for nobody`;
  const words = had.map(([name, family]) => {
    const { before, countriesBefore } = effect[family].first;
    return `${share(before)} of ${name}${whereWords(countriesBefore, [])}`;
  });
  return phrase`was first choice for ${words.join(", and for ")}`;
}

/** " in Austria", or " in 5 countries (89.84% of that in Switzerland, 8.70% in Liechtenstein)". */
function whereWords(countries: readonly string[], busiest: FamilyEffect["busiest"]): string {
  const [only] = countries;
  if (only === undefined) return "";
  if (countries.length === 1) return ` in ${countryName(only)}`;
  const parts = busiest.slice(0, BUSIEST_SHOWN).map(({ country, part }, at) => {
    return `${share(part)}${at === 0 ? " of that" : ""} in ${countryName(country)}`;
  });
  const most = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  return ` in ${formatCount(countries.length)} countries${most}`;
}

const BUSIEST_SHOWN = 3;

/** What is little is not said to be as much as 0.01%, nor what is not all to be all but that. */
function share(part: number): string {
  if (part > 0 && part < 0.0001) return "under 0.01%";
  if (part > 0.9999 && part < 1) return "over 99.99%";
  return formatShare(part);
}

/** "0.11%", or "0.11% (was 0.10%)"; of a mirror that is new only what it would have. */
function nowAndBefore({ before, after }: Shift): string {
  const [was, now] = [share(before), share(after)];
  return before === 0 || was === now ? now : `${now} (was ${was})`;
}

/** The usual reason: two mirrors of a city are in one spot, and then the name decides. */
function sameSpot({ after, neighbours }: ReviewedChange): Phrase {
  const [nearest] = neighbours;
  if (!nearest || after?.reach !== "public") return phrase``;
  if (nearest.distanceKm > 0 || nearest.name > after.name) return phrase``;
  return phrase`: ${given(nearest.name)} is in the same place, and comes before it by name`;
}

function listedWords(effect: MirrorEffect, isRemoved: boolean): Phrase {
  const verb = isRemoved ? "was" : "is";
  const known = FAMILIES.filter(([, family]) => {
    const { before, after } = effect[family].listed;
    return isRemoved ? before > 0 : before > 0 || after > 0;
  });
  if (known.length === 0) {
    const sets = isRemoved ? effect.setsBefore : effect.setsAfter;
    if (sets.length === 0) return phrase`${verb} in no list`;
    return phrase`${verb} in the lists of clients alone of whom neither place nor network is known`;
  }
  const words = known.map(([name, family]) => {
    const { listed } = effect[family];
    return `${isRemoved ? share(listed.before) : nowAndBefore(listed)} of ${name}`;
  });
  return phrase`${verb} in the lists of ${words.join(", and of ")}`;
}

/** What all files together do to clients; "" where that is not known. */
export function speakClients({ clients }: Review): string {
  if (clients === undefined || clients.clients === 0) return "";
  const [first, list] = [clients.first, clients.list].map((part) => part / clients.clients);
  if (list === 0) return "No client's list changes.";
  return `With all of this, ${share(first!)} of IPv4 get another first mirror, and ${share(list!)} another list.`;
}

/** So many mirrors that lose or gain are worth a line. */
const OTHERS_SHOWN = 10;

export interface SpokenShift {
  readonly name: string;
  readonly cells: readonly [before4: string, after4: string, before6: string, after6: string];
}

/** Mirrors that lose load, then those that gain some; the most first, and none whose change is not to be seen. */
export function speakOthers(others: readonly MirrorShift[]): {
  readonly losing: readonly SpokenShift[];
  readonly gaining: readonly SpokenShift[];
  /** How many of each are not shown. */
  readonly more: { readonly losing: number; readonly gaining: number };
} {
  const spoken = others.map(speakShift).filter(({ change }) => change !== 0);
  const losing = spoken.filter(({ change }) => change < 0);
  const gaining = spoken.filter(({ change }) => change > 0);
  return {
    losing: losing.slice(0, OTHERS_SHOWN),
    gaining: gaining.slice(0, OTHERS_SHOWN),
    more: {
      losing: Math.max(0, losing.length - OTHERS_SHOWN),
      gaining: Math.max(0, gaining.length - OTHERS_SHOWN),
    },
  };
}

/** `change` is of IPv4, or of IPv6 where that of IPv4 is too small to be seen. */
function speakShift({ name, ipv4, ipv6 }: MirrorShift): SpokenShift & { readonly change: number } {
  const cells = [ipv4.before, ipv4.after, ipv6.before, ipv6.after].map(formatShare);
  const [before4, after4, before6, after6] = cells as [string, string, string, string];
  const seen = before4 !== after4 ? ipv4 : before6 !== after6 ? ipv6 : null;
  const change = seen === null ? 0 : seen.after - seen.before;
  return { name, cells: [before4, after4, before6, after6], change };
}

export function countryName(code: string): string {
  return countryByCode(code)?.name ?? (code === "" ? "an unknown country" : code);
}
