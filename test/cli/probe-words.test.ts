import { describe, expect, test } from "vitest";
import {
  aboutItself,
  describeCheck,
  describeChecks,
  formatSpan,
} from "../../src/cli/probe-words.ts";

const WAYS = ["http/ipv4", "https/ipv4", "http/ipv6", "https/ipv6"];
const KITTEN = ["kitten:http/ipv4", "kitten:https/ipv4"];
const ALL = [
  "dns",
  ...WAYS,
  ...KITTEN,
  "repo:9.8/baseos/x86_64",
  "repo:9.8/appstream/x86_64",
  "repo:9.8/baseos/s390x",
  "repo:8.10/baseos/s390x",
  "repo:9.8/keys",
  "isos",
  "kitten:isos",
  "rsync",
];

describe("describeChecks", () => {
  test.each([
    ["all ways by one word, whatever else fails with them", ["dns", ...WAYS], "everything"],
    ["a protocol", ["https/ipv4", "https/ipv6"], "https"],
    ["a family", ["http/ipv6", "https/ipv6"], "IPv6"],
    ["a protocol and a single way", ["https/ipv4", "https/ipv6", "http/ipv6"], "https, IPv6"],
    ["a single way", ["http/ipv6"], "http over IPv6"],
    [
      "two ways that have nothing in common",
      ["http/ipv4", "https/ipv6"],
      "http over IPv4, https over IPv6",
    ],
    ["a module", KITTEN, "kitten"],
    ["a module's protocol", ["kitten:https/ipv4"], "kitten https"],
    ["a repository", ["repo:9.8/keys"], "9.8/keys"],
    [
      "repositories of a version",
      ["repo:9.8/baseos/x86_64", "repo:9.8/appstream/x86_64"],
      "2 repositories of 9.8, x86_64",
    ],
    [
      "repositories of an architecture",
      ["repo:9.8/baseos/s390x", "repo:8.10/baseos/s390x"],
      "2 repositories of s390x",
    ],
    [
      "repositories that have nothing in common",
      ["repo:9.8/keys", "repo:8.10/baseos/s390x"],
      "2 repositories",
    ],
    [
      "several things",
      ["isos", "kitten:isos", "rsync", "repo:9.8/keys"],
      "ISOs, kitten ISOs, rsync, 9.8/keys",
    ],
    ["a name of which no way was asked", ["dns"], "DNS"],
  ])("names %s", (_what, some, words) => expect(describeChecks(some, ALL)).toBe(words));

  test("calls the only protocol that a mirror has everything", () => {
    expect(describeChecks(["https/ipv4"], ["dns", "https/ipv4", "isos"])).toBe("everything");
  });
});

test("describeCheck names each check by itself", () => {
  expect(ALL.map(describeCheck)).toEqual([
    "DNS",
    "http over IPv4",
    "https over IPv4",
    "http over IPv6",
    "https over IPv6",
    "kitten http over IPv4",
    "kitten https over IPv4",
    "9.8/baseos/x86_64",
    "9.8/appstream/x86_64",
    "9.8/baseos/s390x",
    "8.10/baseos/s390x",
    "9.8/keys",
    "ISOs",
    "kitten ISOs",
    "rsync",
  ]);
});

test("formatSpan takes the largest unit of which there are two", () => {
  const spans = [-5, 0, 119, 120, 7199, 7200, 172_799, 172_800, 864_000_000].map(formatSpan);
  expect(spans).toEqual([
    "0 s",
    "0 s",
    "119 s",
    "2 min",
    "119 min",
    "2 h",
    "47 h",
    "2 days",
    "10,000 days",
  ]);
});

test.each([
  ["m.example (192.0.2.1, port 80) refuses connections (E)", "it refuses connections (E)"],
  ["m.example (port 80) refuses connections (E)", "it refuses connections (E)"],
  ["m.example sends headers without end (E)", "it sends headers without end (E)"],
  ["other.example (192.0.2.1, port 80) refuses connections", "other.example refuses connections"],
  [
    "the certificate of m.example cannot be trusted: it has expired (E)",
    "it has a certificate that has expired (E)",
  ],
  ["404 Not Found", "404 Not Found"],
])("aboutItself says %j in few words", (detail, words) => {
  expect(aboutItself(detail, "m.example")).toBe(words);
});
