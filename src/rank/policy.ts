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
  /** Shorter answers are filled up to this length with the nearest other public mirrors. */
  readonly minimum: number;
}

/** Which mirrors a band draws from: those of the client's country, of its continent, or all. */
export type BandScope = "country" | "continent" | "world";

export interface Band {
  readonly scope: BandScope;
  /** At most this many, nearest first, of those that no earlier band has listed. */
  readonly take: number;
}

/** Public mirrors by distance from the client's place. Answers when the place is known. */
export interface ByPlaceStep {
  readonly kind: "by-place";
  /** A band is drawn from only while the list is shorter than `length`. */
  readonly bands: readonly Band[];
  readonly length: number;
}

/** Every public mirror, by name. Always answers. */
export interface EveryoneStep {
  readonly kind: "everyone";
}

export type Step = OnNetStep | ByPlaceStep | EveryoneStep;

export interface Policy {
  readonly name: string;
  readonly steps: readonly Step[];
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
      { kind: "on-net", tiers: ["subnet", "asn"], minimum: numbers.onNetMinimum },
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
  };
}
