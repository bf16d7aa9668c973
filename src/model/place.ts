/** Where a client is, as far as ranking asks. */
import { countryByCode } from "../geo/countries.ts";
import type { Coordinates } from "../geo/distance.ts";

/** A client without coordinates has no place at all (null): nothing says which mirrors are near. */
export interface ClientPlace {
  /** ISO 3166-1 alpha-2, as the record has it. */
  readonly country?: string | undefined;
  /** Two letters, see `CONTINENTS`. */
  readonly continent?: string | undefined;
  readonly coordinates: Coordinates;
  /** Nothing finer than the country is known: the coordinates are some middle of it. */
  readonly countryOnly?: true;
}

/** What a GeoIP record says; coordinates are NaN when it gives none. */
export interface PlaceRecord {
  readonly country?: string | undefined;
  readonly continent?: string | undefined;
  readonly latitude: number;
  readonly longitude: number;
  /** Whether the record names neither a city nor a subdivision. False if absent. */
  readonly countryOnly?: boolean;
}

/**
 * The place that a GeoIP record stands for. Both shapes of database must rank alike, so:
 *
 * - the continent is that of the country in our table, and the record's own only where the table
 *   has no such country;
 * - a country without coordinates is at the country's reference point;
 * - a country of our table without a city and a subdivision is all that is known, whatever the
 *   coordinates: databases then give some middle of the country;
 * - neither coordinates nor a country in our table is an unknown place (null), even if a continent
 *   is given.
 */
export function placeOfRecord(record: PlaceRecord): ClientPlace | null {
  const known = record.country === undefined ? undefined : countryByCode(record.country);
  const continent = known?.continent ?? record.continent;
  const coordinates = coordinatesOf(record) ?? known?.reference;
  if (coordinates === undefined) return null;
  const place = { country: record.country, continent, coordinates };
  return known && record.countryOnly ? { ...place, countryOnly: true } : place;
}

/** Coordinates outside the globe are taken as none; databases hold such records by mistake. */
function coordinatesOf({ latitude, longitude }: PlaceRecord): Coordinates | undefined {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { latitude, longitude }
    : undefined;
}
