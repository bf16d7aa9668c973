/** What the inputs say of one address: its network, its place, its ASN, the mirrors on-net for it. */
import type { Inputs } from "./inputs.ts";
import { type Address, embeddedIpv4 } from "./ip/address.ts";
import { maskOfWord, type Prefix, prefixContains } from "./ip/prefix.ts";
import { lookup } from "./mmdb/lookup.ts";
import type { PlacedOverride } from "./model/overrides.ts";
import type { ClientPlace } from "./model/place.ts";
import { blockOf } from "./rank/blocks.ts";
import type { Client, SubnetMatch } from "./rank/rank.ts";
import { mirrorsByAsn } from "./routes/marks.ts";
import { type AsnFamilyRanges, compareAt } from "./sources/asn-columns.ts";
import { NO_TEXT } from "./sources/city-texts.ts";

export interface KnownClient {
  /** The IPv4 address where the one asked for embeds it. */
  readonly address: Address;
  /** Of the City database. */
  readonly network: Prefix;
  readonly client: Client;
  readonly place: ClientPlace | null;
  readonly subdivision?: string;
  readonly city?: string;
  readonly override?: PlacedOverride;
  readonly asn?: number;
}

/** The rule's view of an address, looked up directly: no compilation has a part in it. */
export function findClient(asked: Address, inputs: Inputs): KnownClient {
  const address = (asked.family === 6 && embeddedIpv4(asked.words)) || asked;
  const city = address.family === 4 ? inputs.city.ipv4 : inputs.city.ipv6;
  const found = city.db && lookup(city.db, address);
  const record =
    city.db && found?.dataOffset != null ? city.db.records.numberOf(found.dataOffset) : -1;
  const text = (number: number | undefined) =>
    number === undefined || number === NO_TEXT ? undefined : city.table?.textAt(number);

  const whole: Prefix = { ...address, bits: address.family === 4 ? 32 : 128 };
  const override = innermost(
    inputs.overrides.filter(({ network }) => prefixContains(network, whole)),
  );
  const place = override ? override.place.place : record === -1 ? null : city.placeOf(record);
  const asn = asnOf(address, address.family === 4 ? inputs.asns.ipv4 : inputs.asns.ipv6);
  const subdivision = override ? override.place.subdivision : text(city.table?.subdivision[record]);
  const cityName = override ? undefined : text(city.table?.city[record]);
  return {
    address,
    network: truncated(address, found?.prefixBits ?? 0),
    client: {
      place,
      hasRecord: override === undefined && record !== -1,
      block: blockOf(address.family, address.words),
      subnetMatches: matchesOf(whole, inputs),
      asnMatches: (asn !== undefined && mirrorsByAsn(inputs.mirrors).get(asn)) || [],
    },
    place,
    ...(subdivision !== undefined && { subdivision }),
    ...(cityName !== undefined && { city: cityName }),
    ...(override && { override }),
    ...(asn !== undefined && { asn }),
  };
}

/** The subnet of a mirror that holds an address; the longest where several do. */
export function subnetHolding(subnets: readonly Prefix[], address: Prefix): Prefix | undefined {
  const holding = subnets.filter((subnet) => prefixContains(subnet, address));
  return holding.sort((a, b) => b.bits - a.bits)[0];
}

function matchesOf(address: Prefix, { mirrors }: Inputs): SubnetMatch[] {
  return mirrors.flatMap(({ subnets }, mirror) => {
    const subnet = subnetHolding(subnets, address);
    return subnet === undefined ? [] : [{ mirror, bits: subnet.bits }];
  });
}

/** Of equal networks the last given holds. */
function innermost(overrides: readonly PlacedOverride[]): PlacedOverride | undefined {
  return overrides.toReversed().sort((a, b) => b.network.bits - a.network.bits)[0];
}

function truncated({ family, words }: Address, bits: number): Prefix {
  return { family, words: words.map((word, i) => (word & maskOfWord(bits, i)) >>> 0), bits };
}

/** By bisection: ranges are in order and do not overlap. */
function asnOf({ family, words }: Address, ranges: AsnFamilyRanges): number | undefined {
  const width = family === 4 ? 1 : 4;
  const address = Uint32Array.from(words);
  let low = 0;
  let high = ranges.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareAt(address, 0, ranges.first, middle * width, width) < 0) high = middle;
    else low = middle + 1;
  }
  const range = low - 1;
  const isIn = range >= 0 && compareAt(address, 0, ranges.last, range * width, width) <= 0;
  return isIn ? ranges.asn[range] : undefined;
}
