/**
 * `networks.mmdb`: who announces an address, for `/whoami`. The value of a network is
 *
 *     { "asn": 3333, "prefix_length": 21 }
 *
 * with the length in bits of the address's own family. A range of addresses that is no CIDR block is
 * split into the fewest blocks, and the length is that of the block. The length is told because the
 * tree does not: equal neighbours are one leaf, and nginx has no variable for a leaf's depth.
 *
 * An address that nobody announces has an empty map: like routes.mmdb, the file has a record
 * everywhere, and who asks it for an ASN gets their own default either way.
 */
import { encodeDatabase } from "../mmdb/write.ts";
import type { AsnColumns } from "../routes/marks.ts";
import { IPV4_PREFIXES, prefixesAt } from "../routes/marks.ts";
import { leafOf, type Ref, TableBuilder } from "../routes/table.ts";
import type { Artifact } from "./artifact.ts";
import { SortedBlocks } from "./sorted-blocks.ts";

export interface NetworksDatabaseOptions {
  /** Seconds since 1970. */
  readonly builtAt: number;
}

export function emitNetworksDatabase(
  asns: { readonly ipv4: AsnColumns; readonly ipv6: AsnColumns },
  { builtAt }: NetworksDatabaseOptions,
): Artifact {
  const networks = new NetworkValues();
  const ipv4 = new SortedBlocks(32);
  const ipv6 = new SortedBlocks(128);
  addRanges(ipv4, asns.ipv4, networks);
  addRanges(ipv6, asns.ipv6, networks);

  const above = IPV4_PREFIXES.reduce((sum, { bits }) => sum + bits, 0);
  const builder = new TableBuilder(ipv4.maxNodes + ipv6.maxNodes + above);
  const ipv4Root = ipv4.build(builder, NOBODY);
  const root = ipv6.build(builder, NOBODY, IPV4_PREFIXES, ipv4Root);
  const bytes = encodeDatabase({
    children: builder.finish(),
    count: builder.count,
    root,
    leafValues: networks.values,
    metadata: {
      databaseType: "mirrorpress-networks",
      buildEpoch: builtAt,
      languages: ["en"],
      description: { en: "For each announced network, its ASN and the length of its prefix" },
    },
  });
  return { path: "networks.mmdb", bytes };
}

/** The leaf of addresses that nobody announces. */
const NOBODY: Ref = leafOf(0);

/** What leaves say, each pair of ASN and length once. */
class NetworkValues {
  readonly values: { readonly asn?: number; readonly prefix_length?: number }[] = [{}];
  readonly #leaves = new Map<number, Ref>();

  leafFor(asn: number, bits: number): Ref {
    // No length has more than eight bits.
    const key = asn * 256 + bits;
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const leaf = leafOf(this.values.push({ asn, prefix_length: bits }) - 1);
    this.#leaves.set(key, leaf);
    return leaf;
  }
}

function addRanges(blocks: SortedBlocks, asns: AsnColumns, networks: NetworkValues): void {
  for (let range = 0; range < asns.count; range++) {
    const asn = asns.asn[range]!;
    for (const { words, bits } of prefixesAt(asns, range)) {
      blocks.add(words, bits, networks.leafFor(asn, bits));
    }
  }
}
