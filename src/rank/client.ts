/** What the rule looks at of a client. */
import type { ClientPlace } from "../model/place.ts";

/**
 * A mirror one of whose subnets holds the client, with the length of the longest such prefix, or
 * whatever orders these lengths.
 */
export interface SubnetMatch {
  readonly mirror: number;
  readonly bits: number;
}

/** Everything about a client that the rule looks at. */
export interface Client {
  readonly place: ClientPlace | null;
  /** Whether GeoIP has a record of the address, even one that gives no place. False if absent. */
  readonly hasRecord?: boolean;
  /** Which block of addresses (`blockOf`) it is in: of clients known by country alone. */
  readonly block?: number;
  readonly subnetMatches: readonly SubnetMatch[];
  /** Mirrors one of whose ASNs is the client's. */
  readonly asnMatches: readonly number[];
  /** Of equally good mirrors, those with an address in this ASN come first. */
  readonly asn?: number | undefined;
}
