/** Address prefixes of both families as four 32-bit words. */

export type Family = 4 | 6;

/**
 * A CIDR prefix. `words` holds the address as unsigned 32-bit integers, most significant first:
 * one word for IPv4, four for IPv6. Bits beyond `bits` are zero.
 */
export interface Prefix {
  readonly family: Family;
  readonly words: readonly number[];
  readonly bits: number;
}
