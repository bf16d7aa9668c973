/**
 * Gives equal sequences of integers one number, counting up from 0 in order of first sight. The
 * sequences lie one behind the other in one array, so a look-up touches no objects.
 */
export class SequenceInterner {
  count = 0;
  #items = new Int32Array(1 << 12);
  /** Where each sequence starts; one more entry says where the last ends. */
  #starts = new Int32Array(1 << 10);
  /** Open addressing: number + 1, or 0 where free. A power of two, at most half full. */
  #slots = new Int32Array(1 << 11);

  /** Takes `length` items, from the first on unless told. */
  intern(items: Int32Array, length: number, from = 0): number {
    if (this.count + 2 > this.#starts.length) this.#grow();
    const mask = this.#slots.length - 1;
    let slot = hashOf(items, from, length) & mask;
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      if (this.#isEqual(held - 1, items, length, from)) return held - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.count++;
    const start = this.#starts[number]!;
    while (start + length > this.#items.length) this.#items = doubled(this.#items);
    for (let i = 0; i < length; i++) this.#items[start + i] = items[from + i]!;
    this.#starts[number + 1] = start + length;
    this.#slots[slot] = number + 1;
    return number;
  }

  /** The inverse of `intern`. */
  sequenceAt(number: number): Int32Array {
    return this.#items.slice(this.#starts[number], this.#starts[number + 1]);
  }

  #isEqual(number: number, items: Int32Array, length: number, from: number): boolean {
    const start = this.#starts[number]!;
    if (this.#starts[number + 1]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#items[start + i] !== items[from + i]) return false;
    return true;
  }

  #grow(): void {
    this.#starts = doubled(this.#starts);
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.count; number++) {
      const start = this.#starts[number]!;
      let slot = hashOf(this.#items, start, this.#starts[number + 1]! - start) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a over whole integers, with a final mix because the slots take its low bits. */
function hashOf(items: Int32Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ items[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
