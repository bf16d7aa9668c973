/** Address ranges as prefixes. */
import type { Family, Prefix } from "./prefix.ts";

/**
 * The fewest prefixes that together hold the addresses from `first` to `last`, both included, in
 * address order; none when `first` comes after `last`. At most 62 for IPv4 and 254 for IPv6.
 */
export function prefixesOfRange(
  family: Family,
  first: readonly number[],
  last: readonly number[],
): Prefix[] {
  return family === 4
    ? prefixesOfRange4(first[0] as number, last[0] as number)
    : prefixesOfRange6(first, last);
}

/** From the left, always the largest block that is aligned there and still ends in the range. */
function prefixesOfRange4(first: number, last: number): Prefix[] {
  const prefixes: Prefix[] = [];
  for (let at = first; at <= last; ) {
    const aligned = at === 0 ? 32 : 31 - Math.clz32(at & -at);
    const span = last - at + 1;
    const fitting = span > 0xffff_ffff ? 32 : 31 - Math.clz32(span);
    const hostBits = Math.min(aligned, fitting);
    prefixes.push({ family: 4, words: [at], bits: 32 - hostBits });
    at += 2 ** hostBits;
  }
  return prefixes;
}

function prefixesOfRange6(first: readonly number[], last: readonly number[]): Prefix[] {
  const prefixes: Prefix[] = [];
  const end = bigintOf(last);
  for (let at = bigintOf(first); at <= end; ) {
    const aligned = at === 0n ? 128 : bitLength(at & -at) - 1;
    const fitting = bitLength(end - at + 1n) - 1;
    const hostBits = Math.min(aligned, fitting);
    prefixes.push({ family: 6, words: wordsOf(at), bits: 128 - hostBits });
    at += 1n << BigInt(hostBits);
  }
  return prefixes;
}

function bigintOf(words: readonly number[]): bigint {
  return words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
}

function wordsOf(value: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffff_ffffn));
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
