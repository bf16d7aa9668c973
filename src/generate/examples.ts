/**
 * Addresses worth trying: they show what a network's lists do. The same inputs give the same ones.
 */

import type { ManifestFacts } from "../emit/manifest.ts";
import { CONTINENTS, countryByCode } from "../geo/countries.ts";
import { findClient, type KnownClient } from "../inputs/client.ts";
import type { Inputs } from "../inputs/inputs.ts";
import { type Address, formatAddress, parseAddress } from "../ip/address.ts";
import { formatPrefix } from "../ip/prefix.ts";
import { mirrorsByAsn } from "../routes/marks.ts";

type Example = ManifestFacts["examples"][number];

/** Of regional and national registries and of a university; more than one where one may be on-net. */
const STABLE_ADDRESSES: readonly string[] = [
  "193.0.6.139",
  "199.43.0.44",
  "128.101.101.101",
  "200.3.14.10",
  "200.160.2.3",
  "192.41.192.145",
  "196.216.2.6",
  "202.12.29.205",
];

const STABLE_IPV6_ADDRESS = "2001:67c:2e8:22::c100:68b";

/** TEST-NET-2 of RFC 5737: nobody's, and so nowhere. */
const NOWHERE = "198.51.100.1";

/**
 * One by place on each continent for which one is known, so that the first is by place wherever
 * there is a City database; then one on-net by a subnet, one by an ASN, one of IPv6, one unknown.
 */
export function exampleClients(inputs: Inputs): readonly Example[] {
  const nowhere = findClient(addressOf(NOWHERE), inputs);
  return [
    ...byPlace(inputs),
    ...inSubnet(inputs),
    ...inAsn(inputs),
    ...overIpv6(inputs),
    ...(nowhere.place === null && !isOnNet(nowhere)
      ? [{ address: NOWHERE, why: "for documentation (RFC 5737): nowhere" }]
      : []),
  ];
}

function byPlace(inputs: Inputs): Example[] {
  const found = new Map<string, Example>();
  for (const text of STABLE_ADDRESSES) {
    const known = findClient(addressOf(text), inputs);
    const continent = known.place?.continent;
    if (continent === undefined || isOnNet(known) || found.has(continent)) continue;
    found.set(continent, { address: text, why: describePlace(known) });
  }
  return [...found.values()];
}

/** Of IPv4 and of a public mirror if there is one: whom a private one serves is not for everybody. */
function inSubnet({ mirrors }: Inputs): Example[] {
  const subnets = [true, false].flatMap((isPublic) =>
    mirrors.flatMap((mirror) => ((mirror.reach === "public") === isPublic ? mirror.subnets : [])),
  );
  const subnet = subnets.find(({ family }) => family === 4) ?? subnets[0];
  if (subnet === undefined) return [];
  const whole = subnet.family === 4 ? 32 : 128;
  const address = subnet.bits === whole ? subnet : afterFirst(subnet);
  return [example(address, `in the subnet ${formatPrefix(subnet)} of a mirror`)];
}

/** In the first range of an ASN that has a mirror, where no subnet takes precedence. */
function inAsn(inputs: Inputs): Example[] {
  const { asn, first, last, count } = inputs.asns.ipv4;
  const withMirrors = mirrorsByAsn(inputs.mirrors);
  for (let range = 0; range < count; range++) {
    const number = asn[range]!;
    if (!withMirrors.get(number)?.length || first[range] === last[range]) continue;
    const address = afterFirst({ family: 4, words: [first[range]!] });
    const { client } = findClient(address, inputs);
    if (client.subnetMatches.length > 0 || client.asnMatches.length === 0) continue;
    return [example(address, `in AS${number}, which has a mirror`)];
  }
  return [];
}

function overIpv6(inputs: Inputs): Example[] {
  const known = findClient(addressOf(STABLE_IPV6_ADDRESS), inputs);
  if (known.place === null || isOnNet(known)) return [];
  return [{ address: STABLE_IPV6_ADDRESS, why: `by IPv6, ${describePlace(known)}` }];
}

function isOnNet({ client }: KnownClient): boolean {
  return client.subnetMatches.length > 0 || client.asnMatches.length > 0;
}

/** "Europe: Amsterdam, Netherlands", as far as it is known. */
function describePlace({ place, city }: KnownClient): string {
  const continent = CONTINENTS.get(place?.continent ?? "");
  const country = countryByCode(place?.country ?? "")?.name ?? place?.country;
  const names = [city, country].filter((name) => name !== undefined && name !== "");
  return [continent, names.join(", ")]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
}

/** The one after a network's first, which looks less like a network. */
function afterFirst({ family, words }: Address): Address {
  return { family, words: words.map((word, i) => (i === words.length - 1 ? word + 1 : word)) };
}

function example({ family, words }: Address, why: string): Example {
  return { address: formatAddress(family, words), why };
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}
