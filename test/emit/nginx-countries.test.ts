import { describe, expect, it } from "vitest";
import { type CountryLists, emitCountries } from "../../src/emit/nginx-countries.ts";

const textOf = (sets: readonly string[], lists: CountryLists) =>
  Buffer.from(emitCountries(sets, lists).bytes).toString();

describe("emitCountries", () => {
  it("has for each set a map of all countries, whatever the order given", () => {
    const lists: CountryLists = new Map([
      ["NO", { all: "cc", kitten: "dd" }],
      ["FR", { all: "aa", kitten: "bb" }],
    ]);
    const text = textOf(["kitten", "all"], lists);
    expect(text).toContain(
      'map $arg_country $mp_country_1 {\n    default "";\n    "FR" "aa";\n    "NO" "cc";\n}',
    );
    expect(text).toContain(
      'map $arg_country $mp_country_2 {\n    default "";\n    "FR" "bb";\n    "NO" "dd";\n}',
    );
    expect(text).toContain('"kitten" $mp_country_2;');
    expect(text).toContain('"NO" "no";');
    expect(textOf(["all", "kitten"], new Map([...lists].toReversed()))).toBe(text);
  });

  it("refuses a country without a list, and what is no code", () => {
    expect(() => textOf(["all"], new Map([["FR", {}]]))).toThrow("FR has no list of set all");
    for (const code of ["fr", "FRA", 'F"', ""]) {
      expect(() => textOf(["all"], new Map([[code, { all: "aa" }]]))).toThrow("not the code");
    }
    expect(() => textOf(["all"], new Map([["FR", { all: 'a"' }]]))).toThrow("cannot be written");
  });
});
