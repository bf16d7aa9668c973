import { describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { parseAddress } from "../../src/ip/address.ts";
import {
  comparePrefixes,
  formatPrefix,
  maskOfWord,
  type Prefix,
  parsePrefix,
  prefixContains,
} from "../../src/ip/prefix.ts";
import { specialPurpose } from "../../src/ip/special.ts";
import { addCloudNetworks, type CloudFeeds } from "../../src/model/cloud.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { inventNetworks } from "../support/cloud-feed.ts";
import { seededRandom } from "../support/random.ts";
import { collect, mirrorText, placeOf, readMirrorText } from "../support/reading.ts";

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(`not a network: ${text}`);
  return parsed.prefix;
};

/** A feed by region, of networks as text. */
function feedOf(regions: Readonly<Record<string, readonly string[]>>): CloudFeeds {
  const entries = Object.entries(regions).map(([name, all]) => [name, all.map(prefix)] as const);
  return new Map([["aws", { path: "data/cloud/aws.json", regions: new Map(entries) }]]);
}

const FEED = feedOf({
  "us-east-1": ["20.0.0.0/16", "20.0.4.0/24", "2600:1f00::/24"],
  "eu-west-1": ["20.0.4.0/24", "19.0.0.0/16"],
  global: ["21.0.0.0/16"],
});

/** The subnets that a mirror has in the end, and all that was said of it. */
function add(lines: string, feeds: CloudFeeds = FEED) {
  const { value, ...read } = collect((report) => {
    const { value: mirror, diagnostics } = readMirrorText(mirrorText(lines));
    for (const diagnostic of diagnostics) report(diagnostic);
    if (!mirror) throw new Error("no mirror");
    return addCloudNetworks([mirror], feeds, report)[0];
  });
  return { mirror: value, subnets: value?.subnets.map(formatPrefix), ...read };
}

describe("addCloudNetworks", () => {
  test.each<[string, readonly string[]]>([
    ["[us-east-1]", ["20.0.0.0/16", "20.0.4.0/24", "2600:1f00::/24"]],
    ["US-East-1", ["20.0.0.0/16", "20.0.4.0/24", "2600:1f00::/24"]],
    ["[eu-west-1, global]", ["19.0.0.0/16", "20.0.4.0/24", "21.0.0.0/16"]],
    ["[global, global]", ["21.0.0.0/16"]],
    ["all", ["19.0.0.0/16", "20.0.0.0/16", "20.0.4.0/24", "21.0.0.0/16", "2600:1f00::/24"]],
    [
      "[ALL, global]",
      ["19.0.0.0/16", "20.0.0.0/16", "20.0.4.0/24", "21.0.0.0/16", "2600:1f00::/24"],
    ],
  ])("regions %s: their networks in address order, each once", (regions, expected) => {
    expect(add(`cloud_type: aws\ncloud_regions: ${regions}`)).toMatchObject({
      subnets: expected,
      codes: [],
    });
  });

  test("keeps the mirror's own subnets, and its ASN is not asked", () => {
    const { subnets, codes } = add(
      "cloud_type: AWS\ncloud_regions: global\nsubnets: [8.8.8.0/24, 21.0.0.0/16]\nasn: 64",
    );
    expect(subnets).toEqual(["8.8.8.0/24", "21.0.0.0/16"]);
    expect(codes).toEqual([]);
  });

  test("leaves every other mirror as it is", () => {
    const { mirror, codes } = add("asn: 64");
    expect(mirror).toMatchObject({ subnets: [], reach: "public" });
    expect(codes).toEqual([]);
  });

  test("a private mirror of a cloud gets the networks, too", () => {
    const { mirror, subnets, codes } = add("private: true\ncloud_type: aws\ncloud_regions: global");
    expect(mirror?.reach).toBe("private");
    expect(subnets).toEqual(["21.0.0.0/16"]);
    expect(codes).toEqual([]);
  });
});

describe("what a cloud mirror is told", () => {
  const none: CloudFeeds = new Map();
  const unusable: CloudFeeds = new Map([["aws", null]]);

  test.each<[string, string, CloudFeeds, readonly string[]]>([
    ["no feed", "asn: 64", none, ["cloud-feed-missing"]],
    ["no feed and nothing of its own", "", none, ["cloud-without-scope"]],
    ["a feed that was reported", "asn: 64", unusable, []],
    ["the same, and nothing of its own", "", unusable, ["cloud-without-scope"]],
    ["no feed, but it is paused", "disabled: {reason: moving}", none, []],
    ["private, no feed and nothing of its own", "private: true", none, ["cloud-without-scope"]],
  ])("%s", (_what, lines, feeds, codes) => {
    const read = add(`cloud_type: aws\ncloud_regions: [all]\n${lines}`, feeds);
    expect(read.codes).toEqual(codes);
    expect(read.mirror?.subnets).toEqual([]);
    for (const diagnostic of read.diagnostics) expect(placeOf(diagnostic)).toBe("6:1");
  });

  test("where to get the list, and where to put it", () => {
    const lines = "cloud_type: oci\ncloud_regions: [all]";
    for (const of of [lines, `asn: 64\n${lines}`]) {
      const [first] = add(of, none).diagnostics;
      expect(first && wordingOf(first).hint).toMatch(
        /fetch oci.*https:\/\/docs\.oracle\.com\/.*data\/cloud\/oci\.json/,
      );
    }
    const [unread] = add(`cloud_type: aws\ncloud_regions: [all]`, unusable).diagnostics;
    expect(unread && wordingOf(unread).hint).not.toContain("https:");
  });

  test("a region that the feed does not have, with the one that is meant", () => {
    const { subnets, diagnostics } = add(
      "cloud_type: aws\ncloud_regions:\n  - us-eats-1\n  - global",
    );
    expect(subnets).toEqual(["21.0.0.0/16"]);
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "error unknown-cloud-region",
    ]);
    expect(diagnostics.map(placeOf)).toEqual(["8:5"]);
    expect(diagnostics[0] && wordingOf(diagnostics[0]).hint).toBe('write "us-east-1"');
    const [far] = add("asn: 64\ncloud_type: aws\ncloud_regions: [mars]").diagnostics;
    expect(far && wordingOf(far).hint).toContain("eu-west-1, global, us-east-1");
  });

  test("a cloud that publishes no list we know", () => {
    const read = add("cloud_type: cumulus\ncloud_regions: [all]\nasn: 64");
    expect(read.codes).toEqual(["unknown-cloud"]);
    expect(read.mirror).toMatchObject({ reach: "cloud", subnets: [] });
    const [misspelt] = add("cloud_type: gpc\ncloud_regions: [all]\nasn: 64").diagnostics;
    expect(misspelt && wordingOf(misspelt).hint).toContain('"cloud_type: gcp"');
    expect(add("cloud_type: cumulus\ncloud_regions: [all]").codes).toEqual([
      "unknown-cloud",
      "cloud-without-scope",
    ]);
  });
});

describe("the networks of a feed", () => {
  const kept = (...networks: readonly string[]) => {
    const { subnets, ...rest } = add(
      "asn: 64\ncloud_type: aws\ncloud_regions: all",
      feedOf({ a: networks }),
    );
    return { subnets, ...rest };
  };

  test.each([
    "10.0.0.0/8",
    "10.4.0.0/16",
    "10.4.4.4/32",
    "100.64.0.0/10",
    "127.0.0.1/32",
    "169.254.169.254/32",
    "168.63.129.16/32",
    "192.0.2.0/24",
    "203.0.113.7/32",
    "224.0.0.0/8",
    "255.255.255.255/32",
    "::/16",
    "::ffff:8.8.8.8/128",
    "2001:db8::/32",
    "2001:db8:1::/48",
    "2002:808:808::/48",
    "fd00::/16",
    "fe80::1/128",
    // Wider than any organisation has in one block.
    "16.0.0.0/7",
    "0.0.0.0/0",
    "2600::/15",
    "2000::/3",
    "::/0",
  ])("%s is no cloud's", (network) => {
    const { subnets, codes } = kept(network, "20.0.0.0/16");
    expect(subnets).toEqual(["20.0.0.0/16"]);
    expect(codes).toEqual(["cloud-feed-networks"]);
  });

  test.each([
    "16.0.0.0/8",
    "2600::/16",
    "8.8.8.8/32",
    "100.0.0.0/10",
    "172.32.0.0/11",
    "192.0.3.0/24",
    "2001:db9::/32",
    "2620:4f::/33",
    // It holds the address of the metadata service, from which no client comes.
    "168.63.128.0/17",
    "192.0.0.0/9",
  ])("%s may be", (network) => {
    expect(kept(network)).toMatchObject({ subnets: [network], codes: [] });
  });

  test("what is left out is counted and said once, for all mirrors of the feed", () => {
    const feeds = feedOf({ a: ["10.0.0.0/8", "20.0.0.0/16"], b: ["10.0.0.0/8", "0.0.0.0/0"] });
    const { value: mirror } = readMirrorText(mirrorText("cloud_type: aws\ncloud_regions: [a]"));
    if (!mirror) throw new Error("no mirror");
    const twice: readonly Mirror[] = [mirror, { ...mirror, name: "n.example" }];
    const { value, diagnostics } = collect((report) => addCloudNetworks(twice, feeds, report));
    expect(value.map(({ subnets }) => subnets.map(formatPrefix))).toEqual([
      ["20.0.0.0/16"],
      ["20.0.0.0/16"],
    ]);
    expect(diagnostics.map(({ code, args }) => [code, args["count"]])).toEqual([
      ["cloud-feed-networks", 3],
    ]);
    expect(diagnostics[0]?.file?.path).toBe("data/cloud/aws.json");
  });

  test("are refused as the table of special networks says, near its edges and anywhere", () => {
    const random = seededRandom(7);
    const word = () => Math.floor(random() * 2 ** 32);
    // Beginnings that special networks have, so that many samples lie in or around one.
    const near = [
      0x0a00_0000, 0x6440_0000, 0xa83f_8110, 0xac10_0000, 0xc000_0200, 0xc633_6400, 0xe000_0000,
    ];
    const near6 = [
      0x2001_0000, 0x2001_0db8, 0x2002_0000, 0x2620_004f, 0x3fff_0000, 0x0064_ff9b, 0xfd00_0ec2,
    ];
    const pick = (all: readonly number[]) => all[Math.floor(random() * all.length)] as number;
    const samples = Array.from({ length: 20_000 }, (): Prefix => {
      const family = random() < 0.5 ? 4 : 6;
      const flip = random() < 0.5 ? 1 << Math.floor(random() * 32) : 0;
      const begin = random() < 0.8 ? pick(family === 4 ? near : near6) : word();
      const rest = [random() < 0.5 ? 0x8000_0000 : word(), 0, 0];
      const bits = (family === 4 ? 8 : 16) + Math.floor(random() * (family === 4 ? 25 : 60));
      const written = [(begin ^ flip) >>> 0, ...(family === 4 ? [] : rest)];
      const words = written.map((each, at) => (each & maskOfWord(bits, at)) >>> 0);
      return { family, words, bits };
    });
    const isOrdinary = (network: Prefix) => {
      const special = specialPurpose(network);
      return special === null || !prefixContains(special.network, network);
    };
    const feeds: CloudFeeds = new Map([["aws", { path: "a", regions: new Map([["a", samples]]) }]]);
    const { subnets } = add("asn: 64\ncloud_type: aws\ncloud_regions: all", feeds);
    const expected = new Set(samples.filter(isOrdinary).map(formatPrefix));
    expect(expected.size).toBeGreaterThan(2000);
    expect(new Set(samples.map(formatPrefix)).size - expected.size).toBeGreaterThan(2000);
    expect(new Set(subnets), "seed 7").toEqual(expected);
  });
});

test("addCloudNetworks: 60,000 nested networks of both families, each once and in order", () => {
  const entries = inventNetworks(60_000, { seed: 3 });
  const networks = new Map<string, Prefix[]>();
  for (const { region, network } of entries) {
    const [address = "", bits] = network.split("/");
    const parsed = parseAddress(address);
    if (!parsed) throw new Error(network);
    const ofRegion = networks.get(region) ?? [];
    ofRegion.push({ ...parsed, bits: Number(bits) });
    networks.set(region, ofRegion);
  }
  const feeds: CloudFeeds = new Map([["aws", { path: "aws.json", regions: networks }]]);
  const { mirror, subnets = [], codes } = add("cloud_type: aws\ncloud_regions: all", feeds);
  expect(codes).toEqual([]);
  const inOrder = mirror?.subnets.every((network, at, sorted) => {
    const before = sorted[at - 1];
    return before === undefined || comparePrefixes(before, network) < 0;
  });
  expect(inOrder).toBe(true);
  const all = [...networks.values()].flat();
  expect(new Set(subnets)).toEqual(new Set(all.map(formatPrefix)));
  const one = add("cloud_type: aws\ncloud_regions: region-7", feeds).subnets;
  expect(one?.length).toBeLessThan(subnets.length / 20);
});
