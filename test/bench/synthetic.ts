/** Mirrors that do not exist, for measuring growth: at real places, some with ASNs and subnets. */
import { countryByCode } from "../../src/geo/countries.ts";
import { parsePrefix } from "../../src/ip/prefix.ts";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { addressText } from "../oracle/address.ts";
import { dataOf, descend, type PlainDatabase } from "../oracle/mmdb.ts";
import { placeOfRecord } from "../oracle/places.ts";
import { randomInTree } from "../oracle/sample.ts";
import { plainMirror } from "../support/mirrors.ts";
import { seededRandom } from "../support/random.ts";

/** Of 530 real mirrors about one in six declares an ASN, and one in forty has subnets. */
const ASN_SHARE = 1 / 6;
const SUBNET_SHARE = 1 / 40;

export interface SyntheticInput {
  readonly seed: number;
  readonly count: number;
  readonly city: PlainDatabase;
  /** To choose from. */
  readonly asns: readonly number[];
}

export function syntheticMirrors({ seed, count, city, asns }: SyntheticInput): PlacedMirror[] {
  const random = seededRandom(seed);
  const mirrors: PlacedMirror[] = [];
  while (mirrors.length < count) {
    const address = randomInTree(random, city);
    if (address === null) continue;
    const place = placeOfRecord(dataOf(city, descend(city, address.value, city.width).record));
    const { country, latitude, longitude } = place ?? {};
    if (country === undefined || latitude === undefined || longitude === undefined) continue;
    const asn = random() < ASN_SHARE ? asns[Math.floor(random() * asns.length)] : undefined;
    const isScoped = random() < SUBNET_SHARE;
    const subnet = isScoped ? parsePrefix(networkOf(addressText(address)))?.prefix : undefined;
    const continent = countryByCode(country)?.continent;
    const mirror = plainMirror(`m${String(mirrors.length).padStart(6, "0")}.example`, {
      location: { country },
      placed: { at: { latitude, longitude }, by: "coordinates" },
      ...(continent !== undefined && { continent }),
      asns: asn === undefined ? [] : [asn],
      subnets: subnet === undefined ? [] : [subnet],
    });
    mirrors.push(mirror);
  }
  return mirrors;
}

/** The /24 or /48 around an address written in full. */
function networkOf(address: string): string {
  if (address.includes(".")) return `${address.replace(/\.\d+$/, ".0")}/24`;
  return `${address.split(":").slice(0, 3).join(":")}::/48`;
}
