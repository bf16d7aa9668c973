/**
 * Orders that look like chance and are not: the same in every build, and nearly the same when a
 * mirror comes or goes. Each mirror draws a number from the hash of a seed and its own name, and
 * the smallest number comes first (rendezvous hashing), so a mirror that leaves changes nothing
 * among the others.
 */

/**
 * A mirror's draw: exponentially distributed with the weight as its rate, so that among mirrors of
 * weights v and w the first comes first in v / (v + w) of all seeds.
 */
export function draw(seed: string, name: string, weight: number): number {
  return -Math.log((hash32(`${seed} ${name}`) + 0.5) / 2 ** 32) / weight;
}

/** FNV-1a over the characters, and a final mix: names that differ in their last letter must part. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix32(hash);
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the output. */
export function mix32(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
