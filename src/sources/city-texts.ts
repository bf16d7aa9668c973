/** Texts of a data section, numbered by where they stand, so that each is copied and decoded once. */
import { FIELD_TEXT, type FieldReader } from "../mmdb/fields.ts";

/** In place of a text's number: there is none. */
export const NO_TEXT = -1;

export interface Texts {
  readonly textCount: number;
  /** The text of a number that was given out. */
  textAt(number: number): string;
  /** Its first two bytes, the first one high; 0 stands in for a second that is not there. */
  initialsAt(number: number): number;
}

export class TextTable {
  readonly #data: Uint8Array;
  /** Open addressing from offsets in the data section: number + 1, or 0 where free. */
  #slots = new Int32Array(1 << 14);
  /** By number: where the text stands in the data section. */
  #offsets = new Int32Array(1 << 13);
  /** By number: where its bytes start in `#bytes`; they end where those of the next start. */
  #starts = new Int32Array((1 << 13) + 1);
  #bytes = new Uint8Array(1 << 17);
  #count = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** The number of the text at the first of two paths that has one; NO_TEXT for none or "". */
  take(fields: FieldReader, path: number, otherPath: number): number {
    const given = fields.kinds[path] === FIELD_TEXT ? path : otherPath;
    const length = fields.textLengths[given] as number;
    if (fields.kinds[given] !== FIELD_TEXT || length === 0) return NO_TEXT;
    const offset = fields.textOffsets[given] as number;
    const mask = this.#slots.length - 1;
    let slot = slotOf(offset) & mask;
    for (let held = this.#slots[slot] as number; held !== 0; held = this.#slots[slot] as number) {
      if (this.#offsets[held - 1] === offset) return held - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, offset, length);
  }

  /** The texts taken so far; the data section is no longer needed for them. */
  finish(): Texts {
    const starts = this.#starts.slice(0, this.#count + 1);
    const bytes = this.#bytes.slice(0, starts[this.#count]);
    const decoder = new TextDecoder();
    return {
      textCount: this.#count,
      textAt: (number) => decoder.decode(bytes.subarray(starts[number], starts[number + 1])),
      initialsAt(number) {
        const start = starts[number] as number;
        const second = (starts[number + 1] as number) - start > 1 ? bytes[start + 1] : 0;
        return ((bytes[start] as number) << 8) | (second as number);
      },
    };
  }

  #add(slot: number, offset: number, length: number): number {
    const number = this.#count;
    this.#count += 1;
    this.#slots[slot] = this.#count;
    if (number === this.#offsets.length) this.#growNumbers();
    this.#offsets[number] = offset;
    const start = this.#starts[number] as number;
    const end = start + length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (let at = 0; at < length; at++) this.#bytes[start + at] = this.#data[offset + at] as number;
    this.#starts[this.#count] = end;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return number;
  }

  #growNumbers(): void {
    const offsets = new Int32Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const starts = new Int32Array(offsets.length + 1);
    starts.set(this.#starts);
    this.#starts = starts;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let slot = slotOf(this.#offsets[number] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/**
 * Neighbours in the file are neighbours in the table: records follow each other with their texts,
 * and a hash that scatters them costs a cache miss each. Texts are at least four bytes apart, most
 * of the time.
 */
function slotOf(offset: number): number {
  return offset >>> 2;
}
