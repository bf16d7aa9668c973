import { describe, expect, test } from "vitest";
import { formatPrefix, type Prefix } from "../../src/ip/prefix.ts";
import { prefixesOfRange } from "../../src/ip/range.ts";
import { seededRandom } from "../support/random.ts";

/**
 * The minimal cover by its definition: split the whole space in halves, and take every block that
 * lies in the range while the block around it does not.
 */
function slowCover(first: bigint, last: bigint, width: number): [bigint, number][] {
  const found: [bigint, number][] = [];
  const visit = (start: bigint, bits: number): void => {
    const end = start + (1n << BigInt(width - bits)) - 1n;
    if (end < first || start > last) return;
    if (first <= start && end <= last) {
      found.push([start, bits]);
      return;
    }
    visit(start, bits + 1);
    visit(start + (1n << BigInt(width - bits - 1)), bits + 1);
  };
  visit(0n, 0);
  return found;
}

function cover(first: bigint, last: bigint, family: 4 | 6): [bigint, number][] {
  const words = (address: bigint) =>
    family === 4
      ? [Number(address)]
      : [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
  return prefixesOfRange(family, words(first), words(last)).map((prefix: Prefix) => {
    if (prefix.family !== family) expect.fail(formatPrefix(prefix));
    return [prefix.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n), prefix.bits];
  });
}

describe("prefixesOfRange", () => {
  test("takes every range over the ends of both spaces apart as its definition does", () => {
    for (const [family, width] of [
      [4, 32],
      [6, 128],
    ] as const) {
      for (const base of [0n, (1n << BigInt(width - 1)) - 16n, (1n << BigInt(width)) - 32n]) {
        for (let from = 0n; from < 32n; from++) {
          for (let to = from; to < 32n; to++) {
            const [first, last] = [base + from, base + to];
            expect(cover(first, last, family)).toEqual(slowCover(first, last, width));
          }
        }
      }
    }
  });

  test("takes seeded random ranges apart as its definition does", () => {
    const random = seededRandom(4);
    const address = (width: number) => {
      let value = 0n;
      for (let word = 0; word < width; word += 32) {
        value = (value << 32n) | BigInt(Math.floor(random() * 2 ** 32));
      }
      // Many low zeros or ones, as in real ranges.
      const low = 1n << BigInt(Math.floor(random() * width));
      return random() < 0.5 ? (value / low) * low : value | (low - 1n);
    };
    for (let round = 0; round < 1000; round++) {
      for (const [family, width] of [
        [4, 32],
        [6, 128],
      ] as const) {
        const [a, b] = [address(width), address(width)];
        const [first, last] = a < b ? [a, b] : [b, a];
        expect(cover(first, last, family)).toEqual(slowCover(first, last, width));
      }
    }
  });

  test("takes the whole space, and nothing for a range from behind", () => {
    expect(prefixesOfRange(4, [0], [0xffff_ffff]).map(formatPrefix)).toEqual(["0.0.0.0/0"]);
    expect(prefixesOfRange(4, [0], [0xffff_fffe])).toHaveLength(32);
    const ones = new Array<number>(4).fill(0xffff_ffff);
    expect(prefixesOfRange(6, [0, 0, 0, 0], ones).map(formatPrefix)).toEqual(["::/0"]);
    expect(prefixesOfRange(4, [2], [1])).toEqual([]);
    expect(prefixesOfRange(6, [0, 0, 0, 2], [0, 0, 0, 1])).toEqual([]);
  });

  test("needs at most 62 and 254 prefixes", () => {
    expect(prefixesOfRange(4, [1], [0xffff_fffe])).toHaveLength(62);
    const last = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_fffe];
    expect(prefixesOfRange(6, [0, 0, 0, 1], last)).toHaveLength(254);
  });
});
