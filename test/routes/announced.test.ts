import { describe, expect, it } from "vitest";
import { parsePrefix } from "../../src/ip/prefix.ts";
import type { NumberedRanges } from "../../src/routes/aggregate.ts";
import { countAnnounced } from "../../src/routes/announced.ts";
import type { Decision } from "../../src/routes/decisions.ts";
import { smallRoutes } from "../serve/small-routes.ts";

/** Elsewhere class 0; the networks have classes in address order. */
const table = smallRoutes(
  [
    ["2001:db8::/32", 1],
    ["2400::/32", 2],
  ],
  [[0], [1], [2]],
);
const classAt = (list: number) => table.classes.findIndex(({ groups }) => groups[0] === list);

const DECISIONS: readonly Decision[] = [
  { classNumber: classAt(0), rule: "everyone", ipv4: 2 ** 32, ipv6: 2 ** 48 - 2 ** 17 },
  { classNumber: classAt(1), rule: "asn", ipv4: 0, ipv6: 2 ** 14 },
  { classNumber: classAt(1), rule: "country", ipv4: 0, ipv6: 2 ** 16 - 2 ** 14 },
  { classNumber: classAt(2), rule: "country", ipv4: 7, ipv6: 2 ** 16 },
];

const ranges = (...networks: string[]): NumberedRanges => ({
  count: networks.length,
  numberAt: () => 64_500,
  prefixesAt: (range) => [parsePrefix(networks[range]!)!.prefix],
});

describe("countAnnounced", () => {
  it("counts the IPv6 networks that are announced, and all of IPv4", () => {
    const announced = ranges("2001:db8::/33", "2400::/64", "3000::/48");
    const { decisions, ipv6 } = countAnnounced({ table, decisions: DECISIONS }, announced);
    expect(ipv6).toBe("announced");
    expect(decisions.map((each) => [each.rule, each.ipv4, each.ipv6])).toEqual([
      ["everyone", 2 ** 32, 1],
      ["asn", 0, 2 ** 13],
      ["country", 0, 2 ** 15 - 2 ** 13],
      ["country", 7, 2 ** -16],
    ]);
  });

  it("counts those that are located where nothing is known to be announced", () => {
    const given = { table, decisions: DECISIONS };
    expect(countAnnounced(given, ranges())).toEqual({ decisions: DECISIONS, ipv6: "located" });
  });
});
