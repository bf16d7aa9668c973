import { describe, expect, it } from "vitest";
import { type Coordinates, distanceKm } from "../../src/geo/distance.ts";
import {
  buildNearestIndex,
  CHORD_MARGIN,
  NearestFinder,
  originAt,
} from "../../src/rank/nearest.ts";
import { seededRandom } from "../support/random.ts";

const SEED = 20_211;

/** The slow oracle: every distance, one sort. */
function naiveNearest(
  points: readonly Coordinates[],
  origin: Coordinates,
  count: number,
  accepts: (id: number) => boolean,
  { cut = (km: number) => km, maxKm = Number.POSITIVE_INFINITY } = {},
): number[] {
  return points
    .map((point, id) => ({ id, km: cut(distanceKm(origin, point)) }))
    .filter(({ id, km }) => accepts(id) && km <= maxKm)
    .sort((a, b) => a.km - b.km || a.id - b.id)
    .slice(0, count)
    .map(({ id }) => id);
}

/** Points as they come in practice: many in the same city, on grid lines, at poles, antipodal. */
function awkwardPoints(random: () => number, count: number): Coordinates[] {
  const points: Coordinates[] = [];
  while (points.length < count) {
    const kind = Math.floor(random() * 6);
    const known = points[Math.floor(random() * points.length)];
    if (kind === 0 && known) points.push({ ...known });
    else if (kind === 1 && known)
      points.push({ latitude: known.latitude, longitude: known.longitude + 1e-9 * random() });
    else if (kind === 2 && known)
      points.push({ latitude: -known.latitude, longitude: wrap(known.longitude + 180) });
    else if (kind === 3)
      points.push({ latitude: random() < 0.5 ? 90 : -90, longitude: random() * 360 - 180 });
    else if (kind === 4)
      points.push({
        latitude: Math.round(random() * 180 - 90),
        longitude: Math.round(random() * 360 - 180),
      });
    else points.push({ latitude: random() * 180 - 90, longitude: random() * 360 - 180 });
  }
  return points;
}

function wrap(longitude: number): number {
  return longitude > 180 ? longitude - 360 : longitude;
}

describe("NearestFinder", () => {
  it.each([
    { distances: "exact" as const, cut: (km: number) => km },
    { distances: "whole-km" as const, cut: Math.floor },
  ])("finds what sorting every distance finds, for awkward points: $distances", (kind) => {
    const random = seededRandom(SEED);
    const finder = new NearestFinder(kind.distances);
    for (let round = 0; round < 300; round++) {
      const points = awkwardPoints(
        random,
        1 + Math.floor(random() * (round % 10 === 0 ? 900 : 80)),
      );
      const ids = points.map((_, id) => id);
      const index = buildNearestIndex(points, ids);
      for (let query = 0; query < 20; query++) {
        const origin =
          random() < 0.5
            ? points[Math.floor(random() * points.length)]!
            : awkwardPoints(random, 3)[2]!;
        const count = Math.floor(random() * 14);
        const modulus = 1 + Math.floor(random() * 3);
        const accepts = (id: number) => id % modulus === 0;
        const barred = Uint8Array.from(points, (_, id) => (accepts(id) ? 0 : 1));
        // As far as some point, so that what is just as far is tried as well.
        const known = points[Math.floor(random() * points.length)]!;
        const maxKm = [Number.POSITIVE_INFINITY, 500, kind.cut(distanceKm(origin, known))][
          Math.floor(random() * 3)
        ]!;
        finder.search(index, originAt(origin), count, barred, maxKm);
        expect(Array.from(finder.found.subarray(0, finder.length)), `seed ${SEED}`).toEqual(
          naiveNearest(points, origin, count, accepts, { cut: kind.cut, maxKm }),
        );
      }
    }
  });

  it("may rely on CHORD_MARGIN: chords further apart than it order as haversine does", () => {
    const random = seededRandom(SEED + 1);
    let tightest = 0;
    for (let round = 0; round < 200_000; round++) {
      const origin = { latitude: random() * 180 - 90, longitude: random() * 360 - 180 };
      const a = { latitude: random() * 180 - 90, longitude: random() * 360 - 180 };
      const step = 10 ** (-random() * 16);
      const b = {
        latitude: Math.max(-90, Math.min(90, a.latitude + (random() - 0.5) * step)),
        longitude: wrap(a.longitude + (random() - 0.5) * step),
      };
      const chordDifference = chord(origin, a) - chord(origin, b);
      const kmDifference = distanceKm(origin, a) - distanceKm(origin, b);
      if (chordDifference * kmDifference <= 0 && chordDifference !== 0) {
        tightest = Math.max(tightest, Math.abs(chordDifference));
      }
    }
    expect(tightest, `seed ${SEED + 1}`).toBeLessThan(CHORD_MARGIN / 20);
  });
});

function chord(a: Coordinates, b: Coordinates): number {
  const p = originAt(a);
  const q = originAt(b);
  return (p.x - q.x) ** 2 + (p.y - q.y) ** 2 + (p.z - q.z) ** 2;
}
