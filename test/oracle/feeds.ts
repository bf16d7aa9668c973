/** The address ranges that cloud providers publish, each in a JSON of its own shape. */
import { type PlainPrefix, toPrefix } from "./address.ts";

/** By the region in lower case, every prefix of a provider. */
export type Feed = ReadonlyMap<string, readonly PlainPrefix[]>;

type Pair = readonly [region: string, prefix: string];

interface Aws {
  readonly prefixes: readonly { readonly ip_prefix: string; readonly region: string }[];
  readonly ipv6_prefixes: readonly { readonly ipv6_prefix: string; readonly region: string }[];
}

interface Azure {
  readonly values: readonly {
    readonly name: string;
    readonly properties: { readonly region: string; readonly addressPrefixes: readonly string[] };
  }[];
}

interface Gcp {
  readonly prefixes: readonly {
    readonly ipv4Prefix?: string;
    readonly ipv6Prefix?: string;
    readonly scope: string;
  }[];
}

interface Oci {
  readonly regions: readonly {
    readonly region: string;
    readonly cidrs: readonly { readonly cidr: string }[];
  }[];
}

const PAIRS: Readonly<Record<string, (feed: never) => readonly Pair[]>> = {
  aws: ({ prefixes, ipv6_prefixes }: Aws) => [
    ...prefixes.map(({ region, ip_prefix }): Pair => [region, ip_prefix]),
    ...ipv6_prefixes.map(({ region, ipv6_prefix }): Pair => [region, ipv6_prefix]),
  ],
  azure: ({ values }: Azure) =>
    values
      .filter(({ name }) => name.startsWith("AzureCloud."))
      .flatMap(({ name, properties: { region, addressPrefixes } }) => {
        const named = region === "" ? name.slice("AzureCloud.".length) : region;
        return addressPrefixes.map((prefix): Pair => [named, prefix]);
      }),
  gcp: ({ prefixes }: Gcp) =>
    prefixes.map(
      ({ scope, ipv4Prefix, ipv6Prefix }): Pair => [scope, ipv4Prefix ?? ipv6Prefix ?? ""],
    ),
  oci: ({ regions }: Oci) =>
    regions.flatMap(({ region, cidrs }) => cidrs.map(({ cidr }): Pair => [region, cidr])),
};

export const PROVIDERS: readonly string[] = Object.keys(PAIRS);

export function readFeed(provider: string, json: string): Feed {
  const feed = new Map<string, PlainPrefix[]>();
  for (const [region, prefix] of PAIRS[provider]?.(JSON.parse(json) as never) ?? []) {
    const prefixes = feed.get(region.toLowerCase()) ?? [];
    const network = toPrefix(prefix);
    if (isPossible(network)) prefixes.push(network);
    feed.set(region.toLowerCase(), prefixes);
  }
  return feed;
}

/** No organisation holds more in one block; what is wider is a mistake in the feed. */
function isPossible({ family, bits }: PlainPrefix): boolean {
  return bits >= (family === 4 ? 8 : 16);
}

/** Those of the regions named; "all" names every region. */
export function prefixesOf(feed: Feed, regions: readonly string[]): PlainPrefix[] {
  const wanted = regions.map((region) => region.toLowerCase());
  const isWanted = (region: string) => wanted.includes("all") || wanted.includes(region);
  return [...feed].flatMap(([region, prefixes]) => (isWanted(region) ? prefixes : []));
}
