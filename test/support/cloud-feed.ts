/** Invented lists of a cloud's networks, in the formats of the providers, as large as theirs. */
import type { CloudProvider } from "../../src/sources/cloud-formats.ts";
import { seededRandom } from "./random.ts";

export interface FeedEntry {
  readonly region: string;
  /** CIDR text. */
  readonly network: string;
}

/**
 * Networks of both families, half of them inside an earlier one, as providers list a block and its
 * parts. The same seed gives the same networks.
 */
export function inventNetworks(count: number, { seed = 1, regions = 40 } = {}): FeedEntry[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const blocks: Block[] = [];
  return Array.from({ length: count }, () => {
    const region = `region-${below(regions)}`;
    const around =
      blocks.length > 0 && random() < 0.5
        ? blocks[below(blocks.length)]!
        : SPACE[random() < 0.7 ? 4 : 6];
    const bits = Math.min(around.deepest, around.inner + below(10));
    const top = Math.min(bits, 32);
    const word = (around.word + below(2 ** (top - around.bits)) * 2 ** (32 - top)) >>> 0;
    const { family, deepest } = around;
    if (top <= 28) blocks.push({ family, word, bits, inner: bits + 1, deepest });
    const group = bits > 32 ? below(2 ** (bits - 32)) * 2 ** (48 - bits) : 0;
    return { region, network: family === 4 ? ipv4(word, bits) : ipv6(word, group, bits) };
  });
}

interface Block {
  readonly family: 4 | 6;
  /** The first 32 bits of its addresses. */
  readonly word: number;
  readonly bits: number;
  /** The widest and the narrowest that its parts can be. */
  readonly inner: number;
  readonly deepest: number;
}

/** 16.0.0.0/4 and 2600::/8: nothing special is in them. */
const SPACE = {
  4: { family: 4, word: 0x1000_0000, bits: 4, inner: 12, deepest: 32 },
  6: { family: 6, word: 0x2600_0000, bits: 8, inner: 24, deepest: 48 },
} as const;

function ipv4(word: number, bits: number): string {
  return `${[24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".")}/${bits}`;
}

function ipv6(word: number, group: number, bits: number): string {
  const groups = [word >>> 16, word & 0xffff, group].map((each) => each.toString(16));
  return `${groups.join(":")}::/${bits}`;
}

/** The file that a provider would publish of these networks. */
export function feedText(provider: CloudProvider, entries: readonly FeedEntry[]): string {
  const isIpv6 = ({ network }: FeedEntry) => network.includes(":");
  const byRegion = new Map<string, string[]>();
  for (const { region, network } of entries) {
    byRegion.set(region, [...(byRegion.get(region) ?? []), network]);
  }
  const formats: Readonly<Record<CloudProvider, () => unknown>> = {
    aws: () => ({
      syncToken: "1795347600",
      prefixes: entries
        .filter((entry) => !isIpv6(entry))
        .map(({ region, network }) => ({ ip_prefix: network, region, service: "EC2" })),
      ipv6_prefixes: entries
        .filter(isIpv6)
        .map(({ region, network }) => ({ ipv6_prefix: network, region, service: "EC2" })),
    }),
    azure: () => ({
      cloud: "Public",
      values: [
        { name: "AzureCloud", properties: { region: "", addressPrefixes: ["20.0.0.0/8"] } },
        { name: "Storage.x", properties: { region: "x", addressPrefixes: ["20.0.0.0/8"] } },
        ...[...byRegion].map(([region, addressPrefixes]) => ({
          name: `AzureCloud.${region}`,
          properties: { region, platform: "Azure", addressPrefixes },
        })),
      ],
    }),
    gcp: () => ({
      prefixes: entries.map((entry) => ({
        [isIpv6(entry) ? "ipv6Prefix" : "ipv4Prefix"]: entry.network,
        service: "Google Cloud",
        scope: entry.region,
      })),
    }),
    oci: () => ({
      regions: [...byRegion].map(([region, networks]) => ({
        region,
        cidrs: networks.map((cidr) => ({ cidr, tags: ["OCI"] })),
      })),
    }),
  };
  return JSON.stringify(formats[provider]());
}
