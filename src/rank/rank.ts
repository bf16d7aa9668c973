/**
 * Policy + client + mirrors -> ordered list.
 *
 * A ranker holds the mirrors of one list set. Mirrors are numbered by their position in the array
 * it is given, which is in name order, so a comparison of numbers is the rule's tie-break by name.
 */
import { distanceKm } from "../geo/distance.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import type { ClientPlace } from "../model/place.ts";
import {
  buildNearestIndex,
  NearestFinder,
  type NearestIndex,
  type Origin,
  originAt,
} from "./nearest.ts";
import type { BandScope, ByPlaceStep, OnNetStep, OnNetTier, Policy } from "../model/policy.ts";

/** A mirror one of whose subnets holds the client, with the length of the longest such prefix. */
export interface SubnetMatch {
  readonly mirror: number;
  readonly bits: number;
}

/** Everything about a client that the rule looks at. */
export interface Client {
  readonly place: ClientPlace | null;
  readonly subnetMatches: readonly SubnetMatch[];
  /** Mirrors one of whose ASNs is the client's. */
  readonly asnMatches: readonly number[];
}

export type Reason = OnNetTier | "fill" | BandScope | "everyone";

/** One mirror of an answer, and why it stands there. */
export interface RankedEntry {
  readonly mirror: number;
  readonly reason: Reason;
  /** Absent when the client's place or the mirror's is unknown. */
  readonly distanceKm?: number;
}

/** Mirror numbers, best first: the first `length` of `mirrors`. */
export interface RankedList {
  readonly mirrors: Int32Array;
  readonly length: number;
}

export interface Ranker {
  /** The answer is overwritten by the next: a compilation asks half a million times. */
  rank(client: Client): RankedList;
  /** The same list with the reason of every entry. */
  explain(client: Client): readonly RankedEntry[];
}

/**
 * `isEligible` says which of the mirrors belong to the list set; the others are not there at all.
 * Throws when `mirrors` is not in name order.
 */
export function createRanker(
  mirrors: readonly PlacedMirror[],
  isEligible: (mirror: PlacedMirror) => boolean,
  policy: Policy,
): Ranker {
  for (let i = 1; i < mirrors.length; i++) {
    if (mirrors[i - 1]!.name >= mirrors[i]!.name) throw new Error("mirrors are not in name order");
  }
  const eligible = mirrors.map(isEligible);
  const points = mirrors.map((mirror) => mirror.placed?.at);
  const publicMirrors = numbersWhere(mirrors, (m, i) => eligible[i]! && m.reach === "public");
  const placedMirrors = publicMirrors.filter((i) => points[i] !== undefined);
  const world = buildNearestIndex(points, placedMirrors);
  const byCountry = indexesBy(placedMirrors, points, (i) => mirrors[i]!.location.country);
  const byContinent = indexesBy(placedMirrors, points, (i) => mirrors[i]!.continent);
  const finder = new NearestFinder();

  /** The answer under construction; a mirror is in it once. */
  const list = { mirrors: new Int32Array(mirrors.length), length: 0 };
  const reasons: Reason[] = [];
  const listed = new Uint8Array(mirrors.length);
  const isChoosy = Uint8Array.from(mirrors, ({ only, never }) => ((only ?? never) ? 1 : 0));
  let country: string | undefined;
  const canList = (mirror: number): boolean =>
    listed[mirror] === 0 && (isChoosy[mirror] === 0 || servesCountry(mirrors[mirror]!, country));

  function add(mirror: number, reason: Reason): void {
    list.mirrors[list.length] = mirror;
    reasons[list.length] = reason;
    list.length++;
    listed[mirror] = 1;
  }

  function clear(): void {
    for (let i = 0; i < list.length; i++) listed[list.mirrors[i]!] = 0;
    list.length = 0;
  }

  function answer(client: Client): void {
    clear();
    country = client.place?.country;
    for (const step of policy.steps) {
      if (step.kind === "on-net") addOnNet(step, client);
      else if (step.kind === "by-place") addByPlace(step, client.place);
      else for (const mirror of publicMirrors) if (canList(mirror)) add(mirror, "everyone");
      if (list.length > 0) return;
    }
  }

  function addOnNet(step: OnNetStep, client: Client): void {
    if (client.subnetMatches.length + client.asnMatches.length === 0) return;
    for (const tier of step.tiers) {
      for (const mirror of tierInOrder(tier, client)) {
        if (!eligible[mirror]! || !canList(mirror)) continue;
        if (mirrors[mirror]!.monopoly) {
          clear();
          add(mirror, tier);
          return;
        }
        add(mirror, tier);
      }
    }
    if (list.length === 0 || list.length >= step.minimum) return;
    if (client.place === null) {
      // Every distance is unknown alike, so the tie-break by name decides.
      for (const mirror of publicMirrors) {
        if (list.length === step.minimum) return;
        if (canList(mirror)) add(mirror, "fill");
      }
    } else {
      addNearest(world, originAt(client.place.coordinates), step.minimum - list.length, "fill");
    }
  }

  function tierInOrder(tier: OnNetTier, client: Client): readonly number[] {
    const kmOf = (mirror: number) => distanceTo(client.place, points[mirror]) ?? Infinity;
    const nearer = (a: number, b: number) => compareNumbers(kmOf(a), kmOf(b)) || a - b;
    if (tier === "asn") return [...client.asnMatches].sort(nearer);
    return [...client.subnetMatches]
      .sort((a, b) => b.bits - a.bits || nearer(a.mirror, b.mirror))
      .map((match) => match.mirror);
  }

  function addByPlace(step: ByPlaceStep, place: ClientPlace | null): void {
    if (place === null) return;
    const origin = originAt(place.coordinates);
    for (const band of step.bands) {
      const room = step.length - list.length;
      if (room <= 0) return;
      const index =
        band.scope === "world"
          ? world
          : band.scope === "country"
            ? byCountry.get(place.country ?? "")
            : byContinent.get(place.continent ?? "");
      if (index !== undefined) addNearest(index, origin, Math.min(band.take, room), band.scope);
    }
  }

  function addNearest(index: NearestIndex, origin: Origin, count: number, reason: Reason): void {
    finder.search(index, origin, count, canList);
    for (let i = 0; i < finder.length; i++) add(finder.found[i]!, reason);
  }

  return {
    rank(client) {
      answer(client);
      return list;
    },
    explain(client) {
      answer(client);
      return Array.from(list.mirrors.subarray(0, list.length), (mirror, i) => {
        const km = distanceTo(client.place, points[mirror]);
        return { mirror, reason: reasons[i]!, ...(km !== undefined && { distanceKm: km }) };
      });
    },
  };
}

/** Whether a mirror's `only` and `never` let it be listed to clients of a country. */
export function servesCountry(mirror: PlacedMirror, country: string | undefined): boolean {
  if (mirror.only !== undefined && (country === undefined || !mirror.only.includes(country))) {
    return false;
  }
  return mirror.never === undefined || country === undefined || !mirror.never.includes(country);
}

function distanceTo(
  place: ClientPlace | null,
  point: PlacedMirror["coordinates"],
): number | undefined {
  return place === null || point === undefined ? undefined : distanceKm(place.coordinates, point);
}

/** Unlike a subtraction, right for two infinities. */
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function numbersWhere<T>(items: readonly T[], test: (item: T, i: number) => boolean): number[] {
  return items.flatMap((item, i) => (test(item, i) ? [i] : []));
}

function indexesBy(
  members: readonly number[],
  points: readonly (PlacedMirror["coordinates"] | undefined)[],
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
