/** What the inputs say of one address: its network, its place, its ASN, the mirrors on-net for it. */

import { type Address, embeddedIpv4 } from "../ip/address.ts";
import { maskOfWord, type Prefix, prefixContains } from "../ip/prefix.ts";
import { lookup } from "../mmdb/lookup.ts";
import type { PlacedOverride } from "../model/overrides.ts";
import type { ClientPlace } from "../model/place.ts";
import { blockOf } from "../rank/blocks.ts";
import type { Client, SubnetMatch } from "../rank/rank.ts";
import { mirrorsByAsn } from "../routes/marks.ts";
import { compareAt } from "../sources/asn-columns.ts";
import { NO_TEXT } from "../sources/city-texts.ts";
import type { Inputs } from "./inputs.ts";

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

/** What the databases, and the operator's overrides, say of where an address is. */
export function locate(address: Address, { city, overrides }: Pick<Inputs, "city" | "overrides">) {
  const ofFamily = address.family === 4 ? city.ipv4 : city.ipv6;
  const found = ofFamily.db && lookup(ofFamily.db, address);
  const record =
    ofFamily.db && found?.dataOffset != null ? ofFamily.db.records.numberOf(found.dataOffset) : -1;
  const override = innermost(
    overrides.filter(({ network }) => prefixContains(network, wholeOf(address))),
  );
  const ofRecord = record === -1 ? null : ofFamily.placeOf(record);
  const place: ClientPlace | null = override ? override.place.place : ofRecord;
  return { city: ofFamily, record, prefixBits: found?.prefixBits ?? 0, override, place };
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
      subnetMatches: matchesOf(wholeOf(address), inputs),
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

/** Of equal networks the last given holds. */
function innermost(overrides: readonly PlacedOverride[]): PlacedOverride | undefined {
  return overrides.toReversed().sort((a, b) => b.network.bits - a.network.bits)[0];
}

function wholeOf(address: Address): Prefix {
  return { ...address, bits: address.family === 4 ? 32 : 128 };
}

function truncated({ family, words }: Address, bits: number): Prefix {
  return { family, words: words.map((word, i) => (word & maskOfWord(bits, i)) >>> 0), bits };
}

/** By bisection: ranges are in order and do not overlap. */
export function asnOf({ family, words }: Address, asns: Inputs["asns"]): number | undefined {
  const ranges = family === 4 ? asns.ipv4 : asns.ipv6;
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
