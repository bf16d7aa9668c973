/** Which rule gave a client its list: that of the list's first mirror. */
import type { RankedList } from "../rank/rank.ts";

export const RULES = [
  "subnet",
  "asn",
  "country",
  "country-spread",
  "continent",
  "world",
  "everyone",
] as const;
export type Rule = (typeof RULES)[number];

/** "country-spread" is for networks known by their country alone; an empty list is everyone's. */
export function decidedBy({ reason, seeded }: RankedList): Rule {
  if (seeded === "imprecise") return "country-spread";
  return reason === undefined || reason === "fill" ? "everyone" : reason;
}

/** Of each row of the sightings, the rule's number in `RULES`. */
export interface RulesOfRows {
  readonly plain: Uint8Array;
  readonly others: Uint8Array;
}
