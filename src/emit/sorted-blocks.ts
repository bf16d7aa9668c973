/**
 * A trie from prefixes of one family that come in address order and do not overlap. Nothing is
 * inserted into it: each half of a run of blocks is a run itself, and a node is made when its two
 * sides are.
 */
import type { Prefix } from "../ip/prefix.ts";
import type { Ref, TableBuilder } from "../routes/table.ts";

export class SortedBlocks {
  /** No more nodes than these come to be, save those above embedded tries. */
  maxNodes = 0;
  /** Words of an address. */
  readonly #wordCount: 1 | 4;
  #count = 0;
  /** `#wordCount` of them a block. */
  #words: Uint32Array;
  #bits: Uint8Array;
  #refs: Int32Array;

  /** `expected` is how many blocks there may be; more make the columns grow. */
  constructor(width: 32 | 128, expected: number) {
    const capacity = Math.max(16, expected);
    this.#wordCount = width === 32 ? 1 : 4;
    this.#words = new Uint32Array(capacity * this.#wordCount);
    this.#bits = new Uint8Array(capacity);
    this.#refs = new Int32Array(capacity);
  }

  add(words: readonly number[], bits: number, ref: Ref): void {
    if (this.#count === this.#bits.length) this.#grow();
    this.maxNodes += bits - this.#bitsInCommon(words);
    const at = this.#count * this.#wordCount;
    for (let word = 0; word < this.#wordCount; word++) this.#words[at + word] = words[word]!;
    this.#bits[this.#count] = bits;
    this.#refs[this.#count] = ref;
    this.#count++;
  }

  /**
   * The root of the trie. What lies between the blocks leads to the leaf `elsewhere`, and each prefix
   * of `embedding` to `embedded`, whatever the blocks say.
   */
  build(
    builder: TableBuilder,
    elsewhere: Ref,
    embedding: readonly Prefix[] = [],
    embedded: Ref = elsewhere,
  ): Ref {
    const wordCount = this.#wordCount;
    const words = this.#words;
    const bits = this.#bits;
    const refs = this.#refs;

    const isOne = (block: number, depth: number) =>
      ((words[block * wordCount + (depth >> 5)]! >>> (31 - (depth & 31))) & 1) === 1;

    /** Of blocks that agree down to `depth`, the first on the side of a 1 bit. */
    function middleOf(first: number, end: number, depth: number): number {
      let low = first;
      let high = end;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (isOne(middle, depth)) high = middle;
        else low = middle + 1;
      }
      return low;
    }

    // Both recurse once a bit, so that no depth is over 128.
    function plain(first: number, end: number, depth: number): Ref {
      if (first === end) return elsewhere;
      if (bits[first]! === depth) return refs[first]!;
      const middle = middleOf(first, end, depth);
      const zero = plain(first, middle, depth + 1);
      return builder.node(zero, plain(middle, end, depth + 1));
    }

    /** `inside` are the embedding prefixes from here on down. A block may hold one of them. */
    function around(first: number, end: number, depth: number, inside: readonly Prefix[]): Ref {
      if (inside.length === 0) {
        return first < end && bits[first]! < depth ? refs[first]! : plain(first, end, depth);
      }
      if (inside.some((prefix) => prefix.bits === depth)) return embedded;
      const isOneOf = ({ words }: Prefix) => (words[depth >> 5]! >>> (31 - (depth & 31))) & 1;
      const zeros = inside.filter((prefix) => isOneOf(prefix) === 0);
      const ones = inside.filter((prefix) => isOneOf(prefix) === 1);
      const holdsAll = first < end && bits[first]! <= depth;
      const middle = holdsAll ? first : middleOf(first, end, depth);
      const zero = around(first, holdsAll ? end : middle, depth + 1, zeros);
      return builder.node(zero, around(middle, end, depth + 1, ones));
    }

    return around(0, this.#count, 0, embedding);
  }

  /** Bits of a block that it shares with the one before it. */
  #bitsInCommon(words: readonly number[]): number {
    if (this.#count === 0) return 0;
    const before = (this.#count - 1) * this.#wordCount;
    for (let word = 0; word < this.#wordCount; word++) {
      const difference = words[word]! ^ this.#words[before + word]!;
      if (difference !== 0) return word * 32 + Math.clz32(difference);
    }
    return this.#wordCount * 32;
  }

  #grow(): void {
    const copied = <Column extends Uint32Array | Uint8Array | Int32Array>(
      from: Column,
      to: Column,
    ): Column => {
      to.set(from);
      return to;
    };
    const capacity = this.#bits.length * 2;
    this.#words = copied(this.#words, new Uint32Array(capacity * this.#wordCount));
    this.#bits = copied(this.#bits, new Uint8Array(capacity));
    this.#refs = copied(this.#refs, new Int32Array(capacity));
  }
}
