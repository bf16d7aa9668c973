/**
 * Policy + client + mirrors -> ordered list.
 *
 * A ranker holds the mirrors of one list set. Mirrors are numbered by their position in the array
 * it is given, which is in name order, so a comparison of numbers is the rule's tie-break by name.
 */
import { distanceKm } from "../geo/distance.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import type { ClientPlace } from "../model/place.ts";
import type {
  Band,
  BandScope,
  ByPlaceStep,
  EveryoneStep,
  OnNetStep,
  OnNetTier,
  Policy,
} from "../model/policy.ts";
import { Bar } from "./bar.ts";
import { slotOf, slotsByCountry } from "./blocks.ts";
import type { Client } from "./client.ts";
import { NearestFinder, type NearestIndex, type Origin, originAt } from "./nearest.ts";
import { createPool, findAnchor } from "./pool.ts";
import { SeededOrders } from "./seeded-order.ts";
import { tierInOrder } from "./tiers.ts";

export type Reason = OnNetTier | "fill" | BandScope | "everyone";

/** One mirror of an answer, and why it stands there. */
export interface RankedEntry {
  readonly mirror: number;
  readonly reason: Reason;
  /**
   * What put it before others that are as good: "near", since all within some distance are, or
   * "imprecise", since of the client's place the country alone is known. Absent: its distance.
   */
  readonly seeded?: Seeded;
  /** Absent when the client's place or the mirror's is unknown. */
  readonly distanceKm?: number;
}

export type Seeded = "near" | "imprecise";

/** Mirror numbers, best first: the first `length` of `mirrors`. */
export interface RankedList {
  readonly mirrors: Int32Array;
  readonly length: number;
  /** Whether another rotation may give another list. */
  readonly rotates: boolean;
  /** Of the first mirror; undefined for an empty list. */
  readonly reason: Reason | undefined;
  readonly seeded: Seeded | undefined;
}

export interface Ranker {
  /**
   * `rotation` is 0 to one less than the policy's. The answer is overwritten by the next: a
   * compilation asks a great many times.
   */
  rank(client: Client, rotation?: number): RankedList;
  /** The same list with the reason of every entry. */
  explain(client: Client, rotation?: number): readonly RankedEntry[];
}

/**
 * `isEligible` says which of the mirrors belong to the list set; the others are not there at all.
 * `isOfProduct` says which belong to some list set of the same product, by whatever protocol: where
 * near mirrors are spread, all sets of a product agree on which is the nearest.
 * Throws when `mirrors` is not in name order.
 */
export function createRanker(
  mirrors: readonly PlacedMirror[],
  isEligible: (mirror: PlacedMirror) => boolean,
  policy: Policy,
  isOfProduct: (mirror: PlacedMirror) => boolean = isEligible,
  orders: SeededOrders = new SeededOrders(mirrors),
): Ranker {
  for (let i = 1; i < mirrors.length; i++) {
    if (mirrors[i - 1]!.name >= mirrors[i]!.name) throw new Error("mirrors are not in name order");
  }
  const eligible = mirrors.map(isEligible);
  const pool = createPool(mirrors, isEligible);
  const product = isOfProduct === isEligible ? pool : createPool(mirrors, isOfProduct);
  const slots = slotsByCountry(mirrors);
  const finder = new NearestFinder(policy.distances);

  /** The answer under construction; a mirror is in it once. */
  const list = {
    mirrors: new Int32Array(mirrors.length),
    length: 0,
    rotates: false,
    reason: undefined as Reason | undefined,
    seeded: undefined as Seeded | undefined,
  };
  const reasons: Reason[] = [];
  const seeds: (Seeded | undefined)[] = [];
  const bar = new Bar(mirrors);
  const anchorSearch = { mirrors, pool: product, finder, unserved: bar.unserved };
  let rotation = 0;
  const canList = (mirror: number): boolean => bar.barred[mirror] === 0;

  function add(mirror: number, reason: Reason, seeded?: Seeded): void {
    list.mirrors[list.length] = mirror;
    reasons[list.length] = reason;
    seeds[list.length] = seeded;
    list.length++;
    bar.list(mirror);
  }

  function clear(): void {
    for (let i = 0; i < list.length; i++) bar.unlist(list.mirrors[i]!);
    list.length = 0;
    list.rotates = false;
  }

  function answer(client: Client, forRotation: number): void {
    clear();
    bar.setCountry(client.place?.country);
    rotation = forRotation;
    for (const step of policy.steps) {
      if (step.kind === "on-net") addOnNet(step, client);
      else if (step.kind === "by-place") addByPlace(step, client, step.length, false);
      else addEveryone(step, client);
      if (list.length > 0) return;
    }
  }

  function addOnNet(step: OnNetStep, client: Client): void {
    if (client.subnetMatches.length + client.asnMatches.length === 0) return;
    for (const tier of step.tiers) {
      for (const mirror of tierInOrder(tier, client, pool.points, policy.distances)) {
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
    if (client.place !== null) fillByPlace(step, client, client.place);
    else if (step.fillUnplaced) fillByName(step.minimum);
  }

  function fillByPlace(step: OnNetStep, client: Client, place: ClientPlace): void {
    const missing = step.minimum - list.length;
    if (step.fill === "nearest") {
      addNearest(pool.world, originAt(place.coordinates), missing, "fill");
      return;
    }
    const from = list.length;
    const byPlace = policy.steps.find((each) => each.kind === "by-place");
    if (byPlace) addByPlace(byPlace, client, from + Math.min(missing, byPlace.length), true);
    reasons.fill("fill", from, list.length);
  }

  /** Every distance is unknown alike, so the tie-break by name decides. */
  function fillByName(length: number): void {
    for (const mirror of pool.publicMirrors) {
      if (list.length === length) return;
      if (canList(mirror)) add(mirror, "fill");
    }
  }

  /** Adds until the list has `length`. What fills an on-net list is never spread by block. */
  function addByPlace(step: ByPlaceStep, client: Client, length: number, isFill: boolean): void {
    const { place } = client;
    if (place === null) return;
    const origin = originAt(place.coordinates);
    for (const [number, band] of step.bands.entries()) {
      const room = Math.min(band.take, length - list.length);
      const index = pool.indexOf(band.scope, place);
      if (room <= 0 || index === undefined) continue;
      if (!isFill && isSpreadByBlock(band, place)) {
        addByBlock(index, place.country ?? "", client.block ?? 0, room);
        continue;
      }
      const before = list.length;
      if (policy.spread) addNear(index, origin, room, step.bands, number, client, place);
      addNearest(index, origin, room - (list.length - before), band.scope);
    }
  }

  function isSpreadByBlock({ scope }: Band, { countryOnly }: ClientPlace): boolean {
    return scope === "country" && countryOnly === true && policy.imprecise === "spread";
  }

  function addByBlock(index: NearestIndex, code: string, block: number, room: number): void {
    const slot = slotOf(block, slots.get(code) ?? 1);
    const candidates = Array.from(index.ids).filter(canList);
    const order = orders.order(candidates, `${code} ${slot}`);
    for (const mirror of order.slice(0, room)) add(mirror, "country", "imprecise");
  }

  /**
   * Those that are as near as makes them equally good: those in the client's own network, then the
   * others, each in the order of the rotation.
   */
  function addNear(
    index: NearestIndex,
    origin: Origin,
    room: number,
    bands: readonly Band[],
    number: number,
    { asn }: Client,
    place: ClientPlace,
  ): void {
    const { withinKm } = policy.spread!;
    const { scope } = bands[number]!;
    finder.search(index, origin, index.ids.length, bar.barred, withinKm);
    const near = Array.from(finder.found.subarray(0, finder.length));
    if (near.length === 0) return;
    const nearest = findAnchor(anchorSearch, bands, number, origin, place, withinKm);
    const anchor = mirrors[nearest]?.name ?? "";
    const order = ownFirst(orders.order(near, `${rotation} ${anchor}`), asn);
    list.rotates ||= near.length > 1;
    for (const mirror of order.slice(0, room)) add(mirror, scope, "near");
  }

  function ownFirst(order: readonly number[], asn: number | undefined): readonly number[] {
    if (asn === undefined) return order;
    const isOwn = (mirror: number) => mirrors[mirror]!.ownAsns?.includes(asn) === true;
    return [...order.filter(isOwn), ...order.filter((mirror) => !isOwn(mirror))];
  }

  function addNearest(index: NearestIndex, origin: Origin, count: number, reason: Reason): void {
    finder.search(index, origin, count, bar.barred);
    for (let i = 0; i < finder.length; i++) add(finder.found[i]!, reason);
  }

  function addEveryone({ takeOfBlank = Infinity }: EveryoneStep, client: Client): void {
    const candidates = pool.publicMirrors.filter(canList);
    const isBlank = client.hasRecord === true && client.place === null;
    const order = policy.spread ? orders.order(candidates, `${rotation} `) : candidates;
    const seeded = policy.spread ? "near" : undefined;
    list.rotates ||= policy.spread !== undefined;
    for (const mirror of isBlank ? order.slice(0, takeOfBlank) : order) {
      add(mirror, "everyone", seeded);
    }
  }

  return {
    rank(client, forRotation = 0) {
      answer(client, forRotation);
      list.reason = list.length === 0 ? undefined : reasons[0];
      list.seeded = list.length === 0 ? undefined : seeds[0];
      return list;
    },
    explain(client, forRotation = 0) {
      answer(client, forRotation);
      return Array.from(list.mirrors.subarray(0, list.length), (mirror, i) => {
        const km = distanceTo(client.place, pool.points[mirror]);
        const seeded = seeds[i];
        return {
          mirror,
          reason: reasons[i]!,
          ...(seeded && { seeded }),
          ...(km !== undefined && { distanceKm: km }),
        };
      });
    },
  };
}

function distanceTo(
  place: ClientPlace | null,
  point: PlacedMirror["coordinates"],
): number | undefined {
  return place === null || point === undefined ? undefined : distanceKm(place.coordinates, point);
}
