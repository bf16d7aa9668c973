/** Values of the data section as JavaScript values. */
import type { DataWindow } from "./data-window.ts";
import {
  ARRAY,
  BOOLEAN,
  BYTES,
  bigEndian,
  DOUBLE,
  elementsOf,
  FLOAT,
  INT32,
  MAP,
  MAX_VALUE_DEPTH,
  MAX_VALUE_ELEMENTS,
  POINTER,
  STRING,
  UINT64,
  UINT128,
  ValueHead,
} from "./header.ts";

/** An integer is a number where that is exact and a bigint otherwise. */
export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly MmdbValue[]
  | MmdbMap;

export interface MmdbMap {
  readonly [key: string]: MmdbValue;
}

/** By offset, texts that pointers lead to. */
export type SharedTexts = Map<number, string>;

/**
 * The value at an offset of the section; throws `MmdbError` for one that is not sound. Whoever decodes
 * many values hands over a map: a text that they share is then decoded once, and is added to it.
 */
export function decodeAt(window: DataWindow, offset: number, shared?: SharedTexts): MmdbValue {
  return new Decoder(window, shared).decode(offset, 0);
}

/** It keeps nothing of what it has decoded. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Decoder {
  readonly #window: DataWindow;
  readonly #head: ValueHead;
  readonly #shared: SharedTexts | undefined;
  #elements = 0;
  /** Where the value decoded last ends, pointers not followed. */
  #end = 0;

  constructor(window: DataWindow, shared: SharedTexts | undefined) {
    this.#window = window;
    this.#shared = shared;
    this.#head = new ValueHead(window);
  }

  /** Recursion ends at MAX_VALUE_DEPTH, whatever the bytes say. */
  decode(offset: number, depth: number): MmdbValue {
    const head = this.#head;
    this.#checkDepth(offset, depth);
    this.#spend(offset, 1);
    head.read(offset);
    if (head.type === POINTER) {
      const behind = head.next;
      const value = this.#follow(offset, head.target, depth);
      this.#end = behind;
      return value;
    }
    this.#end = head.next;
    switch (head.type) {
      case MAP:
        return this.#map(head.size, depth);
      case ARRAY:
        return this.#array(head.size, depth);
      case BOOLEAN:
        return head.size === 1;
      default:
        return this.#scalar(offset, head.type, head.payload, head.size);
    }
  }

  #follow(offset: number, target: number, depth: number): MmdbValue {
    const known = this.#shared?.get(target);
    if (known !== undefined) return known;
    const head = this.#head;
    head.read(target);
    if (head.type === POINTER) {
      head.fail("pointer-to-pointer", offset, "a pointer leads to another pointer");
    }
    const value = this.decode(target, depth + 1);
    if (typeof value === "string") this.#shared?.set(target, value);
    return value;
  }

  #map(pairs: number, depth: number): MmdbMap {
    const entries: [string, MmdbValue][] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const at = this.#end;
      const key = this.decode(at, depth + 1);
      if (typeof key !== "string") {
        this.#head.fail("key-not-a-string", at, "a map has a key that is not a string");
      }
      entries.push([key, this.decode(this.#end, depth + 1)]);
    }
    // Unlike assignment, this makes "__proto__" a property like any other.
    return Object.fromEntries(entries);
  }

  #array(items: number, depth: number): MmdbValue[] {
    const values: MmdbValue[] = [];
    for (let item = 0; item < items; item++) values.push(this.decode(this.#end, depth + 1));
    return values;
  }

  #scalar(offset: number, type: number, payload: number, size: number): MmdbValue {
    const position = this.#window.hold(payload, size);
    const bytes = this.#window.bytes.subarray(position, position + size);
    this.#spend(offset, elementsOf(size) - 1);
    switch (type) {
      case STRING:
        return this.#string(offset, bytes);
      case BYTES:
        return bytes.slice();
      case DOUBLE:
        return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
      case FLOAT:
        return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0);
      case INT32:
        // Shorter than four bytes it is padded with zeros, so only a full one can be negative.
        return bigEndian(bytes, 0, size) | 0;
      case UINT64:
      case UINT128:
        return exactInteger(bytes);
      default:
        return bigEndian(bytes, 0, size);
    }
  }

  #string(offset: number, bytes: Uint8Array): string {
    try {
      return UTF8.decode(bytes);
    } catch {
      return this.#head.fail("text-not-utf8", offset, "a text is not valid UTF-8");
    }
  }

  #checkDepth(offset: number, depth: number): void {
    if (depth <= MAX_VALUE_DEPTH) return;
    this.#head.fail(
      "value-too-deep",
      offset,
      `values are nested more than ${MAX_VALUE_DEPTH} deep`,
    );
  }

  #spend(offset: number, elements: number): void {
    this.#elements += elements;
    if (this.#elements <= MAX_VALUE_ELEMENTS) return;
    this.#head.fail(
      "value-too-large",
      offset,
      `a value holds more than ${MAX_VALUE_ELEMENTS} others once its pointers are followed`,
    );
  }
}

function exactInteger(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
