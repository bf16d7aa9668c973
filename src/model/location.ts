/** Where a mirror says it is, and the countries whose clients it wants or does not want. */
import type { WrittenScalar } from "../diagnostics/written.ts";
import { COUNTRIES, findCountry } from "../geo/countries.ts";
import { closest, foreignLetter } from "./closest.ts";
import { type Field, type Reading, readFields, report } from "./fields.ts";
import type { LocationRanges, MirrorLocation } from "./mirror.ts";
import { readScalar, readScalars, readText, shorten } from "./values.ts";

export interface ReadLocation {
  readonly location: MirrorLocation;
  readonly locationRanges: LocationRanges;
}

export function readLocation(reading: Reading, field: Field): ReadLocation {
  const geolocation = { start: field.range.start, end: field.range.start + field.key.length };
  const fields = readFields(reading, field.value, {
    what: "geolocation",
    keys: ["country", "state_province", "city"],
    elsewhere: {
      asn: "at the top level, beside geolocation",
      coordinates: "at the top level, beside geolocation",
      continent: "nowhere: it follows from the country",
    },
  });
  if (!fields) return { location: {}, locationRanges: { geolocation } };
  const countryField = fields.get("country");
  const scalar = countryField && readScalar(reading, countryField.value, "country");
  const country = scalar && readCountry(reading, scalar, "country");
  const subdivisionField = fields.get("state_province");
  const subdivision = subdivisionField && readText(reading, subdivisionField);
  const cityField = fields.get("city");
  const city = cityField && readText(reading, cityField);
  return {
    location: {
      ...(country && { country }),
      ...(subdivision && { subdivision }),
      ...(city && { city }),
    },
    locationRanges: {
      geolocation,
      ...(country && countryField && { country: countryField.value.range }),
      ...(subdivision && subdivisionField && { subdivision: subdivisionField.value.range }),
      ...(city && cityField && { city: cityField.value.range }),
    },
  };
}

/** An ISO 3166-1 code; other spellings are read with a warning. */
export function readCountry(
  reading: Reading,
  scalar: WrittenScalar,
  key: string,
  isList = false,
): string | undefined {
  const text = scalar.text.trim();
  const found = findCountry(text);
  if (!found) {
    const suggestion =
      text.length > 3
        ? COUNTRIES.find(({ name }) => name === closest(text, countryNames()))?.code
        : undefined;
    const codes = text.toUpperCase().split(/[,;/\s]+/);
    report(reading, "country-unknown", scalar.range, {
      text: shorten(text),
      key,
      suggestion,
      character: text.length <= 3 ? foreignLetter(text) : undefined,
      codes:
        isList && codes.every((code) => COUNTRIES.some((country) => country.code === code))
          ? codes.join(", ")
          : undefined,
    });
    return undefined;
  }
  if (found.by !== "code") {
    const code = found.by === "alias" ? "country-alias" : "country-by-name";
    const args = { text: shorten(text), code: found.code, key: isList ? undefined : key };
    report(reading, code, scalar.range, args);
  }
  return found.code;
}

/** Sorted codes, each once. */
export function readCountries(reading: Reading, field: Field): readonly string[] {
  const codes = readScalars(reading, field).flatMap(
    (scalar) => readCountry(reading, scalar, field.key, true) ?? [],
  );
  return [...new Set(codes)].sort();
}

function countryNames(): readonly string[] {
  return COUNTRIES.map(({ name }) => name);
}
