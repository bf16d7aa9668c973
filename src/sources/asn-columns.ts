/** Address ranges under construction: columns that grow, put into address order at the end. */
import type { Family } from "../ip/address.ts";

/** The ranges of one family in address order; they do not overlap. */
export interface AsnFamilyRanges {
  readonly family: Family;
  readonly count: number;
  /** The first and last address of each range: one word each for IPv4, four for IPv6. */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly asn: Uint32Array;
  /** Where each range's name is: the number of its source, and its place in it. */
  readonly nameSource: Uint8Array;
  readonly nameOffset: Uint32Array;
}

/** The two addresses of a range: the words of its first, and from `LAST` on those of its last. */
export const LAST = 4;

export class AsnColumns {
  readonly family: Family;
  /** The number of the source that ranges added from now on come from. */
  source = 0;
  readonly #words: 1 | 4;
  #count = 0;
  #capacity = 1 << 14;
  #ordered = true;
  #first: Uint32Array;
  #last: Uint32Array;
  #asn = new Uint32Array(this.#capacity);
  #nameSource = new Uint8Array(this.#capacity);
  #nameOffset = new Uint32Array(this.#capacity);
  readonly #overlaps = new Map<number, number>();

  constructor(family: Family) {
    this.family = family;
    this.#words = family === 4 ? 1 : 4;
    this.#first = new Uint32Array(this.#capacity * this.#words);
    this.#last = new Uint32Array(this.#capacity * this.#words);
  }

  /**
   * Where ranges overlap, the one that starts later counts, so an earlier one ends before it; one
   * that lies within an earlier one is left out.
   */
  add(bounds: Uint32Array, asn: number, nameOffset: number): void {
    if (this.#count === this.#capacity) this.#grow();
    const words = this.#words;
    const count = this.#count;
    const at = count * words;
    if (count > 0 && compareAt(bounds, 0, this.#last, at - words, words) <= 0) {
      if (compareAt(bounds, 0, this.#first, at - words, words) <= 0) this.#ordered = false;
      else if (!this.#trimLast(bounds)) return;
    }
    for (let word = 0; word < words; word++) {
      this.#first[at + word] = bounds[word] as number;
      this.#last[at + word] = bounds[LAST + word] as number;
    }
    this.#asn[count] = asn;
    this.#nameSource[count] = this.source;
    this.#nameOffset[count] = nameOffset;
    this.#count = count + 1;
  }

  /** Columns of just the right length; `overlaps` counts by source. */
  finish(): { readonly ranges: AsnFamilyRanges; readonly overlaps: ReadonlyMap<number, number> } {
    if (!this.#ordered) this.#order();
    const count = this.#count;
    const ranges = {
      family: this.family,
      count,
      first: this.#first.slice(0, count * this.#words),
      last: this.#last.slice(0, count * this.#words),
      asn: this.#asn.slice(0, count),
      nameSource: this.#nameSource.slice(0, count),
      nameOffset: this.#nameOffset.slice(0, count),
    };
    return { ranges, overlaps: this.#overlaps };
  }

  /**
   * Shortens the last range where `bounds`, which starts within it, begins. False if `bounds` does
   * not reach beyond it and has to be left out instead.
   */
  #trimLast(bounds: Uint32Array): boolean {
    this.#countOverlap(this.source);
    const words = this.#words;
    const at = (this.#count - 1) * words;
    if (compareAt(bounds, LAST, this.#last, at, words) <= 0) return false;
    let borrow = 1;
    for (let word = words - 1; word >= 0; word--) {
      const value = (bounds[word] as number) - borrow;
      this.#last[at + word] = value;
      borrow = value < 0 ? 1 : 0;
    }
    return true;
  }

  #countOverlap(source: number): void {
    this.#overlaps.set(source, (this.#overlaps.get(source) ?? 0) + 1);
  }

  /** Adds all ranges anew by first address; of those that start together the widest remains. */
  #order(): void {
    const words = this.#words;
    const first = this.#first;
    const last = this.#last;
    const order = Array.from({ length: this.#count }, (_, index) => index).sort(
      (a, b) =>
        compareAt(first, a * words, first, b * words, words) ||
        compareAt(last, b * words, last, a * words, words) ||
        a - b,
    );
    const sorted = new AsnColumns(this.family);
    const bounds = new Uint32Array(2 * LAST);
    let before = -1;
    for (const index of order) {
      sorted.source = this.#nameSource[index] as number;
      if (before >= 0 && compareAt(first, index * words, first, before * words, words) === 0) {
        this.#countOverlap(sorted.source);
        continue;
      }
      for (let word = 0; word < words; word++) {
        bounds[word] = first[index * words + word] as number;
        bounds[LAST + word] = last[index * words + word] as number;
      }
      sorted.add(bounds, this.#asn[index] as number, this.#nameOffset[index] as number);
      before = index;
    }
    for (const [source, count] of sorted.#overlaps) {
      this.#overlaps.set(source, (this.#overlaps.get(source) ?? 0) + count);
    }
    this.#count = sorted.#count;
    this.#first = sorted.#first;
    this.#last = sorted.#last;
    this.#asn = sorted.#asn;
    this.#nameSource = sorted.#nameSource;
    this.#nameOffset = sorted.#nameOffset;
  }

  #grow(): void {
    this.#capacity *= 2;
    const words = this.#capacity * this.#words;
    this.#first = copyInto(this.#first, new Uint32Array(words));
    this.#last = copyInto(this.#last, new Uint32Array(words));
    this.#asn = copyInto(this.#asn, new Uint32Array(this.#capacity));
    this.#nameSource = copyInto(this.#nameSource, new Uint8Array(this.#capacity));
    this.#nameOffset = copyInto(this.#nameOffset, new Uint32Array(this.#capacity));
  }
}

/** Below zero, zero or above as the address at one place comes before, equals or follows another. */
export function compareAt(
  a: Uint32Array,
  atA: number,
  b: Uint32Array,
  atB: number,
  words: number,
): number {
  for (let word = 0; word < words; word++) {
    const difference = (a[atA + word] as number) - (b[atB + word] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function copyInto<Column extends Uint32Array | Uint8Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
