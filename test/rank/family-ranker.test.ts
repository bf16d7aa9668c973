import { describe, expect, it } from "vitest";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import type { ClientPlace } from "../../src/model/place.ts";
import { blog2021, type Policy, SERVICE_2026 } from "../../src/model/policy.ts";
import { createFamilyRanker } from "../../src/rank/family-ranker.ts";
import { originAt } from "../../src/rank/nearest.ts";
import { createRanker } from "../../src/rank/rank.ts";
import { mirrorsOf, plainMirror } from "../support/mirrors.ts";
import { seededRandom } from "../support/random.ts";

const SEED = 2026;
const COUNTRIES = ["DE", "FR", "US", "JP", "BR"];
const CONTINENTS = ["EU", "EU", "NA", "AS", "SA"];
const { spread: _, ...WITHOUT_SPREAD } = SERVICE_2026;

const POLICIES: Record<string, Policy> = {
  "blog-2021": blog2021(),
  "blog-2021, spread": { ...blog2021(), spread: { withinKm: 700, rotations: 3 } },
  "service-2026": SERVICE_2026,
  "service-2026 without rotations": WITHOUT_SPREAD,
  "blog-2021, filled by place": {
    ...blog2021(),
    steps: blog2021().steps.map((step) =>
      step.kind === "on-net" ? { ...step, minimum: 8, fill: "by-place" } : step,
    ),
  },
  "short bands": blog2021({
    onNetMinimum: 5,
    countryTake: 3,
    continentTake: 2,
    worldTake: 4,
    length: 8,
  }),
};

/** Clusters, as mirrors come in practice, so that some are equally far and whole km tie. */
function randomMirrors(random: () => number, count: number): PlacedMirror[] {
  return Array.from({ length: count }, (_, number) => {
    const country = Math.floor(random() * random() * COUNTRIES.length);
    const at = {
      latitude: 10 * country + Math.round(random() * 40) / 4,
      longitude: 30 * country + Math.round(random() * 40) / 4,
    };
    return plainMirror(`m${String(number).padStart(4, "0")}.example`, {
      location: { country: COUNTRIES[country]! },
      continent: CONTINENTS[country]!,
      ...(random() < 0.95 && { placed: { at, by: "city" as const } }),
      ...(random() < 0.1 && { reach: "private" as const, monopoly: random() < 0.3 }),
      ...(random() < 0.2 && { ownAsns: [64_500] }),
      ...(random() < 0.1 && { never: ["FR"] }),
      ...(random() < 0.05 && { only: ["DE", "US"] }),
      weight: random() < 0.3 ? 1 + Math.floor(random() * 5) : 1,
    });
  });
}

function randomPlace(random: () => number): ClientPlace {
  const country = Math.floor(random() * (COUNTRIES.length + 1));
  return {
    country: COUNTRIES[country] ?? "AQ",
    continent: CONTINENTS[country] ?? "AN",
    coordinates: { latitude: random() * 60 - 5, longitude: random() * 160 - 5 },
  };
}

function unmarked(place: ClientPlace) {
  return { place, hasRecord: true, subnetMatches: [], asnMatches: [] };
}

/** On-net for some in every other case, and known by country alone in some. */
function randomClient(random: () => number, mirrors: readonly PlacedMirror[]) {
  const place = { ...randomPlace(random), ...(random() < 0.3 && { countryOnly: true as const }) };
  const some = (share: number) =>
    [...mirrors.keys()].filter(() => random() * mirrors.length < share);
  const isOnNet = random() < 0.5;
  return {
    place,
    hasRecord: true,
    block: Math.floor(random() * 1000),
    subnetMatches: isOnNet
      ? some(2).map((mirror) => ({ mirror, bits: 1 + Math.floor(random() * 3) }))
      : [],
    asnMatches: isOnNet ? some(random() < 0.1 ? 20 : 3) : [],
    asn: random() < 0.5 ? 64_500 : undefined,
  };
}

describe("createFamilyRanker", () => {
  it.each(Object.entries(POLICIES))(
    "lists for all sets at once what each ranker gives: %s",
    (_name, policy) => {
      const random = seededRandom(SEED);
      for (let round = 0; round < 30; round++) {
        const mirrors = randomMirrors(random, 5 + Math.floor(random() * 120));
        const share = random();
        const inSet = mirrors.map(() => [random() < 0.97, random() < share, random() < 0.7]);
        const sets = [0, 1, 2].map(
          (set) => (mirror: PlacedMirror) => inSet[mirrors.indexOf(mirror)]![set]!,
        );
        const isOfProduct = (mirror: PlacedMirror) => mirror.name !== "m0003.example";
        const family = createFamilyRanker(mirrors, sets, policy, isOfProduct);
        const direct = sets.map((isEligible) =>
          createRanker(mirrors, isEligible, policy, isOfProduct),
        );
        for (let query = 0; query < 30; query++) {
          const client = randomClient(random, mirrors);
          if (!family.findSituation(client, originAt(client.place.coordinates))) continue;
          family.eachList(client, (set, rotation, list) => {
            const where = `seed ${SEED}, round ${round}, query ${query}, ${set}/${rotation}`;
            const expected = direct[set]!.rank(client, rotation);
            expect(mirrorsOf(list), where).toEqual(mirrorsOf(expected));
            expect([list.reason, list.seeded], where).toEqual([expected.reason, expected.seeded]);
          });
        }
      }
    },
  );

  it("leaves rules whose bands do not fill a list to the direct rankers", () => {
    const mirrors = randomMirrors(seededRandom(SEED), 20);
    const place = randomPlace(seededRandom(SEED));
    const canFind = (policy: Policy) =>
      createFamilyRanker(mirrors, [() => true], policy, () => true).findSituation(
        unmarked(place),
        originAt(place.coordinates),
      );
    expect(canFind(POLICIES["blog-2021"]!)).toBe(true);
    expect(canFind(POLICIES["short bands"]!)).toBe(false);
  });

  it("finds one situation for clients whose lists are the same", () => {
    const mirrors = randomMirrors(seededRandom(SEED), 60);
    const family = createFamilyRanker(mirrors, [() => true], blog2021(), () => true);
    const situationAt = (latitude: number) => {
      const coordinates = { latitude, longitude: 5.01 };
      const place = { country: "DE", continent: "EU", coordinates };
      family.findSituation(unmarked(place), originAt(coordinates));
      return Array.from(family.situation.subarray(0, family.situationLength));
    };
    expect(situationAt(5.01)).toEqual(situationAt(5.010_000_1));
    expect(situationAt(5.01)).not.toEqual(situationAt(40));
  });
});
