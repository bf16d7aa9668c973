/**
 * The data records that a tree points to, numbered.
 *
 * One bit per byte of the data section says that a record starts there; a running count per 32
 * bits turns an offset into its rank. With bits at 3, 40 and 41, the words are [0x8, 0x300], the
 * counts before each word [0, 1], and offset 41 has number 1 + popcount(0x300 & 0x1ff) = 2.
 */

export class RecordIndex {
  /** Records, numbered 0 to `count` - 1 in ascending order of their offset. */
  readonly count: number;
  readonly #bits: Uint32Array;
  /** Records in the words before each. */
  readonly #before: Uint32Array;

  /** `bits`: bit `offset & 31` of word `offset >>> 5` is set where a record starts. */
  constructor(bits: Uint32Array) {
    this.#bits = bits;
    this.#before = new Uint32Array(bits.length);
    let count = 0;
    for (let word = 0; word < bits.length; word++) {
      this.#before[word] = count;
      count += popcount(bits[word] as number);
    }
    this.count = count;
  }

  /** The number of the record at an offset of the data section, which must be one's start. */
  numberOf(dataOffset: number): number {
    const word = dataOffset >>> 5;
    const below = (this.#bits[word] as number) & ((1 << (dataOffset & 31)) - 1);
    return (this.#before[word] as number) + popcount(below);
  }

  /** The inverse of `numberOf`, by bisection. */
  offsetOf(number: number): number {
    let low = 0;
    let high = this.#before.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#before[middle] as number) <= number) low = middle;
      else high = middle - 1;
    }
    let word = this.#bits[low] as number;
    for (let skip = number - (this.#before[low] as number); skip > 0; skip--) word &= word - 1;
    return low * 32 + lowestBit(word);
  }

  /** Visits every record in ascending order: the cheap way to all offsets. */
  forEach(visit: (dataOffset: number, number: number) => void): void {
    let number = 0;
    for (let index = 0; index < this.#bits.length; index++) {
      for (let word = this.#bits[index] as number; word !== 0; word &= word - 1) {
        visit(index * 32 + lowestBit(word), number);
        number += 1;
      }
    }
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** Bits set in a 32-bit word, by adding neighbours: pairs, nibbles, bytes, then all four bytes. */
function popcount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
