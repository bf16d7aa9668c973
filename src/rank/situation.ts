/**
 * A client's situation: what one search for all list sets of a family found, in the order of the
 * rule, as a sequence of integers. The lists of each set follow from it and from the client's
 * country, so clients who have both in common have all their lists in common.
 *
 *     on-net:      a tier's mirrors TIER_ENDS, for each tier;  bands FILL_ENDS;  bands
 *     not on-net:  bands
 *
 * The bands before FILL_ENDS are for sets that have some of the on-net mirrors, those behind it for
 * sets that have none. A band holds what comes in one order, part by part, and ends with BAND_ENDS,
 * but for the one in which the last set got its last mirror:
 *
 *     mirrors NEAR_ENDS anchor     near ones, in the order of the rotation and the anchor
 *     mirrors BLOCK_ENDS           in the order of the client's block
 *     mirrors                      the others, by distance
 */
import type { Band, OnNetTier } from "../model/policy.ts";
import type { Reason, Seeded } from "./rank.ts";

export const TIER_ENDS = -1;
export const FILL_ENDS = -2;
export const BAND_ENDS = -3;
export const NEAR_ENDS = -4;
export const BLOCK_ENDS = -5;

/** Mirrors that come in one order. */
export interface Part {
  readonly mirrors: readonly number[];
  readonly reason: Reason;
  readonly seeded?: Seeded;
  /** Of near mirrors. */
  readonly anchor?: number;
}

export interface SituationParts {
  readonly onNet: readonly Part[];
  /** Behind the on-net mirrors of a set, where they are few. */
  readonly fill: readonly Part[];
  /** For sets without an on-net mirror. */
  readonly byPlace: readonly Part[];
}

/** The inverse of what the search writes. */
export function readSituation(
  situation: Int32Array,
  length: number,
  tiers: readonly OnNetTier[],
  bands: readonly Band[],
): SituationParts {
  const onNet: Part[] = [];
  let fill: Part[] = [];
  let parts: Part[] = [];
  let band = 0;
  let from = 0;
  for (let at = 0; at < length; at++) {
    const code = situation[at]!;
    if (code >= 0) continue;
    const mirrors = Array.from(situation.subarray(from, at));
    const reason = bands[band]?.scope ?? "world";
    if (code === TIER_ENDS) onNet.push({ mirrors, reason: tiers[onNet.length]! });
    else if (code === NEAR_ENDS) {
      at++;
      parts.push({ mirrors, reason, seeded: "near", anchor: situation[at]! });
    } else if (code === BLOCK_ENDS) parts.push({ mirrors, reason, seeded: "imprecise" });
    else parts.push({ mirrors, reason });
    if (code === BAND_ENDS) band++;
    if (code === FILL_ENDS) {
      fill = parts;
      parts = [];
      band = 0;
    }
    from = at + 1;
  }
  const mirrors = Array.from(situation.subarray(from, length));
  parts.push({ mirrors, reason: bands[band]?.scope ?? "world" });
  return { onNet, fill, byPlace: parts };
}
