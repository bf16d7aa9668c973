import { describe, expect, test } from "vitest";
import { COUNTRIES } from "../../src/geo/countries.ts";
import { SUBDIVISION_ALIAS_ROWS } from "../../src/geo/subdivision-aliases.ts";
import { openSubdivisions } from "../../src/geo/subdivisions.ts";

const subdivisions = openSubdivisions();

describe("Subdivisions.of", () => {
  test("lists the states of the world, each code once, parts after their whole", () => {
    const all = COUNTRIES.flatMap(({ code }) => subdivisions.of(code));
    expect(all.length).toBeGreaterThan(5000);
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
    const seen = new Set<string>();
    for (const { code, name, parent } of all) {
      expect(code).toMatch(/^[A-Z]{2}-[A-Z0-9]{1,3}$/);
      expect(name, code).toMatch(/^\S.*\S$/);
      if (parent !== undefined) expect(seen, code).toContain(parent);
      seen.add(code);
    }
  });

  test("holds the 50 states of the United States, its district and territories", () => {
    expect(subdivisions.of("US")).toHaveLength(57);
  });

  test("has none for an unknown country", () => {
    expect(subdivisions.of("ZZ")).toEqual([]);
  });
});

describe("Subdivisions.find", () => {
  test("finds every subdivision by its code, with and without its country", () => {
    for (const country of COUNTRIES) {
      for (const { code } of subdivisions.of(country.code)) {
        expect(subdivisions.find(country.code, code)).toMatchObject({ code, by: "code" });
        expect(subdivisions.find(country.code, code.slice(3).toLowerCase())?.code).toBe(code);
      }
    }
  });

  test.each([
    ["CA", "QC", "CA-QC", "code"],
    ["CA", "Quebec", "CA-QC", "name"],
    ["CA", "Québec", "CA-QC", "name"],
    ["DZ", "DZ-16", "DZ-16", "code"],
    ["MA", "MA-04", "MA-04", "code"],
    ["PL", "slaskie", "PL-24", "alias"],
    ["NL", "Noord Holland", "NL-NH", "alias"],
    ["NL", "North Holland", "NL-NH", "name"],
    ["FR", "Rhone", "FR-69", "name"],
    ["FR", "Rhone-Alpes", "FR-ARA", "alias"],
    ["CH", "Zuerich", "CH-ZH", "alias"],
    ["DE", "NRW", "DE-NW", "alias"],
    ["DE", "Bayern", "DE-BY", "alias"],
    ["CN", "Guang Dong", "CN-GD", "name"],
    ["US", "california", "US-CA", "name"],
    ["US", "Washington", "US-WA", "name"],
    ["US", "District of Columbia", "US-DC", "alias"],
    ["KZ", "Almaty", "KZ-75", "name"],
    ["KZ", "Almaty Oblysy", "KZ-19", "alias"],
    ["VN", "Ho Chi Minh City (HCMC)", "VN-SG", "alias"],
    ["HU", "Gyor-Moson-Sopron", "HU-GS", "name"],
    ["IR", "Tehran", "IR-23", "name"],
    ["UA", "Kyiv", "UA-30", "name"],
    ["NO", "Akershus", "NO-32", "name"],
    ["GB", "Kent", "GB-KEN", "name"],
  ])("reads %s %j as %s by %s", (country, text, code, by) => {
    expect(subdivisions.find(country, text)).toMatchObject({ code, by });
  });

  test("says what a part is part of", () => {
    expect(subdivisions.find("FR", "Rhône")?.parent).toBe("FR-ARA");
    expect(subdivisions.find("GB", "Kent")?.parent).toBe("GB-ENG");
    expect(subdivisions.find("GB", "England")).not.toHaveProperty("parent");
  });

  test.each([
    ["US", "Ashburn"],
    ["US", "QC"],
    ["US", ""],
    ["US", "State of"],
    ["ZZ", "Virginia"],
    ["US", "__proto__"],
  ])("knows no %s %j", (country, text) => {
    expect(subdivisions.find(country, text)).toBeNull();
  });

  test("every alias leads to its subdivision", () => {
    for (const row of SUBDIVISION_ALIAS_ROWS.split("\n")) {
      const country = row.slice(0, 2);
      for (const cell of row.slice(3).split("|")) {
        const [, code, names = ""] = /^(\S+) (.+)$/.exec(cell) ?? [];
        for (const name of names.split(";")) {
          const found = subdivisions.find(country, name);
          // A name such as "ACT" may be the code itself.
          expect(found?.code, `${country} ${name}`).toBe(`${country}-${code}`);
        }
      }
    }
  });
});
