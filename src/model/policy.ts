/**
 * A ranking rule as ordered data: the first step that has an answer gives it. The ranker knows how
 * to carry out each kind of step and nothing of any particular policy.
 */

/** How a mirror can be on-net for a client; the order in a step is the order of preference. */
export type OnNetTier = "subnet" | "asn";

/** Mirrors inside the client's own network. Answers when at least one mirror matches. */
export interface OnNetStep {
  readonly kind: "on-net";
  readonly tiers: readonly OnNetTier[];
  /** Shorter answers are filled up to this length with other public mirrors. */
  readonly minimum: number;
  /** What fills: the nearest wherever they are, or those that the by-place step would give. */
  readonly fill: "nearest" | "by-place";
  /** A client in an unknown place gets its matches filled up by name, or its matches only. */
  readonly fillUnplaced: boolean;
  /** A mirror's ASNs are those its file declares alone, without those of its addresses. */
  readonly declaredAsnsOnly?: true;
}

/** Which mirrors a band draws from: those of the client's country, of its continent, or all. */
export type BandScope = "country" | "continent" | "world";

export interface Band {
  readonly scope: BandScope;
  /** At most this many of those that no earlier band has listed. */
  readonly take: number;
}

/** Public mirrors by distance from the client's place. Answers when the place is known. */
export interface ByPlaceStep {
  readonly kind: "by-place";
  /** A band is drawn from only while the list is shorter than `length`. */
  readonly bands: readonly Band[];
  readonly length: number;
}

/** Every public mirror, by name or, with rotations, in seeded orders. Always answers. */
export interface EveryoneStep {
  readonly kind: "everyone";
  /** At most this many for an address that GeoIP has a record of which says no place. */
  readonly takeOfBlank?: number;
}

export type Step = OnNetStep | ByPlaceStep | EveryoneStep;

/** Mirrors of a band that are this near are equally good, and come first in seeded orders. */
export interface Spread {
  readonly withinKm: number;
  /** How many orders there are; the client's address picks one. 1 gives one seeded order to all. */
  readonly rotations: number;
}

export interface Policy {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Distances that are equal are tied and go by name: as computed, or both cut to whole km. */
  readonly distances: "exact" | "whole-km";
  /**
   * Networks of which GeoIP knows the country alone: the mirrors of their country in a seeded order
   * for each block of addresses, or by distance from the country's middle as the rule says.
   */
  readonly imprecise: "spread" | "centroid";
  /** Absent: mirrors are never equally good, and go by distance. */
  readonly spread?: Spread;
}

/** The numbers of `blog-2021` that an operator may set. */
export interface Blog2021Numbers {
  readonly onNetMinimum: number;
  readonly countryTake: number;
  readonly continentTake: number;
  readonly worldTake: number;
  readonly length: number;
}

export const BLOG_2021_NUMBERS: Blog2021Numbers = {
  onNetMinimum: 5,
  countryTake: 10,
  continentTake: 10,
  worldTake: 10,
  length: 10,
};

/** The rule that AlmaLinux published in August 2021. */
export function blog2021(numbers: Blog2021Numbers = BLOG_2021_NUMBERS): Policy {
  return {
    name: "blog-2021",
    steps: [
      {
        kind: "on-net",
        tiers: ["subnet", "asn"],
        minimum: numbers.onNetMinimum,
        fill: "nearest",
        fillUnplaced: true,
      },
      {
        kind: "by-place",
        bands: [
          { scope: "country", take: numbers.countryTake },
          { scope: "continent", take: numbers.continentTake },
          { scope: "world", take: numbers.worldTake },
        ],
        length: numbers.length,
      },
      { kind: "everyone" },
    ],
    distances: "exact",
    imprecise: "spread",
  };
}

/** The rule that AlmaLinux's service followed in April 2026. */
export const SERVICE_2026: Policy = {
  name: "service-2026",
  steps: [
    {
      kind: "on-net",
      tiers: ["subnet", "asn"],
      minimum: 10,
      fill: "by-place",
      fillUnplaced: false,
      declaredAsnsOnly: true,
    },
    {
      kind: "by-place",
      bands: [
        { scope: "country", take: 10 },
        { scope: "world", take: 10 },
      ],
      length: 10,
    },
    { kind: "everyone", takeOfBlank: 10 },
  ],
  distances: "whole-km",
  imprecise: "centroid",
  spread: { withinKm: 500, rotations: 8 },
};
