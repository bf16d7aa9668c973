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
  const networks = new NetworkValues(asns.ipv4.count + asns.ipv6.count);
  const ipv4 = new SortedBlocks(32, asns.ipv4.count);
  const ipv6 = new SortedBlocks(128, asns.ipv6.count);
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

/** What leaves say, each pair of ASN and length once: found by open addressing, 0 where free. */
class NetworkValues {
  readonly values: { readonly asn?: number; readonly prefix_length?: number }[] = [{}];
  #asns: Uint32Array;
  #bits: Uint8Array;
  /** Value numbers; that of nobody is in no slot. */
  #numbers: Int32Array;

  /** `expected` is how many pairs there may be; of more than half as many the table grows. */
  constructor(expected: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(1024, expected)));
    this.#asns = new Uint32Array(size);
    this.#bits = new Uint8Array(size);
    this.#numbers = new Int32Array(size);
  }

  leafFor(asn: number, bits: number): Ref {
    const slot = this.#slotOf(asn, bits);
    const known = this.#numbers[slot]!;
    if (known !== 0) return leafOf(known);
    const number = this.values.push({ asn, prefix_length: bits }) - 1;
    this.#fill(slot, asn, bits, number);
    if (this.values.length * 2 > this.#numbers.length) this.#grow();
    return leafOf(number);
  }

  #slotOf(asn: number, bits: number): number {
    const mask = this.#numbers.length - 1;
    let slot = Math.imul(asn * 129 + bits, 0x9e37_79b1) >>> (Math.clz32(mask) & 31);
    while (this.#numbers[slot] !== 0 && (this.#asns[slot] !== asn || this.#bits[slot] !== bits)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #fill(slot: number, asn: number, bits: number, number: number): void {
    this.#asns[slot] = asn;
    this.#bits[slot] = bits;
    this.#numbers[slot] = number;
  }

  #grow(): void {
    const [asns, bits, numbers] = [this.#asns, this.#bits, this.#numbers];
    const size = numbers.length * 2;
    this.#asns = new Uint32Array(size);
    this.#bits = new Uint8Array(size);
    this.#numbers = new Int32Array(size);
    for (const [slot, number] of numbers.entries()) {
      if (number === 0) continue;
      const [asn, length] = [asns[slot]!, bits[slot]!];
      this.#fill(this.#slotOf(asn, length), asn, length, number);
    }
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
