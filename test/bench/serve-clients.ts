/** Where clients are: random addresses that somebody announces. */
import { readFileSync } from "node:fs";
import { addressText } from "../oracle/address.ts";
import { type AsnRange, asnRanges } from "../oracle/asn.ts";
import { randomIn } from "../oracle/sample.ts";
import { seededRandom } from "../support/random.ts";

export interface ClientsWanted {
  /** CSV of who announces which addresses. */
  readonly asn: readonly string[];
  readonly seed: number;
}

const CLIENTS = 10_000;
const IPV6_SHARE = 0.1;

/**
 * Of IPv4, any announced address is as likely as any other; of IPv6, any announced range, for a
 * few of them hold most addresses.
 */
export function randomClients({ asn, seed }: ClientsWanted): string[] {
  const random = seededRandom(seed);
  const ranges = asn.flatMap((file) => asnRanges(readFileSync(file, "utf8"), null));
  const ipv6 = ranges.filter(({ family }) => family === 6);
  const ipv4 = ranges.filter(({ family }) => family === 4);
  const ends: number[] = [];
  for (const { first, last } of ipv4) ends.push((ends.at(-1) ?? 0) + Number(last - first + 1n));
  const anyRange = (): AsnRange | undefined => {
    if (random() < IPV6_SHARE) return ipv6[Math.floor(random() * ipv6.length)];
    const at = random() * (ends.at(-1) ?? 0);
    return ipv4[firstAbove(ends, at)];
  };
  return Array.from({ length: CLIENTS }, () => {
    const range = anyRange();
    if (range === undefined) throw new Error("no ranges to take clients from");
    return addressText(randomIn(random, range));
  });
}

/** The index of the first of the ascending values that is above `value`. */
function firstAbove(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
