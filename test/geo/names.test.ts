import fc from "fast-check";
import { expect, test } from "vitest";
import { foldName } from "../../src/geo/names.ts";

test.each([
  ["Québec", "quebec"],
  ["  SÃO   Paulo ", "sao paulo"],
  ["St. Louis", "saint louis"],
  ["Sankt-Peterburg", "saint peterburg"],
  ["Śląskie", "slaskie"],
  ["Łódź", "lodz"],
  ["Ağrı", "agri"],
  ["Tromsø", "tromso"],
  ["L'viv", "lviv"],
  ["Ft. Worth", "fort worth"],
  ["Frankfurt-am-Main", "frankfurt am main"],
  ["東京", "東京"],
  ["Stadt", "stadt"],
  ["...", ""],
  ["constructor", "constructor"],
])("foldName folds %j to %j", (name, folded) => {
  expect(foldName(name)).toBe(folded);
});

test("foldName is idempotent", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      expect(foldName(foldName(name))).toBe(foldName(name));
    }),
  );
});
