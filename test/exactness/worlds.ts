/** Seeded random networks, policies and clients, in which ties, edges and oddities are common. */
import { COUNTRIES } from "../../src/geo/countries.ts";
import {
  type Band,
  blog2021,
  type OnNetStep,
  type Policy,
  SERVICE_2026,
  type Step,
} from "../../src/model/policy.ts";
import {
  type Address,
  addressText,
  type PlainPrefix,
  toAddress,
  toPrefix,
} from "../oracle/address.ts";
import type { PlainPlace } from "../oracle/places.ts";
import type { OracleMirror, OracleProduct, OracleSet, OracleWorld } from "../oracle/rank.ts";
import { seededRandom } from "../support/random.ts";

export const facts: OracleWorld["countries"] = new Map(
  COUNTRIES.map((country) => [country.code, country]),
);

export interface Chance {
  readonly random: () => number;
  pick<T>(items: readonly T[]): T;
  /** A whole number from 0. */
  below(limit: number): number;
  /** True in such a share of cases. */
  chance(share: number): boolean;
  shuffled<T>(items: readonly T[]): T[];
}

export function chances(seed: number): Chance {
  const random = seededRandom(seed);
  return {
    random,
    pick: (items) => items[Math.floor(random() * items.length)] as never,
    below: (limit) => Math.floor(random() * limit),
    chance: (share) => random() < share,
    shuffled: (items) =>
      items
        .map((item) => ({ item, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  };
}

export function randomPolicy({ pick, below, chance, shuffled }: Chance): Policy {
  const spreads = [1, 2, 3, 8].map((rotations) => ({
    withinKm: pick([0, 1, 500, 20_100]),
    rotations,
  }));
  const imprecise = pick(["spread", "centroid"] as const);
  const kind = below(5);
  if (kind === 0) {
    return {
      ...blog2021({
        onNetMinimum: pick([5, 5, 0, 1, 30]),
        countryTake: pick([10, 10, 3]),
        continentTake: pick([10, 2]),
        worldTake: pick([10, 1]),
        length: pick([10, 10, 4]),
      }),
      imprecise,
      ...(chance(0.3) && { spread: pick(spreads) }),
    };
  }
  if (kind === 1) return chance(0.5) ? SERVICE_2026 : { ...SERVICE_2026, spread: pick(spreads) };
  const scopes = shuffled(["country", "continent", "world"] as const);
  const ordered = ["country", "continent", "world"] as const;
  const bands = (chance(0.5) ? ordered : scopes).slice(0, 1 + below(3));
  const length = pick([1, 3, 10, 10]);
  // What the presets do, or takes below the length, which leave some for a later band.
  const take = (): number => (kind === 2 ? length : pick([0, 1, 2, 5, 10]));
  const onNet: OnNetStep = {
    kind: "on-net",
    tiers: pick([["subnet", "asn"], ["asn", "subnet"], ["asn"], ["subnet"]] as const),
    minimum: pick([0, 3, 5, 12]),
    fill: pick(["nearest", "by-place"]),
    fillUnplaced: chance(0.5),
  };
  const byPlace: Step = {
    kind: "by-place",
    bands: bands.map((scope): Band => ({ scope, take: take() })),
    length,
  };
  const steps: Step[] = [...(chance(0.8) ? [onNet] : []), ...(chance(0.9) ? [byPlace] : [])];
  return {
    name: "written-out",
    steps: [
      ...(chance(0.9) ? steps : steps.toReversed()),
      { kind: "everyone", ...(chance(0.5) && { takeOfBlank: pick([1, 10]) }) },
    ],
    distances: pick(["exact", "whole-km"]),
    imprecise,
    ...(chance(0.6) && { spread: pick(spreads) }),
  };
}

const CODES = ["DE", "FR", "US", "CA", "JP", "FJ", "XK"];

/** Few countries; coordinates on a grid, in one region, or anywhere. */
export function randomCoordinates({ pick, random }: Chance) {
  const grid = {
    latitude: () => pick([-90, -45, 0, 45, 90]),
    longitude: () => pick([-180, -90, 0, 90, 180]),
  };
  // Some kilometres to a step, so that whole kilometres tie where exact ones do not.
  const region = {
    latitude: () => 50 + Math.floor(random() * 40) / 50,
    longitude: () => 8 + Math.floor(random() * 400) / 50,
  };
  const dateLine = {
    latitude: () => random() * 10 - 5,
    longitude: () => pick([-180, 180, 179.9, -179.9, 178]),
  };
  const anywhere = {
    latitude: () => random() * 180 - 90,
    longitude: () => random() * 360 - 180,
  };
  return pick([grid, region, dateLine, anywhere, anywhere]);
}

export interface RandomMirrors {
  readonly count: number;
  readonly asns: readonly number[];
  /** Draws the subnets of a mirror that has any. */
  subnets(): readonly PlainPrefix[];
  readonly coordinates: ReturnType<typeof randomCoordinates>;
}

export function randomMirrors(
  { pick, chance }: Chance,
  { count, asns, subnets, coordinates }: RandomMirrors,
): OracleMirror[] {
  return Array.from({ length: count }, (_, index): OracleMirror => {
    const isPrivate = chance(0.15);
    return {
      name: `m${String(index).padStart(3, "0")}`,
      country: chance(0.9) ? pick(CODES) : undefined,
      coordinates: chance(0.9)
        ? { latitude: coordinates.latitude(), longitude: coordinates.longitude() }
        : undefined,
      asns: chance(0.3) ? asns.slice(0, pick([1, 2])) : [],
      ownAsns: chance(0.3) ? asns.slice(0, pick([1, 2])) : [],
      subnets: chance(0.3) ? subnets() : [],
      reach: isPrivate ? "private" : chance(0.05) ? "cloud" : "public",
      monopoly: isPrivate && chance(0.15),
      disabled: chance(0.05),
      only: chance(0.05) ? [pick(CODES), pick(CODES)] : undefined,
      never: chance(0.1) ? [pick(CODES)] : undefined,
      weight: pick([1, 1, 1, 0.01, 0.5, 3, 100]),
    };
  });
}

/** One or two products, each in up to four sets; somebody public is in every set. */
export function randomSets(
  { pick, chance }: Chance,
  mirrors: readonly OracleMirror[],
): OracleSet[] {
  const active = mirrors.filter(({ disabled }) => !disabled);
  const names = chance(0.3) ? ["all", "kitten"] : ["all"];
  return names.flatMap((name) => {
    const isWhole = name === "all" && chance(0.8);
    const members = active.filter(() => isWhole || chance(0.6));
    const product: OracleProduct = { name, mirrors: new Set(members.map((one) => one.name)) };
    const suffixes = ["", "-http", "-https", ".2", ".2-https"].slice(0, pick([1, 2, 3, 5]));
    return suffixes.map((suffix, index): OracleSet => {
      const share = index === 0 ? 1 : pick([0.95, 0.5, 0.05]);
      const inSet = members.filter(() => chance(share));
      const urls = new Map(inSet.map((one) => [one.name, `http://${one.name}.example/${suffix}/`]));
      return { name: `${name}${suffix}`, product, urls };
    });
  });
}

/** Every detail of a place that a database or an override can give or leave out. */
export function randomPlace(
  { pick, chance }: Chance,
  coordinates: ReturnType<typeof randomCoordinates>,
): PlainPlace | null {
  if (chance(0.07)) return null;
  const country = chance(0.85) ? { country: pick([...CODES, "ZZ"]) } : {};
  return {
    ...country,
    ...(chance(0.3) && { continent: pick(["EU", "NA", "AS"]) }),
    ...(chance(0.75) && {
      latitude: coordinates.latitude(),
      longitude: chance(0.02) ? 999 : coordinates.longitude(),
    }),
    ...(country.country !== undefined && chance(0.4) && { countryOnly: true as const }),
  };
}

/** Many blocks of both families, and some addresses of one. */
export function randomAddress({ pick, below, chance }: Chance): Address {
  if (chance(0.5)) {
    return toAddress(
      pick([
        "192.0.2.7",
        "192.0.2.8",
        "192.0.3.1",
        "198.51.100.1",
        "2001:db8::7",
        "2001:db8:1::7",
        "0.0.0.0",
        "255.255.255.255",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      ]),
    );
  }
  if (chance(0.5)) return { family: 4, value: BigInt(below(2 ** 32)) };
  return { family: 6, value: (BigInt(below(2 ** 32)) << 96n) | BigInt(below(2 ** 32)) };
}

export function networkText({ family, first, bits }: PlainPrefix): string {
  return `${addressText({ family, value: first })}/${bits}`;
}

/** Nested and overlapping, around the addresses that `randomAddress` likes. */
export function randomSubnets({ pick, below }: Chance): PlainPrefix[] {
  const texts = [
    "192.0.2.0/24",
    "192.0.0.0/16",
    "192.0.2.7/32",
    "192.0.2.0/25",
    "2001:db8::/32",
    "2001:db8::/47",
    "2001:db8::7/128",
  ];
  return Array.from({ length: 1 + below(3) }, () => toPrefix(pick(texts)));
}
