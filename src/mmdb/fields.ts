/**
 * Takes a few fields out of many records without making objects of them. Only for a data section
 * that `verifyDatabase` has passed: nothing is checked again.
 */

import type { VerifiedDatabase } from "./database.ts";
import {
  ARRAY,
  BOOLEAN,
  bigEndian,
  DOUBLE,
  FLOAT,
  INT32,
  MAP,
  POINTER,
  pointerTarget,
  STRING,
  sizeBase,
  UINT16,
  UINT32,
  UINT64,
  UINT128,
} from "./header.ts";

/** Keys of maps and indexes of arrays, from the record inwards. */
export type FieldPath = readonly (string | number)[];

export const FIELD_ABSENT = 0;
export const FIELD_TEXT = 1;
export const FIELD_NUMBER = 2;

export interface FieldReader {
  /** Reads the record at a data offset; the arrays then hold one entry for each path. */
  read(dataOffset: number): void;
  /** FIELD_ABSENT (or of another type), FIELD_TEXT or FIELD_NUMBER. */
  readonly kinds: Uint8Array;
  /** Where the value itself starts in the data section: equal offsets, equal values. */
  readonly offsets: Float64Array;
  /** Where a text's bytes start in the data section, and how many. */
  readonly textOffsets: Float64Array;
  readonly textLengths: Uint32Array;
  /** Numbers and booleans (0 and 1); integers above 2^53 lose their last digits. */
  readonly numbers: Float64Array;
  /** The text of a path whose kind is FIELD_TEXT. */
  textOf(path: number): string;
}

/**
 * The whole data section, to be held while its fields are read; in `room`, where that is large
 * enough, instead of memory of its own.
 */
export function loadData(db: VerifiedDatabase, room?: Uint8Array): Uint8Array {
  const { dataSize, dataStart } = db.metadata;
  const fits = room !== undefined && room.length >= dataSize;
  const data = fits ? room.subarray(0, dataSize) : new Uint8Array(dataSize);
  db.source.read(dataStart, data);
  return data;
}

export function fieldReader(data: Uint8Array, paths: readonly FieldPath[]): FieldReader {
  return new Reader(data, paths);
}

/** The texts of a data section in memory, by where they start. */
export class TextBytes {
  readonly bytes: Uint8Array;
  /** Where the bytes of the text that was found last lie. */
  start = 0;
  end = 0;
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(data: Uint8Array) {
    this.bytes = data;
  }

  /** Returns itself. */
  find(offset: number): this {
    const size = (this.bytes[offset] as number) & 31;
    const extra = Math.max(0, size - 28);
    this.start = offset + 1 + extra;
    const more = extra === 0 ? size : sizeBase(extra) + bigEndian(this.bytes, offset + 1, extra);
    this.end = this.start + more;
    return this;
  }

  textAt(offset: number): string {
    this.find(offset);
    return this.#utf8.decode(this.bytes.subarray(this.start, this.end));
  }
}

/** The paths as a trie: what to do with the value under each wanted key. */
interface Wanted {
  /** The path that ends here, or -1. */
  path: number;
  /** Kept in an array beside a cache: a map's keys are mostly pointers to the same few texts. */
  readonly keys: string[];
  readonly children: Wanted[];
  /** Which child the key text at an offset stands for, -1 for none; by the offset's low bits. */
  readonly cachedOffsets: Float64Array;
  readonly cachedChildren: Int32Array;
  /** By index, for arrays. */
  readonly items: Map<number, Wanted>;
}

const CACHE_SLOTS = 256;

class Reader implements FieldReader {
  readonly kinds: Uint8Array;
  readonly offsets: Float64Array;
  readonly textOffsets: Float64Array;
  readonly textLengths: Uint32Array;
  readonly numbers: Float64Array;
  readonly #data: Uint8Array;
  readonly #view: DataView;
  readonly #wanted: Wanted = emptyWanted();
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Head read last: type, size, and where its payload starts. */
  #type = 0;
  #size = 0;
  #payload = 0;

  constructor(data: Uint8Array, paths: readonly FieldPath[]) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.length);
    this.kinds = new Uint8Array(paths.length);
    this.offsets = new Float64Array(paths.length);
    this.textOffsets = new Float64Array(paths.length);
    this.textLengths = new Uint32Array(paths.length);
    this.numbers = new Float64Array(paths.length);
    for (const [index, path] of paths.entries()) addPath(this.#wanted, path, index);
  }

  read(dataOffset: number): void {
    this.kinds.fill(FIELD_ABSENT);
    this.#take(this.#wanted, dataOffset);
  }

  textOf(path: number): string {
    const start = this.textOffsets[path] as number;
    return this.#utf8.decode(
      this.#data.subarray(start, start + (this.textLengths[path] as number)),
    );
  }

  /** Takes what is wanted of the value at an offset; returns where it ends, pointers not followed. */
  #take(wanted: Wanted, offset: number): number {
    const control = this.#data[offset] as number;
    if (control >> 5 === POINTER) {
      this.#take(wanted, pointerTarget(this.#data, offset + 1, control));
      return offset + 2 + ((control >> 3) & 3);
    }
    this.#head(offset);
    if (this.#type === MAP) return this.#takeMap(wanted, this.#size, this.#payload);
    if (this.#type === ARRAY) return this.#takeArray(wanted, this.#size, this.#payload);
    if (wanted.path >= 0) this.#takeScalar(wanted.path, offset);
    return this.#type === BOOLEAN ? this.#payload : this.#payload + this.#size;
  }

  #takeMap(wanted: Wanted, pairs: number, start: number): number {
    let at = start;
    for (let pair = 0; pair < pairs; pair++) {
      const control = this.#data[at] as number;
      let key = at;
      if (control >> 5 === POINTER) {
        key = pointerTarget(this.#data, at + 1, control);
        at += 2 + ((control >> 3) & 3);
      } else {
        this.#head(at);
        at = this.#payload + this.#size;
      }
      const child = this.#childOf(wanted, key);
      at = child === undefined ? this.#skip(at) : this.#take(child, at);
    }
    return at;
  }

  #takeArray(wanted: Wanted, items: number, start: number): number {
    let at = start;
    for (let item = 0; item < items; item++) {
      const child = wanted.items.get(item);
      at = child === undefined ? this.#skip(at) : this.#take(child, at);
    }
    return at;
  }

  #takeScalar(path: number, offset: number): void {
    const size = this.#size;
    const payload = this.#payload;
    let number: number;
    this.offsets[path] = offset;
    switch (this.#type) {
      case STRING:
        this.kinds[path] = FIELD_TEXT;
        this.textOffsets[path] = payload;
        this.textLengths[path] = size;
        return;
      case DOUBLE:
        number = this.#view.getFloat64(payload);
        break;
      case FLOAT:
        number = this.#view.getFloat32(payload);
        break;
      case BOOLEAN:
        number = size;
        break;
      case INT32:
        number = bigEndian(this.#data, payload, size) | 0;
        break;
      case UINT16:
      case UINT32:
      case UINT64:
      case UINT128:
        number = bigEndian(this.#data, payload, size);
        break;
      default:
        return;
    }
    this.kinds[path] = FIELD_NUMBER;
    this.numbers[path] = number;
  }

  #childOf(wanted: Wanted, key: number): Wanted | undefined {
    const slot = key & (CACHE_SLOTS - 1);
    if (wanted.cachedOffsets[slot] !== key) {
      this.#head(key);
      const text = this.#utf8.decode(
        this.#data.subarray(this.#payload, this.#payload + this.#size),
      );
      wanted.cachedOffsets[slot] = key;
      wanted.cachedChildren[slot] = wanted.keys.indexOf(text);
    }
    // Most keys are not wanted, and an index of -1 would be looked up as a property's name.
    const child = wanted.cachedChildren[slot] as number;
    return child < 0 ? undefined : wanted.children[child];
  }

  /** Where a value ends. Containers are gone through by a count of what is still to come. */
  #skip(offset: number): number {
    let at = offset;
    for (let values = 1; values > 0; values--) {
      const control = this.#data[at] as number;
      if (control >> 5 === POINTER) {
        at += 2 + ((control >> 3) & 3);
        continue;
      }
      this.#head(at);
      at = this.#payload;
      if (this.#type === MAP) values += 2 * this.#size;
      else if (this.#type === ARRAY) values += this.#size;
      else if (this.#type !== BOOLEAN) at += this.#size;
    }
    return at;
  }

  /** Reads the head of a value that is not a pointer. */
  #head(offset: number): void {
    const control = this.#data[offset] as number;
    let payload = offset + 1;
    let type = control >> 5;
    if (type === 0) {
      type = 7 + (this.#data[payload] as number);
      payload += 1;
    }
    let size = control & 31;
    if (size > 28) {
      const extra = size - 28;
      size = sizeBase(extra) + bigEndian(this.#data, payload, extra);
      payload += extra;
    }
    this.#type = type;
    this.#size = size;
    this.#payload = payload;
  }
}

function emptyWanted(): Wanted {
  return {
    path: -1,
    keys: [],
    children: [],
    cachedOffsets: new Float64Array(CACHE_SLOTS).fill(-1),
    cachedChildren: new Int32Array(CACHE_SLOTS),
    items: new Map(),
  };
}

function addPath(root: Wanted, path: FieldPath, index: number): void {
  let wanted = root;
  for (const step of path) {
    let child: Wanted | undefined;
    if (typeof step === "number") child = wanted.items.get(step);
    else child = wanted.children[wanted.keys.indexOf(step)];
    if (child === undefined) {
      child = emptyWanted();
      if (typeof step === "number") {
        wanted.items.set(step, child);
      } else {
        wanted.keys.push(step);
        wanted.children.push(child);
      }
    }
    wanted = child;
  }
  wanted.path = index;
}
