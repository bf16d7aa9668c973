/** The hashes that orders and rotations are drawn with, over 32 bits, and nginx's own. */

/** FNV-1a over the char codes, then `fmix32`. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const unit of text.split("")) {
    hash = Math.imul((hash ^ unit.charCodeAt(0)) >>> 0, 0x01000193) >>> 0;
  }
  return fmix32(hash);
}

/** The finalizer of MurmurHash3. */
export function fmix32(value: number): number {
  let hash = value >>> 0;
  hash = (hash ^ (hash >>> 16)) >>> 0;
  hash = Math.imul(hash, 0x85ebca6b) >>> 0;
  hash = (hash ^ (hash >>> 13)) >>> 0;
  hash = Math.imul(hash, 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** MurmurHash2 with seed 0, as nginx's `split_clients` has it, over the bytes of a text. */
export function murmur2(text: string): number {
  const bytes = Buffer.from(text);
  const multiply = (a: number) => Math.imul(a, 0x5bd1e995) >>> 0;
  const whole = bytes.length - (bytes.length % 4);
  let hash = bytes.length;
  for (let at = 0; at < whole; at += 4) {
    const word = multiply(bytes.readUInt32LE(at));
    hash = (multiply(hash) ^ multiply((word ^ (word >>> 24)) >>> 0)) >>> 0;
  }
  if (whole < bytes.length) {
    hash = multiply((hash ^ bytes.readUIntLE(whole, bytes.length - whole)) >>> 0);
  }
  hash = multiply((hash ^ (hash >>> 13)) >>> 0);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * The part of `split_clients` that a text falls into, by its number. Shares are in hundredths of a
 * per cent; the last, `*`, takes what is left.
 */
export function partOf(text: string, shares: readonly (number | "*")[]): number {
  const hash = BigInt(murmur2(text));
  let limit = 0n;
  return shares.findIndex((share) => {
    if (share === "*") return true;
    limit += (BigInt(share) * 0xffff_ffffn) / 10_000n;
    return hash < limit;
  });
}

/** `count` equal parts. */
export function equalShares(count: number): (number | "*")[] {
  return [...new Array<number>(count - 1).fill(Math.floor(10_000 / count)), "*"];
}
