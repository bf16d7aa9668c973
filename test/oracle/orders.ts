/**
 * In which orders the naive rule takes mirrors up: the nearest first, and the seeded orders of
 * mirrors that are equally good, of a client whose country is all that is known, and of everyone.
 */
import type { Band, BandScope, ByPlaceStep } from "../../src/model/policy.ts";
import { fmix32, hash32 } from "./hash.ts";
import type { OracleClient, OracleMirror, OracleProduct, OracleWorld } from "./rank.ts";

/** A mirror that takes part and may be listed to the client. */
export interface Candidate {
  readonly mirror: OracleMirror;
  /** As the policy compares distances; infinite where one of the two places is unknown. */
  readonly km: number;
}

export interface KnownPlace {
  readonly country: string | undefined;
  readonly continent: string | undefined;
  readonly latitude: number;
  readonly longitude: number;
}

export interface BandQuestion {
  readonly step: ByPlaceStep;
  readonly band: Band;
  readonly product: OracleProduct;
  readonly rotation: number;
  /** Whether the step only fills up an on-net answer, which goes by distance. */
  readonly isFill: boolean;
}

/** Of one client. */
export interface Orders {
  readonly place: KnownPlace | null;
  readonly nearestFirst: readonly Candidate[];
  /** Every public mirror of the product that has coordinates and is in the band's scope. */
  ofBand(question: BandQuestion): readonly Candidate[];
  /** By the key that a seed and a mirror's name make. */
  bySeed(candidates: readonly Candidate[], seed: string): Candidate[];
}

/** Keys are remembered from one client to the next; nothing else is. */
export function makeOrders(world: OracleWorld): (client: OracleClient) => Orders {
  const { policy } = world;
  const slotOf = slotsIn(world);
  const keys = new Map<string, Map<string, number>>();

  return (client) => {
    const place = knownPlace(client.place, world.countries);
    const nearestFirst = world.mirrors
      .filter((mirror) => !mirror.disabled && mayServe(mirror, place?.country))
      .map((mirror): Candidate => ({ mirror, km: compared(kmBetween(place, mirror)) }))
      .sort((a, b) => compare(a.km, b.km) || compareNames(a.mirror.name, b.mirror.name));
    const listable = nearestFirst.filter(({ mirror }) => {
      return mirror.reach === "public" && mirror.coordinates !== undefined;
    });
    const known = new Map<string, readonly Candidate[]>();
    return { place, nearestFirst, ofBand, bySeed };

    function ofBand(question: BandQuestion): readonly Candidate[] {
      const { step, band, product, rotation, isFill } = question;
      const which = [policy.steps.indexOf(step), step.bands.indexOf(band), product.name];
      const key = [...which, rotation, isFill].join(" ");
      const found = known.get(key) ?? orderOfBand(question);
      known.set(key, found);
      return found;
    }

    function orderOfBand({ step, band, product, rotation, isFill }: BandQuestion): Candidate[] {
      const ofProduct = listable.filter(({ mirror }) => product.mirrors.has(mirror.name));
      const inScope = ofProduct.filter(({ mirror }) => isInScope(mirror, band.scope));
      const slot = !isFill && band.scope === "country" ? slotOf(client) : undefined;
      if (slot !== undefined) return bySeed(inScope, `${place?.country} ${slot}`);
      if (policy.spread === undefined) return inScope;
      const { withinKm } = policy.spread;
      const near = inScope.filter(({ km }) => km <= withinKm);
      const far = inScope.filter(({ km }) => km > withinKm);
      const earlier = step.bands.slice(0, step.bands.indexOf(band));
      const anchor = near.find(({ mirror }) => {
        return !earlier.some(({ scope }) => isInScope(mirror, scope));
      });
      const seeded = bySeed(near, `${rotation} ${anchor?.mirror.name ?? ""}`);
      const own = seeded.filter(isOwn);
      return [...own, ...seeded.filter((one) => !own.includes(one)), ...far];
    }

    function isOwn({ mirror: { ownAsns = [] } }: Candidate): boolean {
      return client.asn !== undefined && ownAsns.includes(client.asn);
    }

    function isInScope(mirror: OracleMirror, scope: BandScope): boolean {
      switch (scope) {
        case "country":
          return place?.country !== undefined && mirror.country === place.country;
        case "continent": {
          const continent = world.countries.get(mirror.country ?? "")?.continent;
          return place?.continent !== undefined && continent === place.continent;
        }
        case "world":
          return true;
      }
    }
  };

  function compared(km: number): number {
    return policy.distances === "whole-km" ? Math.floor(km) : km;
  }

  function bySeed(candidates: readonly Candidate[], seed: string): Candidate[] {
    const ofSeed = keys.get(seed) ?? new Map<string, number>();
    keys.set(seed, ofSeed);
    const keyed = candidates.map((candidate) => {
      const { name, weight } = candidate.mirror;
      const key = ofSeed.get(name) ?? seededKey(seed, name, weight);
      ofSeed.set(name, key);
      return { candidate, key, name };
    });
    return keyed
      .sort((a, b) => compare(a.key, b.key) || compareNames(a.name, b.name))
      .map(({ candidate }) => candidate);
  }
}

/** Draws the weighted order: the least key comes first. */
function seededKey(seed: string, name: string, weight: number): number {
  const u = (hash32(`${seed} ${name}`) + 0.5) / 2 ** 32;
  return -Math.log(u) / weight;
}

/**
 * Which of its country's seeded orders a client gets of whom no more than the country is known;
 * undefined for others, and where the policy takes them to be in the middle of the country.
 */
export type SlotOf = (client: Pick<OracleClient, "address" | "place">) => number | undefined;

export function slotsIn({ policy, mirrors }: OracleWorld): SlotOf {
  const counts = new Map<string | undefined, number>();
  for (const { reach, disabled, coordinates, country } of mirrors) {
    if (reach !== "public" || disabled || coordinates === undefined) continue;
    counts.set(country, (counts.get(country) ?? 0) + 1);
  }
  return ({ address, place }) => {
    if (policy.imprecise !== "spread" || place?.countryOnly !== true) return undefined;
    return fmix32(blockOf(address)) & (slotCount(counts.get(place.country) ?? 0) - 1);
  };
}

/** The first 16 bits of IPv4, the first 32 of IPv6. */
function blockOf({ family, value }: OracleClient["address"]): number {
  return Number(family === 4 ? value >> 16n : value >> 96n);
}

function slotCount(mirrors: number): number {
  if (mirrors < 2) return 1;
  let slots = 16;
  while (slots < 4 * mirrors && slots < 256) slots *= 2;
  return slots;
}

/** A country without coordinates is at its reference point; with neither, a place is unknown. */
export function knownPlace(
  place: OracleClient["place"],
  countries: OracleWorld["countries"],
): KnownPlace | null {
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
  return {
    country: place.country,
    continent: facts?.continent ?? place.continent,
    latitude: coordinates.latitude,
    longitude: coordinates.longitude,
  };
}

function mayServe({ only, never }: OracleMirror, country: string | undefined): boolean {
  if (country !== undefined && never?.includes(country)) return false;
  return only === undefined || (country !== undefined && only.includes(country));
}

/** Infinite where one of the two places is unknown. */
export function kmBetween(place: KnownPlace | null, { coordinates }: OracleMirror): number {
  return place !== null && coordinates !== undefined ? haversineKm(place, coordinates) : Infinity;
}

/** Double precision and in the order of the published formula: rounding decides near ties. */
export function haversineKm(
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
function compare(a: number, b: number): number {
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
