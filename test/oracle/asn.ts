/** ASN ranges from CSV: `start,end,asn,"organisation"`, one a line. */
import { type Range, toAddress } from "./address.ts";

export interface AsnRange extends Range {
  readonly asn: number;
}

/** The ranges of the ASNs asked for, in address order; `wanted` null means all. */
export function asnRanges(csv: string, wanted: ReadonlySet<number> | null): AsnRange[] {
  const ranges: AsnRange[] = [];
  for (const [, first = "", last = "", asn = ""] of csv.matchAll(/^([^,\n]+),([^,\n]+),(\d+),/gm)) {
    if (wanted !== null && !wanted.has(Number(asn))) continue;
    const { family, value } = toAddress(first);
    ranges.push({ family, first: value, last: toAddress(last).value, asn: Number(asn) });
  }
  return ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
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
