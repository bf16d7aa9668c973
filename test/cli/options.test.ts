import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/cli/errors.ts";
import { parseTime, readOptions, typedAgain } from "../../src/cli/options.ts";

const NOW = Date.UTC(2026, 10, 22, 11, 40, 0, 500);
const NOW_SECONDS = Math.floor(NOW / 1000);

describe("readOptions", () => {
  test("has a default for everything that was not typed", () => {
    expect(readOptions({}, {}, NOW)).toEqual({
      configPath: "config.yml",
      json: false,
      builtAt: NOW_SECONDS,
      colour: true,
      quiet: false,
    });
  });

  test("takes the time from --built-at before SOURCE_DATE_EPOCH before the clock", () => {
    const env = { SOURCE_DATE_EPOCH: "1000" };
    expect(readOptions({ builtAt: "2000" }, env, NOW).builtAt).toBe(2000);
    expect(readOptions({}, env, NOW).builtAt).toBe(1000);
    expect(readOptions({}, { SOURCE_DATE_EPOCH: "" }, NOW).builtAt).toBe(NOW_SECONDS);
  });

  test("refuses what is not a time, and says what is", () => {
    expect(() => readOptions({ builtAt: "yesterday" }, {}, NOW)).toThrow(UsageError);
    expect(() => readOptions({}, { SOURCE_DATE_EPOCH: "-1" }, NOW)).toThrow(/SOURCE_DATE_EPOCH/);
  });
});

describe("parseTime", () => {
  test.each([
    ["2026-11-22", 1_795_305_600],
    ["2026-11-22T11:40:00Z", NOW_SECONDS],
    ["2026-11-22T11:40Z", NOW_SECONDS],
    ["2026-11-22T12:40:00+01:00", NOW_SECONDS],
    ["1795347600", NOW_SECONDS],
    ["0", 0],
  ])("reads %s", (text, seconds) => expect(parseTime(text)).toBe(seconds));

  test.each([
    "",
    "now",
    "2026-11-22T11:40:00",
    "2026-02-30",
    "2026-13-01",
    "2026-11-22T25:00:00Z",
    "1969-12-31",
    "1e9",
    "-5",
    "999999999999",
    " 5",
  ])("refuses %j", (text) => expect(parseTime(text)).toBeNull());
});

test.each([
  [{}, ""],
  [{ config: "config.yml" }, ""],
  [{ config: "../net/config.yml", output: "out" }, " --config ../net/config.yml --output out"],
  [{ output: "it's here" }, " --output 'it'\\''s here'"],
])("typedAgain: %j is typed again as %j", (raw, expected) => {
  const { network, output } = typedAgain(readOptions(raw, {}, 0));
  expect(network + output).toBe(expected);
});
