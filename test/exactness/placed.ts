/** What the oracle has, as the program knows it. */
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { type ClientPlace, placeOfRecord } from "../../src/model/place.ts";
import { blockOf } from "../../src/rank/blocks.ts";
import type { Client } from "../../src/rank/client.ts";
import type { Address } from "../oracle/address.ts";
import type { PlainPlace } from "../oracle/places.ts";
import type { OracleClient, OracleMirror, OracleWorld } from "../oracle/rank.ts";
import { plainMirror } from "../support/mirrors.ts";

/** Subnets are handed to the program by other ways. */
export function asPlaced(
  { name, country, coordinates, asns, ownAsns, reach, monopoly, only, never, weight }: OracleMirror,
  countries: OracleWorld["countries"],
): PlacedMirror {
  const continent = countries.get(country ?? "")?.continent;
  return plainMirror(name, {
    location: { ...(country !== undefined && { country }) },
    asns,
    ...(ownAsns && { ownAsns }),
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

/** `mirrors` in the numbering of the ranker. */
export function asClient(client: OracleClient, mirrors: readonly OracleMirror[]): Client {
  return {
    place: asClientPlace(client.place),
    hasRecord: client.place !== null,
    block: blockOf(client.address.family, wordsOf(client.address)),
    subnetMatches: mirrors.flatMap(({ name }, mirror) => {
      const bits = client.subnets.get(name);
      return bits === undefined ? [] : [{ mirror, bits }];
    }),
    asnMatches: mirrors.flatMap(({ asns }, mirror) =>
      client.asn !== undefined && asns.includes(client.asn) ? [mirror] : [],
    ),
    asn: client.asn,
  };
}

function wordsOf({ family, value }: Address): number[] {
  const shifts = family === 4 ? [0n] : [96n, 64n, 32n, 0n];
  return shifts.map((shift) => Number((value >> shift) & 0xffff_ffffn));
}
