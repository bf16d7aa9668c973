/**
 * A written document as if something else stood in it. What is put in is text that is appended to the
 * file's, so that a problem with it is shown where it stands, like any other.
 */
import type { Report } from "../diagnostics/diagnostic.ts";
import type {
  WrittenDocument,
  WrittenEntry,
  WrittenMap,
  WrittenScalar,
  WrittenValue,
} from "../diagnostics/written.ts";
import { CONFIG_LIMITS, parseYaml } from "../sources/yaml.ts";

export interface DocumentPatch {
  /** Keys from the root on, and numbers of items in lists from 0 on. */
  readonly path: readonly string[];
  /** YAML on one line: "1h", "[x86_64, aarch64]". Nothing takes away what stands there. */
  readonly value: string;
}

/** Thrown where the path leads through what has nothing below it. */
export class PatchError extends Error {}

/** Null when the value cannot be read as YAML, which is reported. */
export function patchDocument(
  { file, root }: WrittenDocument,
  { path, value }: DocumentPatch,
  report: Report,
): WrittenDocument | null {
  if (value.trim() === "") return { file, root: withoutValue(root, path) };
  const label = `${path.join(".")}: `;
  const start = file.text.length + (file.text.endsWith("\n") || file.text === "" ? 0 : 1);
  const before = file.text.padEnd(start, "\n") + label;
  const text = `${before}${value}\n`;
  const keys = path.map((key): WrittenScalar => {
    return { kind: "scalar", text: key, quoted: false, range: { start, end: before.length - 2 } };
  });
  const written = readValue(value, before.length, { path: file.path, text }, report);
  if (written === null) return null;
  return { file: { path: file.path, text }, root: withValue(root, keys, written) };
}

function readValue(
  value: string,
  offset: number,
  file: WrittenDocument["file"],
  report: Report,
): WrittenValue | null {
  const shifted: Report = (diagnostic) => {
    const { range: own } = diagnostic;
    report({ ...diagnostic, file, ...(own && { range: shift(own, offset) }) });
  };
  const read = parseYaml({ path: file.path, text: value }, shifted, CONFIG_LIMITS);
  return read && shiftValue(read.root, offset);
}

function shift({ start, end }: WrittenValue["range"], offset: number): WrittenValue["range"] {
  return { start: start + offset, end: end + offset };
}

/** Nesting is bounded by the limits of parsing. */
function shiftValue(value: WrittenValue, offset: number): WrittenValue {
  const range = shift(value.range, offset);
  switch (value.kind) {
    case "scalar":
      return { ...value, range };
    case "list":
      return { ...value, range, items: value.items.map((item) => shiftValue(item, offset)) };
    case "map":
      return {
        ...value,
        range,
        entries: value.entries.map(({ key, value: inner }) => ({
          key: { ...key, range: shift(key.range, offset) },
          value: shiftValue(inner, offset),
        })),
      };
  }
}

/** The value with another one at a path in it. Keys that are given twice are left to their reader. */
function withValue(
  value: WrittenValue | undefined,
  [key, ...rest]: readonly WrittenScalar[],
  put: WrittenValue,
): WrittenValue {
  if (key === undefined) return put;
  if (value?.kind === "list") return withItem(value, key, rest, put);
  if (value === undefined || (value.kind === "scalar" && value.text === "")) {
    return mapOf([{ key, value: withValue(undefined, rest, put) }], key);
  }
  if (value.kind === "scalar") {
    throw new PatchError(`what stands there is a single value and has no ${key.text}`);
  }
  const at = value.entries.findLastIndex((entry) => entry.key.text === key.text);
  const inner = withValue(value.entries[at]?.value, rest, put);
  const entries =
    at === -1
      ? [...value.entries, { key, value: inner }]
      : // The value that is put in stands elsewhere than the old key: its range is of both.
        value.entries.with(at, {
          key: rest.length === 0 ? key : value.entries[at]!.key,
          value: inner,
        });
  return { ...value, entries };
}

function withItem(
  list: Extract<WrittenValue, { kind: "list" }>,
  key: WrittenScalar,
  rest: readonly WrittenScalar[],
  put: WrittenValue,
): WrittenValue {
  const { at, item } = itemAt(list, key.text);
  return { ...list, items: list.items.with(at, withValue(item, rest, put)) };
}

function itemAt({ items }: Extract<WrittenValue, { kind: "list" }>, number: string) {
  const at = /^\d{1,6}$/.test(number) ? Number(number) : Number.NaN;
  const item = items[at];
  if (item !== undefined) return { at, item };
  throw new PatchError(`what stands there is a list of ${items.length} and has no ${number}`);
}

/** The value without what is at a path in it. */
function withoutValue(value: WrittenValue, [key = "", ...rest]: readonly string[]): WrittenValue {
  if (value.kind === "list") {
    const { at, item } = itemAt(value, key);
    const items =
      rest.length === 0
        ? value.items.toSpliced(at, 1)
        : value.items.with(at, withoutValue(item, rest));
    return { ...value, items };
  }
  const entries = value.kind === "map" ? value.entries : [];
  const at = entries.findLastIndex((entry) => entry.key.text === key);
  const entry = entries[at];
  if (entry === undefined) throw new PatchError(`there is no ${key} to take away`);
  if (rest.length === 0) return { ...(value as WrittenMap), entries: entries.toSpliced(at, 1) };
  const inner = withoutValue(entry.value, rest);
  return { ...(value as WrittenMap), entries: entries.with(at, { ...entry, value: inner }) };
}

function mapOf(entries: readonly WrittenEntry[], { range }: WrittenScalar): WrittenMap {
  return { kind: "map", range, entries };
}
