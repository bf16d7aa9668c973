import { describe, expect, test } from "vitest";
import { describeCanary, readCanary } from "../../src/cli/canary-option.ts";

describe("readCanary", () => {
  test.each([
    [undefined, "nginx-if-installed"],
    [true, "nginx"],
    [false, "nobody"],
    ["http://127.0.0.1", { url: "http://127.0.0.1/", waitSeconds: 30 }],
    ["https://mirrors.example/below", { url: "https://mirrors.example/below", waitSeconds: 30 }],
  ])("takes %o", (canary, choice) => {
    expect(readCanary(canary === undefined ? {} : { canary })).toEqual(choice);
  });

  test.each([
    "",
    "mirrors.example",
    "ftp://a.example",
    "http://u:p@a.example",
    "http://a.example/?x",
  ])("refuses %o, which is no address of a server", (canary) =>
    expect(() => readCanary({ canary })).toThrow(/is no address of a server/),
  );
});

describe("describeCanary", () => {
  test("tells what was asked, or why nobody was", () => {
    const report = { server: "nginx", asked: 1234, addresses: 612, classes: 360, sets: 6 };
    expect(describeCanary(report)).toBe("1,234 look-ups as 612 clients answered right by nginx");
    expect(describeCanary({ skipped: "no nginx" })).toBe("nobody was asked: no nginx");
  });
});
