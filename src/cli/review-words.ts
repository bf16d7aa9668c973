/** A review in words: for each file what is to be said of it, and what becomes of other mirrors. */

import type { Review, ReviewedChange, ReviewedPlace } from "../answers/review.ts";
import type { FamilyEffect, MirrorEffect } from "../answers/review-effect.ts";
import type { MirrorShift, Shift } from "../compare/shifts.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { countBySeverity } from "../diagnostics/summary.ts";
import { countryByCode } from "../geo/countries.ts";
import type { PlacedBy } from "../model/mirror.ts";
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
  const { path, kind, from, after, before, diagnostics } = change;
  const mirror = after ?? before;
  const rows: [string, Phrase][] = [["file", fileWords(change)]];
  if (mirror) {
    const { sponsor, name } = mirror;
    rows.push(["mirror", phrase`${given(name)} by ${given(sponsor.name)}`]);
  }
  rows.push(...answerRows(change, review));
  if (kind !== "removed") {
    rows.push(["placed", placeWords(change, review)]);
    if (change.neighbours.length > 0) rows.push(["near", neighbourWords(change)]);
    if (change.networks.length > 0) rows.push(["network", networkWords(change)]);
  }
  rows.push(...effectRows(change, review));
  const where = from === undefined ? phrase`` : phrase` from ${given(from)}`;
  return { title: phrase`${given(path)}: ${kind}${where}`, rows, diagnostics };
}

/** Whether something is to be mended before the contribution is taken. */
export function hasFindings({ changes, diagnostics, probe }: Review): boolean {
  const all = [...diagnostics, ...changes.flatMap((change) => change.diagnostics)];
  if (countBySeverity(all).error > 0) return true;
  const counts = probe !== null && probe.suspect === null;
  return counts && changes.some(({ answers }) => !("notAsked" in answers) && fails(answers));
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
    ...findings.map(({ what, reason, detail }): [string, Phrase] => {
      const { text, advice } = PROBE_REASONS[reason];
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
    neighbours.map((each) => phrase`${given(each.name)} ${formatKm(each.distanceKm)}`),
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
  if (effect === null) {
    return noEffect === undefined ? [] : [["effect", phrase`not known: ${given(noEffect)}`]];
  }
  const name = (kind === "removed" ? before : after)?.name;
  const known = name === undefined ? undefined : effect.contributed.get(name);
  if (known === undefined || isDuplicate) return [];
  const rows: [string, Phrase][] = [["effect", firstWords(known, change)]];
  rows.push(["", listedWords(known, kind === "removed")]);
  const sets = (kind === "removed" ? known.setsBefore : known.setsAfter).map((set) => given(set));
  if (sets.length > 0) {
    const words = joined(
      sets.map((set) => phrase`${set}`),
      ", ",
    );
    rows.push([kind === "removed" ? "was in lists" : "lists", words]);
  }
  return rows;
}

/** "becomes first choice for 0.11% of IPv4 in 11 countries, and for 0.20% of IPv6 in 3" */
function firstWords({ ipv4, ipv6 }: MirrorEffect, change: ReviewedChange): Phrase {
  const isRemoved = change.kind === "removed";
  const had = ipv4.first.before + ipv6.first.before > 0;
  const has = ipv4.first.after + ipv6.first.after > 0;
  if (!had && !has) return phrase`is first choice for nobody${sameSpot(change)}`;
  const verb = isRemoved ? "was" : had ? "is" : "becomes";
  const family = (name: string, { first }: FamilyEffect) => {
    const countries = isRemoved ? first.countriesBefore : first.countriesAfter;
    const share = isRemoved ? formatShare(first.before) : nowAndBefore(first);
    return `${share} of ${name} in ${countCountries(countries.length)}`;
  };
  const busiest = isRemoved ? "" : busiestWords(ipv4.busiest.length > 0 ? ipv4 : ipv6);
  return phrase`${verb} first choice for ${family("IPv4", ipv4)}, and for ${family("IPv6", ipv6)}${busiest}`;
}

/** "0.11%", or "0.11% (was 0.10%)"; of a mirror that is new only what it would have. */
function nowAndBefore({ before, after }: Shift): string {
  const [was, now] = [formatShare(before), formatShare(after)];
  return before === 0 || was === now ? now : `${now} (was ${was})`;
}

/** The usual reason: two mirrors of a city are in one spot, and then the name decides. */
function sameSpot({ after, neighbours }: ReviewedChange): Phrase {
  const [nearest] = neighbours;
  if (!nearest || !after || nearest.distanceKm > 0 || nearest.name > after.name) return phrase``;
  return phrase`: ${given(nearest.name)} is in the same place, and comes before it by name`;
}

function countCountries(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "country" : "countries"}`;
}

const BUSIEST_SHOWN = 3;

function busiestWords({ busiest }: FamilyEffect): string {
  const shown = busiest.slice(0, BUSIEST_SHOWN).map(({ country, part }) => {
    return `${formatShare(part)} from ${countryName(country)}`;
  });
  return shown.length === 0 ? "" : `; ${shown.join(", ")}`;
}

function listedWords({ ipv4, ipv6 }: MirrorEffect, isRemoved: boolean): Phrase {
  const share = ({ listed }: FamilyEffect) =>
    isRemoved ? formatShare(listed.before) : nowAndBefore(listed);
  const verb = isRemoved ? "was" : "is";
  return phrase`${verb} in the lists of ${share(ipv4)} of IPv4, and of ${share(ipv6)} of IPv6`;
}

/** What all files together do to clients; "" where that is not known. */
export function speakClients({ clients }: Review): string {
  if (clients === undefined || clients.clients === 0) return "";
  const [first, list] = [clients.first, clients.list].map((part) => part / clients.clients);
  if (list === 0) return "No client's list changes.";
  return `${formatShare(first!)} of IPv4 have another first mirror then, ${formatShare(list!)} another list.`;
}

/** So many mirrors that lose or gain are worth a line. */
const OTHERS_SHOWN = 10;

export interface SpokenShift {
  readonly name: string;
  /** "12.30%" and its like, or "" where nothing changes. */
  readonly cells: readonly [before4: string, after4: string, before6: string, after6: string];
}

/** Mirrors that lose load, then those that gain some; the most first. */
export function speakOthers(others: readonly MirrorShift[]): {
  readonly losing: readonly SpokenShift[];
  readonly gaining: readonly SpokenShift[];
  /** How many of each are not shown. */
  readonly more: { readonly losing: number; readonly gaining: number };
} {
  const total = ({ ipv4, ipv6 }: MirrorShift) =>
    ipv4.after === ipv4.before ? ipv6.after - ipv6.before : ipv4.after - ipv4.before;
  const losing = others.filter((shift) => total(shift) < 0);
  const gaining = others.filter((shift) => total(shift) > 0);
  return {
    losing: losing.slice(0, OTHERS_SHOWN).map(speakShift),
    gaining: gaining.slice(0, OTHERS_SHOWN).map(speakShift),
    more: {
      losing: Math.max(0, losing.length - OTHERS_SHOWN),
      gaining: Math.max(0, gaining.length - OTHERS_SHOWN),
    },
  };
}

function speakShift({ name, ipv4, ipv6 }: MirrorShift): SpokenShift {
  const cells = [ipv4.before, ipv4.after, ipv6.before, ipv6.after].map(formatShare);
  return { name, cells: cells as unknown as SpokenShift["cells"] };
}
