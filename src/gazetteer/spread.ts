/** Whether records of one name mean one place, and where it is. */
import { type Coordinates, distanceKm } from "../geo/distance.ts";

/** Records further apart than this are taken for different places. */
const SAME_PLACE_KM = 100;
/** The part of the addresses that must agree on one place where records do not. */
export const AGREEING_SHARE = 0.9;

export interface WeightedPoint extends Coordinates {
  readonly weight: number;
}

export interface Agreement {
  /** The middle of the place that has the most addresses. */
  readonly at: Coordinates;
  /** Its part of all addresses, 0 to 1. */
  readonly share: number;
  /** How many places there are, and the distance between the two furthest records. */
  readonly places: number;
  readonly spreadKm: number;
}

/** Whether any two points are further apart than one place reaches. */
export function exceeds(points: readonly Coordinates[]): boolean {
  const [first] = points;
  if (first === undefined) return false;
  // All within half of that of one point are within it of each other.
  if (points.every((point) => distanceKm(first, point) <= SAME_PLACE_KM / 2)) return false;
  return spreadOf(cellsOf(points)) > SAME_PLACE_KM;
}

/**
 * Tells whether a point is near to one of some: unless told otherwise, as near as records of one
 * place are to each other.
 */
export function nearTo(
  points: readonly Coordinates[],
  withinKm = SAME_PLACE_KM,
): (point: Coordinates) => boolean {
  const cells = cellsOf(points);
  return (point) => cells.some((cell) => distanceKm(cell, point) <= withinKm);
}

/**
 * Divides points into places no wider than SAME_PLACE_KM: the heaviest cell takes what lies within
 * half of that around it, then the heaviest of the rest does, and so on.
 */
export function agree(points: readonly WeightedPoint[]): Agreement {
  const cells = cellsOf(points);
  const total = cells.reduce((sum, { weight }) => sum + weight, 0);
  let rest = [...cells].sort((a, b) => b.weight - a.weight || compareCoordinates(a, b));
  let places = 0;
  let best: readonly Cell[] = [];
  let bestWeight = -1;
  while (rest.length > 0) {
    const centre = rest[0] as Cell;
    const inside: Cell[] = [];
    const outside: Cell[] = [];
    for (const cell of rest) {
      (distanceKm(centre, cell) <= SAME_PLACE_KM / 2 ? inside : outside).push(cell);
    }
    rest = outside;
    places += 1;
    const weight = inside.reduce((sum, cell) => sum + cell.weight, 0);
    if (weight > bestWeight) {
      best = inside;
      bestWeight = weight;
    }
  }
  const share = total === 0 ? best.length / cells.length : bestWeight / total;
  const at = middleOf(best.flatMap((cell) => cell.points));
  return { at, share, places, spreadKm: spreadOf(cells) };
}

interface Cell extends WeightedPoint {
  readonly points: Coordinates[];
}

/**
 * A city may have a record for every street; one point for each tenth of a degree is enough to
 * tell places apart that are 100 km away.
 */
function cellsOf(points: readonly (Coordinates & { readonly weight?: number })[]): readonly Cell[] {
  const cells = new Map<number, Cell & { weight: number }>();
  for (const point of points) {
    const { latitude, longitude, weight = 0 } = point;
    const key = Math.round(latitude * 10) * 10_000 + Math.round(longitude * 10);
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { latitude, longitude, weight, points: [point] });
    else {
      cell.weight += weight;
      cell.points.push(point);
    }
  }
  return [...cells.values()];
}

/** The distance between the two points that are furthest apart. */
function spreadOf(points: readonly Coordinates[]): number {
  let spreadKm = 0;
  points.forEach((a, index) => {
    for (let other = index + 1; other < points.length; other++) {
      spreadKm = Math.max(spreadKm, distanceKm(a, points[other] as Coordinates));
    }
  });
  return spreadKm;
}

/**
 * The point nearest to the median latitude and longitude: one that a record really has, so that a
 * single odd record does not move it.
 */
export function middleOf(points: readonly Coordinates[]): Coordinates {
  const middle = {
    latitude: median(points, (point) => point.latitude),
    longitude: median(points, (point) => point.longitude),
  };
  let nearest: Coordinates | undefined;
  let nearestKm = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const km = distanceKm(point, middle);
    if (km > nearestKm) continue;
    if (km < nearestKm || (nearest && compareCoordinates(point, nearest) < 0)) nearest = point;
    nearestKm = km;
  }
  const { latitude, longitude } = nearest ?? middle;
  return { latitude, longitude };
}

/**
 * The centre of gravity on the globe, by weight: where the addresses of a subdivision or a country
 * are on average. Points without any weight count alike.
 */
export function centreOf(points: readonly WeightedPoint[]): Coordinates {
  const weighted = points.some((point) => point.weight > 0);
  let [x, y, z] = [0, 0, 0];
  for (const { latitude, longitude, weight } of points) {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    const share = weighted ? weight : 1;
    x += share * Math.cos(phi) * Math.cos(lambda);
    y += share * Math.cos(phi) * Math.sin(lambda);
    z += share * Math.sin(phi);
  }
  const latitude = (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI;
  return { latitude: round(latitude), longitude: round((Math.atan2(y, x) * 180) / Math.PI) };
}

/** To some 10 m: more would be the arithmetic's, not the data's. */
function round(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}

function median(points: readonly Coordinates[], of: (point: Coordinates) => number): number {
  const sorted = new Float64Array(points.length);
  points.forEach((point, index) => {
    sorted[index] = of(point);
  });
  sorted.sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function compareCoordinates(a: Coordinates, b: Coordinates): number {
  return a.latitude - b.latitude || a.longitude - b.longitude;
}
