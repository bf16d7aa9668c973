/**
 * Checks every value that a record reaches. What was found sound is remembered by its offset, so
 * that work stays in proportion to the file, however often pointers lead to the same value.
 */
import { isUtf8 } from "node:buffer";
import type { ByteSource } from "./bytes.ts";
import { DataWindow } from "./data-window.ts";
import {
  ARRAY,
  elementsOf,
  MAP,
  MAX_VALUE_DEPTH,
  MAX_VALUE_ELEMENTS,
  POINTER,
  STRING,
  typeName,
  ValueHead,
} from "./header.ts";
import type { Metadata } from "./metadata.ts";
import type { RecordIndex } from "./records.ts";

/**
 * Containers no larger than this are remembered by one bit, and whoever points to one counts this
 * much for it. Real records stay so far below the limits that the rounding up never shows.
 */
const SMALL_ELEMENTS = 32;
const SMALL_HEIGHT = 4;

/**
 * Values looked at for each byte of data. Each starts at a byte of its own and is looked at once,
 * and once more for a pointer; only values made to overlap one another need more.
 */
const WORK_PER_BYTE = 4;
const LEAST_WORK = 1e6;
const MOST_WORK = 1e9;
/** What remembering more than a bit costs: it keeps the map under V8's 2^24 entries. */
const WORK_PER_LARGE = 64;

/** Throws `MmdbError` for the first value that is not sound. */
export function checkRecords(source: ByteSource, metadata: Metadata, records: RecordIndex): void {
  const checker = new RecordChecker(source, metadata);
  records.forEach((offset) => {
    checker.check(offset);
  });
}

class RecordChecker {
  /** Records lie in the order of their offsets, so the one window only moves on ... */
  readonly #ahead: ValueHead;
  readonly #aheadWindow: DataWindow;
  /** ... while this one jumps to what pointers lead to. */
  readonly #aside: ValueHead;
  readonly #asideWindow: DataWindow;
  /** One bit per byte of data: a sound scalar, or a sound small container, starts there. */
  readonly #scalars: Uint32Array;
  readonly #smalls: Uint32Array;
  /** Larger containers that pointers lead to, and long texts: values held and levels below. */
  readonly #larges = new Map<number, { readonly elements: number; readonly height: number }>();
  /** Offsets of sound keys, each in the slot of its lowest bits. */
  readonly #keys = new Float64Array(256).fill(-1);
  /** The containers that the value being checked lies in. */
  readonly #open: number[] = [];
  #work: number;
  /** Of the value checked last: where it ends, pointers not followed, and the levels below it. */
  #end = 0;
  #height = 0;

  constructor(source: ByteSource, metadata: Metadata) {
    const { dataStart, dataSize } = metadata;
    this.#aheadWindow = new DataWindow(source, "the data section", dataStart, dataSize);
    this.#asideWindow = new DataWindow(source, "the data section", dataStart, dataSize, 4096);
    this.#ahead = new ValueHead(this.#aheadWindow);
    this.#aside = new ValueHead(this.#asideWindow);
    this.#scalars = new Uint32Array(Math.ceil(dataSize / 32));
    this.#smalls = new Uint32Array(Math.ceil(dataSize / 32));
    this.#work = Math.min(MOST_WORK, LEAST_WORK + WORK_PER_BYTE * dataSize);
  }

  check(offset: number): void {
    const elements = this.#value(this.#ahead, offset, 0);
    if (elements > MAX_VALUE_ELEMENTS) this.#failLarge(this.#ahead, offset);
  }

  /** Returns how many values it holds, itself included. Ends at MAX_VALUE_DEPTH at the latest. */
  #value(head: ValueHead, offset: number, depth: number): number {
    if (depth > MAX_VALUE_DEPTH) this.#failDeep(head, offset);
    head.read(offset);
    if (--this.#work < 0) {
      head.fail("values-overlap", offset, "its values overlap, over and over, to waste time");
    }
    switch (head.type) {
      case POINTER: {
        const end = head.next;
        const elements = this.#target(offset, head.target, depth + 1);
        this.#end = end;
        this.#height += 1;
        return elements;
      }
      case MAP:
      case ARRAY:
        return this.#container(head, offset, depth);
      default:
        return this.#scalar(head, offset);
    }
  }

  #target(pointer: number, target: number, depth: number): number {
    if (isSet(this.#scalars, target)) {
      this.#height = 0;
      return 1;
    }
    const known = isSet(this.#smalls, target)
      ? { elements: SMALL_ELEMENTS, height: SMALL_HEIGHT }
      : this.#larges.get(target);
    const head = this.#aside;
    if (known === undefined) {
      head.read(target);
      if (head.type === POINTER) {
        head.fail(
          "pointer-to-pointer",
          pointer,
          `a pointer leads to another, at byte ${target} of the data`,
        );
      }
      if (this.#open.includes(target)) {
        head.fail("pointer-cycle", pointer, "a pointer leads back to the value that holds it");
      }
      const elements = this.#value(head, target, depth);
      if (!isSet(this.#scalars, target) && !isSet(this.#smalls, target)) {
        this.#remember(target, elements, this.#height);
      }
      return elements;
    }
    if (depth + known.height > MAX_VALUE_DEPTH) this.#failDeep(head, target);
    this.#height = known.height;
    return known.elements;
  }

  #failLarge(head: ValueHead, offset: number): never {
    return head.fail(
      "value-too-large",
      offset,
      `a value holds more than ${MAX_VALUE_ELEMENTS} others once its pointers are followed`,
    );
  }

  /** Names the kind of container that holds the value at `offset`, one level too deep. */
  #failDeep(head: ValueHead, offset: number): never {
    head.read(this.#open.at(-1) as number);
    const kind = `${typeName(head.type)}s`;
    return head.fail(
      "value-too-deep",
      offset,
      `${kind} are nested more than ${MAX_VALUE_DEPTH} deep`,
    );
  }

  #container(head: ValueHead, offset: number, depth: number): number {
    const isMap = head.type === MAP;
    const { size } = head;
    this.#open.push(offset);
    this.#end = head.next;
    let elements = 1;
    let height = 0;
    for (let item = 0; item < size; item++) {
      if (isMap) elements += this.#key(head, this.#end);
      elements += this.#value(head, this.#end, depth + 1);
      if (elements > MAX_VALUE_ELEMENTS) this.#failLarge(head, offset);
      height = Math.max(height, this.#height + 1);
    }
    this.#open.pop();
    this.#height = height;
    if (elements <= SMALL_ELEMENTS && height <= SMALL_HEIGHT) set(this.#smalls, offset);
    return elements;
  }

  #key(head: ValueHead, offset: number): number {
    head.read(offset);
    const end = head.next;
    let text = head;
    let at = offset;
    let elements = 1;
    if (head.type === POINTER) {
      text = this.#aside;
      at = head.target;
    }
    if (this.#keys[at & 255] !== at) {
      if (text !== head) text.read(at);
      if (text.type !== STRING) {
        text.fail("key-not-a-string", offset, `a map has a ${typeName(text.type)} as a key`);
      }
      elements = this.#scalar(text, at);
      if (elements === 1) this.#keys[at & 255] = at;
    }
    this.#end = end;
    return elements;
  }

  /** Only short ones are remembered by one bit, as a single element. */
  #scalar(head: ValueHead, offset: number): number {
    const elements = elementsOf(head.size);
    this.#end = head.next;
    this.#height = 0;
    if (isSet(this.#scalars, offset)) return 1;
    if (elements > 1 && this.#larges.has(offset)) return elements;
    if (head.type === STRING) {
      const window = head === this.#ahead ? this.#aheadWindow : this.#asideWindow;
      const position = window.hold(head.payload, head.size);
      this.#work -= head.size >>> 4;
      if (!isText(window.bytes, position, position + head.size)) {
        head.fail("text-not-utf8", offset, "a text is not valid UTF-8");
      }
    }
    if (elements === 1) set(this.#scalars, offset);
    else this.#remember(offset, elements, 0);
    return elements;
  }

  #remember(offset: number, elements: number, height: number): void {
    this.#work -= WORK_PER_LARGE;
    this.#larges.set(offset, { elements, height });
  }
}

/** Most texts are short and ASCII: a call into the runtime costs more than looking. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) > 127) return isUtf8(bytes.subarray(at, end));
  }
  return true;
}

function isSet(bits: Uint32Array, offset: number): boolean {
  return (((bits[offset >>> 5] as number) >>> (offset & 31)) & 1) === 1;
}

function set(bits: Uint32Array, offset: number): void {
  bits[offset >>> 5] = (bits[offset >>> 5] as number) | (1 << (offset & 31));
}
