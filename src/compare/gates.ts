/**
 * The gates: whether a generation may replace the one in place. Each compares a figure before and
 * after with two limits. A finding that holds needs the operator's word; one that refuses needs the
 * digest of what would be published, so that nobody accepts what they have not seen.
 *
 * What was so already is no finding: the same inputs can always be published again.
 */

import type { GateLimits } from "../model/gate-settings.ts";
import type { NetworkDiff } from "./diff.ts";
import {
  causeOfMoves,
  countText,
  type GateFinding,
  limitText,
  percentText,
  verdictOf,
} from "./gate-finding.ts";
import { firstChangedGate, largestShareGate } from "./gates-first.ts";
import { countriesGate, geoipAgeGate, geoipOlderGate, geoipSizeGates } from "./gates-geoip.ts";
import { type GateContext, listsGate, mirrorsGate, unansweredGate } from "./gates-mirrors.ts";

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
