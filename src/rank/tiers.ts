/** In which order a client gets the mirrors that it is on-net for. */
import { type Coordinates, distanceKm } from "../geo/distance.ts";
import type { OnNetTier, Policy } from "../model/policy.ts";
import type { Client, SubnetMatch } from "./client.ts";

/** Those of a tier: by the longer prefix, then the nearer, then by name. */
export function tierInOrder(
  tier: OnNetTier,
  { place, subnetMatches, asnMatches }: Client,
  points: readonly (Coordinates | undefined)[],
  distances: Policy["distances"],
): readonly number[] {
  const matches: readonly SubnetMatch[] =
    tier === "subnet" ? subnetMatches : asnMatches.map((mirror) => ({ mirror, bits: 0 }));
  if (matches.length < 2) return matches.map(({ mirror }) => mirror);
  const kmTo = (mirror: number) => {
    const point = points[mirror];
    if (place === null || point === undefined) return Number.POSITIVE_INFINITY;
    const km = distanceKm(place.coordinates, point);
    return distances === "whole-km" ? Math.floor(km) : km;
  };
  return matches
    .map(({ mirror, bits }) => ({ mirror, bits, km: kmTo(mirror) }))
    .sort((a, b) => b.bits - a.bits || compareNumbers(a.km, b.km) || a.mirror - b.mirror)
    .map(({ mirror }) => mirror);
}

/** Unlike a subtraction, right for two infinities. */
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
