/**
 * Texts of a data section, numbered by where they stand: no copy is made of any, and each is
 * decoded when it is asked for.
 */
import { DataWindow } from "../mmdb/data-window.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { decodeAt } from "../mmdb/decode.ts";
import { FIELD_TEXT, type FieldReader } from "../mmdb/fields.ts";

/** In place of a text's number: there is none. */
export const NO_TEXT = -1;

/** What numbers can say; no City database is near to 2 GB. */
const MAX_NUMBER = 2 ** 31 - 1;
/** Few texts are longer, and a read from the file costs little more than its call. */
const WINDOW_BYTES = 256;

/** The number of the text at the first of two paths that has one; NO_TEXT for none or "". */
export function textNumber(fields: FieldReader, path: number, otherPath: number): number {
  const given = fields.kinds[path] === FIELD_TEXT ? path : otherPath;
  if (fields.kinds[given] !== FIELD_TEXT || fields.textLengths[given] === 0) return NO_TEXT;
  const number = fields.offsets[given] as number;
  return number <= MAX_NUMBER ? number : NO_TEXT;
}

/** Reads from the file what is asked for: nothing of the data section is held. */
export function textReader({ source, metadata }: VerifiedDatabase): (number: number) => string {
  const { dataStart, dataSize } = metadata;
  const window = new DataWindow(source, "the data section", dataStart, dataSize, WINDOW_BYTES);
  return (number) => {
    const text = decodeAt(window, number);
    if (typeof text !== "string") throw new Error(`a bug: no text at ${number}`);
    return text;
  };
}
