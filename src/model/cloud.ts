/**
 * Cloud mirrors are for the machines of a provider's regions: they get the networks that the
 * provider publishes for these regions, beside those that the mirror's own file names.
 */
import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { formatPrefix, maskOfWord, type Prefix, prefixContains } from "../ip/prefix.ts";
import { type SpecialPurpose, specialPurpose } from "../ip/special.ts";
import { inOrder } from "./claims.ts";
import { closest } from "./closest.ts";
import type { Mirror } from "./mirror.ts";
import { shorten } from "./values.ts";

export const CLOUD_PROVIDERS = ["aws", "azure", "gcp", "oci"] as const;
export type CloudProvider = (typeof CLOUD_PROVIDERS)[number];

/** A provider's networks by region, in lower case. */
export interface CloudNetworks {
  readonly path: string;
  readonly regions: ReadonlyMap<string, readonly Prefix[]>;
}

/** Null for a provider whose file cannot be used, which has been reported. */
export type CloudFeeds = ReadonlyMap<CloudProvider, CloudNetworks | null>;

/** Undefined for a cloud that publishes no list we know of. */
export function providerOf({ cloud }: Mirror): CloudProvider | undefined {
  return CLOUD_PROVIDERS.find((provider) => provider === cloud?.provider);
}

/** The mirrors in their order, those of a cloud with its networks among their subnets. */
export function addCloudNetworks(
  mirrors: readonly Mirror[],
  feeds: CloudFeeds,
  report: Report,
): readonly Mirror[] {
  const checked = new Map(
    [...feeds].map(([provider, feed]) => [provider, feed && checkFeed(feed, report)] as const),
  );
  return mirrors.map((mirror) => {
    const { cloud, disabled } = mirror;
    if (!cloud) return mirror;
    const provider = providerOf(mirror);
    const feed = provider && checked.get(provider);
    const networks = feed ? networksOf(cloud, feed, mirror, report) : [];
    const subnets =
      networks.length > 0 ? inOrder([...mirror.subnets, ...networks]) : mirror.subnets;
    const place = { file: mirror.file, range: cloud.ranges.provider };
    const remedy = provider && { url: FEED_URLS[provider], key: provider };
    if (disabled !== undefined) return { ...mirror, subnets };
    if (mirror.asns.length === 0 && subnets.length === 0) {
      const args = { provider: cloud.provider, ...(feed === undefined && remedy) };
      report(problem("cloud-without-scope", place, args));
    } else if (remedy && feed === undefined) {
      report(problem("cloud-feed-missing", place, { provider: cloud.provider, ...remedy }));
    }
    return { ...mirror, subnets };
  });
}

const FEED_URLS: Readonly<Record<CloudProvider, string>> = {
  aws: "https://ip-ranges.amazonaws.com/ip-ranges.json",
  azure: "https://www.microsoft.com/download/details.aspx?id=56519",
  gcp: "https://www.gstatic.com/ipranges/cloud.json",
  oci: "https://docs.oracle.com/iaas/tools/public_ip_ranges.json",
};

function networksOf(
  { provider, regions, ranges }: NonNullable<Mirror["cloud"]>,
  feed: CloudNetworks,
  { file }: Mirror,
  report: Report,
): readonly Prefix[] {
  const wanted = new Set<string>();
  for (const [index, written] of regions.entries()) {
    const region = written.trim().toLowerCase();
    if (region === "all") for (const each of feed.regions.keys()) wanted.add(each);
    else if (feed.regions.has(region)) wanted.add(region);
    else {
      const known = [...feed.regions.keys()].sort();
      const text = shorten(written);
      const args = { provider, text, path: feed.path, suggestion: closest(region, known) };
      const range = ranges.regions[index];
      const all = shorten(known.join(", "));
      report(problem("unknown-cloud-region", { file, range }, { ...args, known: all }));
    }
  }
  return [...wanted].flatMap((region) => feed.regions.get(region) ?? []);
}

/**
 * A provider knows its own networks, so the cap on what a contributor may claim (/16 and /32) does
 * not hold here. But no organisation holds more in one block than an IPv4 /8 or an IPv6 /16: what is
 * wider is a mistake, and would take the clients of a good part of the Internet.
 */
const WIDEST_BITS = { 4: 8, 6: 16 } as const;

/** The feed without networks that no machine of a provider can have; how many is reported once. */
function checkFeed(feed: CloudNetworks, report: Report): CloudNetworks {
  const findSpecial = specialFinder();
  let count = 0;
  let first: { readonly network: string; readonly reason: string } | undefined;
  const isPossible = (prefix: Prefix) => {
    const special = findSpecial(prefix);
    const limit = WIDEST_BITS[prefix.family];
    if (special === null && prefix.bits >= limit) return true;
    count++;
    first ??= {
      network: formatPrefix(prefix),
      reason: special ? `it is for ${special.name} (${special.rfc})` : `it is wider than /${limit}`,
    };
    return false;
  };
  const regions = new Map(
    [...feed.regions].map(([region, networks]) => [region, networks.filter(isPossible)] as const),
  );
  if (first) {
    const file = { path: feed.path, text: "" };
    report(problem("cloud-feed-networks", { file }, { count, ...first }));
  }
  return { ...feed, regions };
}

/**
 * The special-purpose network that a prefix lies in, or null. One that merely holds such a network
 * is fine: from there comes no client, and Azure's own hold the address of its metadata service.
 *
 * Most prefixes are cleared by what is known of the block around them: where an ancestor touches
 * nothing special, no descendant does.
 */
function specialFinder(): (prefix: Prefix) => SpecialPurpose | null {
  const touched = new Map<number, boolean>();
  const isTouched = ({ family, words }: Prefix, bits: number): boolean => {
    const word = ((words[0] as number) & maskOfWord(bits, 0)) >>> 0;
    // A word of 32 bits, then a number below 128.
    const key = word * 128 + bits * 2 + (family === 4 ? 0 : 1);
    const known = touched.get(key);
    if (known !== undefined) return known;
    const block = { family, words: words.map((_, at) => (at === 0 ? word : 0)), bits };
    const touches = specialPurpose(block) !== null;
    touched.set(key, touches);
    return touches;
  };
  return (prefix) => {
    const [outer, inner] = prefix.family === 4 ? [8, 16] : [16, 32];
    if (prefix.bits >= outer! && !isTouched(prefix, outer!)) return null;
    if (prefix.bits >= inner! && !isTouched(prefix, inner!)) return null;
    const special = specialPurpose(prefix);
    return special && prefixContains(special.network, prefix) ? special : null;
  };
}
