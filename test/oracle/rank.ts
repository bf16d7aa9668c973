/**
 * The rule `blog-2021` of DESIGN.md, written as plainly as it can be said: for one client, over all
 * mirrors, with a full sort each time. It shares no code with `src/rank`, and is what every list
 * that the compiler gives is compared with.
 */
import { type Address, holds, type PlainPrefix } from "./address.ts";
import type { PlainPlace } from "./places.ts";

export interface OracleMirror {
  readonly name: string;
  /** The URL that the list set gives: http if the mirror has it, else https. */
  readonly url: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  readonly coordinates: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly asns: readonly number[];
  readonly subnets: readonly PlainPrefix[];
  readonly reach: "public" | "private" | "cloud";
  readonly monopoly: boolean;
  readonly disabled: boolean;
  readonly only: readonly string[] | undefined;
  readonly never: readonly string[] | undefined;
}

/** What `src/geo` knows of a country: a table of facts, which the rule does not compute. */
export interface CountryFacts {
  readonly continent: string;
  readonly reference: { readonly latitude: number; readonly longitude: number };
}

export interface RuleNumbers {
  readonly onNetMinimum: number;
  readonly countryTake: number;
  readonly continentTake: number;
  readonly worldTake: number;
  readonly length: number;
}

export const blog2021: RuleNumbers = {
  onNetMinimum: 5,
  countryTake: 10,
  continentTake: 10,
  worldTake: 10,
  length: 10,
};

export interface OracleWorld {
  readonly mirrors: readonly OracleMirror[];
  readonly countries: ReadonlyMap<string, CountryFacts>;
  readonly numbers: RuleNumbers;
}

/** One ranking over the mirrors that have a URL in it: everything, or an optional module. */
export interface OracleSet {
  readonly name: string;
  readonly world: OracleWorld;
}

export interface OracleClient {
  readonly address: Address;
  readonly asn: number | undefined;
  /** What the City database, or an override, says of the address. */
  readonly place: PlainPlace | null;
}

/** The names of the mirrors that the client gets, in order. */
export function naiveList(client: OracleClient, world: OracleWorld): string[] {
  const place = knownPlace(client.place, world.countries);
  const eligible = world.mirrors.filter(
    (mirror) => mirror.url !== undefined && !mirror.disabled && mayServe(mirror, place?.country),
  );
  const candidates = eligible.map((mirror) => ({
    mirror,
    km: place !== null && mirror.coordinates ? haversineKm(place, mirror.coordinates) : Infinity,
    tier: onNetTier(mirror, client),
  }));
  candidates.sort((a, b) => compareKm(a.km, b.km) || compareNames(a.mirror.name, b.mirror.name));
  const everyone = candidates.filter(({ mirror }) => mirror.reach === "public");
  const located = everyone.filter(({ mirror }) => mirror.coordinates !== undefined);

  const matches = candidates.filter(({ tier }) => tier < NOT_ON_NET);
  if (matches.length > 0) {
    matches.sort((a, b) => a.tier - b.tier);
    const monopoly = matches.find(({ mirror }) => mirror.monopoly);
    if (monopoly) return [monopoly.mirror.name];
    const missing = Math.max(0, world.numbers.onNetMinimum - matches.length);
    const others = place === null ? everyone : located;
    const fill = others.filter((other) => !matches.includes(other)).slice(0, missing);
    return names([...matches, ...fill]);
  }

  // A network none of whose mirrors has a place answers a known place like an unknown one.
  if (place === null || located.length === 0) return names(everyone);

  const inCountry = located.filter(({ mirror }) => {
    return place.country !== undefined && mirror.country === place.country;
  });
  const list = inCountry.slice(0, world.numbers.countryTake);
  if (list.length < world.numbers.length) {
    const inContinent = located.filter(({ mirror }) => {
      const continent = world.countries.get(mirror.country ?? "")?.continent;
      return place.continent !== undefined && continent === place.continent;
    });
    const fresh = inContinent.filter((other) => !list.includes(other));
    list.push(...fresh.slice(0, world.numbers.continentTake));
  }
  if (list.length < world.numbers.length) {
    const elsewhere = located.filter((other) => !list.includes(other));
    list.push(...elsewhere.slice(0, world.numbers.worldTake));
  }
  return names(list.slice(0, world.numbers.length));
}

interface KnownPlace {
  readonly country: string | undefined;
  readonly continent: string | undefined;
  readonly latitude: number;
  readonly longitude: number;
}

/** A country without coordinates is at its reference point; with neither, a place is unknown. */
function knownPlace(place: PlainPlace | null, countries: OracleWorld["countries"]) {
  if (place === null) return null;
  const facts = countries.get(place.country ?? "");
  const { latitude, longitude } = place;
  const given =
    latitude !== undefined &&
    longitude !== undefined &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180
      ? { latitude, longitude }
      : undefined;
  const coordinates = given ?? facts?.reference;
  if (coordinates === undefined) return null;
  const known: KnownPlace = {
    country: place.country,
    continent: facts?.continent ?? place.continent,
    latitude: coordinates.latitude,
    longitude: coordinates.longitude,
  };
  return known;
}

function mayServe({ only, never }: OracleMirror, country: string | undefined): boolean {
  if (country !== undefined && never?.includes(country)) return false;
  return only === undefined || (country !== undefined && only.includes(country));
}

const NOT_ON_NET = 1000;

/** Lower is better: -128 for a match by a whole IPv6 address, 0 by a /0, 1 by ASN. */
function onNetTier(mirror: OracleMirror, { address, asn }: OracleClient): number {
  if (mirror.subnets.length === 0 && mirror.asns.length === 0) return NOT_ON_NET;
  const bits = mirror.subnets.filter((net) => holds(net, address)).map((net) => net.bits);
  if (bits.length > 0) return -Math.max(...bits);
  return asn !== undefined && mirror.asns.includes(asn) ? 1 : NOT_ON_NET;
}

/** Double precision and in the order of the published formula: rounding decides near ties. */
function haversineKm(
  from: { readonly latitude: number; readonly longitude: number },
  to: { readonly latitude: number; readonly longitude: number },
): number {
  const radians = Math.PI / 180;
  const sinLatitude = Math.sin(((to.latitude - from.latitude) * radians) / 2);
  const sinLongitude = Math.sin(((to.longitude - from.longitude) * radians) / 2);
  const h =
    sinLatitude * sinLatitude +
    Math.cos(from.latitude * radians) *
      Math.cos(to.latitude * radians) *
      sinLongitude *
      sinLongitude;
  return 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Two infinite distances are equal, which a difference would not say. */
function compareKm(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code point, which is not the order of UTF-16 units. */
export function compareNames(a: string, b: string): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const difference = (a.codePointAt(index) ?? 0) - (b.codePointAt(index) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function names(candidates: readonly { readonly mirror: OracleMirror }[]): string[] {
  return candidates.map(({ mirror }) => mirror.name);
}
