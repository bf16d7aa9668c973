import { expect, test } from "vitest";
import { countryByCode } from "../../src/geo/countries.ts";
import { placeOfRecord } from "../../src/model/place.ts";

const nowhere = { latitude: Number.NaN, longitude: Number.NaN };

test("placeOfRecord takes the continent from the country, whatever the record says", () => {
  const place = placeOfRecord({ country: "RU", continent: "AS", latitude: 55.75, longitude: 37.6 });
  expect(place).toEqual({
    country: "RU",
    continent: "EU",
    coordinates: { latitude: 55.75, longitude: 37.6 },
  });
});

test("placeOfRecord keeps the record's continent when the country is not in the table", () => {
  expect(placeOfRecord({ country: "EU", continent: "EU", latitude: 50, longitude: 9 })).toEqual({
    country: "EU",
    continent: "EU",
    coordinates: { latitude: 50, longitude: 9 },
  });
});

test("placeOfRecord puts a country without coordinates at its reference point", () => {
  expect(placeOfRecord({ country: "DE", ...nowhere })?.coordinates).toEqual(
    countryByCode("DE")?.reference,
  );
});

test("placeOfRecord keeps coordinates that come without a country", () => {
  expect(placeOfRecord({ continent: "EU", latitude: 0, longitude: -180 })).toEqual({
    continent: "EU",
    coordinates: { latitude: 0, longitude: -180 },
  });
});

test("placeOfRecord knows no place without coordinates and a country of the table", () => {
  expect(placeOfRecord(nowhere)).toBeNull();
  expect(placeOfRecord({ continent: "EU", ...nowhere })).toBeNull();
  expect(placeOfRecord({ country: "EU", continent: "EU", ...nowhere })).toBeNull();
});

test("placeOfRecord takes coordinates beyond the globe, or only one of the two, as none", () => {
  expect(placeOfRecord({ latitude: 91, longitude: 0 })).toBeNull();
  expect(placeOfRecord({ latitude: 0, longitude: 181 })).toBeNull();
  expect(placeOfRecord({ latitude: 10, longitude: Number.NaN })).toBeNull();
});
