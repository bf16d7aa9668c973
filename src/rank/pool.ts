/** The public mirrors of a list set or of a product, in indexes by what a band can draw from. */
import type { Coordinates } from "../geo/distance.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import type { ClientPlace } from "../model/place.ts";
import type { Band, BandScope } from "../model/policy.ts";
import {
  buildNearestIndex,
  type NearestFinder,
  type NearestIndex,
  type Origin,
} from "./nearest.ts";

export interface Pool {
  /** Mirror numbers, ascending, which is the order of their names. */
  readonly publicMirrors: readonly number[];
  /** Of all mirrors by number, whether in the pool or not. */
  readonly points: readonly (Coordinates | undefined)[];
  readonly world: NearestIndex;
  /** The mirrors that a band draws from for a client; undefined when there are none. */
  indexOf(scope: BandScope, place: ClientPlace): NearestIndex | undefined;
}

/** `isMember` says which mirrors are in the pool; of those the public ones with coordinates count. */
export function createPool(
  mirrors: readonly PlacedMirror[],
  isMember: (mirror: PlacedMirror) => boolean,
): Pool {
  const points = mirrors.map((mirror) => mirror.placed?.at);
  const publicMirrors = mirrors.flatMap((mirror, number) =>
    mirror.reach === "public" && isMember(mirror) ? [number] : [],
  );
  const placed = publicMirrors.filter((number) => points[number] !== undefined);
  const world = buildNearestIndex(points, placed);
  const byCountry = indexesBy(placed, points, (i) => mirrors[i]!.location.country);
  const byContinent = indexesBy(placed, points, (i) => mirrors[i]!.continent);
  return {
    publicMirrors,
    points,
    world,
    indexOf(scope, { country, continent }) {
      switch (scope) {
        case "country":
          return byCountry.get(country ?? "");
        case "continent":
          return byContinent.get(continent ?? "");
        case "world":
          return world;
      }
    },
  };
}

/**
 * The nearest mirror of a band, within some km, that no earlier band draws from: what it is the
 * neighbourhood of. Whether it is listed already does not matter. -1 for none.
 */
export function findAnchor(
  { mirrors, pool, finder, unserved }: AnchorSearch,
  bands: readonly Band[],
  number: number,
  origin: Origin,
  place: ClientPlace,
  withinKm: number,
): number {
  const index = pool.indexOf(bands[number]!.scope, place);
  if (index === undefined) return -1;
  // Of the first band the nearest is it.
  const count = number === 0 ? 1 : index.ids.length;
  finder.search(index, origin, count, unserved, withinKm);
  for (let i = 0; i < finder.length; i++) {
    const mirror = finder.found[i]!;
    const isOfEarlier = bands
      .slice(0, number)
      .some(({ scope }) => isInScope(mirrors[mirror]!, scope, place));
    if (!isOfEarlier) return mirror;
  }
  return -1;
}

export interface AnchorSearch {
  readonly mirrors: readonly PlacedMirror[];
  /** Of the whole product. */
  readonly pool: Pool;
  readonly finder: NearestFinder;
  readonly unserved: Uint8Array;
}

/** Whether a mirror is of those that a band draws from for a client in that place. */
function isInScope(mirror: PlacedMirror, scope: BandScope, place: ClientPlace): boolean {
  switch (scope) {
    case "country":
      return place.country !== undefined && mirror.location.country === place.country;
    case "continent":
      return place.continent !== undefined && mirror.continent === place.continent;
    case "world":
      return true;
  }
}

function indexesBy(
  members: readonly number[],
  points: readonly (Coordinates | undefined)[],
  keyOf: (member: number) => string | undefined,
): ReadonlyMap<string, NearestIndex> {
  const groups = new Map<string, number[]>();
  for (const member of members) {
    const key = keyOf(member);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return new Map(
    Array.from(groups, ([key, group]) => [key, buildNearestIndex(points, group)] as const),
  );
}
