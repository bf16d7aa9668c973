/** What the oracle has, as the program knows it. */
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { type ClientPlace, placeOfRecord } from "../../src/model/place.ts";
import type { PlainPlace } from "../oracle/places.ts";
import type { OracleMirror, OracleWorld } from "../oracle/rank.ts";
import { plainMirror } from "../support/mirrors.ts";

/** Subnets are handed to the program by other ways. */
export function asPlaced(
  { name, country, coordinates, asns, reach, monopoly, only, never, weight }: OracleMirror,
  countries: OracleWorld["countries"],
): PlacedMirror {
  const continent = countries.get(country ?? "")?.continent;
  return plainMirror(name, {
    location: { ...(country !== undefined && { country }) },
    asns,
    reach,
    monopoly,
    weight,
    ...(only && { only }),
    ...(never && { never }),
    ...(coordinates && { placed: { at: coordinates, by: "coordinates" as const } }),
    ...(continent !== undefined && { continent }),
  });
}

export function asClientPlace(place: PlainPlace | null): ClientPlace | null {
  if (place === null) return null;
  return placeOfRecord({ latitude: Number.NaN, longitude: Number.NaN, ...place });
}
