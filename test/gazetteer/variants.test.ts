import { expect, test } from "vitest";
import { nameVariants } from "../../src/gazetteer/variants.ts";

test.each([
  ["jakarta selatan", "south jakarta"],
  ["gangnam gu", "gangnam"],
  ["ho chi minh city", "ho chi minh"],
  ["quezon", "quezon city"],
  ["duesseldorf", "dusseldorf"],
])("nameVariants of %s has %s", (name, variant) => {
  expect(nameVariants(name)).toContain(variant);
});

test("nameVariants never has the name itself or nothing at all", () => {
  for (const name of ["city", "gu", "berlin", "jakarta selatan", "constructor"]) {
    expect(nameVariants(name)).not.toContain(name);
    expect(nameVariants(name)).not.toContain("");
  }
});
