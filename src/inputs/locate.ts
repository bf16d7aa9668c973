/** What the databases, and the operator's overrides, say of an address. */
import type { Address } from "../ip/address.ts";
import { hostPrefix, prefixContains } from "../ip/prefix.ts";
import { lookup } from "../mmdb/lookup.ts";
import type { PlacedOverride } from "../model/overrides.ts";
import type { ClientPlace } from "../model/place.ts";
import type { AsnRanges } from "../sources/asn.ts";
import { compareAt } from "../sources/asn-columns.ts";
import type { CityPlaces } from "./place-trees.ts";

/** What says where addresses are. */
export interface PlaceSources {
  readonly city: { readonly ipv4: CityPlaces; readonly ipv6: CityPlaces };
  readonly overrides: readonly PlacedOverride[];
}

/** Where an address is: the record of the City database, or the innermost override in its stead. */
export function locate(address: Address, { city, overrides }: PlaceSources) {
  const ofFamily = address.family === 4 ? city.ipv4 : city.ipv6;
  const found = ofFamily.db && lookup(ofFamily.db, address);
  const record =
    ofFamily.db && found?.dataOffset != null ? ofFamily.db.records.numberOf(found.dataOffset) : -1;
  const override = innermost(
    overrides.filter(({ network }) => prefixContains(network, hostPrefix(address))),
  );
  const ofRecord = record === -1 ? null : ofFamily.placeOf(record);
  const place: ClientPlace | null = override ? override.place.place : ofRecord;
  return { city: ofFamily, record, prefixBits: found?.prefixBits ?? 0, override, place };
}

/** By bisection: ranges are in order and do not overlap. */
export function asnOf({ family, words }: Address, asns: AsnRanges): number | undefined {
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

/** Of equal networks the last given holds. */
function innermost(overrides: readonly PlacedOverride[]): PlacedOverride | undefined {
  return overrides.toReversed().sort((a, b) => b.network.bits - a.network.bits)[0];
}
