/** A review in words: the verdict, and for each file what is to be said of it. */

import type { Review, ReviewedChange, ReviewedPlace } from "../answers/review.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { countBySeverity } from "../diagnostics/summary.ts";
import type { PlacedBy } from "../model/mirror.ts";
import { adviceOf } from "../model/probe-advice.ts";
import { outcomeOf, PROBE_REASONS } from "../model/probe-reasons.ts";
import type { MirrorResult } from "../model/probe-state.ts";
import { formatCount, formatCounted, formatKm } from "./format.ts";
import { given, joined, type Phrase, phrase } from "./phrase.ts";
import { findingsOf, type Verdict, verdictOf } from "./probe-findings.ts";
import { countryName, effectRows } from "./review-effect-words.ts";

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
