import { expect, it } from "vitest";
import { networkText } from "../exactness/worlds.ts";
import { prefixesOf, readFeed } from "./feeds.ts";

const FEEDS: Readonly<Record<string, unknown>> = {
  aws: {
    prefixes: [
      { ip_prefix: "192.0.2.0/25", region: "us-East-1", service: "AMAZON" },
      { ip_prefix: "198.51.100.0/24", region: "GLOBAL", service: "EC2" },
    ],
    ipv6_prefixes: [{ ipv6_prefix: "2001:db8::/40", region: "us-east-1", service: "EC2" }],
  },
  azure: {
    values: [
      { name: "AzureCloud", properties: { region: "", addressPrefixes: ["203.0.113.0/24"] } },
      {
        name: "AzureCloud.useast1",
        properties: { region: "US-east-1", addressPrefixes: ["192.0.2.0/25", "2001:db8::/40"] },
      },
      {
        name: "AzureCloud.x",
        properties: { region: "", addressPrefixes: ["198.51.100.0/24", "0.0.0.0/1", "2000::/3"] },
      },
      { name: "Sql", properties: { region: "x", addressPrefixes: ["203.0.113.0/24"] } },
    ],
  },
  gcp: {
    prefixes: [
      { ipv4Prefix: "192.0.2.0/25", service: "Google Cloud", scope: "us-east-1" },
      { ipv6Prefix: "2001:db8::/40", service: "Google Cloud", scope: "us-east-1" },
      { ipv4Prefix: "198.51.100.0/24", service: "Google Cloud", scope: "global" },
    ],
  },
  oci: {
    regions: [
      {
        region: "us-east-1",
        cidrs: [{ cidr: "192.0.2.0/25", tags: ["OCI"] }, { cidr: "2001:db8::/40" }],
      },
      { region: "x", cidrs: [{ cidr: "198.51.100.0/24" }] },
    ],
  },
};

it.each(Object.keys(FEEDS))("prefixesOf finds the regions of %s in both families", (provider) => {
  const feed = readFeed(provider, JSON.stringify(FEEDS[provider]));
  const texts = (...regions: string[]) =>
    prefixesOf(feed, regions)
      .map((prefix) => networkText(prefix).replace(/(:0000)+\//, "::/"))
      .sort();
  expect(texts("US-EAST-1")).toEqual(["192.0.2.0/25", "2001:0db8::/40"]);
  expect(texts("all")).toEqual(["192.0.2.0/25", "198.51.100.0/24", "2001:0db8::/40"]);
  expect(texts("nowhere")).toEqual([]);
});
