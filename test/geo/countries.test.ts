import { describe, expect, test } from "vitest";
import { CONTINENTS, COUNTRIES, countryByCode, findCountry } from "../../src/geo/countries.ts";
import { distanceKm } from "../../src/geo/distance.ts";

describe("COUNTRIES", () => {
  test("holds the 249 codes of ISO 3166-1 and Kosovo, in order, each once", () => {
    const codes = COUNTRIES.map((country) => country.code);
    expect(codes).toHaveLength(250);
    expect(codes).toEqual([...new Set(codes)].sort());
  });

  test("gives every country an alpha-3 code, a name, a known continent and a point on the globe", () => {
    for (const country of COUNTRIES) {
      expect(country.code, country.name).toMatch(/^[A-Z]{2}$/);
      expect(country.alpha3, country.code).toMatch(/^[A-Z]{3}$/);
      expect(country.name, country.code).toMatch(/^\p{Lu}/u);
      expect(CONTINENTS.has(country.continent), country.code).toBe(true);
      expect(Math.abs(country.reference.latitude), country.code).toBeLessThanOrEqual(90);
      expect(Math.abs(country.reference.longitude), country.code).toBeLessThanOrEqual(180);
    }
  });

  test.each([
    ["RU", "EU"],
    ["TR", "AS"],
    ["CY", "EU"],
    ["GE", "AS"],
    ["EG", "AF"],
    ["GL", "NA"],
    ["TL", "OC"],
    ["GS", "AN"],
    ["NA", "AF"],
  ])("puts %s into %s, as MaxMind does", (code, continent) => {
    expect(countryByCode(code)?.continent).toBe(continent);
  });

  test.each([
    ["AU", -33.9, 151.2, 2200],
    ["FR", 48.9, 2.4, 350],
    ["NO", 59.9, 10.8, 600],
    ["US", 39.1, -94.6, 500],
    ["MY", 3.1, 101.7, 150],
    ["SG", 1.3, 103.8, 30],
    ["NZ", -41.3, 174.8, 500],
  ])("places %s where its people are", (code, latitude, longitude, withinKm) => {
    const reference = countryByCode(code)?.reference;
    expect(reference && distanceKm(reference, { latitude, longitude })).toBeLessThan(withinKm);
  });
});

describe("findCountry", () => {
  test("finds every country by its code, its alpha-3 code and its name", () => {
    for (const { code, alpha3, continent, name } of COUNTRIES) {
      expect(findCountry(code)).toEqual({ code, continent, by: "code" });
      expect(findCountry(code.toLowerCase())).toEqual({ code, continent, by: "code" });
      expect(findCountry(alpha3)).toEqual({ code, continent, by: "alias" });
      expect(findCountry(name)).toEqual({ code, continent, by: "name" });
    }
  });

  test.each([
    ["UK", "GB", "alias"],
    ["uk", "GB", "alias"],
    ["EL", "GR", "alias"],
    ["Germany", "DE", "name"],
    [" australia ", "AU", "name"],
    ["Türkiye", "TR", "name"],
    ["Turkey", "TR", "name"],
    ["Côte d’Ivoire", "CI", "name"],
    ["St. Lucia", "LC", "name"],
  ])("reads %j as %s by %s", (text, code, by) => {
    expect(findCountry(text)).toMatchObject({ code, by });
  });

  test.each(["", "  ", "ZZ", "Atlantis", "U", "constructor", "__proto__"])(
    "knows no %j",
    (text) => {
      expect(findCountry(text)).toBeNull();
    },
  );
});
