import { Resolver } from "node:dns";
import { describe, expect, test } from "vitest";
import { readSettingsText } from "../support/reading.ts";

const read = (lines: string) => {
  const { value, codes } = readSettingsText(`probe: {${lines}}`);
  return { probe: value?.probe, codes };
};

describe("probe:", () => {
  test("spacing is half an hour, or any span", () => {
    expect(read("").probe?.spacingSeconds).toBe(1800);
    expect(read("spacing: 6h")).toMatchObject({ probe: { spacingSeconds: 21_600 }, codes: [] });
    expect(read("spacing: often")).toMatchObject({
      probe: { spacingSeconds: 1800 },
      codes: ["bad-duration"],
    });
  });

  test.each([
    "9.9.9.9",
    "9.9.9.9:5353",
    "2620:fe::fe",
    "[2620:fe::fe]",
    "[2620:fe::fe]:5353",
    "::1",
  ])("%s is a name server, which Node takes too", (server) => {
    expect(read(`resolvers: ["${server}"]`)).toMatchObject({
      probe: { resolvers: [server] },
      codes: [],
    });
    expect(() => new Resolver().setServers([server])).not.toThrow();
  });

  test.each([
    "dns.example",
    "999.1.1.1",
    "1.2.3",
    "9.9.9.9:0",
    "9.9.9.9:70000",
    "[9.9.9.9]",
    "2620:fe:::fe",
    "[2620:fe::fe",
    "9.9.9.9:",
    "",
  ])("%j is none", (server) => {
    expect(read(`resolvers: ["${server}"]`)).toMatchObject({
      probe: { resolvers: [] },
      codes: ["bad-resolver"],
    });
  });
});
