/**
 * Ranks several list sets of a product at once.
 *
 * The sets of a product differ in few mirrors: some have no https, some lack a version. So most
 * clients are ranked once, over the mirrors of all sets of such a family: the search goes on until
 * each set has a full list among what was found. What was found, in order, is the client's
 * *situation*, and the lists of all sets and rotations follow from it. There are some tens of
 * thousands of situations and millions of networks, so a list is put together once for many.
 *
 * Whatever does not fit this (clients who are on-net, or known by country alone, and rules whose
 * bands give less than a list's length) is ranked directly, one set at a time.
 */
import type { PlacedMirror } from "../model/mirror.ts";
import type { ClientPlace } from "../model/place.ts";
import type { Band, BandScope, ByPlaceStep, Policy } from "../model/policy.ts";
import { Bar } from "./bar.ts";
import { NearestFinder, type NearestIndex, type Origin } from "./nearest.ts";
import { createPool, findAnchor } from "./pool.ts";
import { type Client, createRanker, type RankedList, type Reason, type Seeded } from "./rank.ts";
import { SeededOrders } from "./seeded-order.ts";

export interface FamilyRanker {
  /** How many lists a client has in each set, of which its address picks one. */
  readonly rotations: number;
  /** Direct: for any client. The answer is overwritten by the next. */
  rank(client: Client, set: number, rotation: number): RankedList;
  /**
   * Puts the situation of a client who is on-net for nothing into `situation`, its length into
   * `situationLength`. False when such clients are to be ranked directly. `origin` is where the
   * place is: several families are asked about one client.
   */
  findSituation(place: ClientPlace, origin: Origin): boolean;
  readonly situation: Int32Array;
  readonly situationLength: number;
  /** Visits the lists of the situation last found; each is as `rank` would give it. */
  eachList(place: ClientPlace, visit: VisitList): void;
}

/** The list is overwritten by the next. */
export type VisitList = (set: number, rotation: number, list: RankedList) => void;

/** Sets are told by number in the words of a mask. */
const MOST_SETS = 30;
/** How many more mirrors than a full list to look for at first: most sets are full then. */
const EXTRA = 2;
/** Between the parts of a situation. */
const NEAR_ENDS = -1;
const BAND_ENDS = -2;

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
  const step = soleStep(policy, setCount);
  const pool = createPool(mirrors, (mirror) => isEligible.some((isOfSet) => isOfSet(mirror)));
  const product = createPool(mirrors, isOfProduct);
  const isWholeProduct = pool.publicMirrors.length === product.publicMirrors.length;
  const finder = new NearestFinder(policy.distances);
  const bar = new Bar(mirrors);
  const anchorSearch = { mirrors, pool: product, finder, unserved: bar.unserved };
  const setsOf = Int32Array.from(mirrors, (mirror) =>
    isEligible.reduce((mask, isOfSet, set) => (isOfSet(mirror) ? mask | (1 << set) : mask), 0),
  );

  /** How long the lists of each set can get. */
  const fullLengths = isEligible.map((isOfSet) => {
    const placed = pool.publicMirrors.filter((i) => pool.points[i] && isOfSet(mirrors[i]!));
    return Math.min(step?.length ?? 0, placed.length);
  });
  const openAtFirst = fullLengths.reduce((m, full, set) => (full > 0 ? m | (1 << set) : m), 0);

  const counts = new Int32Array(setCount);
  /** Sets whose lists are not full. */
  let open = 0;

  /** Each mirror once, and for each band its ends and its anchor. */
  const situation = new Int32Array(mirrors.length + 3 * (step?.bands.length ?? 0));
  let length = 0;

  function put(mirror: number): void {
    situation[length++] = mirror;
    bar.list(mirror);
    let sets = setsOf[mirror]!;
    while (sets !== 0) {
      const set = 31 - Math.clz32(sets);
      sets ^= 1 << set;
      if (++counts[set]! === fullLengths[set]!) open &= ~(1 << set);
    }
  }

  function find(
    place: ClientPlace,
    origin: Origin,
    { bands, length: fullLength }: ByPlaceStep,
  ): void {
    for (let i = 0; i < length; i++) if (situation[i]! >= 0) bar.unlist(situation[i]!);
    counts.fill(0);
    open = openAtFirst;
    bar.setCountry(place.country);
    length = 0;
    for (let number = 0; number < bands.length; number++) {
      const index = pool.indexOf(bands[number]!.scope, place);
      if (index !== undefined) {
        if (policy.spread) putNear(index, origin, policy.spread.withinKm, bands, number, place);
        putNearest(index, origin, fullLength + EXTRA);
      }
      if (open === 0) return;
      situation[length++] = BAND_ENDS;
    }
  }

  /** All of them, since any may come first in some rotation. */
  function putNear(
    index: NearestIndex,
    origin: Origin,
    withinKm: number,
    bands: readonly Band[],
    number: number,
    place: ClientPlace,
  ): void {
    finder.search(index, origin, index.ids.length, bar.barred, withinKm);
    if (finder.length === 0) return;
    const nearest = finder.found[0]!;
    for (const mirror of finder.found.subarray(0, finder.length).sort()) put(mirror);
    situation[length++] = NEAR_ENDS;
    // All mirrors of earlier bands are listed by now, or no set would be open.
    situation[length++] = isWholeProduct
      ? nearest
      : findAnchor(anchorSearch, bands, number, origin, place, withinKm);
  }

  function putNearest(index: NearestIndex, origin: Origin, atFirst: number): void {
    for (let count = atFirst; open !== 0; count *= 4) {
      finder.search(index, origin, count, bar.barred);
      const isAll = finder.length < count;
      for (let i = 0; i < finder.length && open !== 0; i++) put(finder.found[i]!);
      if (isAll) return;
    }
  }

  const list = {
    mirrors: new Int32Array(mirrors.length),
    length: 0,
    rotates: true,
    reason: undefined as Reason | undefined,
    seeded: undefined as Seeded | undefined,
  };
  const isIn = (mirror: number, set: number) => (setsOf[mirror]! & (1 << set)) !== 0;

  interface Part {
    readonly scope: BandScope;
    readonly mirrors: readonly number[];
    /** Of near mirrors, which are in the order of the rotation. */
    readonly anchor?: string;
  }

  /** What `find` found, read band by band. */
  function partsOf({ bands }: ByPlaceStep): readonly Part[] {
    const parts: Part[] = [];
    let at = 0;
    for (const { scope } of bands) {
      let from = at;
      for (; at < length && situation[at] !== BAND_ENDS; at++) {
        if (situation[at] !== NEAR_ENDS) continue;
        const anchor = mirrors[situation[at + 1]!]?.name ?? "";
        parts.push({ scope, mirrors: Array.from(situation.subarray(from, at)), anchor });
        at++;
        from = at + 1;
      }
      parts.push({ scope, mirrors: Array.from(situation.subarray(from, at)) });
      at++;
    }
    return parts;
  }

  function fillList(parts: readonly Part[], set: number, fullLength: number): void {
    list.length = 0;
    list.reason = undefined;
    list.seeded = undefined;
    for (const { scope, mirrors: members, anchor } of parts) {
      for (const mirror of members) {
        if (list.length === fullLength) return;
        if (isIn(mirror, set)) add(mirror, scope, anchor === undefined ? undefined : "near");
      }
    }
  }

  function add(mirror: number, reason: Reason, seeded: Seeded | undefined): void {
    if (list.length === 0) {
      list.reason = reason;
      list.seeded = seeded;
    }
    list.mirrors[list.length++] = mirror;
  }

  const rotations = policy.spread?.rotations ?? 1;
  const unmarked = (place: ClientPlace): Client => {
    return { place, hasRecord: true, subnetMatches: [], asnMatches: [] };
  };
  const direct = (client: Client, set: number, rotation: number) =>
    rankers[set]!.rank(client, rotation);

  return {
    rotations,
    rank: direct,
    findSituation(place, origin) {
      if (step === null || (place.countryOnly && policy.imprecise === "spread")) return false;
      find(place, origin, step);
      return true;
    },
    situation,
    get situationLength() {
      return length;
    },
    eachList(place, visit) {
      const found = partsOf(step!);
      for (let rotation = 0; rotation < rotations; rotation++) {
        const parts = found.map((part) =>
          part.anchor === undefined
            ? part
            : {
                ...part,
                mirrors: orders.order(part.mirrors, `${rotation} ${part.anchor}`),
              },
        );
        for (let set = 0; set < setCount; set++) {
          fillList(parts, set, step!.length);
          // Of a set nothing of which has a place, the steps behind decide.
          visit(set, rotation, list.length > 0 ? list : direct(unmarked(place), set, rotation));
        }
      }
    },
  };
}

/** The step that ranks clients who are on-net for nothing, if no other can change its answer. */
function soleStep({ steps }: Policy, setCount: number): ByPlaceStep | null {
  if (setCount > MOST_SETS) return null;
  const [first, ...others] = steps.filter(({ kind }) => kind !== "on-net");
  if (first?.kind !== "by-place" || others.some(({ kind }) => kind === "by-place")) return null;
  return first.bands.every(({ take }) => take >= first.length) ? first : null;
}
