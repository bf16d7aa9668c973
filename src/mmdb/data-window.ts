/** A section of a database that is read through a window, so that it is never held whole. */
import type { ByteSource } from "./bytes.ts";
import { MmdbError } from "./error.ts";

const WINDOW_BYTES = 65_536;

/** Offsets count from the start of the section, as the format's pointers do. */
export class DataWindow {
  readonly name: string;
  /** What to call the section in a message. */
  readonly section: "the data section" | "the metadata";
  readonly size: number;
  /** Where the section starts in the file. */
  readonly fileOffset: number;
  /** What is held now: replaced or overwritten by the next `hold`. */
  bytes: Uint8Array;
  readonly #source: ByteSource;
  #start = 0;
  #end = 0;

  constructor(
    source: ByteSource,
    section: DataWindow["section"],
    fileOffset: number,
    size: number,
    windowBytes = WINDOW_BYTES,
  ) {
    this.name = source.name;
    this.section = section;
    this.size = size;
    this.fileOffset = fileOffset;
    this.bytes = new Uint8Array(Math.min(size, windowBytes));
    this.#source = source;
  }

  /** Makes `length` bytes from `offset` on available; returns where in `bytes` they start. */
  hold(offset: number, length: number): number {
    if (offset < this.#start || offset + length > this.#end) this.#move(offset, length);
    return offset - this.#start;
  }

  /** The error for a value at an offset that has less room than it claims. */
  truncated(offset: number, problem: string): MmdbError {
    const reason = this.section === "the metadata" ? "metadata-truncated" : "value-truncated";
    return new MmdbError(reason, this.name, this.fileOffset + offset, problem);
  }

  #move(offset: number, length: number): void {
    if (offset + length > this.size) {
      throw this.truncated(offset, `${this.section} ends in the middle of a value`);
    }
    if (length > this.bytes.length) this.bytes = new Uint8Array(length);
    const held = Math.min(this.bytes.length, this.size - offset);
    this.#source.read(this.fileOffset + offset, this.bytes.subarray(0, held));
    this.#start = offset;
    this.#end = offset + held;
  }
}
