/** Addresses worth asking for: at random in several ways, and where answers change. */
import { type Address, embeddings, type Range } from "./address.ts";
import { type PlainDatabase, recordOf } from "./mmdb.ts";

type Random = () => number;

/** Uniform over a range of any size. */
export function randomIn(random: Random, { family, first, last }: Range): Address {
  let bits = 0n;
  for (let word = 0; word < 5; word += 1) {
    bits = (bits << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  }
  return { family, value: first + (bits % (last - first + 1n)) };
}

/**
 * The first, the last or any address of a leaf that holds data, found by going down a tree at
 * random: sparse regions come up as often as crowded ones. Null when the way ended at nothing.
 */
export function randomInTree(random: Random, db: PlainDatabase): Address | null {
  let record = 0;
  let path = 0n;
  let depth = 0;
  while (record < db.nodeCount) {
    const sides = ([0, 1] as const).filter((side) => recordOf(db, record, side) !== db.nodeCount);
    const side = sides[Math.floor(random() * sides.length)];
    if (side === undefined) return null;
    record = recordOf(db, record, side);
    path = path * 2n + BigInt(side);
    depth += 1;
  }
  const family = db.width === 32 ? 4 : 6;
  const size = 1n << BigInt(db.width - depth);
  const range: Range = { family, first: path * size, last: (path + 1n) * size - 1n };
  const choice = random();
  if (choice < 0.25) return { family, value: range.first };
  if (choice < 0.5) return { family, value: range.last };
  return randomIn(random, range);
}

/** The ends of each range and their neighbours outside: where a compiler is wrong by one. */
export function edgesOf(ranges: readonly Range[]): Address[] {
  return ranges.flatMap(({ family, first, last }) => {
    const limit = family === 4 ? 1n << 32n : 1n << 128n;
    return [first - 1n, first, last, last + 1n]
      .filter((value) => value >= 0n && value < limit)
      .map((value): Address => ({ family, value }));
  });
}

/** The IPv6 addresses that embed an IPv4 one, the rightmost bits of 6to4 filled at random. */
export function embedded(random: Random, { value }: Address): Address[] {
  return embeddings.map(({ prefix, shift }) => {
    const low = shift === 0n ? 0n : BigInt(Math.floor(random() * 2 ** 32)) << 40n;
    return { family: 6, value: prefix.first + (value << shift) + low };
  });
}
