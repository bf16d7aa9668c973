/**
 * What a City database says, in columns: one row for each distinct record. Both shapes in use are
 * read, whichever a record has:
 *
 *     MaxMind  { country: { iso_code }, continent: { code }, subdivisions: [{ iso_code, names: { en } }],
 *                city: { names: { en } }, location: { latitude, longitude } }
 *     flat     { country_code, state1, city, latitude, longitude }   (the ip-location-db packages)
 *
 * An empty text means that nothing is known. Texts are left in the file until they are asked for.
 */
import type { VerifiedDatabase } from "../mmdb/database.ts";
import {
  FIELD_NUMBER,
  FIELD_TEXT,
  type FieldReader,
  fieldReader,
  loadData,
} from "../mmdb/fields.ts";
import { textNumber, textReader } from "./city-texts.ts";

/** In `country` and `continent`: the record has none. */
export const NO_CODE = 0xffff;

export interface CityTable {
  /** Rows are in the order of record numbers. */
  readonly recordCount: number;
  /** Index into `countries`, or NO_CODE. */
  readonly country: Uint16Array;
  /** Two capital letters each, as the database has them. */
  readonly countries: readonly string[];
  /** Index into `continents`, or NO_CODE; the flat shape has none. */
  readonly continent: Uint16Array;
  readonly continents: readonly string[];
  /** Number of a text for `textAt`, or NO_TEXT: the English name of the largest subdivision. */
  readonly subdivision: Int32Array;
  /** The part of its ISO 3166-2 code behind the country's; the flat shape has none. */
  readonly subdivisionCode: Int32Array;
  /** The English name of the city. */
  readonly city: Int32Array;
  /** Degrees, NaN where the record has none. */
  readonly latitude: Float32Array | Float64Array;
  readonly longitude: Float32Array | Float64Array;
  /** A text, read from the file. One text may have several numbers. */
  textAt(number: number): string;
}

const [COUNTRY, FLAT_COUNTRY, CONTINENT, STATE_CODE, STATE, FLAT_STATE] = [
  0, 1, 2, 3, 4, 5,
] as const;
const [CITY, FLAT_CITY, LATITUDE, FLAT_LATITUDE, LONGITUDE, FLAT_LONGITUDE] = [
  6, 7, 8, 9, 10, 11,
] as const;

const PATHS = [
  ["country", "iso_code"],
  ["country_code"],
  ["continent", "code"],
  ["subdivisions", 0, "iso_code"],
  ["subdivisions", 0, "names", "en"],
  ["state1"],
  ["city", "names", "en"],
  ["city"],
  ["location", "latitude"],
  ["latitude"],
  ["location", "longitude"],
  ["longitude"],
] as const;

/** `room` is for the data section while it is read, so that several databases can share it. */
export function readCityTable(db: VerifiedDatabase, room?: Uint8Array): CityTable {
  const recordCount = db.records.count;
  const data = loadData(db, room);
  const fields = fieldReader(data, PATHS);
  const countries = new CodeTable(data);
  const continents = new CodeTable(data);
  const country = new Uint16Array(recordCount);
  const continent = new Uint16Array(recordCount);
  const subdivision = new Int32Array(recordCount);
  const subdivisionCode = new Int32Array(recordCount);
  const city = new Int32Array(recordCount);
  const latitude = new Float64Array(recordCount);
  const longitude = new Float64Array(recordCount);

  db.records.forEach((offset, record) => {
    fields.read(offset);
    country[record] = countries.take(fields, COUNTRY, FLAT_COUNTRY);
    continent[record] = continents.take(fields, CONTINENT, CONTINENT);
    subdivision[record] = textNumber(fields, STATE, FLAT_STATE);
    subdivisionCode[record] = textNumber(fields, STATE_CODE, STATE_CODE);
    city[record] = textNumber(fields, CITY, FLAT_CITY);
    latitude[record] = numberOf(fields, LATITUDE, FLAT_LATITUDE);
    longitude[record] = numberOf(fields, LONGITUDE, FLAT_LONGITUDE);
  });
  return {
    recordCount,
    country,
    countries: countries.codes,
    continent,
    continents: continents.codes,
    subdivision,
    subdivisionCode,
    city,
    latitude: narrowed(latitude),
    longitude: narrowed(longitude),
    textAt: textReader(db),
  };
}

function numberOf(fields: FieldReader, path: number, flatPath: number): number {
  if (fields.kinds[path] === FIELD_NUMBER) return fields.numbers[path] as number;
  return fields.kinds[flatPath] === FIELD_NUMBER
    ? (fields.numbers[flatPath] as number)
    : Number.NaN;
}

/** In half the memory where nothing is lost: some databases have floats only. */
function narrowed(column: Float64Array): Float32Array | Float64Array {
  const floats = new Float32Array(column);
  for (let record = 0; record < column.length; record++) {
    const value = column[record] as number;
    if (floats[record] !== value && !Number.isNaN(value)) return column;
  }
  return floats;
}

/** Two-letter codes, numbered as they come up; what is not two bytes long is no code. */
class CodeTable {
  readonly codes: string[] = [];
  readonly #data: Uint8Array;
  /** By the two bytes. */
  readonly #numbers = new Uint16Array(1 << 16).fill(NO_CODE);

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  take(fields: FieldReader, path: number, flatPath: number): number {
    const given = fields.kinds[path] === FIELD_TEXT ? path : flatPath;
    if (fields.kinds[given] !== FIELD_TEXT || fields.textLengths[given] !== 2) return NO_CODE;
    const at = fields.textOffsets[given] as number;
    const key = ((this.#data[at] as number) << 8) | (this.#data[at + 1] as number);
    const known = this.#numbers[key] as number;
    if (known !== NO_CODE) return known;
    const number = this.codes.push(fields.textOf(given)) - 1;
    this.#numbers[key] = number;
    return number;
  }
}
