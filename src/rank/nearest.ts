/**
 * The nearest points on a sphere, exactly.
 *
 * Ranking is by haversine distance with ties by point number, but haversine costs five
 * trigonometric calls a pair. So the search works on squared chords between unit vectors, and
 * relies on one guarantee: where two squared chords differ by more than `CHORD_MARGIN`, the
 * haversine distances differ in the same direction. Only closer pairs are settled by haversine.
 *
 * Why the margin holds: a unit vector's components carry at most 3 roundings of 2^-53, so a squared
 * chord (at most 4) is off by less than 1e-14; the haversine of a pair is a quarter of the squared
 * chord, computed with errors of the same size, and the final asin and sqrt map steps of one unit
 * in the last place to at most a few of them. The margin is fifty times their sum. On the ground it
 * is micrometres, except at the very start: points within 6 m of the client are all near ties.
 */
import { type Coordinates, distanceKm, EARTH_RADIUS_KM } from "../geo/distance.ts";

export const CHORD_MARGIN = 1e-12;

/** Groups of this size are scanned; a split below it costs more than it saves. */
const LEAF_SIZE = 12;

/** A balanced tree of more points than memory holds is not this deep. */
const MAX_DEPTH = 64;

const RADIANS = Math.PI / 180;

export interface NearestIndex {
  /** Number of each point (its tie-breaker), in the order of the tree. */
  readonly ids: Int32Array;
  /** Three components per point, in the same order; the middle of a range splits it. */
  readonly vectors: Float64Array;
  /** Degrees by point number, shared by all indexes over the same points. */
  readonly points: readonly (Coordinates | undefined)[];
}

/** Where a search starts. */
export interface Origin extends Coordinates {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export function originAt({ latitude, longitude }: Coordinates): Origin {
  const cosLatitude = Math.cos(latitude * RADIANS);
  return {
    latitude,
    longitude,
    x: cosLatitude * Math.cos(longitude * RADIANS),
    y: cosLatitude * Math.sin(longitude * RADIANS),
    z: Math.sin(latitude * RADIANS),
  };
}

/** `ids` are numbers of points that have coordinates. */
export function buildNearestIndex(
  points: readonly (Coordinates | undefined)[],
  ids: readonly number[],
): NearestIndex {
  const sorted = Int32Array.from(ids);
  const components = new Float64Array(points.length * 3);
  for (const id of ids) {
    const { x, y, z } = originAt(points[id]!);
    components.set([x, y, z], id * 3);
  }
  const pending: [from: number, to: number, axis: number][] = [[0, sorted.length, 0]];
  for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
    const [from, to, axis] = range;
    if (to - from <= LEAF_SIZE) continue;
    sorted
      .subarray(from, to)
      .sort((a, b) => components[a * 3 + axis]! - components[b * 3 + axis]! || a - b);
    const middle = (from + to) >> 1;
    pending.push([from, middle, (axis + 1) % 3], [middle + 1, to, (axis + 1) % 3]);
  }
  const vectors = new Float64Array(sorted.length * 3);
  for (const [position, id] of sorted.entries()) {
    vectors.set(components.subarray(id * 3, id * 3 + 3), position * 3);
  }
  return { ids: sorted, vectors, points };
}

/**
 * Finds the `count` nearest points whose number is not `barred`, nearest first, ties by point number.
 * One finder serves many searches: its result array is reused by the next.
 *
 * With distances cut to whole km ties are common, and are known only from the distances themselves:
 * each point that is near enough to matter costs a haversine.
 */
export class NearestFinder {
  /** Point numbers of the last search; the first `length` are its result. */
  found = new Int32Array(16);
  length = 0;
  /** Of the points found: squared chords, or whole km. */
  #measures = new Float64Array(16);
  readonly #wholeKm: boolean;
  /** Points must not be farther. */
  #maxKm = Number.POSITIVE_INFINITY;
  /** Farther points, as squared chords, cannot be in the result any more. */
  #limit = Number.POSITIVE_INFINITY;
  /** Far sides still to look at: from, to, next axis; and how far off their plane is, squared. */
  readonly #ranges = new Int32Array(3 * MAX_DEPTH);
  readonly #gaps = new Float64Array(MAX_DEPTH);

  constructor(distances: "exact" | "whole-km" = "exact") {
    this.#wholeKm = distances === "whole-km";
  }

  search(
    index: NearestIndex,
    origin: Origin,
    count: number,
    barred: Uint8Array,
    maxKm: number = Number.POSITIVE_INFINITY,
  ): void {
    this.length = 0;
    this.#maxKm = maxKm;
    // Cut to whole km, all that is nearer than one more is within.
    this.#limit = chordOfKm(this.#wholeKm ? maxKm + 1 : maxKm);
    if (count <= 0) return;
    if (count > this.found.length) {
      this.found = new Int32Array(count);
      this.#measures = new Float64Array(count);
    }
    const { vectors } = index;
    const { x, y, z } = origin;
    const ranges = this.#ranges;
    const gaps = this.#gaps;
    ranges[0] = 0;
    ranges[1] = index.ids.length;
    ranges[2] = 0;
    gaps[0] = 0;
    for (let depth = 1; depth > 0; ) {
      depth--;
      // By now the list may be full of points nearer than this side's plane.
      if (gaps[depth]! > this.#limit) continue;
      let from = ranges[depth * 3]!;
      let to = ranges[depth * 3 + 1]!;
      let axis = ranges[depth * 3 + 2]!;
      while (to - from > LEAF_SIZE) {
        const middle = (from + to) >> 1;
        this.#consider(index, middle, middle + 1, origin, count, barred);
        const gap = (axis === 0 ? x : axis === 1 ? y : z) - vectors[middle * 3 + axis]!;
        axis = axis === 2 ? 0 : axis + 1;
        ranges[depth * 3] = gap < 0 ? middle + 1 : from;
        ranges[depth * 3 + 1] = gap < 0 ? to : middle;
        ranges[depth * 3 + 2] = axis;
        gaps[depth] = gap * gap;
        depth++;
        if (gap < 0) to = middle;
        else from = middle + 1;
      }
      this.#consider(index, from, to, origin, count, barred);
    }
  }

  /** Offers the points of a range that are not too far. */
  #consider(
    index: NearestIndex,
    from: number,
    to: number,
    origin: Origin,
    count: number,
    barred: Uint8Array,
  ): void {
    const { vectors, ids } = index;
    const { x, y, z } = origin;
    for (let position = from; position < to; position++) {
      const dx = vectors[position * 3]! - x;
      const dy = vectors[position * 3 + 1]! - y;
      const dz = vectors[position * 3 + 2]! - z;
      const chord = dx * dx + dy * dy + dz * dz;
      if (chord > this.#limit || barred[ids[position]!] !== 0) continue;
      if (this.#wholeKm) this.#offerByKm(index, ids[position]!, origin, count);
      else this.#offer(index, ids[position]!, chord, origin, count);
    }
  }

  #offer({ points }: NearestIndex, id: number, chord: number, origin: Origin, count: number): void {
    const found = this.found;
    const chords = this.#measures;
    if (this.#maxKm !== Number.POSITIVE_INFINITY && !this.#isWithin(points[id]!, chord, origin)) {
      return;
    }
    let slot = this.length;
    if (slot === count) {
      if (!isNearer(points, origin, id, chord, found[slot - 1]!, chords[slot - 1]!)) return;
      slot--;
    } else {
      this.length++;
    }
    while (slot > 0 && isNearer(points, origin, id, chord, found[slot - 1]!, chords[slot - 1]!)) {
      found[slot] = found[slot - 1]!;
      chords[slot] = chords[slot - 1]!;
      slot--;
    }
    found[slot] = id;
    chords[slot] = chord;
    if (this.length === count) this.#limit = chords[count - 1]! + CHORD_MARGIN;
  }

  #isWithin(point: Coordinates, chord: number, origin: Origin): boolean {
    return (
      chord < chordOfKm(this.#maxKm) - 2 * CHORD_MARGIN || distanceKm(origin, point) <= this.#maxKm
    );
  }

  #offerByKm({ points }: NearestIndex, id: number, origin: Origin, count: number): void {
    const found = this.found;
    const kms = this.#measures;
    const km = Math.floor(distanceKm(origin, points[id]!));
    if (km > this.#maxKm) return;
    const isBefore = (slot: number) => km < kms[slot]! || (km === kms[slot]! && id < found[slot]!);
    let slot = this.length;
    if (slot === count) {
      if (!isBefore(slot - 1)) return;
      slot--;
    } else {
      this.length++;
    }
    while (slot > 0 && isBefore(slot - 1)) {
      found[slot] = found[slot - 1]!;
      kms[slot] = kms[slot - 1]!;
      slot--;
    }
    found[slot] = id;
    kms[slot] = km;
    if (this.length === count) this.#limit = chordOfKm(kms[count - 1]! + 1);
  }
}

/** The square of the chord of a distance on the ground, with the margin; Infinity beyond the globe. */
function chordOfKm(km: number): number {
  const halfAngle = km / EARTH_RADIUS_KM / 2;
  if (halfAngle >= Math.PI / 2) return Number.POSITIVE_INFINITY;
  return 4 * Math.sin(halfAngle) ** 2 + CHORD_MARGIN;
}

/** The exact order, at the cost of haversine only where chords cannot tell. */
function isNearer(
  points: readonly (Coordinates | undefined)[],
  origin: Coordinates,
  a: number,
  aChord: number,
  b: number,
  bChord: number,
): boolean {
  const difference = aChord - bChord;
  if (difference > CHORD_MARGIN) return false;
  if (difference < -CHORD_MARGIN) return true;
  const aPoint = points[a]!;
  const bPoint = points[b]!;
  if (aPoint.latitude === bPoint.latitude && aPoint.longitude === bPoint.longitude) return a < b;
  const aKm = distanceKm(origin, aPoint);
  const bKm = distanceKm(origin, bPoint);
  return aKm < bKm || (aKm === bKm && a < b);
}
