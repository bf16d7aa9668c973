/**
 * The head of a value in the data section (MaxMind DB spec, "Output Data Section").
 *
 *     control byte   TTTSSSSS   type (3 bits), size (5 bits)
 *     type 0         an extended type: the next byte holds the type less 7
 *     type 1         a pointer: 001SSVVV and SS + 1 more bytes of the target
 *     size 29        29 + the next byte
 *     size 30        285 + the next 2 bytes
 *     size 31        65,821 + the next 3 bytes
 *
 * For example 0x5d 0x03 is a string (010) of 29 + 3 = 32 bytes, and 0x28 0x01 is a pointer (001)
 * of size class 01: (0 << 16 | 0x01 << 8 | next byte) + 2048.
 */
import type { DataWindow } from "./data-window.ts";
import { MmdbError, type MmdbReason } from "./error.ts";

export const POINTER = 1;
export const STRING = 2;
export const DOUBLE = 3;
export const BYTES = 4;
export const UINT16 = 5;
export const UINT32 = 6;
export const MAP = 7;
export const INT32 = 8;
export const UINT64 = 9;
export const UINT128 = 10;
export const ARRAY = 11;
export const BOOLEAN = 14;
export const FLOAT = 15;

/** Containers and pointers may nest this deep; real databases stay under ten. */
export const MAX_VALUE_DEPTH = 64;

/**
 * Values that one record may hold with all pointers followed; real ones stay under 300. A long
 * text counts as several, so that pointers cannot multiply it either.
 */
export const MAX_VALUE_ELEMENTS = 65_536;

/** What a text or a byte string counts for: one and one more for every 256 bytes. */
export function elementsOf(size: number): number {
  return 1 + (size >>> 8);
}

/** Smallest and largest size of the payload, by type; undefined where the size means no bytes. */
const PAYLOAD_BYTES: Readonly<Record<number, readonly [number, number]>> = {
  [DOUBLE]: [8, 8],
  [UINT16]: [0, 2],
  [UINT32]: [0, 4],
  [INT32]: [0, 4],
  [UINT64]: [0, 8],
  [UINT128]: [0, 16],
  [BOOLEAN]: [0, 1],
  [FLOAT]: [4, 4],
};

/** Reads one head at a time into its fields. */
export class ValueHead {
  type = 0;
  /** Bytes of a scalar, items of an array, pairs of a map, the value of a boolean. */
  size = 0;
  /** Offset of what follows the head. */
  payload = 0;
  /** Where a pointer points, from the start of the section. */
  target = 0;
  /** Offset of the first byte behind a scalar; of the first item of a container. */
  next = 0;
  readonly #window: DataWindow;

  constructor(window: DataWindow) {
    this.#window = window;
  }

  read(offset: number): void {
    const window = this.#window;
    let position = window.hold(offset, 1);
    const control = window.bytes[position] as number;
    let type = control >> 5;
    if (type === POINTER) {
      this.#readPointer(offset, control);
      return;
    }
    let payload = offset + 1;
    if (type === 0) {
      position = window.hold(payload, 1);
      type = 7 + (window.bytes[position] as number);
      payload += 1;
    }
    let size = control & 31;
    if (size > 28) {
      const extra = size - 28;
      position = window.hold(payload, extra);
      size = sizeBase(extra) + bigEndian(window.bytes, position, extra);
      payload += extra;
    }
    this.type = type;
    this.size = size;
    this.payload = payload;
    this.next = payload;
    this.#check(offset);
  }

  #readPointer(offset: number, control: number): void {
    const extra = ((control >> 3) & 3) + 1;
    const position = this.#window.hold(offset + 1, extra);
    this.type = POINTER;
    this.size = 0;
    this.payload = offset + 1;
    this.next = offset + 1 + extra;
    this.target = pointerTarget(this.#window.bytes, position, control);
    if (this.target >= this.#window.size) {
      this.fail(
        "pointer-beyond-data",
        offset,
        `a pointer leads to byte ${this.target} of ${this.#window.section}, which has ${this.#window.size} bytes`,
      );
    }
  }

  #check(offset: number): void {
    const { type, size, payload } = this;
    switch (type) {
      case MAP:
      case ARRAY: {
        // The smallest item takes one byte, so a count above what is left can never be honest.
        const least = type === MAP ? size * 2 : size;
        if (least > this.#window.size - payload) {
          this.fail(
            "container-oversized",
            offset,
            `${type === MAP ? "a map" : "an array"} claims ${size} entries, more than the bytes left in ${this.#window.section}`,
          );
        }
        return;
      }
      case BOOLEAN:
      case STRING:
      case BYTES:
      case DOUBLE:
      case FLOAT:
      case UINT16:
      case UINT32:
      case UINT64:
      case UINT128:
      case INT32: {
        const limits = PAYLOAD_BYTES[type];
        if (limits !== undefined && (size < limits[0] || size > limits[1])) {
          this.fail(
            "value-size-invalid",
            offset,
            `a value of type ${typeName(type)} has the impossible size ${size}`,
          );
        }
        if (type === BOOLEAN) return;
        this.next = payload + size;
        if (this.next > this.#window.size) {
          throw this.#window.truncated(
            offset,
            `a value of type ${typeName(type)} claims ${size} bytes and runs past the end of ${this.#window.section}`,
          );
        }
        return;
      }
      default:
        this.fail(
          "value-type-unknown",
          offset,
          `there is no value type ${type}, but ${this.#window.section} has one`,
        );
    }
  }

  fail(reason: MmdbReason, offset: number, problem: string): never {
    throw new MmdbError(reason, this.#window.name, this.#window.fileOffset + offset, problem);
  }
}

export function typeName(type: number): string {
  switch (type) {
    case POINTER:
      return "pointer";
    case STRING:
      return "string";
    case DOUBLE:
      return "double";
    case BYTES:
      return "bytes";
    case UINT16:
      return "uint16";
    case UINT32:
      return "uint32";
    case MAP:
      return "map";
    case INT32:
      return "int32";
    case UINT64:
      return "uint64";
    case UINT128:
      return "uint128";
    case ARRAY:
      return "array";
    case BOOLEAN:
      return "boolean";
    case FLOAT:
      return "float";
    default:
      return `unknown (${type})`;
  }
}

/** What size class 29, 30 or 31 (1, 2 or 3 extra bytes) adds to. */
export function sizeBase(extraBytes: number): number {
  return extraBytes === 1 ? 29 : extraBytes === 2 ? 285 : 65_821;
}

/** Target of a pointer whose bytes behind the control byte are at `position`. */
export function pointerTarget(bytes: Uint8Array, position: number, control: number): number {
  const a = bytes[position] as number;
  const high = control & 7;
  switch ((control >> 3) & 3) {
    case 0:
      return (high << 8) | a;
    case 1:
      return ((high << 16) | (a << 8) | (bytes[position + 1] as number)) + pointerBase(2);
    case 2: {
      const low = ((bytes[position + 1] as number) << 8) | (bytes[position + 2] as number);
      return ((high << 24) | (a << 16) | low) + pointerBase(3);
    }
    default:
      return bigEndian(bytes, position, 4);
  }
}

/** What a pointer of 2 or 3 bytes behind its control byte adds to; 1 and 4 add to nothing. */
export function pointerBase(extraBytes: number): number {
  return extraBytes === 2 ? 2048 : extraBytes === 3 ? 526_336 : 0;
}

export function bigEndian(bytes: Uint8Array, position: number, length: number): number {
  let value = 0;
  for (let at = position; at < position + length; at++) value = value * 256 + (bytes[at] as number);
  return value;
}
