/**
 * `near/<list id>.<country>.json`: a list of the set of everything, with why each mirror stands
 * where it does, as seen from where most of its clients in that country are. The country is in small
 * letters, "none" for clients of whom none is known. `addresses` are all that get it there: IPv4
 * addresses, and announced IPv6 networks of /48.
 *
 *     {"list":"5f0c9a…","country":"AT",
 *     "seen_from":{"country":"AT","latitude":48.21,"longitude":16.37},
 *     "addresses":{"ipv4":65536,"networks48":0},
 *     "mirrors":[
 *     {"name":"m.example","url":"https://m.example/","reason":"country","distance_km":3.2},
 *     …
 *     ]}
 *
 * There are about as many as there are lists, so they are put together from pieces made once.
 */
import type { Coordinates } from "../geo/distance.ts";
import { type Artifact, textArtifact } from "./artifact.ts";

/** A list as the clients of one country get it. */
export interface NearList {
  readonly id: string;
  /** ISO 3166-1 alpha-2; undefined where GeoIP gives none. */
  readonly country: string | undefined;
  /** Undefined for clients whose place is unknown. */
  readonly seenFrom:
    | { readonly country?: string | undefined; readonly coordinates: Coordinates }
    | undefined;
  readonly ipv4Addresses: number;
  /** Announced ones of /48, with fractions; those located where none is known to be announced. */
  readonly ipv6Networks: number;
  readonly entries: readonly NearEntry[];
}

export interface NearEntry {
  readonly mirror: number;
  /** "subnet", "asn", "fill", "country", "continent", "world", "everyone". */
  readonly reason: string;
  /** What put it before others that are as good, if not its distance: "near", "imprecise". */
  readonly seeded?: string;
  readonly distanceKm?: number;
}

/** By mirror number. */
export interface NearMirror {
  readonly name: string;
  /** In the set of everything; undefined for a mirror that is not in it. */
  readonly url: string | undefined;
}

export function emitNear(lists: Iterable<NearList>, mirrors: readonly NearMirror[]): Artifact[] {
  const beginnings = mirrors.map(
    ({ name, url }) =>
      `{"name":${JSON.stringify(name)},"url":${JSON.stringify(url ?? null)},"reason":"`,
  );
  return Array.from(lists, (list) => {
    const country = list.country ?? "none";
    return textArtifact(`near/${list.id}.${country.toLowerCase()}.json`, textOf(list, beginnings));
  });
}

function textOf(list: NearList, beginnings: readonly string[]): string {
  const { id, country, seenFrom, ipv4Addresses, ipv6Networks, entries } = list;
  let mirrors = "";
  for (const { mirror, reason, seeded, distanceKm } of entries) {
    if (mirrors !== "") mirrors += ",\n";
    mirrors += `${beginnings[mirror]}${reason}"`;
    if (seeded !== undefined) mirrors += `,"seeded":"${seeded}"`;
    if (distanceKm !== undefined) mirrors += `,"distance_km":${Math.round(distanceKm * 10) / 10}`;
    mirrors += "}";
  }
  return `{"list":"${id}","country":${country === undefined ? null : `"${country}"`},
"seen_from":${seenFrom === undefined ? null : placeText(seenFrom)},
"addresses":{"ipv4":${Math.round(ipv4Addresses)},"networks48":${Math.round(ipv6Networks)}},
"mirrors":[
${mirrors}
]}
`;
}

function placeText({ country, coordinates }: NonNullable<NearList["seenFrom"]>): string {
  const { latitude, longitude } = coordinates;
  // Databases may hold anything for a country; to a kilometre, as far as GeoIP can be believed.
  return JSON.stringify({
    country: country ?? null,
    latitude: Math.round(latitude * 100) / 100,
    longitude: Math.round(longitude * 100) / 100,
  });
}
