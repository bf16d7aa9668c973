import type { PlacedMirror } from "../../src/model/mirror.ts";
import type { RankedList } from "../../src/rank/rank.ts";

/** A public mirror with everything at its plainest, for tests that care about a few fields. */
export function plainMirror(name: string, fields: Partial<PlacedMirror> = {}): PlacedMirror {
  return {
    name,
    urls: { http: `http://${name}/` },
    modules: new Map(),
    sponsor: { name: "Sponsor" },
    location: {},
    locationRanges: {},
    asns: [],
    subnets: [],
    reach: "public",
    monopoly: false,
    weight: 1,
    file: { path: `mirrors/${name}.yml`, text: "" },
    ...fields,
  };
}

/** The mirror numbers of a ranker's answer, kept beyond the next. */
export function mirrorsOf({ mirrors, length }: RankedList): number[] {
  return Array.from(mirrors.subarray(0, length));
}
