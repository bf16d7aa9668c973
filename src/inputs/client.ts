/** What the inputs say of one address: its network, its place, its ASN, the mirrors on-net for it. */

import { type Address, embeddedIpv4 } from "../ip/address.ts";
import { hostPrefix, maskOfWord, type Prefix, prefixContains } from "../ip/prefix.ts";
import type { PlacedOverride } from "../model/overrides.ts";
import type { ClientPlace } from "../model/place.ts";
import { blockOf } from "../rank/blocks.ts";
import type { Client, SubnetMatch } from "../rank/client.ts";
import { mirrorsByAsn } from "../routes/marks.ts";
import { NO_TEXT } from "../sources/city-texts.ts";
import type { Inputs } from "./inputs.ts";
import { asnOf, locate } from "./locate.ts";

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
  const { city, record, prefixBits, override, place } = locate(address, inputs);
  const text = (number: number | undefined) =>
    number === undefined || number === NO_TEXT ? undefined : city.table?.textAt(number);
  const asn = asnOf(address, inputs.asns);
  const subdivision = override ? override.place.subdivision : text(city.table?.subdivision[record]);
  const cityName = override ? undefined : text(city.table?.city[record]);
  return {
    address,
    network: truncated(address, prefixBits),
    client: {
      place,
      hasRecord: override === undefined && record !== -1,
      block: blockOf(address.family, address.words),
      subnetMatches: matchesOf(hostPrefix(address), inputs),
      asnMatches: (asn !== undefined && mirrorsByAsn(inputs.mirrors).get(asn)) || [],
      asn,
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

function truncated({ family, words }: Address, bits: number): Prefix {
  return { family, words: words.map((word, i) => (word & maskOfWord(bits, i)) >>> 0), bits };
}
