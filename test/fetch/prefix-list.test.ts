import { describe, expect, test } from "vitest";
import { FetchError } from "../../src/fetch/failure.ts";
import { parsePrefixList, renderPrefixList } from "../../src/fetch/prefix-list.ts";
import { formatPrefix } from "../../src/ip/prefix.ts";
import { inventNetworks } from "../support/cloud-feed.ts";
import { seededRandom } from "../support/random.ts";

const networksOf = (text: string) => parsePrefixList(text).networks.map(formatPrefix);

function reasonOf(text: string): string {
  try {
    parsePrefixList(text);
  } catch (error) {
    if (error instanceof FetchError) return error.message;
    throw error;
  }
  throw new Error("it was read");
}

const BOTH = ["8.8.4.0/24", "8.8.8.0/24", "2a00::/32"];

describe("parsePrefixList", () => {
  test.each([
    ["lines", "8.8.8.0/24\n2a00::/32\n8.8.4.0/24\n"],
    ["lines of Windows", "8.8.8.0/24\r\n2a00::/32\r\n8.8.4.0/24"],
    ["commas and spaces", "8.8.8.0/24, 2a00::/32\t8.8.4.0/24"],
    ["comments", "# ours\n8.8.8.0/24 # office\n; old\n2a00::/32 // new\n8.8.4.0/24;x\n\n"],
    ["the same twice", "8.8.8.0/24\n8.8.8.0/24\n8.8.4.0/24\n2A00:0::/32"],
    ["host bits", "8.8.8.8/24\n8.8.4.0/24\n2a00::1/32"],
    ["a JSON list, as AlmaLinux's service reads", '["8.8.8.0/24", "8.8.4.0/24", "2a00::/32"]'],
    ["one of objects", '[{"prefix":"8.8.8.0/24"},{"cidr":"8.8.4.0/24"},{"ip":"2a00::/32"}]'],
    [
      "AWS's",
      '{"syncToken":"1","prefixes":[{"ip_prefix":"8.8.8.0/24","region":"eu-1"},{"ip_prefix":"8.8.4.0/24"}],"ipv6_prefixes":[{"ipv6_prefix":"2a00::/32"}]}',
    ],
    [
      "Google's",
      '{"creationTime":"2026-11-20T12:00:00","prefixes":[{"ipv4Prefix":"8.8.8.0/24"},{"ipv6Prefix":"2a00::/32"},{"ipv4Prefix":"8.8.4.0/24"}]}',
    ],
    [
      "Oracle's",
      '{"last_updated_timestamp":"2026","regions":[{"region":"eu","cidrs":[{"cidr":"8.8.8.0/24","tags":["OCI"]},{"cidr":"8.8.4.0/24"},{"cidr":"2a00::/32"}]}]}',
    ],
    [
      "a map of lists",
      '{"data":{"v4":["8.8.8.0/24","8.8.4.0/24"],"v6":["2a00::/32"]},"version":"1.2.3.4"}',
    ],
  ])("reads %s", (_what, text) => expect(networksOf(text)).toEqual(BOTH));

  test("reads single addresses, and what is too wide: who may claim what is asked later", () => {
    expect(networksOf("8.8.8.8\n::/0\n10.0.0.0/8")).toEqual(["8.8.8.8/32", "10.0.0.0/8", "::/0"]);
  });

  test("counts what is no network among what is", () => {
    const { unread } = parsePrefixList("8.8.8.0/24\n8.8.8.0/33\n8.8.4.0/24\nold");
    expect(unread).toEqual({ count: 2, example: '"8.8.8.0/33"' });
  });

  test.each([
    ["nothing", "", "it holds no network"],
    ["comments alone", "# nothing\n", "it holds no network"],
    ["an empty list", "[]", "it holds no network"],
    ["an apology", "Service Unavailable", "it holds no network"],
    ["a sentence", "8.8.8.0/24 is what we have here", "5 of its 6 entries are no networks"],
    ["half of a list", "[1, 2", "it starts like JSON and is none"],
    ["too many", "8.8.8.8 ".repeat(40_001), "it holds 40001 entries, more than 40000"],
    ["too much", JSON.stringify(Array(400_001).fill(0)), "it holds too many values"],
  ])("refuses %s", (_what, text, reason) => expect(reasonOf(text)).toContain(reason));

  test("is not exhausted by depth", () => {
    const deep = `${'{"a":['.repeat(5000)}"8.8.8.0/24"${"]}".repeat(5000)}`;
    expect(networksOf(deep)).toEqual(["8.8.8.0/24"]);
  });

  test("what is rendered reads back as the same, whatever the order and the writing", () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round++) {
      const written = inventNetworks(200, { seed: round }).map(({ network }) =>
        network.replace(/(?::0)+::/, "::"),
      );
      const shuffled = written
        .map((network) => ({ network, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ network }) => (random() < 0.5 ? network.toUpperCase() : network));
      const text = random() < 0.5 ? shuffled.join("\n") : JSON.stringify(shuffled);
      const { networks } = parsePrefixList(text);
      const rendered = renderPrefixList(networks);
      expect(rendered.trimEnd().split("\n").toSorted()).toEqual([...new Set(written)].toSorted());
      expect(renderPrefixList(parsePrefixList(rendered).networks)).toBe(rendered);
    }
  });
});
