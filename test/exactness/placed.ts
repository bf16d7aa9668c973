import type { PlacedMirror } from "../../src/model/mirror.ts";
import type { OracleMirror, OracleWorld } from "../oracle/rank.ts";
import { plainMirror } from "../support/mirrors.ts";

/** An oracle's mirror as the program knows it; subnets are handed to the program by other ways. */
export function asPlaced(
  { name, url, country, coordinates, asns, reach, monopoly, only, never }: OracleMirror,
  countries: OracleWorld["countries"],
): PlacedMirror {
  const continent = countries.get(country ?? "")?.continent;
  return plainMirror(name, {
    urls: url === undefined ? {} : { http: url },
    location: { ...(country !== undefined && { country }) },
    asns,
    reach,
    monopoly,
    ...(only && { only }),
    ...(never && { never }),
    ...(coordinates && { placed: { at: coordinates, by: "coordinates" as const } }),
    ...(continent !== undefined && { continent }),
  });
}
