/** Address prefixes of both families as 32-bit words. */
import IPCIDR from "ip-cidr";
import { formatAddress, parseAddress } from "./address.ts";

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

/** What a person wrote as a network: "192.0.2.1/24" is 192.0.2.0/24 with host bits set. */
export interface WrittenPrefix {
  readonly prefix: Prefix;
  readonly hostBitsSet: boolean;
}

/** CIDR text, or a bare address as the prefix of all its bits; null for anything else. */
export function parsePrefix(text: string): WrittenPrefix | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const width = address.words.length * 32;
  const length = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(length) || Number(length) > width) return null;
  if (!IPCIDR.isValidCIDR(`${formatAddress(address.family, address.words)}/${length}`)) return null;
  const bits = Number(length);
  const words = address.words.map((word, index) => (word & maskOfWord(bits, index)) >>> 0);
  const hostBitsSet = words.some((word, index) => word !== address.words[index]);
  return { prefix: { family: address.family, words, bits }, hostBitsSet };
}

/** CIDR text, always with the prefix length; the address as RFC 5952 wants it. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.family, prefix.words)}/${prefix.bits}`;
}

/** IPv4 before IPv6, then by address, then the wider network first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family - b.family;
  for (const [index, word] of a.words.entries()) {
    const other = b.words[index] as number;
    if (word !== other) return word < other ? -1 : 1;
  }
  return a.bits - b.bits;
}

/** Whether every address of `inner` is one of `outer`. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  return outer.words.every(
    (word, index) =>
      ((word ^ (inner.words[index] as number)) & maskOfWord(outer.bits, index)) >>> 0 === 0,
  );
}

/** The network bits of one word: of a /20, 0xfffff000 for word 0 and 0 for the others. */
export function maskOfWord(bits: number, index: number): number {
  const here = Math.min(32, Math.max(0, bits - 32 * index));
  return here === 0 ? 0 : (-1 << (32 - here)) >>> 0;
}
