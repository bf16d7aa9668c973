import { expect, test } from "vitest";
import { agree, centreOf, exceeds, middleOf, nearTo } from "../../src/gazetteer/spread.ts";
import { distanceKm } from "../../src/geo/distance.ts";
import { seededRandom } from "../support/random.ts";

const at = (latitude: number, longitude: number, weight = 1) => ({ latitude, longitude, weight });

test("exceeds is false within 100 km, true beyond, also across the date line", () => {
  expect(exceeds([])).toBe(false);
  expect(exceeds([at(0, 0), at(0, 0.85)])).toBe(false);
  expect(exceeds([at(0, 0), at(0, 0.95)])).toBe(true);
  expect(exceeds([at(0, 179.8), at(0, -179.8)])).toBe(false);
});

test("exceeds agrees with looking at every pair, to the width of a cell", () => {
  const seed = 7;
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const width = random() * 2;
    const points = Array.from({ length: 1 + Math.floor(random() * 12) }, () =>
      at(50 + random() * width, 10 + random() * width),
    );
    let widest = 0;
    for (const a of points) for (const b of points) widest = Math.max(widest, distanceKm(a, b));
    if (widest < 100) expect(exceeds(points), `seed ${seed}`).toBe(false);
    if (widest > 130) expect(exceeds(points), `seed ${seed}`).toBe(true);
  }
});

test("agree finds the heaviest place, its share, and how many there are", () => {
  const points = [at(0, 0, 5), at(0, 0.2, 4), at(0, 0.4, 3), at(10, 10, 6), at(20, 20, 2)];
  const result = agree(points);
  expect(result.places).toBe(3);
  expect(result.share).toBeCloseTo(12 / 20);
  expect(result.at).toEqual({ latitude: 0, longitude: 0.2 });
  expect(result.spreadKm).toBeCloseTo(distanceKm(at(0, 0), at(20, 20)), 0);
});

test("agree counts records where nothing has a weight", () => {
  expect(agree([at(0, 0, 0), at(10, 10, 0), at(20, 20, 0)])).toMatchObject({ places: 3 });
  expect(agree([at(0, 0, 0), at(10, 10, 0)]).share).toBe(0.5);
});

test("middleOf is one of the points, and one odd point does not move it", () => {
  const points = [at(1, 1), at(1.1, 1), at(0.9, 1), at(60, 60), at(1, 1.1)];
  expect(middleOf(points)).toEqual({ latitude: 1, longitude: 1 });
});

test("middleOf and agree do not depend on the order of points", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 100; round++) {
    const points = Array.from({ length: 9 }, () =>
      at(Math.round(random() * 4), Math.round(random() * 4), Math.round(random() * 3)),
    );
    const turned = [...points].reverse();
    expect(middleOf(turned)).toEqual(middleOf(points));
    expect(agree(turned)).toEqual(agree(points));
  }
});

test("centreOf weighs on the globe, so it knows no date line", () => {
  expect(centreOf([at(0, 170), at(0, -170)])).toEqual({ latitude: 0, longitude: 180 });
  expect(centreOf([at(0, 0, 3), at(0, 40, 1)]).longitude).toBeCloseTo(9.6, 0);
  expect(centreOf([at(10, 10, 0)])).toEqual({ latitude: 10, longitude: 10 });
});

test("nearTo is true within 100 km of any of the points", () => {
  const isNear = nearTo([at(0, 0), at(10, 10)]);
  expect([at(0, 0.8), at(10.8, 10), at(5, 5)].map(isNear)).toEqual([true, true, false]);
});
