/** What goes on the overlays: networks on which something besides the place decides. */
import type { Family } from "../ip/address.ts";
import { type Prefix, prefixContains } from "../ip/prefix.ts";
import { prefixesOfRange } from "../ip/range.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import type { NumberedRanges } from "./aggregate.ts";
import type { Mark, OverriddenPlace } from "./overlay.ts";

/** Ranges of addresses in columns: one word an address for IPv4, four for IPv6, in order. */
export interface AsnColumns {
  readonly family: Family;
  readonly count: number;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly asn: Uint32Array;
}

export interface NetworkOverride {
  readonly network: Prefix;
  readonly place: OverriddenPlace;
}

export interface MarkedNetworks {
  /** In the numbering of the ranker. */
  readonly mirrors: readonly PlacedMirror[];
  readonly overrides: readonly NetworkOverride[];
  readonly mirrorsOfAsn: ReadonlyMap<number, readonly number[]>;
}

/**
 * Mirror numbers by the ASNs that the mirrors are on-net for. An ASN that some mirror has an address
 * in without being on-net for it has none: its clients may still get such a mirror first.
 */
export function mirrorsByAsn(
  mirrors: readonly PlacedMirror[],
): ReadonlyMap<number, readonly number[]> {
  const byAsn = new Map<number, number[]>(
    mirrors.flatMap(({ ownAsns = [] }) => ownAsns.map((asn) => [asn, []])),
  );
  for (const [number, { asns }] of mirrors.entries()) {
    for (const asn of asns) {
      const known = byAsn.get(asn);
      if (known === undefined) byAsn.set(asn, [number]);
      else known.push(number);
    }
  }
  return byAsn;
}

/**
 * Prefixes of IPv6 addresses that embed an IPv4 address right behind the prefix: ::/96 as a
 * MaxMind DB has it, IPv4-mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056). Not Teredo
 * (RFC 4380): what follows its prefix is the server, and the client is the last 32 bits, inverted.
 */
export const IPV4_PREFIXES: readonly Prefix[] = [
  { family: 6, words: [0, 0, 0, 0], bits: 96 },
  { family: 6, words: [0, 0, 0xffff, 0], bits: 96 },
  { family: 6, words: [0x0064_ff9b, 0, 0, 0], bits: 96 },
  { family: 6, words: [0x2002_0000, 0, 0, 0], bits: 16 },
];

/** All marks of one family; in IPv6 those that lead to IPv4 are last, so that they hold. */
export function* marksOf(
  asns: AsnColumns,
  { mirrors, overrides, mirrorsOfAsn }: MarkedNetworks,
): Generator<readonly [Prefix, Mark]> {
  const { family } = asns;
  for (let range = 0; range < asns.count; range++) {
    const asn = asns.asn[range]!;
    if (!mirrorsOfAsn.has(asn)) continue;
    for (const prefix of prefixesAt(asns, range)) yield [prefix, { kind: "asn", asn }];
  }
  for (const [mirror, { subnets }] of mirrors.entries()) {
    for (const prefix of subnets) {
      if (prefix.family === family) yield [prefix, { kind: "subnet", mirror }];
    }
  }
  for (const { network, place } of overrides) {
    if (network.family === family) yield [network, { kind: "override", place }];
  }
  if (family === 6) for (const prefix of IPV4_PREFIXES) yield [prefix, { kind: "ipv4" }];
}

/**
 * The ranges as `aggregateByAsn` wants them. What embeds IPv4 is left out: its addresses are counted
 * as IPv4, and the network that announces 2002::/16 is not that of its clients.
 */
export function numberedRanges(asns: AsnColumns): NumberedRanges {
  const isIpv4 = (prefix: Prefix) => IPV4_PREFIXES.some((embeds) => prefixContains(embeds, prefix));
  return {
    count: asns.count,
    numberAt: (range) => asns.asn[range]!,
    prefixesAt: (range) => {
      const prefixes = prefixesAt(asns, range);
      return asns.family === 6 && prefixes.some(isIpv4)
        ? prefixes.filter((prefix) => !isIpv4(prefix))
        : prefixes;
    },
  };
}

/** The fewest prefixes that hold a range, in address order. */
export function prefixesAt({ family, first, last }: AsnColumns, range: number): readonly Prefix[] {
  if (family === 4) return prefixesOfRange(4, [first[range]!], [last[range]!]);
  const at = range * 4;
  return prefixesOfRange(6, [...first.subarray(at, at + 4)], [...last.subarray(at, at + 4)]);
}
