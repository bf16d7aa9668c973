import { expect, it } from "vitest";
import { megabytes, seconds, table } from "./report.ts";

it("table lines columns up, the first to the left", () => {
  expect(
    table(
      ["what", "wall"],
      [
        ["compile", "1.0 s"],
        ["x", "10.0 s"],
      ],
    ),
  ).toBe(
    ["what       wall", "-------  ------", "compile   1.0 s", "x        10.0 s", ""].join("\n"),
  );
});

it.each([
  [12.4, "12 ms"],
  [994, "994 ms"],
  [1500, "1.50 s"],
  [90_000, "1.5 min"],
  [3_600_000, "60 min"],
])("seconds writes %d ms as %s", (ms, text) => {
  expect(seconds(ms)).toBe(text);
});

it("megabytes are decimal", () => {
  expect([megabytes(1_500_000), megabytes(23_700_000)]).toEqual(["1.5 MB", "24 MB"]);
});
