/** Gives equal sequences of integers one number; numbers count up from 0 in order of first sight. */
export class SequenceInterner {
  readonly sequences: (readonly number[])[] = [];
  /** Open addressing: number + 1, or 0 where free. A power of two, at most half full. */
  #slots = new Int32Array(1024);

  intern(sequence: readonly number[]): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(sequence) & mask;
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      if (areEqual(this.sequences[held - 1]!, sequence)) return held - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.sequences.push(sequence) - 1;
    this.#slots[slot] = number + 1;
    if (this.sequences.length * 2 > this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const [number, sequence] of this.sequences.entries()) {
      let slot = hashOf(sequence) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a over whole integers, with a final mix because the slots take its low bits. */
function hashOf(sequence: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < sequence.length; i++) {
    hash = Math.imul(hash ^ sequence[i]!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
