import type { ClientPlace } from "../../src/model/place.ts";
import type { NodeReader, PlaceTree } from "../../src/routes/pass.ts";

/** A City trie in memory: what `grow` is given holds from there down. */
export class MemoryPlaceTree implements PlaceTree, NodeReader {
  readonly bits: 32 | 128;
  readonly root = 0;
  readonly nodes = this;
  left = 0;
  right = 0;
  #nodes: [number, number][] = [];
  readonly #places: readonly (ClientPlace | null)[];

  /** Values of leaves are -1 for "no record", otherwise -2 - record. */
  constructor(bits: 32 | 128, places: readonly (ClientPlace | null)[], nodes: [number, number][]) {
    this.bits = bits;
    this.#places = places;
    this.#nodes = nodes;
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  get recordCount(): number {
    return this.#places.length;
  }

  read(node: number): void {
    const [left, right] = this.#nodes[node]!;
    this.left = this.#value(left);
    this.right = this.#value(right);
  }

  #value(held: number): number {
    if (held >= 0) return held;
    return held === -1 ? this.nodeCount : this.nodeCount + 1 + (-2 - held);
  }

  recordOf(value: number): number {
    return value - this.nodeCount - 1;
  }

  placeOf(record: number): ClientPlace | null {
    return this.#places[record]!;
  }
}

/** Grows a random trie below a node; `leaf` draws what a network holds. */
export function randomNodes(
  random: () => number,
  depthLimit: number,
  leaf: () => number,
): [number, number][] {
  const nodes: [number, number][] = [];
  const grow = (depth: number): number => {
    if (depth > 0 && (depth >= depthLimit || random() < 0.25)) return leaf();
    const node = nodes.push([-1, -1]) - 1;
    nodes[node] = [grow(depth + 1), grow(depth + 1)];
    return node;
  };
  grow(0);
  return nodes;
}
