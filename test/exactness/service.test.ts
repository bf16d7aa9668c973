import { describe, expect, it } from "vitest";
import { type Policy, SERVICE_2026 } from "../../src/model/policy.ts";
import { createRanker } from "../../src/rank/rank.ts";
import { type OracleClient, type OracleMirror, subnetsHolding } from "../oracle/rank.ts";
import { mirrorsOf } from "../support/mirrors.ts";
import { asClient, asPlaced } from "./placed.ts";
import { serviceObjection } from "./service.ts";
import {
  chances,
  facts,
  randomAddress,
  randomCoordinates,
  randomMirrors,
  randomSubnets,
} from "./worlds.ts";

const { spread: _, ...WITHOUT_SPREAD } = SERVICE_2026;
const WRONG: Policy = {
  ...SERVICE_2026,
  distances: "exact",
  spread: { withinKm: 2000, rotations: 1 },
};
const COUNTRIES = ["DE", "FR", "US"];

/** What the service knows nothing of is left out: only and never, mirrors without a place. */
function oneWorld(seed: number) {
  const chance = chances(seed);
  const { pick, below } = chance;
  const coordinates = randomCoordinates(chance);
  const mirrors = randomMirrors(chance, {
    count: pick([1, 8, 30, 80]),
    asns: [7, 8],
    subnets: () => randomSubnets(chance),
    coordinates,
  }).map((mirror): OracleMirror => {
    const at = { latitude: coordinates.latitude(), longitude: coordinates.longitude() };
    const always = { only: undefined, never: undefined, disabled: false };
    return { ...mirror, ...always, country: pick(COUNTRIES), coordinates: at };
  });
  const clients = Array.from({ length: 20 }, (): OracleClient => {
    const address = randomAddress(chance);
    const at = { latitude: coordinates.latitude(), longitude: coordinates.longitude() };
    const places = [{ ...at, country: pick([...COUNTRIES, "JP"]) }, at, {}, null];
    return {
      address,
      asn: chance.chance(0.3) ? pick([7, 8]) : undefined,
      place: places[Math.max(0, below(8) - 4)] ?? null,
      subnets: subnetsHolding(address, mirrors),
    };
  });
  return { mirrors, clients, chance };
}

/** The program's list for a client in a rotation. */
function listsOf(policy: Policy, mirrors: readonly OracleMirror[]) {
  const placed = mirrors.map((mirror) => asPlaced(mirror, facts));
  const ranker = createRanker(placed, () => true, policy);
  return (client: OracleClient, rotation = 0): OracleMirror[] => {
    const ranked = ranker.rank(asClient(client, mirrors), rotation);
    return mirrorsOf(ranked).flatMap((number) => mirrors[number] ?? []);
  };
}

describe("service-2026", () => {
  it.each([
    ["in each of its rotations", SERVICE_2026, 8],
    ["with one rotation", { ...SERVICE_2026, spread: { withinKm: 500, rotations: 1 } }, 1],
    ["without any", WITHOUT_SPREAD, 1],
  ])("gives lists that the service could give, %s", (_what, policy, rotations) => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const { mirrors: all, clients } = oneWorld(seed);
      // By distance alone, those in the client's network are not among equals.
      const mirrors = "spread" in policy ? all : all.map((mirror) => ({ ...mirror, ownAsns: [] }));
      const listOf = listsOf(policy, mirrors);
      for (const client of clients) {
        for (let rotation = 0; rotation < rotations; rotation += 1) {
          const list = listOf(client, rotation);
          const about = `seed ${seed}, ${JSON.stringify(client.place)}`;
          expect(serviceObjection(list, client, mirrors), about).toBeNull();
        }
      }
    }
  });

  it("is not blog-2021, and not any other order of bands", () => {
    let strange = 0;
    let swapped = 0;
    let asked = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const { mirrors, clients, chance } = oneWorld(seed);
      const rightList = listsOf(SERVICE_2026, mirrors);
      const wrongList = listsOf(WRONG, mirrors);
      for (const client of clients) {
        const list = rightList(client);
        if (list.length === 0) continue;
        const shorter = list.slice(1);
        expect(serviceObjection(shorter, client, mirrors)).not.toBeNull();
        const [at, other] = [chance.below(list.length), chance.below(list.length)];
        const moved = list.with(at, list[other] as OracleMirror);
        if (at !== other) expect(serviceObjection(moved, client, mirrors)).toContain("twice");
        const ends = [...list.slice(-1), ...list.slice(1, -1), ...list.slice(0, 1)];
        swapped += serviceObjection(ends, client, mirrors) === null ? 0 : 1;
        strange += serviceObjection(wrongList(client), client, mirrors) === null ? 0 : 1;
        asked += 1;
      }
    }
    expect(swapped).toBeGreaterThan(asked / 5);
    expect(strange).toBeGreaterThan(asked / 20);
  });
});
