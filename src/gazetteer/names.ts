/** The names of a country's cities: which there are, and which text is which name. */
import { foldName } from "../geo/names.ts";
import type { CountryPart, Row } from "./sorted.ts";
import type { GazetteerTable } from "./table.ts";
import { nameVariants } from "./variants.ts";

/** A city's name in one table, with the located records of the country that have it. */
export interface CityText {
  readonly text: string;
  rows(): readonly Row[];
}

/** The cities of a country in one table: `number * recordCount + record` of each, ascending. */
export interface CityPart {
  readonly table: GazetteerTable;
  readonly base: number;
  readonly cities: Float64Array;
}

/** Sorting plain numbers takes less than collecting the records of every text. */
export function sortCities({ table, base, records }: CountryPart): CityPart {
  const { city, recordCount } = table;
  const cities = new Float64Array(records.length);
  let count = 0;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as number;
    const number = city[record] as number;
    if (number < 0) continue;
    cities[count] = number * recordCount + record;
    count += 1;
  }
  return { table, base, cities: cities.subarray(0, count).sort() };
}

type Initials = (table: GazetteerTable, number: number) => number;

const AT_START: Initials = (table, number) => table.initialsAt(number);
const IN_BRACKETS: Initials = (table, number) => table.bracketInitialsAt(number);

/** The distinct city names of a country whose initials pass. */
export function textsOf(
  parts: readonly CityPart[],
  passes: (initials: number) => boolean,
  initialsOfText = AT_START,
): readonly CityText[] {
  const found: CityText[] = [];
  for (const { table, base, cities } of parts) {
    const { recordCount } = table;
    for (let from = 0; from < cities.length; ) {
      const number = Math.floor((cities[from] as number) / recordCount);
      const first = number * recordCount;
      let to = from + 1;
      while (to < cities.length && (cities[to] as number) < first + recordCount) to += 1;
      if (passes(initialsOfText(table, number))) {
        const own = cities.subarray(from, to);
        const rows = () => Array.from(own, (each) => base + each - first);
        found.push({ text: table.textAt(number), rows });
      }
      from = to;
    }
  }
  return found;
}

/**
 * What a text may start with that is one of the names when folded: three letters as in the tables,
 * or two, which stand for whatever is written with another character behind them.
 */
export function initialsOf(names: readonly string[]): ReadonlySet<number> {
  const initials = new Set<number>();
  for (const name of names) {
    const folded = foldName(name.replace(/\(.*?\)/g, " "));
    for (const each of [folded, ...nameVariants(folded)]) {
      const key = squeeze(each);
      initials.add(initialsNumber(key.slice(0, 2)));
      initials.add(initialsNumber(key));
      for (const [spelt, others] of SPELT_OUT) {
        if (!key.startsWith(spelt)) continue;
        for (const other of others) initials.add(initialsNumber(other));
      }
    }
  }
  return initials;
}

/** How else a text may start that folding makes start with these: "St.", "Ste", "Sankt", "Sint". */
const SPELT_OUT: readonly (readonly [string, readonly string[]])[] = [
  ["saint", ["st", "ste", "san", "sin"]],
  ["fort", ["ft"]],
  ["mount", ["mt"]],
];

function initialsNumber(key: string): number {
  return (key.charCodeAt(0) << 16) | (key.charCodeAt(1) << 8) | key.charCodeAt(2);
}

/** What does not start with two ASCII letters is always taken: folding may change it. */
function areAmong(bytes: number, initials: ReadonlySet<number>): boolean {
  const small = bytes | 0x202020;
  if (!isLetter(small >> 16) || !isLetter((small >> 8) & 0xff)) return true;
  return initials.has(isLetter(small & 0xff) ? small : small & 0xffff00);
}

function isLetter(byte: number): boolean {
  return byte >= 97 && byte <= 122;
}

/** Texts by folded name; spaces do not count. */
export class TextsByName {
  readonly #texts = new Map<string, CityText[]>();
  readonly #folded = new Set<string>();

  /** By what stands before the parentheses of "Midrand (Midridge Park)". */
  static outside(parts: readonly CityPart[], initials: ReadonlySet<number>): TextsByName {
    const byName = new TextsByName();
    for (const city of textsOf(parts, (bytes) => areAmong(bytes, initials))) {
      const open = city.text.indexOf("(");
      byName.#add(open < 0 ? city.text : city.text.slice(0, open), city);
    }
    return byName;
  }

  /** By what stands in them. */
  static inside(parts: readonly CityPart[], initials: ReadonlySet<number>): TextsByName {
    const byName = new TextsByName();
    const passes = (bytes: number) => bytes >= 0 && areAmong(bytes, initials);
    for (const city of textsOf(parts, passes, IN_BRACKETS)) {
      byName.#add(city.text.slice(city.text.indexOf("(") + 1), city);
    }
    return byName;
  }

  get(folded: string): readonly CityText[] {
    return this.#texts.get(squeeze(folded)) ?? [];
  }

  startingWith(beginning: string): readonly CityText[] {
    const names = [...this.#folded].filter((name) => name.startsWith(beginning));
    return [...new Set(names.map(squeeze))].flatMap((key) => this.#texts.get(key) ?? []);
  }

  #add(name: string, city: CityText): void {
    const folded = foldName(name);
    if (folded === "") return;
    this.#folded.add(folded);
    const key = squeeze(folded);
    const list = this.#texts.get(key);
    if (list === undefined) this.#texts.set(key, [city]);
    else list.push(city);
  }
}

function squeeze(folded: string): string {
  return folded.includes(" ") ? folded.replaceAll(" ", "") : folded;
}
