/** ASN ranges from CSV: `start,end,asn,"organisation"`, one a line. */
import { type Range, toAddress } from "./address.ts";

export interface AsnRange extends Range {
  readonly asn: number;
}

/**
 * The ranges of the ASNs asked for, in address order; `wanted` null means all. Where two ranges overlap,
 * the one that starts later counts, unless it lies within the other: whoever is wanted.
 */
export function asnRanges(csv: string, wanted: ReadonlySet<number> | null): AsnRange[] {
  const all: AsnRange[] = [];
  for (const [, first = "", last = "", asn = ""] of csv.matchAll(/^([^,\n]+),([^,\n]+),(\d+),/gm)) {
    const { family, value } = toAddress(first);
    all.push({ family, first: value, last: toAddress(last).value, asn: Number(asn) });
  }
  const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
  all.sort((a, b) => a.family - b.family || compare(a.first, b.first) || compare(b.last, a.last));
  const ranges: AsnRange[] = [];
  for (const range of all) {
    const before = ranges.at(-1);
    if (before?.family === range.family && range.first <= before.last) {
      if (range.last <= before.last) continue;
      ranges[ranges.length - 1] = { ...before, last: range.first - 1n };
    }
    ranges.push(range);
  }
  return wanted === null ? ranges : ranges.filter(({ asn }) => wanted.has(asn));
}

/** The ranges as a look-up: by bisection, over ranges that do not overlap. */
export function asnLookup(ranges: readonly AsnRange[]): (address: bigint) => number | undefined {
  return (address) => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle] as AsnRange).first <= address) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low - 1];
    return found !== undefined && address <= found.last ? found.asn : undefined;
  };
}
