/**
 * Reads a written map key by key: finds keys given twice, unknown, misspelt or empty, and hands out
 * the values of the known ones. What the text of a value means is for `values.ts`.
 */
import type { Report, SourceFile, SourceRange } from "../diagnostics/diagnostic.ts";
import { INVISIBLES } from "../diagnostics/invisible.ts";
import { problem } from "../diagnostics/problem.ts";
import type { WrittenEntry, WrittenMap, WrittenValue } from "../diagnostics/written.ts";
import { closest, foldKey, foreignLetter } from "./closest.ts";

/** Where problems of a document go. */
export interface Reading {
  readonly file: SourceFile;
  readonly report: Report;
}

export interface MapShape<Key extends string> {
  /** What the map is, as a sentence names it: "the mirror", "geolocation". */
  readonly what: string;
  readonly keys: readonly Key[];
  /** Keys that people write here but that belong elsewhere, with where. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** Other words for a key, which are read as it. */
  readonly aliases?: Readonly<Record<string, Key>>;
  /** What to write instead of what is no map. */
  readonly example?: string | undefined;
}

/** A value that is there: a scalar with text, a list or a map. */
export interface Field {
  readonly key: string;
  readonly value: WrittenValue;
  /** Of the key and the value together. */
  readonly range: SourceRange;
}

export interface Fields<Key extends string> {
  readonly what: string;
  readonly range: SourceRange;
  /** Keys that are there in a wrong spelling, which was reported. */
  readonly misspelt: ReadonlySet<string>;
  get(key: Key): Field | undefined;
}

/** The fields of a map; null, with a report, when the value is no map. */
export function readFields<const Key extends string>(
  reading: Reading,
  value: WrittenValue,
  shape: MapShape<Key>,
): Fields<Key> | null {
  if (value.kind !== "map") {
    const first = `"${shape.keys[0] ?? "key"}: ..."`;
    const isList = value.kind === "list";
    const example = isList
      ? `${first}, without "- "`
      : `${first} and the like on lines of their own`;
    wrongShape(reading, value, shape.what, {
      expected: "keys with values",
      example: shape.example ?? example,
    });
    return null;
  }
  const found = new Map<Key, Field>();
  const misspelt = new Set<string>();
  for (const entry of lastOfEachKey(reading, value)) {
    const key = knownKey(reading, value, entry, shape, (meant) => misspelt.add(meant));
    if (key === undefined) continue;
    if (isEmpty(entry.value)) {
      report(reading, "empty-value", entry.key.range, { key });
      continue;
    }
    const range = { start: entry.key.range.start, end: entry.value.range.end };
    found.set(key, { key, value: entry.value, range });
  }
  return { what: shape.what, range: headOf(value), misspelt, get: (key) => found.get(key) };
}

/**
 * A field that must be there; its absence is reported with what follows from it, unless a misspelt
 * key was reported in its stead.
 */
export function requireField<Key extends string>(
  reading: Reading,
  fields: Fields<Key>,
  key: Key,
  otherwise: { readonly consequence: string; readonly example?: string },
): Field | undefined {
  const field = fields.get(key);
  if (!field && !fields.misspelt.has(key)) {
    report(reading, "missing-key", fields.range, { place: fields.what, key, ...otherwise });
  }
  return field;
}

/** Every entry of a map whose keys are the writer's own, such as version names. */
export function readEntries(reading: Reading, field: Field): readonly WrittenEntry[] {
  if (field.value.kind === "map") return lastOfEachKey(reading, field.value);
  wrongShape(reading, field.value, field.key, {
    expected: "keys with values",
    example: '"key: value" on lines of their own',
  });
  return [];
}

/** The items of a list; anything else is a list of one. */
export function itemsOf(value: WrittenValue): readonly WrittenValue[] {
  return value.kind === "list" ? value.items : [value];
}

export function wrongShape(
  reading: Reading,
  value: WrittenValue,
  key: string,
  { expected, example }: { readonly expected: string; readonly example: string },
): void {
  const found = { scalar: "a single value", list: "a list", map: "keys with values" }[value.kind];
  report(reading, "wrong-shape", rangeToShow(value), { key, expected, found, example });
}

export function report<Code extends Parameters<typeof problem>[0]>(
  reading: Reading,
  code: Code,
  range: SourceRange | undefined,
  args: Parameters<typeof problem<Code>>[2],
): void {
  reading.report(problem(code, { file: reading.file, range }, args));
}

/** Of the key alone, where the value may run over many lines. */
export function keyRange({ key, range: { start } }: Field): SourceRange {
  return { start, end: start + key.length };
}

/** Only the beginning of what runs over many lines. */
function rangeToShow(value: WrittenValue): SourceRange {
  return value.kind === "map" ? headOf(value) : value.range;
}

function headOf(map: WrittenMap): SourceRange {
  return map.entries[0]?.key.range ?? map.range;
}

/** Entries in the order of their keys' first appearance; a repeated key has its last value. */
function lastOfEachKey(reading: Reading, map: WrittenMap): readonly WrittenEntry[] {
  const byKey = new Map<string, WrittenEntry>();
  for (const entry of map.entries) {
    const name = entry.key.text;
    const first = byKey.get(name);
    if (first) {
      const same = sameValue(first.value, entry.value);
      const code = same ? "duplicate-key-same" : "duplicate-key";
      const firstLine = lineOf(reading.file, first.key.range.start);
      report(reading, code, entry.key.range, { key: name, firstLine });
    }
    byKey.set(name, entry);
  }
  return [...byKey.values()];
}

function knownKey<Key extends string>(
  reading: Reading,
  map: WrittenMap,
  { key }: WrittenEntry,
  { what, keys, elsewhere, aliases }: MapShape<Key>,
  misspelt: (meant: Key) => void,
): Key | undefined {
  const exact = keys.find((known) => known === key.text);
  if (exact !== undefined) return exact;
  const absent = keys.filter((known) => !map.entries.some((entry) => entry.key.text === known));
  // What no editor shows may have come along when the line was pasted.
  const shown = key.text.replace(INVISIBLES, "").trim();
  const folded = foldKey(shown);
  const respelt = absent.find(
    (known) => foldKey(known) === folded || aliases?.[shown.toLowerCase()] === known,
  );
  if (respelt !== undefined) {
    report(reading, "key-spelling", key.range, { key: key.text, known: respelt });
    return respelt;
  }
  const args = { key: key.text, place: what };
  const belongs = elsewhere?.[shown];
  const meant = belongs === undefined ? closest(shown, keys) : undefined;
  const suggestion = absent.find((known) => known === meant);
  if (suggestion !== undefined) {
    misspelt(suggestion);
    const character = foreignLetter(shown);
    report(reading, "misspelt-key", key.range, { ...args, suggestion, character });
  } else {
    const known = keys.join(", ");
    report(reading, "unknown-key", key.range, { ...args, belongs, twin: meant, known });
  }
  return undefined;
}

function isEmpty(value: WrittenValue): boolean {
  if (value.kind === "scalar") {
    return value.text.trim() === "" || (!value.quoted && /^(?:~|null)$/i.test(value.text));
  }
  return value.kind === "list" ? value.items.length === 0 : value.entries.length === 0;
}

/** Depth is bounded by the YAML reader. */
function sameValue(a: WrittenValue, b: WrittenValue): boolean {
  if (a.kind === "scalar") return b.kind === "scalar" && a.text === b.text;
  if (a.kind === "list") {
    if (b.kind !== "list" || a.items.length !== b.items.length) return false;
    return a.items.every((item, index) => {
      const other = b.items[index];
      return other !== undefined && sameValue(item, other);
    });
  }
  if (b.kind !== "map" || a.entries.length !== b.entries.length) return false;
  return a.entries.every(({ key, value }, index) => {
    const other = b.entries[index];
    return other !== undefined && key.text === other.key.text && sameValue(value, other.value);
  });
}

/** 1-based. */
export function lineOf(file: SourceFile, offset: number): number {
  let line = 1;
  for (let at = file.text.indexOf("\n"); at !== -1 && at < offset; ) {
    line++;
    at = file.text.indexOf("\n", at + 1);
  }
  return line;
}
