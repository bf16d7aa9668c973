import { describe, expect, it } from "vitest";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { createFamilyRanker } from "../../src/rank/family-ranker.ts";
import { originAt } from "../../src/rank/nearest.ts";
import { createRanker, type RankedList } from "../../src/rank/rank.ts";
import {
  naiveRanker,
  naiveReasons,
  type OracleClient,
  type OracleSet,
  subnetsHolding,
} from "../oracle/rank.ts";
import { mirrorsOf } from "../support/mirrors.ts";
import { asClient, asPlaced } from "./placed.ts";
import {
  chances,
  facts,
  randomAddress,
  randomCoordinates,
  randomMirrors,
  randomPlace,
  randomPolicy,
  randomSets,
  randomSubnets,
} from "./worlds.ts";

const WORLDS = Number(process.env["WORLDS"] ?? 300);

function oneWorld(seed: number) {
  const chance = chances(seed);
  const coordinates = randomCoordinates(chance);
  const all = randomMirrors(chance, {
    count: chance.pick([0, 1, 2, 4, 12, 40, 120]),
    asns: [7, 8],
    subnets: () => randomSubnets(chance),
    coordinates,
  });
  const policy = randomPolicy(chance);
  const sets = randomSets(chance, all);
  const clients = Array.from({ length: 16 }, (): OracleClient => {
    const address = randomAddress(chance);
    return {
      address,
      asn: chance.chance(0.3) ? chance.pick([7, 8, 9]) : undefined,
      place: randomPlace(chance, coordinates),
      subnets: subnetsHolding(address, all),
    };
  });
  const world = { mirrors: all, countries: facts, policy };
  // The program takes the disabled ones out before it ranks.
  const mirrors = all.filter(({ disabled }) => !disabled);
  return { world, policy, sets, clients, mirrors };
}

const isIn =
  ({ urls }: OracleSet) =>
  ({ name }: PlacedMirror) =>
    urls.has(name);
const isOf =
  ({ product }: OracleSet) =>
  ({ name }: PlacedMirror) =>
    product.mirrors.has(name);

describe("on random networks, policies and clients", () => {
  it("createRanker gives the lists of the naive rule, ranked or explained", () => {
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      const { world, policy, sets, clients, mirrors } = oneWorld(seed);
      const placed = mirrors.map((mirror) => asPlaced(mirror, facts));
      const naive = naiveRanker(world, sets);
      const rankers = sets.map((set) => createRanker(placed, isIn(set), policy, isOf(set)));
      const names = (list: readonly number[]) => list.map((number) => mirrors[number]?.name);
      for (const client of clients) {
        const asked = asClient(client, mirrors);
        const expected = naive(client).lists;
        const rotations = expected[0]?.map((_, rotation) => rotation) ?? [];
        const ranked = rankers.map((ranker) =>
          rotations.map((rotation) => names(mirrorsOf(ranker.rank(asked, rotation)))),
        );
        const explained = rankers.map((ranker) =>
          rotations.map((rotation) =>
            names(ranker.explain(asked, rotation).map(({ mirror }) => mirror)),
          ),
        );
        const about = () => `seed ${seed}, ${JSON.stringify([policy, client.place, asked.block])}`;
        if (JSON.stringify(ranked) !== JSON.stringify(expected)) {
          expect(ranked, about()).toEqual(expected);
        }
        expect(explained).toEqual(ranked);
      }
    }
  });

  it("createRanker gives the reasons and distances of the naive rule", () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      const { world, policy, sets, clients, mirrors } = oneWorld(seed);
      const placed = mirrors.map((mirror) => asPlaced(mirror, facts));
      for (const set of sets) {
        const naive = naiveReasons(world, set);
        const ranker = createRanker(placed, isIn(set), policy, isOf(set));
        for (const client of clients) {
          const asked = asClient(client, mirrors);
          const expected = naive(client);
          const explained = expected.map((_, rotation) =>
            ranker.explain(asked, rotation).map(({ mirror, distanceKm, ...why }) => ({
              name: mirrors[mirror]?.name,
              ...why,
              km: distanceKm ?? Number.POSITIVE_INFINITY,
            })),
          );
          const about = () => `seed ${seed}, ${JSON.stringify([policy, client.place])}`;
          if (JSON.stringify(explained) !== JSON.stringify(expected)) {
            expect(explained, about()).toEqual(expected);
          }
          for (const { reason, seeded } of expected.flat()) seen.add(`${reason} ${seeded}`);
        }
      }
    }
    expect([...seen].sort()).toEqual([
      "asn undefined",
      "continent near",
      "continent undefined",
      "country imprecise",
      "country near",
      "country undefined",
      "everyone near",
      "everyone undefined",
      "fill near",
      "fill undefined",
      "subnet undefined",
      "world near",
      "world undefined",
    ]);
  });

  it("createFamilyRanker gives the lists of the naive rule, for situations and directly", () => {
    const situations = { onNet: 0, byBlock: 0, plain: 0 };
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      const { world, policy, sets, clients, mirrors } = oneWorld(seed);
      const placed = mirrors.map((mirror) => asPlaced(mirror, facts));
      const products = new Set(sets.map(({ product }) => product));
      for (const product of products) {
        const family = sets.filter((set) => set.product === product);
        const [first] = family;
        if (first === undefined) continue;
        const naive = naiveRanker(world, family);
        const ranker = createFamilyRanker(placed, family.map(isIn), policy, isOf(first));
        for (const client of clients) {
          const asked = asClient(client, mirrors);
          const isOnNet = asked.subnetMatches.length + asked.asnMatches.length > 0;
          const { place } = asked;
          const isSituation =
            place !== null && ranker.findSituation(asked, originAt(place.coordinates));
          if (isSituation)
            situations[isOnNet ? "onNet" : place.countryOnly ? "byBlock" : "plain"] += 1;
          const found = family.map((): string[][] => []);
          const put = (set: number, rotation: number, list: RankedList) => {
            const names = mirrorsOf(list).map((number) => mirrors[number]?.name ?? "");
            (found[set] as string[][])[rotation] = names;
          };
          if (isSituation) ranker.eachList(asked, put);
          else {
            for (const set of family.keys()) {
              for (let rotation = 0; rotation < ranker.rotations; rotation += 1) {
                put(set, rotation, ranker.rank(asked, set, rotation));
              }
            }
          }
          const expected = naive(client).lists;
          if (JSON.stringify(found) !== JSON.stringify(expected)) {
            expect(found, `seed ${seed}, ${JSON.stringify([policy, client.place])}`).toEqual(
              expected,
            );
          }
        }
      }
    }
    expect(Math.min(...Object.values(situations)), JSON.stringify(situations)).toBeGreaterThan(
      WORLDS,
    );
  });
});
