import { expect, it } from "vitest";
import { COUNTRIES } from "../../src/geo/countries.ts";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { type PlaceRecord, placeOfRecord } from "../../src/model/place.ts";
import { blog2021 } from "../../src/model/policy.ts";
import { createRanker } from "../../src/rank/rank.ts";
import { toAddress, toPrefix } from "../oracle/address.ts";
import { naiveList, type OracleMirror, type OracleWorld } from "../oracle/rank.ts";
import { mirrorsOf } from "../support/mirrors.ts";
import { seededRandom } from "../support/random.ts";
import { asPlaced } from "./placed.ts";

const facts: OracleWorld["countries"] = new Map(
  COUNTRIES.map((country) => [country.code, country]),
);

/** Few countries, and coordinates that make ties, poles, antipodes and the date line common. */
function oneWorld(seed: number) {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const chance = (share: number): boolean => random() < share;
  const codes = ["DE", "FR", "US", "CA", "JP", "FJ", "XK"];
  const isGrid = chance(0.5);
  const latitude = () => (isGrid ? pick([-90, -45, 0, 45, 90]) : random() * 180 - 90);
  const longitude = () => (isGrid ? pick([-180, -90, 0, 90, 180]) : random() * 360 - 180);
  const count = pick([0, 1, 4, 12, 40, 300]);

  const mirrors = Array.from({ length: count }, (_, index): OracleMirror => {
    const isPrivate = chance(0.15);
    return {
      name: `m${String(index).padStart(3, "0")}`,
      url: chance(0.97) ? "http://m.example/" : undefined,
      country: chance(0.9) ? pick(codes) : undefined,
      coordinates: chance(0.9) ? { latitude: latitude(), longitude: longitude() } : undefined,
      asns: chance(0.3) ? [7, 8].slice(0, pick([1, 2])) : [],
      subnets: chance(0.2)
        ? [toPrefix(pick(["192.0.2.0/24", "192.0.0.0/16", "192.0.2.7/32"]))]
        : [],
      reach: isPrivate ? "private" : chance(0.05) ? "cloud" : "public",
      monopoly: isPrivate && chance(0.1),
      disabled: chance(0.05),
      only: chance(0.05) ? [pick(codes), pick(codes)] : undefined,
      never: chance(0.1) ? [pick(codes)] : undefined,
    };
  });
  const clients = Array.from({ length: 20 }, () => ({
    address: toAddress(pick(["192.0.2.7", "192.0.2.8", "192.0.3.1", "198.51.100.1"])),
    asn: chance(0.4) ? pick([7, 8, 9]) : undefined,
    place: chance(0.1)
      ? null
      : {
          ...(chance(0.8) && { country: pick([...codes, "ZZ"]) }),
          ...(chance(0.3) && { continent: pick(["EU", "NA", "AS"]) }),
          ...(chance(0.8) && { latitude: latitude(), longitude: longitude() }),
        },
  }));
  const numbers = {
    onNetMinimum: pick([5, 5, 1, 30]),
    countryTake: pick([10, 10, 3]),
    continentTake: pick([10, 2]),
    worldTake: pick([10, 1]),
    length: pick([10, 10, 4]),
  };
  return { mirrors, clients, numbers };
}

it("createRanker gives the list of the naive rule, on random networks and clients", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const { mirrors, clients, numbers } = oneWorld(seed);
    const placed = mirrors.map((mirror) => asPlaced(mirror, facts));
    const isEligible = ({ name }: PlacedMirror): boolean => {
      const mirror = mirrors.find((one) => one.name === name);
      return mirror?.url !== undefined && !mirror.disabled;
    };
    const ranker = createRanker(placed, isEligible, blog2021(numbers));
    for (const client of clients) {
      const matching = mirrors.map(({ subnets }) =>
        subnets.filter(
          ({ first, last }) => first <= client.address.value && client.address.value <= last,
        ),
      );
      const found = ranker.rank({
        place: client.place === null ? null : placeOfRecord(asRecord(client.place)),
        subnetMatches: matching.flatMap((nets, mirror) =>
          nets.map(({ bits }) => ({ mirror, bits })),
        ),
        asnMatches: mirrors.flatMap(({ asns }, mirror) =>
          client.asn !== undefined && asns.includes(client.asn) ? [mirror] : [],
        ),
      });
      const expected = naiveList(client, { mirrors, countries: facts, numbers });
      const names = mirrorsOf(found).map((mirror) => mirrors[mirror]?.name);
      expect(names, `seed ${seed}, ${JSON.stringify(client.place)}`).toEqual(expected);
    }
  }
});

function asRecord(place: object): PlaceRecord {
  return { latitude: Number.NaN, longitude: Number.NaN, ...place };
}
