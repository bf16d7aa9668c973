/** What a City record says of a place, in both shapes that databases come in. */
export interface PlainPlace {
  readonly country?: string;
  readonly continent?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  /** A country is all that is known: neither a subdivision nor a city. */
  readonly countryOnly?: true;
}

/**
 * MaxMind's nested record, or the flat one of the ip-location-db packages; null where there is no
 * record. A record that says nothing is a place of which nothing is known.
 */
export function placeOfRecord(record: unknown): PlainPlace | null {
  if (record === undefined || record === null) return null;
  const country = code(at(record, "country", "iso_code")) ?? code(at(record, "country_code"));
  const continent = code(at(record, "continent", "code"));
  const subdivision =
    text(at(record, "subdivisions", "0", "names", "en")) ??
    text(at(record, "subdivisions", "0", "iso_code")) ??
    text(at(record, "state1"));
  const city = text(at(record, "city", "names", "en")) ?? text(at(record, "city"));
  const latitude = number(at(record, "location", "latitude")) ?? number(at(record, "latitude"));
  const longitude = number(at(record, "location", "longitude")) ?? number(at(record, "longitude"));
  return {
    ...(country !== undefined && { country }),
    ...(continent !== undefined && { continent }),
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
    ...(country !== undefined && subdivision === undefined && city === undefined && COUNTRY_ONLY),
  };
}

const COUNTRY_ONLY = { countryOnly: true } as const;

export function placeKey(place: PlainPlace | null): string {
  if (place === null) return "no record";
  const { country, continent, latitude, longitude, countryOnly } = place;
  return [country, continent, latitude, longitude, countryOnly].join("|");
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

/** What is not two bytes long is no code. */
function code(value: unknown): string | undefined {
  const found = text(value);
  return found !== undefined && Buffer.byteLength(found) === 2 ? found : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
