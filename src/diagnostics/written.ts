/**
 * What a person wrote in a YAML file, before anything is made of it: scalars are text, and every
 * part knows where it stands. A field decides what its text means, so `8.10` stays a version and
 * `NO` a country.
 */
import type { SourceFile, SourceRange } from "./diagnostic.ts";

export interface WrittenScalar {
  readonly kind: "scalar";
  readonly range: SourceRange;
  /** The text after YAML's quoting and folding are undone; "" for an empty value. */
  readonly text: string;
  /** True for `'8'` and `"8"`: the writer insisted on text. */
  readonly quoted: boolean;
}

export interface WrittenList {
  readonly kind: "list";
  readonly range: SourceRange;
  readonly items: readonly WrittenValue[];
}

export interface WrittenEntry {
  readonly key: WrittenScalar;
  readonly value: WrittenValue;
}

/** Entries are in file order and may repeat a key: the reader of the map decides and reports. */
export interface WrittenMap {
  readonly kind: "map";
  readonly range: SourceRange;
  readonly entries: readonly WrittenEntry[];
}

export type WrittenValue = WrittenScalar | WrittenList | WrittenMap;

export interface WrittenDocument {
  readonly file: SourceFile;
  readonly root: WrittenValue;
}
