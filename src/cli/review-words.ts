/** A review in words: for each file what is to be said of it, and what becomes of other mirrors. */

import type { Review, ReviewedChange, ReviewedPlace } from "../answers/review.ts";
import type { FamilyEffect, MirrorEffect } from "../answers/review-effect.ts";
import type { MirrorShift, Shift } from "../compare/shifts.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { countBySeverity } from "../diagnostics/summary.ts";
import { countryByCode } from "../geo/countries.ts";
import type { PlacedBy } from "../model/mirror.ts";
import { adviceOf } from "../model/probe-advice.ts";
import { outcomeOf, PROBE_REASONS } from "../model/probe-reasons.ts";
import type { MirrorResult } from "../model/probe-state.ts";
import { formatCount, formatCounted, formatKm, formatShare } from "./format.ts";
import { given, joined, type Phrase, phrase } from "./phrase.ts";
import { findingsOf, type Verdict, verdictOf } from "./probe-findings.ts";

export interface SpokenChange {
  readonly title: Phrase;
  readonly rows: readonly (readonly [label: string, says: Phrase])[];
  readonly diagnostics: readonly Diagnostic[];
}

export function speakChange(change: ReviewedChange, review: Review): SpokenChange {
  const { path, kind, from, after, before, isDuplicate, diagnostics } = change;
  const mirror = after ?? before;
  const rows: [string, Phrase][] = [["file", fileWords(change)]];
  if (mirror) {
    const { sponsor, name } = mirror;
    rows.push(["mirror", phrase`${given(name)} by ${given(sponsor.name)}`]);
  }
  if (kind !== "removed") rows.push(...answerRows(change, review));
  if (after && !isDuplicate) {
    rows.push(["placed", placeWords(change, review)]);
    if (change.neighbours.length > 0) rows.push(["near", neighbourWords(change)]);
    if (change.networks.length > 0) rows.push(["network", networkWords(change)]);
  }
  rows.push(...effectRows(change, review));
  const where = from === undefined ? phrase`` : phrase` from ${given(from)}`;
  return { title: phrase`${given(path)}: ${kind}${where}`, rows, diagnostics };
}

/** So many files that are to be mended are named. */
const MENDED_SHOWN = 5;

/** The one line to read when no other is read. */
export function speakVerdict(review: Review): Phrase {
  const { changes, diagnostics, probe } = review;
  const faults = changes.flatMap((change): readonly Phrase[] => {
    const what = faultOf(change, review);
    return what === null ? [] : [phrase`${given(change.path)} (${what})`];
  });
  if (countBySeverity(diagnostics).error > 0) faults.push(phrase`the network as a whole`);
  if (faults.length > 0) {
    const left = faults.length - MENDED_SHOWN;
    const more = left > 0 ? ` and ${formatCount(left)} more` : "";
    return phrase`To be mended: ${joined(faults.slice(0, MENDED_SHOWN), ", ")}${more}.`;
  }
  if (probe === null || probe.suspect === null) return phrase`Nothing is to be mended.`;
  return phrase`Nothing in the files is to be mended; whether mirrors answer is not known.`;
}

function faultOf({ diagnostics, answers }: ReviewedChange, { probe }: Review): string | null {
  const { error } = countBySeverity(diagnostics);
  const counts = probe !== null && probe.suspect === null && !("notAsked" in answers);
  const faults = [
    ...(error > 0 ? [formatCounted(error, "error")] : []),
    ...(counts && fails(answers) ? [FAULTS[verdictOf(answers)]] : []),
  ];
  return faults.length === 0 ? null : faults.join(", ");
}

const FAULTS: Readonly<Record<Verdict, string>> = {
  good: "part of it fails",
  partly: "part of it fails",
  failing: "does not answer as it should",
  unknown: "does not answer as it should",
};

/** Whether something is to be mended before the contribution is taken. */
export function hasFindings(review: Review): boolean {
  const ofNetwork = countBySeverity(review.diagnostics).error;
  return ofNetwork > 0 || review.changes.some((change) => faultOf(change, review) !== null);
}

function fails({ checks }: MirrorResult): boolean {
  return [...checks.values()].some(({ reason }) => outcomeOf(reason) === "bad");
}

/** "2 added, 1 removed". */
export function countKinds(changes: readonly ReviewedChange[]): string {
  const kinds = (["added", "changed", "moved", "removed"] as const).flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : `${formatCount(count)} ${kind}`;
  });
  return kinds.join(", ");
}

function fileWords({ kind, after, isDuplicate, diagnostics }: ReviewedChange): Phrase {
  if (kind === "removed") return phrase`gone`;
  const { error, warning, note } = countBySeverity(diagnostics);
  const counts = [
    [error, "error"],
    [warning, "warning"],
    [note, "note"],
  ] as const;
  const found = counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => formatCounted(count, noun))
    .join(", ");
  if (after === undefined) return phrase`cannot be used: ${found || "no mirror is in it"}`;
  if (isDuplicate) return phrase`cannot be used: another file has the name`;
  if (error > 0) return phrase`can be used, but has ${found}`;
  return found === "" ? phrase`valid` : phrase`valid, with ${found}`;
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  good: "yes",
  partly: "yes, but some of what it offers fails",
  failing: "no",
  unknown: "nothing was learnt",
};

/** The verdict, and a line for each thing that fails with what to do about it. */
function answerRows({ answers }: ReviewedChange, { probe }: Review): [string, Phrase][] {
  if ("notAsked" in answers) return [["answers", phrase`not asked: ${answers.notAsked}`]];
  const { checks } = answers;
  const asked = `${formatCount(checks.size)} checks`;
  const verdict = VERDICTS[verdictOf(answers)];
  const suspect =
    probe?.suspect == null
      ? phrase``
      : phrase`; this may not be its fault: ${given(probe.suspect)}`;
  const findings = findingsOf({
    result: answers,
    state: undefined,
    settings: { failures: 1, successes: 1 },
  });
  return [
    ["answers", phrase`${verdict} (${asked})${suspect}`],
    ...findings.map(({ what, checks, reason, detail }): [string, Phrase] => {
      const { text } = PROBE_REASONS[reason];
      const advice = adviceOf(checks[0] ?? "", { reason, detail });
      const words = detail === text ? phrase`${text}` : phrase`${text} (${given(detail)})`;
      return ["", phrase`${given(what)}: ${words}${advice === "" ? "" : `. ${advice}`}`];
    }),
  ];
}

const BY: Readonly<Record<PlacedBy, string>> = {
  coordinates: "by the coordinates in its file",
  city: "by its city, which the GeoIP database knows",
  subdivision: "in the middle of its subdivision: the city is unknown",
  country: "in the middle of its country: nothing finer is known",
  address: "by its address: its file does not say",
};

function placeWords({ placed, leftOut }: ReviewedChange, { noEffect }: Review): Phrase {
  if (placed === undefined) {
    if (leftOut !== undefined) return phrase`nowhere: ${given(leftOut)}`;
    return phrase`not known${noEffect === undefined ? phrase`` : phrase`: ${given(noEffect)}`}`;
  }
  const { at, by } = placed;
  const names = placeNames(placed);
  if (at === undefined || by === undefined) {
    return phrase`nowhere: nothing says where it is, so no list has it by place`;
  }
  const coordinates = `${at.latitude.toFixed(2)}, ${at.longitude.toFixed(2)}`;
  const where = names.length === 0 ? phrase`` : phrase`${names}, `;
  return phrase`${where}${coordinates}: ${BY[by]}`;
}

function placeNames({ city, subdivision, country }: ReviewedPlace): Phrase {
  const known = [city, subdivision].flatMap((name) => (name === undefined ? [] : [given(name)]));
  const words: Phrase[] = known.map((name) => phrase`${name}`);
  if (country !== undefined) words.push(phrase`${countryName(country)}`);
  return joined(words, ", ");
}

function countryName(code: string): string {
  return countryByCode(code)?.name ?? (code === "" ? "an unknown country" : code);
}

function neighbourWords({ neighbours }: ReviewedChange): Phrase {
  return joined(
    neighbours.map(({ name, distanceKm }) => {
      const far = distanceKm === 0 ? "in the same place" : formatKm(distanceKm);
      return phrase`${given(name)} ${far}`;
    }),
    ", ",
  );
}

function networkWords({ networks }: ReviewedChange): Phrase {
  return joined(
    networks.map(({ asn, holder, by }) => {
      const of = holder === undefined ? phrase`` : phrase` ${given(holder)}`;
      return phrase`AS${String(asn)}${of}, by its ${by}`;
    }),
    "; ",
  );
}

function effectRows(change: ReviewedChange, { effect, noEffect }: Review): [string, Phrase][] {
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
