/**
 * Addresses and prefixes as big integers: slow, short and hard to get wrong. Nothing here is taken
 * from `src/ip`, so that a mistake there does not repeat itself in what checks it.
 */
import { isIPv4, isIPv6 } from "node:net";

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Both ends inclusive. */
export interface Range {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

export interface PlainPrefix extends Range {
  readonly bits: number;
}

/** Throws on anything that `node:net` does not take for an address. */
export function toAddress(text: string): Address {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  if (!isIPv6(text) || text.includes("%")) throw new Error(`not an address: ${text}`);
  return { family: 6, value: ipv6Value(text) };
}

export function addressText({ family, value }: Address): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  }
  return value
    .toString(16)
    .padStart(32, "0")
    .replace(/(.{4})(?!$)/g, "$1:");
}

/** `a/n` or a bare address; bits beyond the length are cleared. */
export function toPrefix(text: string): PlainPrefix {
  const [addressPart = "", bitsPart] = text.split("/");
  const { family, value } = toAddress(addressPart);
  const width = family === 4 ? 32 : 128;
  const bits = bitsPart === undefined ? width : Number(bitsPart);
  const size = 1n << BigInt(width - bits);
  const first = (value / size) * size;
  return { family, bits, first, last: first + size - 1n };
}

export function holds(range: Range, { family, value }: Address): boolean {
  return range.family === family && range.first <= value && value <= range.last;
}

/** Where IPv6 holds IPv4: the prefix, and how far right the embedded address stands in it. */
export const embeddings: readonly { readonly prefix: PlainPrefix; readonly shift: bigint }[] = [
  { prefix: toPrefix("::/96"), shift: 0n },
  { prefix: toPrefix("::ffff:0:0/96"), shift: 0n },
  { prefix: toPrefix("64:ff9b::/96"), shift: 0n },
  { prefix: toPrefix("2002::/16"), shift: 80n },
];

/** The IPv4 address that an IPv6 one embeds, else the address itself. */
export function withoutEmbedding(address: Address): Address {
  const found = embeddings.find(({ prefix }) => holds(prefix, address));
  if (found === undefined) return address;
  return { family: 4, value: (address.value >> found.shift) & 0xffff_ffffn };
}

function ipv4Value(text: string): bigint {
  return text.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted?.[1] !== undefined && dotted[2] !== undefined) {
    const low = ipv4Value(dotted[2]);
    return ipv6Value(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [left = "", right] = text.split("::");
  const leftParts = left === "" ? [] : left.split(":");
  const rightParts = right === undefined || right === "" ? [] : right.split(":");
  const zeros = new Array<string>(8 - leftParts.length - rightParts.length).fill("0");
  const parts = right === undefined ? leftParts : [...leftParts, ...zeros, ...rightParts];
  return parts.reduce((value, part) => (value << 16n) | BigInt(`0x${part}`), 0n);
}
