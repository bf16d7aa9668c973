/** JavaScript values as bytes of a data section; `header.ts` shows the layout of a head. */
import type { MmdbValue } from "./decode.ts";
import {
  ARRAY,
  BOOLEAN,
  BYTES,
  DOUBLE,
  INT32,
  MAP,
  POINTER,
  pointerBase,
  STRING,
  sizeBase,
  UINT16,
  UINT32,
  UINT64,
  UINT128,
} from "./header.ts";

/** Appends values to a section. A text that was written before becomes a pointer to it. */
export class ValueEncoder {
  length = 0;
  #buffer = new Uint8Array(1024);
  readonly #texts = new Map<string, number>();
  readonly #utf8 = new TextEncoder();

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.length);
  }

  /**
   * Appends a value and returns its offset. A non-negative integer becomes the smallest unsigned
   * type that holds it, a negative one an int32, any other number a double.
   */
  value(value: MmdbValue): number {
    const offset = this.length;
    if (typeof value === "string") this.text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (typeof value === "boolean") this.#head(BOOLEAN, value ? 1 : 0);
    else if (value instanceof Uint8Array) this.#payload(BYTES, value);
    else if (Array.isArray(value)) this.#array(value);
    else this.#map(Object.entries(value));
    return offset;
  }

  mapHead(pairs: number): void {
    this.#head(MAP, pairs);
  }

  text(text: string): void {
    const known = this.#texts.get(text);
    if (known !== undefined) {
      this.#pointer(known);
      return;
    }
    const bytes = this.#utf8.encode(text);
    // A text shorter than the shortest pointer is cheaper said again.
    if (bytes.length > 1) this.#texts.set(text, this.length);
    this.#payload(STRING, bytes);
  }

  uint16(value: number): void {
    this.#integer(UINT16, BigInt(value));
  }

  uint32(value: number): void {
    this.#integer(UINT32, BigInt(value));
  }

  uint64(value: bigint): void {
    this.#integer(UINT64, value);
  }

  #array(values: readonly MmdbValue[]): void {
    this.#head(ARRAY, values.length);
    for (const value of values) this.value(value);
  }

  #map(entries: readonly (readonly [string, MmdbValue])[]): void {
    this.#head(MAP, entries.length);
    for (const [key, value] of entries) {
      this.text(key);
      this.value(value);
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0) || value < -0x8000_0000) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value);
      this.#payload(DOUBLE, bytes);
    } else if (value < 0) {
      this.#integer(INT32, BigInt(value >>> 0));
    } else if (value < 2 ** 32) {
      this.#word(value);
    } else {
      this.#bigint(BigInt(value));
    }
  }

  /** As `#bigint`, for the most frequent numbers in a fifth of its time. */
  #word(value: number): void {
    const length = 4 - (Math.clz32(value) >> 3);
    this.#head(value < 2 ** 16 ? UINT16 : UINT32, length);
    this.#bigEndian(value, length);
  }

  #bigint(value: bigint): void {
    if (value < 0n || value >= 1n << 128n) {
      throw new RangeError(`${value} does not fit into an unsigned integer of 128 bits`);
    }
    const type =
      value < 1n << 16n
        ? UINT16
        : value < 1n << 32n
          ? UINT32
          : value < 1n << 64n
            ? UINT64
            : UINT128;
    this.#integer(type, value);
  }

  /** Leading zero bytes are left out; zero has no bytes at all. */
  #integer(type: number, value: bigint): void {
    const bytes: number[] = [];
    for (let rest = value; rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
    this.#payload(type, Uint8Array.from(bytes));
  }

  #payload(type: number, bytes: Uint8Array): void {
    this.#head(type, bytes.length);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  #head(type: number, size: number): void {
    const extra = size < 29 ? 0 : size < sizeBase(2) ? 1 : size < sizeBase(3) ? 2 : 3;
    if (size >= sizeBase(3) + 2 ** 24) throw new RangeError(`a value of size ${size} is too large`);
    const short = extra === 0 ? size : 28 + extra;
    this.#byte(type < 8 ? (type << 5) | short : short);
    if (type >= 8) this.#byte(type - 7);
    if (extra > 0) this.#bigEndian(size - sizeBase(extra), extra);
  }

  #pointer(target: number): void {
    const extra = target < 2048 ? 1 : target < 526_336 ? 2 : target < 134_744_064 ? 3 : 4;
    const rest = target - pointerBase(extra);
    const high = extra === 4 ? 0 : Math.floor(rest / 256 ** extra);
    this.#byte((POINTER << 5) | ((extra - 1) << 3) | high);
    this.#bigEndian(rest, extra);
  }

  #bigEndian(value: number, length: number): void {
    for (let shift = 8 * (length - 1); shift >= 0; shift -= 8) this.#byte((value >>> shift) & 0xff);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.length] = byte;
    this.length += 1;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#buffer.length, this.length + more));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}
