/**
 * Whether AlmaLinux's service of April 2026 could have given a list. It draws by chance, so it has
 * no one list for a client; but what it draws from, and in which order, is fixed. As its source has
 * it (`api/handlers.py` and `api/utils.py` of branch mirrors_service):
 *
 * - on-net mirrors stand first, in any order; one to nine of them, with a place, are filled up to ten;
 * - by place there are four bands, cut to ten in all: mirrors of the country within 500 km, in any
 *   order; the country's others by whole kilometres; mirrors elsewhere within 500 km, in any order;
 *   the rest by whole kilometres. Equal kilometres go in any order; of the near ones, those with an
 *   address in the client's ASN stand first;
 * - a record that says nothing of a place gives any ten, and no record gives everyone.
 */
import { haversineKm } from "../oracle/orders.ts";
import type { OracleClient, OracleMirror } from "../oracle/rank.ts";

const LENGTH = 10;
const NEAR_KM = 500;

interface Band {
  readonly what: string;
  readonly members: readonly OracleMirror[];
  /** Mirrors with a lower number stand first; those with equal ones in any order. */
  rank(mirror: OracleMirror): number;
}

/** What is wrong with a list, or null. Every mirror has coordinates and a country. */
export function serviceObjection(
  list: readonly OracleMirror[],
  client: OracleClient,
  mirrors: readonly OracleMirror[],
): string | null {
  const working = mirrors.filter(({ disabled }) => !disabled);
  const onNet = working.filter(({ name, asns }) => {
    return client.subnets.has(name) || (client.asn !== undefined && asns.includes(client.asn));
  });
  const monopolies = onNet.filter(({ monopoly }) => monopoly);
  if (monopolies.length > 0) return objection(list, [anyOf("monopoly", monopolies)], 1);
  const others = working.filter((one) => one.reach === "public" && !onNet.includes(one));
  const byPlace = bandsByPlace(client, others);
  if (onNet.length > 0) {
    const fill = byPlace ?? [];
    return objection(list, [anyOf("on-net", onNet), ...fill], Math.max(LENGTH, onNet.length));
  }
  if (client.place === null) return objection(list, [anyOf("everyone", others)], others.length);
  return objection(list, byPlace ?? [anyOf("anyone", others)], LENGTH);
}

/** Null where the record does not say where the client is. */
function bandsByPlace(
  { place, asn }: OracleClient,
  mirrors: readonly OracleMirror[],
): readonly Band[] | null {
  const { latitude, longitude, country } = place ?? {};
  if (latitude === undefined || longitude === undefined) return null;
  if (country === undefined) return [anyOf("anyone", mirrors)];
  const km = (mirror: OracleMirror) =>
    mirror.coordinates
      ? Math.floor(haversineKm(mirror.coordinates, { latitude, longitude }))
      : Number.NaN;
  const near = mirrors.filter((mirror) => km(mirror) <= NEAR_KM);
  const far = mirrors.filter((mirror) => km(mirror) > NEAR_KM);
  const isHere = (mirror: OracleMirror) => mirror.country === country;
  const isElsewhere = (mirror: OracleMirror) => mirror.country !== country;
  const ownFirst = ({ ownAsns = [] }: OracleMirror) =>
    asn !== undefined && ownAsns.includes(asn) ? 0 : 1;
  return [
    { what: "near in the country", members: near.filter(isHere), rank: ownFirst },
    { what: "far in the country", members: far.filter(isHere), rank: km },
    { what: "near elsewhere", members: near.filter(isElsewhere), rank: ownFirst },
    { what: "far elsewhere", members: far.filter(isElsewhere), rank: km },
  ];
}

function anyOf(what: string, members: readonly OracleMirror[]): Band {
  return { what, members, rank: () => 0 };
}

/** The list must be the beginning of the bands one after the other, `length` long if they are. */
function objection(
  list: readonly OracleMirror[],
  bands: readonly Band[],
  length: number,
): string | null {
  if (new Set(list).size < list.length) return "a mirror is there twice";
  let at = 0;
  for (const { what, members, rank } of bands) {
    const part = list.slice(at, at + Math.min(members.length, length - at));
    const stranger = part.find((mirror) => !members.includes(mirror));
    if (stranger) return `${stranger.name} is not ${what}`;
    const ranks = part.map(rank).join();
    const expected = members.map(rank).sort((a, b) => a - b);
    const least = expected.slice(0, Math.min(members.length, length - at)).join();
    if (ranks !== least) return `${what} there is ${ranks} instead of ${least}`;
    at += part.length;
  }
  return at === list.length ? null : `${list.length} mirrors instead of ${at}`;
}
