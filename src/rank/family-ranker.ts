/**
 * Ranks several list sets of a product at once.
 *
 * The sets of a product differ in few mirrors: some have no https, some lack a version. So a client
 * is ranked once, over the mirrors of all sets of such a family: the search goes on until each set
 * has a full list among what was found. What was found, in order, is the client's *situation*, and
 * the lists of all sets and rotations follow from it. There are some tens of thousands of situations
 * and millions of networks, so a list is put together once for many.
 *
 * Why that is right: the rule takes mirrors one after the other in an order that does not depend on
 * which others there are, so a set's list is what it has of the family's, in the same order.
 *
 * Whatever does not fit this (clients in an unknown place, and rules whose bands give less than a
 * list's length or whose steps are in another order) is ranked directly, one set at a time.
 */
import type { PlacedMirror } from "../model/mirror.ts";
import type { ClientPlace } from "../model/place.ts";
import type { Band, ByPlaceStep, OnNetStep, Policy } from "../model/policy.ts";
import { Bar } from "./bar.ts";
import { slotOf, slotsByCountry } from "./blocks.ts";
import type { Client } from "./client.ts";
import { NearestFinder, type NearestIndex, type Origin } from "./nearest.ts";
import { createPool, findAnchor } from "./pool.ts";
import { createRanker, type RankedList, type Reason, type Seeded } from "./rank.ts";
import { SeededOrders } from "./seeded-order.ts";
import {
  BAND_ENDS,
  BLOCK_ENDS,
  FILL_ENDS,
  NEAR_ENDS,
  type Part,
  readSituation,
  type SituationParts,
  TIER_ENDS,
} from "./situation.ts";
import { tierInOrder } from "./tiers.ts";

export interface FamilyRanker {
  /** How many lists a client has in each set, of which its address picks one. */
  readonly rotations: number;
  /** Direct: for any client. The answer is overwritten by the next. */
  rank(client: Client, set: number, rotation: number): RankedList;
  /**
   * Puts a client's situation into `situation`, its length into `situationLength`. False when the
   * client is to be ranked directly. `origin` is where the place is: several families are asked
   * about one client.
   */
  findSituation(client: Client, origin: Origin): boolean;
  readonly situation: Int32Array;
  readonly situationLength: number;
  /** Visits the lists of the situation last found, which is the client's; each is as `rank` would give it. */
  eachList(client: Client, visit: VisitList): void;
}

/** The list is overwritten by the next. */
export type VisitList = (set: number, rotation: number, list: RankedList) => void;

/** Sets are told by number in the words of a mask. */
export const MOST_SETS = 30;
/** How many more mirrors to look for at first than full lists have on average: most sets are full then. */
const EXTRA = 2;

/** `isEligible` says for each set which mirrors are in it; `isOfProduct` is as for `createRanker`. */
export function createFamilyRanker(
  mirrors: readonly PlacedMirror[],
  isEligible: readonly ((mirror: PlacedMirror) => boolean)[],
  policy: Policy,
  isOfProduct: (mirror: PlacedMirror) => boolean,
): FamilyRanker {
  const orders = new SeededOrders(mirrors);
  const rankers = isEligible.map((isOfSet) =>
    createRanker(mirrors, isOfSet, policy, isOfProduct, orders),
  );
  const setCount = isEligible.length;
  const steps = stepsOf(policy, setCount);
  const pool = createPool(mirrors, (mirror) => isEligible.some((isOfSet) => isOfSet(mirror)));
  const product = createPool(mirrors, isOfProduct);
  const isWholeProduct = pool.publicMirrors.length === product.publicMirrors.length;
  const slots = slotsByCountry(mirrors);
  const finder = new NearestFinder(policy.distances);
  const bar = new Bar(mirrors);
  const anchorSearch = { mirrors, pool: product, finder, unserved: bar.unserved };
  const setsOf = Int32Array.from(mirrors, (mirror) =>
    isEligible.reduce((mask, isOfSet, set) => (isOfSet(mirror) ? mask | (1 << set) : mask), 0),
  );

  /** How many mirrors each set has that can be found by place. */
  const placedCounts = isEligible.map(
    (isOfSet) => pool.publicMirrors.filter((i) => pool.points[i] && isOfSet(mirrors[i]!)).length,
  );
  /** How long the lists of each set can get by place. */
  const fullLengths = Int32Array.from(placedCounts, (placed) =>
    Math.min(steps?.byPlace.length ?? 0, placed),
  );
  /** How many of the family's mirrors hold one of its smallest set, on average. */
  const mirrorsForOne =
    pool.world.ids.length / Math.min(...placedCounts.filter((count) => count > 0));
  const byPlaceAtFirst = fullLengths.reduce((m, full, set) => (full > 0 ? m | (1 << set) : m), 0);

  /** Sets whose lists are not full. */
  let open = 0;
  /** By set, how many mirrors were found for it while it was open, and how many it needs. */
  const counts = new Int32Array(setCount);
  const fillLengths = new Int32Array(setCount);
  let needed = fullLengths;
  /** Whether there are on-net mirrors in the situation. */
  let isOnNet = false;

  /** Each mirror at most on-net, in a fill and by place; for each band its end and two anchors. */
  const situation = new Int32Array(3 * mirrors.length + 12 * policy.steps.length + 64);
  let length = 0;

  function find(client: Client, place: ClientPlace, origin: Origin, rule: Steps): void {
    unlist(0);
    length = 0;
    bar.setCountry(place.country);
    const onNetSets = rule.onNet ? findOnNet(client, rule.onNet) : 0;
    isOnNet = onNetSets !== 0;
    if (isOnNet) {
      const before = length;
      if (open !== 0) putFill(client, place, origin, rule);
      unlist(before);
      situation[length++] = FILL_ENDS;
    }
    open = byPlaceAtFirst & ~onNetSets;
    if (open === 0) return;
    counts.fill(0);
    needed = fullLengths;
    putBands(client, place, origin, rule.byPlace, false);
  }

  /** Returns the sets that have some of the client's on-net mirrors; open are those that have few. */
  function findOnNet(client: Client, step: OnNetStep): number {
    if (client.subnetMatches.length + client.asnMatches.length === 0) return 0;
    counts.fill(0);
    let found = 0;
    let alone = 0;
    for (const tier of step.tiers) {
      for (const mirror of tierInOrder(tier, client, pool.points, policy.distances)) {
        const sets = setsOf[mirror]!;
        if (sets === 0 || bar.barred[mirror] !== 0) continue;
        situation[length++] = mirror;
        bar.list(mirror);
        found |= sets;
        if (mirrors[mirror]!.monopoly) alone |= sets;
        for (let set = 0; set < setCount; set++) if ((sets & (1 << set)) !== 0) counts[set]!++;
      }
      situation[length++] = TIER_ENDS;
    }
    if (found === 0) length = 0;
    open = 0;
    needed = fillLengths;
    for (let set = 0; set < setCount; set++) {
      const onNet = counts[set]!;
      fillLengths[set] = Math.min(filledLength(onNet, steps!), onNet + placedCounts[set]!);
      const isFew = onNet < fillLengths[set]!;
      if (isFew && (found & ~alone & (1 << set)) !== 0) open |= 1 << set;
    }
    return found;
  }

  function putFill(client: Client, place: ClientPlace, origin: Origin, { onNet, byPlace }: Steps) {
    if (onNet!.fill === "nearest") putNearest(pool.world, origin, onNet!.minimum);
    else putBands(client, place, origin, byPlace, true);
  }

  /** What fills an on-net list is never spread by block. */
  function putBands(
    client: Client,
    place: ClientPlace,
    origin: Origin,
    { bands, length: fullLength }: ByPlaceStep,
    isFill: boolean,
  ): void {
    const isByBlock = !isFill && place.countryOnly === true && policy.imprecise === "spread";
    for (let number = 0; number < bands.length; number++) {
      const { scope } = bands[number]!;
      const index = pool.indexOf(scope, place);
      if (index !== undefined) {
        if (isByBlock && scope === "country") putByBlock(index, client, place);
        else {
          if (policy.spread) putNear(index, client, place, origin, bands, number);
          putNearest(index, origin, fullLength);
        }
      }
      if (open === 0) return;
      situation[length++] = BAND_ENDS;
    }
  }

  function putByBlock({ ids }: NearestIndex, { block = 0 }: Client, { country = "" }: ClientPlace) {
    const slot = slotOf(block, slots.get(country) ?? 1);
    for (const mirror of orders.order(Array.from(ids), `${country} ${slot}`)) {
      if (open !== 0 && bar.barred[mirror] === 0) put(mirror);
    }
    situation[length++] = BLOCK_ENDS;
  }

  /** All of them, since any may come first in some rotation; those in the client's own ASN apart. */
  function putNear(
    index: NearestIndex,
    { asn }: Client,
    place: ClientPlace,
    origin: Origin,
    bands: readonly Band[],
    number: number,
  ): void {
    const { withinKm } = policy.spread!;
    finder.search(index, origin, index.ids.length, bar.barred, withinKm);
    if (finder.length === 0) return;
    const near = finder.found.slice(0, finder.length);
    // All mirrors of earlier bands are listed by now, or no set would be open.
    const anchor =
      isWholeProduct && !isOnNet
        ? near[0]!
        : findAnchor(anchorSearch, bands, number, origin, place, withinKm);
    near.sort();
    const isOwn = (mirror: number) => mirrors[mirror]!.ownAsns?.includes(asn!) === true;
    const own = asn === undefined ? NONE : near.filter(isOwn);
    if (own.length > 0) putNearPart(own, anchor);
    putNearPart(own.length > 0 ? near.filter((mirror) => !isOwn(mirror)) : near, anchor);
  }

  function putNearPart(members: Int32Array, anchor: number): void {
    for (const mirror of members) put(mirror);
    situation[length++] = NEAR_ENDS;
    situation[length++] = anchor;
  }

  function putNearest(index: NearestIndex, origin: Origin, fullLength: number): void {
    const atFirst = Math.ceil(fullLength * mirrorsForOne) + EXTRA;
    for (let count = atFirst; open !== 0; count *= 2) {
      finder.search(index, origin, count, bar.barred);
      const isAll = finder.length < count;
      for (let i = 0; i < finder.length && open !== 0; i++) put(finder.found[i]!);
      if (isAll) return;
    }
  }

  function put(mirror: number): void {
    situation[length++] = mirror;
    bar.list(mirror);
    let sets = setsOf[mirror]! & open;
    while (sets !== 0) {
      const set = 31 - Math.clz32(sets);
      sets ^= 1 << set;
      if (++counts[set]! === needed[set]) open &= ~(1 << set);
    }
  }

  function unlist(from: number): void {
    for (let i = from; i < length; i++) if (situation[i]! >= 0) bar.unlist(situation[i]!);
  }

  const list = {
    mirrors: new Int32Array(mirrors.length),
    length: 0,
    rotates: true,
    reason: undefined as Reason | undefined,
    seeded: undefined as Seeded | undefined,
  };
  const isIn = (mirror: number, set: number) => (setsOf[mirror]! & (1 << set)) !== 0;

  /** What a situation says of a set; near mirrors are in the order of the rotation. */
  function makeList({ onNet, fill, byPlace }: SituationParts, set: number, rule: Steps): void {
    list.length = 0;
    list.reason = undefined;
    list.seeded = undefined;
    for (const part of onNet) {
      for (const mirror of part.mirrors) {
        if (!isIn(mirror, set)) continue;
        const isAlone = mirrors[mirror]!.monopoly;
        if (isAlone) list.length = 0;
        add(mirror, part);
        if (isAlone) return;
      }
    }
    const isOnNetHere = list.length > 0;
    const full = isOnNetHere ? filledLength(list.length, rule) : rule.byPlace.length;
    for (const part of isOnNetHere ? fill : byPlace) {
      for (const mirror of part.mirrors) {
        if (list.length === full) return;
        if (isIn(mirror, set)) add(mirror, part);
      }
    }
  }

  function add(mirror: number, { reason, seeded }: Part): void {
    if (list.length === 0) {
      list.reason = reason;
      list.seeded = seeded;
    }
    list.mirrors[list.length++] = mirror;
  }

  const rotations = policy.spread?.rotations ?? 1;
  const direct = (client: Client, set: number, rotation: number) =>
    rankers[set]!.rank(client, rotation);

  function rotated(parts: readonly Part[], rotation: number): readonly Part[] {
    return parts.map((part) => {
      if (part.anchor === undefined) return part;
      const seed = `${rotation} ${mirrors[part.anchor]?.name ?? ""}`;
      return { ...part, mirrors: orders.order(part.mirrors, seed) };
    });
  }

  return {
    rotations,
    rank: direct,
    findSituation(client, origin) {
      if (steps === null || client.place === null) return false;
      find(client, client.place, origin, steps);
      return true;
    },
    situation,
    get situationLength() {
      return length;
    },
    eachList(client, visit) {
      const rule = steps!;
      const found = readSituation(situation, length, rule.onNet?.tiers ?? [], rule.byPlace.bands);
      for (let rotation = 0; rotation < rotations; rotation++) {
        const parts = {
          onNet: found.onNet,
          fill: rotated(found.fill, rotation),
          byPlace: rotated(found.byPlace, rotation),
        };
        for (let set = 0; set < setCount; set++) {
          makeList(parts, set, rule);
          // Of a set nothing of which has a place, the steps behind decide.
          visit(set, rotation, list.length > 0 ? list : direct(client, set, rotation));
        }
      }
    },
  };
}

/** A rule that situations can tell of. */
interface Steps {
  readonly onNet: OnNetStep | undefined;
  readonly byPlace: ByPlaceStep;
}

/**
 * On-net first if at all, then one step by place whose every band can fill a list by itself; what
 * comes behind is asked directly. Null for any other rule.
 */
function stepsOf({ steps }: Policy, setCount: number): Steps | null {
  const onNet = steps[0]?.kind === "on-net" ? steps[0] : undefined;
  const [byPlace, ...behind] = onNet ? steps.slice(1) : steps;
  if (setCount > MOST_SETS || byPlace?.kind !== "by-place") return null;
  if (behind.some(({ kind }) => kind !== "everyone")) return null;
  return byPlace.bands.every(({ take }) => take >= byPlace.length) ? { onNet, byPlace } : null;
}

/** How long a set's list gets of which so many are on-net. */
function filledLength(onNetCount: number, { onNet, byPlace }: Steps): number {
  const missing = Math.max(0, (onNet?.minimum ?? 0) - onNetCount);
  return onNetCount + (onNet?.fill === "by-place" ? Math.min(missing, byPlace.length) : missing);
}

const NONE = new Int32Array(0);
