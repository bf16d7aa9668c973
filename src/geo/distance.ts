/** Great-circle distance. */

/** Degrees, WGS 84: latitude -90 to 90, longitude -180 to 180. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

/** The mean radius of the Earth (IUGG), in km. */
export const EARTH_RADIUS_KM = 6371.0088;

const RADIANS = Math.PI / 180;

/**
 * The haversine distance in km. This very formula, in double precision and in this order of
 * operations, is what ranking compares, so whoever recomputes a ranking gets the same order.
 */
export function distanceKm(a: Coordinates, b: Coordinates): number {
  const sinHalfLatitude = Math.sin(((b.latitude - a.latitude) * RADIANS) / 2);
  const sinHalfLongitude = Math.sin(((b.longitude - a.longitude) * RADIANS) / 2);
  const h =
    sinHalfLatitude * sinHalfLatitude +
    Math.cos(a.latitude * RADIANS) *
      Math.cos(b.latitude * RADIANS) *
      sinHalfLongitude *
      sinHalfLongitude;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
