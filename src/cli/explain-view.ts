/** An explanation as text: what is known of the client, then its list with a reason for each line. */

import type { ExplainedMirror, Explanation } from "../answers/explain.ts";
import type { MirrorAnswer } from "../answers/explain-mirror.ts";
import { visible } from "../diagnostics/wording.ts";
import { formatCount, formatKm, formatShare } from "./format.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

export function renderExplanation(explanation: Explanation, paint: Paint): string {
  const sections = [
    clientLines(explanation, paint),
    ...(explanation.mirror ? [mirrorLines(explanation.mirror, paint)] : []),
    listLines(explanation.list, explanation.mirror?.name, paint),
    publishedLines(explanation.published, paint),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function clientLines(explanation: Explanation, paint: Paint): readonly string[] {
  const { place, asn } = explanation;
  const rows: [string, string][] = [];
  if (explanation.standsFor) rows.push(["such as", describeStand(explanation.standsFor)]);
  if (explanation.network !== undefined) rows.push(["network", explanation.network]);
  rows.push(["place", place === undefined ? "unknown" : describePlace(place)]);
  if (place !== undefined) rows.push(["", `according to ${visible(place.source)}`]);
  if (place?.imprecise !== undefined) rows.push(["", IMPRECISE[place.imprecise]]);
  if (asn === undefined) {
    if (explanation.network !== undefined) rows.push(["ASN", "none"]);
  } else {
    rows.push(["ASN", visible([String(asn.number), asn.name ?? ""].join(" ").trimEnd())]);
  }
  if (explanation.set !== "all") rows.push(["list set", explanation.set]);
  const { rotation } = explanation;
  if (rotation !== undefined) {
    rows.push(["rotation", `${rotation.number} of ${rotation.of}, by the client's address`]);
  }
  return [paint.bold(visible(explanation.query)), ...renderTable(rows, { indent: 2 })];
}

/** What is done where the country is all that is known. */
const IMPRECISE = {
  spread:
    "nothing finer is known, so its block of addresses has an order of its own (imprecise: spread)",
  centroid: "nothing finer is known, so distances are from the middle of it (imprecise: centroid)",
} as const;

function describeStand({
  address,
  share,
  addresses,
}: NonNullable<Explanation["standsFor"]>): string {
  if (share === undefined) return address;
  const others = addresses === undefined ? "" : ` of its ${formatCount(addresses)} IPv4 addresses`;
  return `${address}, whose list ${formatShare(share)}${others} get`;
}

function describePlace(place: NonNullable<Explanation["place"]>): string {
  const names = [place.city, place.subdivision, place.country].filter(
    (name, index, all) => name !== undefined && name !== "" && all.indexOf(name) === index,
  );
  const at = place.coordinates;
  const coordinates =
    at === undefined ? "" : ` (${at.latitude.toFixed(4)}, ${at.longitude.toFixed(4)})`;
  return visible((names.length === 0 ? "unknown" : names.join(", ")) + coordinates);
}

function mirrorLines(answer: MirrorAnswer, paint: Paint): readonly string[] {
  const name = visible(answer.name);
  const distance = answer.distanceKm === undefined ? "" : ` (${formatKm(answer.distanceKm)} away)`;
  const because = visible(answer.because);
  if (answer.position !== undefined) {
    const number = formatCount(answer.position);
    return [`${paint.green(name)}${distance} is number ${number}, because ${because}.`];
  }
  const lines = [`${paint.yellow(name)}${distance} is not in the list, because ${because}.`];
  if (answer.last !== undefined) {
    const km = answer.last.distanceKm;
    const reach = km === undefined ? "" : `, ${formatKm(km)} away`;
    lines.push(`The last one in it is ${visible(answer.last.name)}${reach}.`);
  }
  return lines;
}

function listLines(
  list: readonly ExplainedMirror[],
  asked: string | undefined,
  paint: Paint,
): readonly string[] {
  if (list.length === 0) return [paint.yellow("The list is empty.")];
  const lines = renderTable(
    list.map(({ mirror, url, reason, distanceKm }, index) => [
      index + 1,
      visible(mirror),
      distanceKm === undefined ? undefined : formatKm(distanceKm),
      reason,
      visible(url),
    ]),
    { indent: 2, right: [2] },
  );
  return lines.map((line, index) => (list[index]?.mirror === asked ? paint.bold(line) : line));
}

function publishedLines(published: Explanation["published"], paint: Paint): readonly string[] {
  if (published === undefined) return [paint.dim("Nothing is published yet.")];
  return published.same
    ? [`${paint.green("Published")} as list ${published.id}, the same.`]
    : [
        `${paint.bold(paint.red("Published"))} is another list, ${published.id}: the inputs have changed since, or a build is due.`,
      ];
}
