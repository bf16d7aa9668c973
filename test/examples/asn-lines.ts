/** The lines of an ASN table as they are, for a few questions about it. */
import { parseAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";

export interface AsnLine {
  readonly first: string;
  readonly last: string;
  readonly asn: number;
}

/** In the order of the file, which is that of the addresses. */
export function readAsnLines(csv: string): readonly AsnLine[] {
  const lines = csv.matchAll(/^([^,\n]+),([^,\n]+),(\d+),/gm);
  return Array.from(lines, ([, first = "", last = "", asn]) => ({ first, last, asn: Number(asn) }));
}

/** The autonomous systems, each once, of the lines of one family that overlap a network. */
export function asnsWithin(lines: readonly AsnLine[], { words, bits }: Prefix): readonly number[] {
  const start = numberOf(words);
  const end = start | ((1n << BigInt(words.length * 32 - bits)) - 1n);
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (addressOf(lines[middle]?.last) < start) low = middle + 1;
    else high = middle;
  }
  const asns = new Set<number>();
  for (let index = low; index < lines.length; index++) {
    const line = lines[index];
    if (!line || addressOf(line.first) > end) break;
    asns.add(line.asn);
  }
  return [...asns];
}

function addressOf(text: string | undefined): bigint {
  const address = parseAddress(text ?? "");
  if (!address) throw new Error(`not an address: ${text}`);
  return numberOf(address.words);
}

function numberOf(words: ArrayLike<number>): bigint {
  return Array.from(words).reduce((value, word) => (value << 32n) | BigInt(word), 0n);
}
