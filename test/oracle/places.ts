/** What a City record says of a place, in both shapes that databases come in. */
export interface PlainPlace {
  readonly country?: string;
  readonly continent?: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

/** MaxMind's nested record, or the flat one of the ip-location-db packages; null when empty. */
export function placeOfRecord(record: unknown): PlainPlace | null {
  if (record === undefined || record === null) return null;
  const country = text(at(record, "country", "iso_code")) ?? text(at(record, "country_code"));
  const continent = text(at(record, "continent", "code"));
  const latitude = number(at(record, "location", "latitude")) ?? number(at(record, "latitude"));
  const longitude = number(at(record, "location", "longitude")) ?? number(at(record, "longitude"));
  const located = latitude !== undefined && longitude !== undefined;
  if (country === undefined && continent === undefined && !located) return null;
  return {
    ...(country === undefined ? {} : { country }),
    ...(continent === undefined ? {} : { continent }),
    ...(located ? { latitude, longitude } : {}),
  };
}

export function placeKey(place: PlainPlace | null): string {
  if (place === null) return "unknown";
  return [place.country, place.continent, place.latitude, place.longitude].join("|");
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
