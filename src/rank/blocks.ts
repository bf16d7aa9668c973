/**
 * Networks of which GeoIP knows the country alone. From the country's middle, the mirrors that
 * happen to be near it would get all of them, so such networks are spread over the country's
 * mirrors: by blocks of addresses, each of which has one of a few seeded orders, its slot.
 */
import type { Family } from "../ip/address.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import { mix32 } from "./seeded-order.ts";

/**
 * Addresses that share these leading bits are one block. Wide enough that few networks are cut up,
 * and that the table of routes stays small.
 */
export const BLOCK_BITS: Readonly<Record<Family, 16 | 32>> = { 4: 16, 6: 32 };

/** Four times as many orders as mirrors, so that the shares of the mirrors come out alike. */
const SLOTS_PER_MIRROR = 4;
const LEAST_SLOTS = 16;
export const MOST_SLOTS = 256;

/** The block of an address: its first bits as a number. */
export function blockOf(family: Family, words: readonly number[]): number {
  return words[0]! >>> (32 - BLOCK_BITS[family]);
}

/**
 * The number of slots by country, for countries with a choice of mirrors. Powers of two: a mirror
 * more or less hardly ever changes a country's number of slots, which would deal all blocks anew.
 */
export function slotsByCountry(mirrors: readonly PlacedMirror[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { reach, placed, location } of mirrors) {
    if (reach !== "public" || placed === undefined || location.country === undefined) continue;
    counts.set(location.country, (counts.get(location.country) ?? 0) + 1);
  }
  return new Map(
    Array.from(counts)
      .filter(([, count]) => count > 1)
      .map(([country, count]) => {
        const slots = 2 ** Math.ceil(Math.log2(count * SLOTS_PER_MIRROR));
        return [country, Math.min(MOST_SLOTS, Math.max(LEAST_SLOTS, slots))];
      }),
  );
}

/** `slots` is a power of two. */
export function slotOf(block: number, slots: number): number {
  return mix32(block) & (slots - 1);
}
