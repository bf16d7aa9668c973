/** What the text of a field means: text for display, truth, numbers, times, coordinates, words. */
import { INVISIBLE, INVISIBLES } from "../diagnostics/invisible.ts";
import type { WrittenScalar, WrittenValue } from "../diagnostics/written.ts";
import type { Coordinates } from "../geo/distance.ts";
import { characterName, closest } from "./closest.ts";
import { type Field, itemsOf, type Reading, readFields, report, wrongShape } from "./fields.ts";

/** A single value; null, with a report, for a list or a map. */
export function readScalar(
  reading: Reading,
  value: WrittenValue,
  key: string,
  example = "a single value",
): WrittenScalar | null {
  if (value.kind === "scalar") return value;
  wrongShape(reading, value, key, { expected: "a single value", example });
  return null;
}

const MAX_TEXT = 200;

/**
 * Text that people will see. Control characters, those that reverse the direction of writing and
 * those that take no room are dropped from it, with an error: they could make it look like another.
 */
export function readText(reading: Reading, field: Field): string | undefined {
  const scalar = readScalar(reading, field.value, field.key);
  return scalar === null ? undefined : cleanText(reading, scalar, field.key);
}

function cleanText(reading: Reading, scalar: WrittenScalar, key: string): string | undefined {
  const text = scalar.text.trim().replace(/\r?\n/g, " ");
  if (text.length > MAX_TEXT) {
    report(reading, "text-too-long", scalar.range, { key, length: text.length, limit: MAX_TEXT });
    return undefined;
  }
  const clean = text.replace(INVISIBLES, "");
  if (clean !== text) {
    const character = characterName(INVISIBLE.exec(text)?.[0] ?? "");
    report(reading, "control-character", scalar.range, { key, character });
  }
  return clean === "" ? undefined : clean;
}

/** True and false in every spelling of YAML 1.1 and 1.2. */
export function readBoolean(reading: Reading, field: Field): boolean | undefined {
  const scalar = readScalar(reading, field.value, field.key, `"${field.key}: true"`);
  if (!scalar) return undefined;
  const text = scalar.text.trim().toLowerCase();
  if (/^(?:true|yes|on|y)$/.test(text)) return true;
  if (/^(?:false|no|off|n)$/.test(text)) return false;
  report(reading, "bad-boolean", scalar.range, { key: field.key, text: shorten(scalar.text) });
  return undefined;
}

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** What most people write, shown to who writes no number. */
  readonly usual?: number;
}

export function readNumber(
  reading: Reading,
  field: Field,
  { least, most, whole, usual = Math.max(1, least) }: NumberRange,
): number | undefined {
  const scalar = readScalar(reading, field.value, field.key, `"${field.key}: ${usual}"`);
  if (!scalar) return undefined;
  const text = scalar.text.trim();
  const number = /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
  const kind = whole ? "a whole number" : "a number";
  // "110%", "1e3", "1_000": a number is meant.
  const meant = Number(text.replace(/[%_\s]/g, "") || Number.NaN);
  const near = Math.min(Math.max(Number.isNaN(meant) ? usual : meant, least), most);
  report(reading, "bad-number", scalar.range, {
    key: field.key,
    expected: `${kind} from ${least} to ${most}`,
    text: shorten(scalar.text),
    example: `"${field.key}: ${whole ? Math.round(near) : near}"`,
  });
  return undefined;
}

/** The default where nothing is given or what is given is wrong. */
export function numberOr(
  reading: Reading,
  field: Field | undefined,
  range: NumberRange,
  otherwise: number,
): number {
  return (field && readNumber(reading, field, { usual: otherwise, ...range })) ?? otherwise;
}

export interface Duration {
  readonly seconds: number;
  readonly text: string;
}

/** "30m", "6h", "1d"; seconds and weeks as well. */
export function readDuration(reading: Reading, field: Field): Duration | undefined {
  const scalar = readScalar(reading, field.value, field.key, `"${field.key}: 6h"`);
  if (!scalar) return undefined;
  const text = scalar.text.trim();
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = Number(amount) * (SECONDS[unit ?? ""] ?? Number.NaN);
  if (seconds > 0) return { seconds, text };
  const suggestion = suggestDuration(text);
  report(reading, "bad-duration", scalar.range, {
    key: field.key,
    text: shorten(scalar.text),
    suggestion: suggestion && `${field.key}: ${suggestion}`,
    number: /^[1-9]\d{0,5}$/.test(text) ? text : undefined,
  });
  return undefined;
}

/** "3h" for "every 3 hours", "1d" for "daily". */
function suggestDuration(text: string): string | undefined {
  const [, amount, word = ""] = /^(?:every\s+)?(\d{1,6})\s*([a-z]+)\.?$/i.exec(text) ?? [];
  const letter = word.charAt(0).toLowerCase();
  if (Number(amount) > 0 && letter in SECONDS) return `${amount}${letter}`;
  const [, often = ""] = /^(hour|dai|week)ly$/i.exec(text) ?? [];
  return often === "" ? undefined : `1${often.charAt(0).toLowerCase()}`;
}

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Seconds since 1970. A date without a time lasts until its end, in UTC. */
export function readEnd(reading: Reading, field: Field): number | undefined {
  const scalar = readScalar(reading, field.value, field.key, `"${field.key}: 2026-12-31"`);
  if (!scalar) return undefined;
  const text = scalar.text.trim();
  const [, date, time = ""] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?Z)?$/.exec(text) ?? [];
  const at = date === undefined ? Number.NaN : Date.parse(time === "" ? `${date}T00:00Z` : text);
  // Date.parse reads the 31st of February as the 3rd of March.
  if (date !== undefined && new Date(at || 0).toISOString().startsWith(date)) {
    return at / 1000 + (time === "" ? 86_400 : 0);
  }
  report(reading, "bad-date", scalar.range, { key: field.key, text: shorten(scalar.text) });
  return undefined;
}

/** `[latitude, longitude]`, `"latitude, longitude"`, or a map with the two keys. */
export function readCoordinates(reading: Reading, field: Field): Coordinates | undefined {
  const texts = coordinateTexts(reading, field.value);
  if (!texts) return undefined;
  const [latitude = Number.NaN, longitude = Number.NaN] = texts.map((text) =>
    /^[+-]?\d{1,3}(?:\.\d*)?$/.test(text) ? Number(text) : Number.NaN,
  );
  const numbers = texts.length === 2 && !Number.isNaN(latitude + longitude);
  const inRange = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  if (numbers && inRange) return { latitude, longitude };
  const swapped = numbers && Math.abs(longitude) <= 90 && Math.abs(latitude) <= 180;
  const meant = swapped ? [longitude, latitude] : suggestCoordinates(texts);
  report(reading, "bad-coordinates", field.value.range, {
    text: shorten(texts.join(", ")),
    reason: numbers
      ? "a latitude is at most 90, a longitude 180"
      : "it wants two numbers in degrees",
    latitude: meant?.[0],
    longitude: meant?.[1],
  });
  return undefined;
}

/** Of decimal commas, "48,14, 11,57", and of degrees with their letters, "48.14°N, 11.57°W". */
function suggestCoordinates(texts: readonly string[]): readonly [number, number] | undefined {
  const [a = "", b = "", c = "", d = ""] = texts;
  const isComma = texts.length === 4 && texts.every((text) => /^-?\d{1,5}$/.test(text));
  const pair = isComma ? [`${a}.${b}`, `${c}.${d}`] : texts.length === 2 ? [a, b] : [];
  const [latitude = Number.NaN, longitude = Number.NaN] = pair.map((text) => {
    const [, number, letter = ""] = /^([+-]?\d{1,3}(?:\.\d+)?)°?([NSEOW]?)$/i.exec(text) ?? [];
    return Number(number) * (/[SW]/i.test(letter) ? -1 : 1);
  });
  const inRange = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return inRange ? [latitude, longitude] : undefined;
}

function coordinateTexts(reading: Reading, value: WrittenValue): readonly string[] | null {
  if (value.kind === "map") {
    const fields = readFields(reading, value, {
      what: "coordinates",
      keys: ["latitude", "longitude"],
      aliases: { lat: "latitude", lon: "longitude", lng: "longitude", long: "longitude" },
    });
    const latitude = fields?.get("latitude")?.value;
    const longitude = fields?.get("longitude")?.value;
    return [latitude, longitude].map((part) => (part?.kind === "scalar" ? part.text.trim() : "?"));
  }
  if (value.kind === "scalar") return value.text.split(/[;,\s]+/).filter((text) => text !== "");
  return value.items.map((item) => (item.kind === "scalar" ? item.text.trim() : ""));
}

/** The scalars of a list, or the one scalar that stands for a list of one. */
export function readScalars(reading: Reading, field: Field): readonly WrittenScalar[] {
  return itemsOf(field.value).flatMap((item) => readScalar(reading, item, field.key) ?? []);
}

/** A word of a closed set: undefined, with the nearest one suggested to `unknown`, for any other. */
export function readWord<const Word extends string>(
  scalar: WrittenScalar,
  words: readonly Word[],
  unknown: (suggestion: Word | undefined) => void,
): Word | undefined {
  const text = scalar.text.trim();
  const exact = words.find((word) => word === text);
  if (exact === undefined) unknown(words.find((word) => word === closest(text, words)));
  return exact;
}

/** A word of a closed set; any other is reported with those that there are. */
export function readChoice<const Word extends string>(
  reading: Reading,
  scalar: WrittenScalar,
  key: string,
  words: readonly Word[],
): Word | undefined {
  return readWord(scalar, words, (suggestion) => {
    const args = { key, text: shorten(scalar.text), known: words.join(", "), suggestion };
    report(reading, "unknown-choice", scalar.range, args);
  });
}

/** The default where nothing is given or what is given is none of the words. */
export function readChoiceOr<const Word extends string>(
  reading: Reading,
  field: Field | undefined,
  words: readonly Word[],
  otherwise: NoInfer<Word>,
): Word {
  const scalar =
    field && readScalar(reading, field.value, field.key, `"${field.key}: ${otherwise}"`);
  return (scalar && readChoice(reading, scalar, field.key, words)) ?? otherwise;
}

/** What a message quotes of a value: no more than fits in a line. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
