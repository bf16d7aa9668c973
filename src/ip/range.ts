/** Address ranges as prefixes. */
import type { Family } from "./address.ts";
import { bitsInCommon, type Prefix } from "./prefix.ts";

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

/**
 * The same by words. Above their highest differing bit, `at` and `last` agree: any aligned block
 * below that bit ends in the range, and the one up to it does if `last` ends in ones from there.
 */
function prefixesOfRange6(first: readonly number[], last: readonly number[]): Prefix[] {
  const prefixes: Prefix[] = [];
  const at = [...first];
  while (compareWords(at, last) <= 0) {
    const differing = 128 - bitsInCommon(at, last);
    let hostBits = Math.min(trailingZeros(at), differing);
    if (hostBits === differing && !endsInOnes(last, differing)) hostBits--;
    prefixes.push({ family: 6, words: [...at], bits: 128 - hostBits });
    if (!addBit(at, hostBits)) break;
  }
  return prefixes;
}

function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 4; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function trailingZeros(words: readonly number[]): number {
  for (let i = 3; i >= 0; i--) {
    const word = words[i] as number;
    if (word !== 0) return (3 - i) * 32 + 31 - Math.clz32(word & -word);
  }
  return 128;
}

function endsInOnes(words: readonly number[], bits: number): boolean {
  for (let i = 3, left = bits; left > 0; i--, left -= 32) {
    const mask = left >= 32 ? 0xffff_ffff : 2 ** left - 1;
    if (((words[i] as number) & mask) >>> 0 !== mask) return false;
  }
  return true;
}

/** Adds 2^bit in place; false where the sum does not fit into 128 bits. */
function addBit(words: number[], bit: number): boolean {
  let carry = 2 ** (bit & 31);
  for (let i = 3 - (bit >> 5); i >= 0; i--) {
    const sum = (words[i] as number) + carry;
    words[i] = sum >>> 0;
    if (sum < 2 ** 32) return true;
    carry = 1;
  }
  return false;
}
