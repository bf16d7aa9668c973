/** Address prefixes of both families as 32-bit words. */
import IPCIDR from "ip-cidr";
import { type Address, type Family, formatAddress, parseAddress } from "./address.ts";

/**
 * A CIDR prefix. `words` holds the address as unsigned 32-bit integers, most significant first:
 * one word for IPv4, four for IPv6. Bits beyond `bits` are zero.
 */
export interface Prefix {
  readonly family: Family;
  readonly words: readonly number[];
  readonly bits: number;
}

/** The network of one address alone: a /32 or a /128. */
export function hostPrefix({ family, words }: Address): Prefix {
  return { family, words, bits: family === 4 ? 32 : 128 };
}

/** What a person wrote as a network: "192.0.2.1/24" is 192.0.2.0/24 with host bits set. */
export interface WrittenPrefix {
  readonly prefix: Prefix;
  readonly hostBitsSet: boolean;
}

/**
 * CIDR text, or a bare address as the prefix of all its bits; null for anything else. The address
 * is read by our own strict parser, because ip-cidr lets zones ("fe80::1%eth0/64") pass and
 * refuses IPv6 that ends in a dotted quad; the length and the network are ip-cidr's.
 */
export function parsePrefix(text: string): WrittenPrefix | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const { family, words: written } = address;
  const length = slash < 0 ? String(written.length * 32) : text.slice(slash + 1);
  const plain = family === 4 ? formatAddress(4, written) : hexGroups(written);
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(length) || !IPCIDR.isValidCIDR(`${plain}/${length}`))
    return null;
  const network = new IPCIDR(`${plain}/${length}`).start<bigint>({ type: "bigInteger" });
  const words = written.map((_, index) =>
    Number((network >> BigInt(32 * (written.length - 1 - index))) & 0xffff_ffffn),
  );
  const hostBitsSet = words.some((word, index) => word !== written[index]);
  return { prefix: { family, words, bits: Number(length) }, hostBitsSet };
}

/**
 * What a machine wrote as a network: as strict as `parsePrefix`, without ip-cidr, which takes 30 us
 * for each. Null for a bare address, and where bits are set beyond the length: such a list means a
 * network by every entry.
 */
export function parseNetwork(text: string): Prefix | null {
  const slash = text.indexOf("/");
  const address = slash < 0 ? null : parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === null || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return null;
  const { family, words } = address;
  const bits = Number(length);
  if (bits > words.length * 32) return null;
  for (let index = 0; index < words.length; index++) {
    if (((words[index] as number) & ~maskOfWord(bits, index)) !== 0) return null;
  }
  return { family, words, bits };
}

/** CIDR text, always with the prefix length; the address as RFC 5952 wants it. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.family, prefix.words)}/${prefix.bits}`;
}

/** IPv4 before IPv6, then by address, then the wider network first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family - b.family;
  for (let index = 0; index < a.words.length; index++) {
    const word = a.words[index] as number;
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

/** How many leading bits two addresses of one family share, by the words of the first. */
export function bitsInCommon(words: readonly number[], others: readonly number[]): number {
  for (let index = 0; index < words.length; index++) {
    const difference = (words[index] as number) ^ (others[index] as number);
    if (difference !== 0) return index * 32 + Math.clz32(difference);
  }
  return words.length * 32;
}

/** All eight groups, none left out. */
function hexGroups(words: readonly number[]): string {
  return words
    .map((word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`)
    .join(":");
}

/** The network bits of one word: of a /20, 0xfffff000 for word 0 and 0 for the others. */
export function maskOfWord(bits: number, index: number): number {
  const here = Math.min(32, Math.max(0, bits - 32 * index));
  return here === 0 ? 0 : (-1 << (32 - here)) >>> 0;
}
