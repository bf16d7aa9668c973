/**
 * Orders that look like chance and are not: the same in every build, and nearly the same when a
 * mirror comes or goes. Each mirror draws a number from the hash of a seed and its own name, and
 * the smallest number comes first (rendezvous hashing), so a mirror that leaves changes nothing
 * among the others.
 */
import type { PlacedMirror } from "../model/mirror.ts";

/** Orders of mirrors by seed. Draws are remembered: the same neighbourhoods come up again and again. */
export class SeededOrders {
  readonly #mirrors: readonly PlacedMirror[];
  /** By seed, by mirror number; NaN for one that has not drawn. */
  readonly #draws = new Map<string, Float64Array>();

  constructor(mirrors: readonly PlacedMirror[]) {
    this.#mirrors = mirrors;
  }

  /** Mirror numbers by their draws of a seed, ties by number. */
  order(candidates: readonly number[], seed: string): number[] {
    const draws = this.#drawsOf(seed);
    for (const mirror of candidates) {
      if (!Number.isNaN(draws[mirror])) continue;
      const { name, weight } = this.#mirrors[mirror]!;
      draws[mirror] = draw(seed, name, weight);
    }
    return [...candidates].sort((a, b) => draws[a]! - draws[b]! || a - b);
  }

  #drawsOf(seed: string): Float64Array {
    let draws = this.#draws.get(seed);
    if (draws === undefined) {
      if (this.#draws.size === MOST_SEEDS) this.#draws.clear();
      draws = new Float64Array(this.#mirrors.length).fill(Number.NaN);
      this.#draws.set(seed, draws);
    }
    return draws;
  }
}

/** Some thousands of real mirrors in eight rotations; beyond that, draws are made again. */
const MOST_SEEDS = 8192;

/**
 * A mirror's draw: exponentially distributed with the weight as its rate, so that among mirrors of
 * weights v and w the first comes first in v / (v + w) of all seeds.
 */
function draw(seed: string, name: string, weight: number): number {
  return -Math.log((hash32(`${seed} ${name}`) + 0.5) / 2 ** 32) / weight;
}

/** FNV-1a over the characters, and a final mix: names that differ in their last letter must part. */
function hash32(text: string): number {
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
