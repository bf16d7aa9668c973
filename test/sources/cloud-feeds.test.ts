import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatPrefix, parsePrefix } from "../../src/ip/prefix.ts";
import { type CloudFeedPaths, readCloudFeeds } from "../../src/sources/cloud-feeds.ts";
import type { CloudProvider } from "../../src/sources/cloud-formats.ts";
import { feedText, inventNetworks } from "../support/cloud-feed.ts";
import { collect } from "../support/reading.ts";

const PROVIDERS: readonly CloudProvider[] = ["aws", "azure", "gcp", "oci"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-cloud-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function readAll(providers = PROVIDERS, given: CloudFeedPaths["given"] = {}) {
  return collect((report) => readCloudFeeds(providers, { given, folder }, report));
}

/** What one file gives, as text by region. */
function read(provider: CloudProvider, text: string) {
  write(`data/cloud/${provider}.json`, text);
  const { value, ...rest } = readAll([provider]);
  const feed = value.get(provider);
  const regions =
    feed &&
    Object.fromEntries([...feed.regions].map(([name, all]) => [name, all.map(formatPrefix)]));
  return { regions, feed, ...rest };
}

const ENTRIES = [
  { region: "north-1", network: "20.0.0.0/10" },
  { region: "north-1", network: "20.1.2.0/24" },
  { region: "south-2", network: "2600:1f00::/24" },
  { region: "south-2", network: "20.1.2.0/24" },
  { region: "north-1", network: "2600:1f00:a::/48" },
];

describe("readCloudFeeds", () => {
  test.each(PROVIDERS)("%s: every network by its region", (provider) => {
    const { regions, codes } = read(provider, feedText(provider, ENTRIES));
    expect(codes).toEqual([]);
    expect(Object.keys(regions ?? {}).sort()).toEqual(["north-1", "south-2"]);
    expect(regions?.["north-1"]).toEqual(["20.0.0.0/10", "20.1.2.0/24", "2600:1f00:a::/48"]);
    expect(regions?.["south-2"]?.toSorted()).toEqual(["20.1.2.0/24", "2600:1f00::/24"]);
  });

  test("a region in capitals is the region in lower case", () => {
    const text = JSON.stringify({
      prefixes: [
        { ip_prefix: "20.0.0.0/16", region: "GLOBAL" },
        { ip_prefix: "21.0.0.0/16", region: "global" },
      ],
    });
    expect(read("aws", text).regions).toEqual({ global: ["20.0.0.0/16", "21.0.0.0/16"] });
  });

  test("a tag of Azure that does not say its region has that of its name", () => {
    const tag = (name: string, properties: object) => ({ name, properties });
    const values = [
      tag("AzureCloud.eastus", { region: "", addressPrefixes: ["20.0.0.0/16"] }),
      tag("AzureCloud.westus", { addressPrefixes: ["21.0.0.0/16"] }),
      tag("AzureCloud.x", { region: "northeurope", addressPrefixes: ["22.0.0.0/16"] }),
    ];
    expect(read("azure", JSON.stringify({ values })).regions).toEqual({
      eastus: ["20.0.0.0/16"],
      westus: ["21.0.0.0/16"],
      northeurope: ["22.0.0.0/16"],
    });
  });

  test("says what it read: the file, its size and its digest", () => {
    const text = feedText("gcp", ENTRIES);
    expect(read("gcp", text).feed).toMatchObject({
      provider: "gcp",
      path: expect.stringMatching(/data\/cloud\/gcp\.json$/),
      bytes: text.length,
      sha256: createHash("sha256").update(text).digest("hex"),
    });
  });

  test("reads the file that is named, and only the providers asked for", () => {
    write("lists/amazon.json", feedText("aws", ENTRIES));
    write("data/cloud/aws.json", "not this one");
    write("data/cloud/gcp.json", "nor this one");
    const { value, codes } = readAll(["aws"], { aws: "lists/amazon.json" });
    expect(codes).toEqual([]);
    expect([...value.keys()]).toEqual(["aws"]);
    expect(value.get("aws")?.regions.size).toBe(2);
  });

  test("a provider without a file has no entry", () => {
    expect(readAll()).toMatchObject({ value: new Map(), codes: [] });
  });
});

describe("a file that cannot be used", () => {
  test.each<[string, CloudProvider, string]>([
    ["no JSON", "aws", '{"prefixes": ['],
    ["another list", "aws", "[]"],
    ["null", "gcp", "null"],
    ["a number", "oci", "12"],
    ["another provider's", "azure", feedText("aws", ENTRIES)],
    ["one whose list is a map", "gcp", '{"prefixes": {}}'],
    ["an empty one", "oci", '{"regions": []}'],
    ["one without a single good entry", "aws", '{"prefixes": [{"ip_prefix": "10.0.0.0/33"}]}'],
    ["nothing", "aws", ""],
  ])("%s costs the feed, and says why once", (_what, provider, text) => {
    const { feed, codes } = read(provider, text);
    expect(feed).toBeNull();
    expect(codes).toEqual(["cloud-feed-unusable"]);
  });

  test("one that is named and not there", () => {
    const { value, codes } = readAll(["aws"], { aws: "nowhere.json" });
    expect(value.get("aws")).toBeNull();
    expect(codes).toEqual(["file-unreadable"]);
  });

  test("one that is too large is not read", () => {
    write("data/cloud/aws.json", "");
    truncateSync(join(folder, "data/cloud/aws.json"), 64 * 1024 * 1024 + 1);
    const { value, codes } = readAll(["aws"]);
    expect(value.get("aws")).toBeNull();
    expect(codes).toEqual(["file-too-large"]);
  });

  test("one of a million brackets", () => {
    expect(read("aws", "[".repeat(1_000_000)).codes).toEqual(["cloud-feed-unusable"]);
  });
});

describe("an entry that is none", () => {
  const good = { ip_prefix: "20.0.0.0/16", region: "a" };
  test.each<[string, unknown]>([
    ["without a length", { ip_prefix: "20.0.0.1", region: "a" }],
    ["of bits beyond its length", { ip_prefix: "20.0.0.1/24", region: "a" }],
    ["of bits beyond its length, far back", { ip_prefix: "2600::1/64", region: "a" }],
    ["too long", { ip_prefix: "20.0.0.0/33", region: "a" }],
    ["too long for IPv6", { ip_prefix: "2600::/129", region: "a" }],
    ["of a length with a sign", { ip_prefix: "20.0.0.0/+8", region: "a" }],
    ["of two lengths", { ip_prefix: "20.0.0.0/8/8", region: "a" }],
    ["short", { ip_prefix: "20.0/16", region: "a" }],
    ["with a leading zero", { ip_prefix: "020.0.0.0/16", region: "a" }],
    ["a number", { ip_prefix: 20, region: "a" }],
    ["without a region", { ip_prefix: "20.0.0.0/16" }],
    ["of a region with spaces", { ip_prefix: "20.0.0.0/16", region: "a b" }],
    ["of an endless region", { ip_prefix: "20.0.0.0/16", region: "a".repeat(65) }],
    ["null", null],
    ["a text", "20.0.0.0/16"],
  ])("%s is left out and counted", (_what, entry) => {
    const { regions, codes, diagnostics } = read(
      "aws",
      JSON.stringify({ prefixes: [entry, good, entry] }),
    );
    expect(regions).toEqual({ a: ["20.0.0.0/16"] });
    expect(codes).toEqual(["cloud-feed-entries"]);
    expect(diagnostics[0]?.args["count"]).toBe(2);
  });

  test("__proto__ as a region, or as a key, is a name like any other", () => {
    const text =
      '{"prefixes": [{"__proto__": {"region": "x"}, "ip_prefix": "20.0.0.0/16", "region": "constructor"}]}';
    expect(read("aws", text).regions).toEqual({ constructor: ["20.0.0.0/16"] });
  });
});

test("readCloudFeeds: 60,000 nested networks are those of ip-cidr's reading", () => {
  const entries = inventNetworks(60_000);
  const { regions, codes } = read("gcp", feedText("gcp", entries));
  expect(codes).toEqual([]);
  const all = Object.values(regions ?? {}).flat();
  expect(all).toHaveLength(60_000);
  const some = entries.filter((_, index) => index % 97 === 0);
  for (const { region, network } of some) {
    const parsed = parsePrefix(network);
    expect(parsed?.hostBitsSet).toBe(false);
    expect(regions?.[region]).toContain(parsed && formatPrefix(parsed.prefix));
  }
});
