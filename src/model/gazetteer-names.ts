/** The names of a country's cities: which there are, and which text is which name. */
import { foldName } from "../geo/names.ts";
import type { CountryPart } from "./gazetteer-sorted.ts";
import { nameVariants } from "./gazetteer-variants.ts";

/** A city's name in one table. */
export interface CityText {
  readonly part: CountryPart;
  /** For the table's `textAt`. */
  readonly number: number;
}

/** The distinct city names of a country, or only those whose initials are among some. */
export function* textsOf(
  parts: readonly CountryPart[],
  initials: ReadonlySet<number> | null,
): Iterable<CityText> {
  for (const part of parts) {
    const { table, records } = part;
    const isSeen = new Uint8Array(table.textCount);
    for (let index = 0; index < records.length; index++) {
      const number = table.city[records[index] as number] as number;
      if (number < 0 || isSeen[number] === 1) continue;
      isSeen[number] = 1;
      if (initials === null || areAmong(table.initialsAt(number), initials)) {
        yield { part, number };
      }
    }
  }
}

/** What a text may start with that is one of the names when folded: two bytes as in the tables. */
export function initialsOf(names: readonly string[]): ReadonlySet<number> {
  const initials = new Set<number>();
  for (const name of names) {
    const folded = foldName(name.replace(/\(.*?\)/g, " "));
    for (const each of [folded, ...nameVariants(folded)]) {
      const key = squeeze(each);
      initials.add(initialsNumber(key));
      for (const [short, long] of SPELT_OUT) {
        if (key.startsWith(long)) initials.add(initialsNumber(short));
      }
    }
  }
  return initials;
}

/** Folding makes these beginnings of one another: "St." is "Saint", "Sint" as well. */
const SPELT_OUT = [
  ["st", "sa"],
  ["si", "sa"],
  ["ft", "fo"],
  ["mt", "mo"],
] as const;

function initialsNumber(key: string): number {
  return (key.charCodeAt(0) << 8) | key.charCodeAt(1);
}

/** What does not start with two ASCII letters is always taken: folding may change it. */
function areAmong(bytes: number, initials: ReadonlySet<number>): boolean {
  const first = (bytes >> 8) | 0x20;
  const second = (bytes & 0xff) | 0x20;
  const isPlain = first >= 97 && first <= 122 && second >= 97 && second <= 122;
  return !isPlain || initials.has((first << 8) | second);
}

/** Texts by folded name; spaces do not count. */
export class TextsByName {
  readonly #texts = new Map<string, CityText[]>();
  readonly #folded = new Set<string>();

  /** By what stands before the parentheses of "Midrand (Midridge Park)". */
  static outside(texts: Iterable<CityText>): TextsByName {
    const byName = new TextsByName();
    for (const text of texts) {
      const name = text.part.table.textAt(text.number);
      const open = name.indexOf("(");
      byName.#add(open < 0 ? name : name.slice(0, open), text);
    }
    return byName;
  }

  /** By what stands in them. */
  static inside(texts: Iterable<CityText>): TextsByName {
    const byName = new TextsByName();
    for (const text of texts) {
      const name = text.part.table.textAt(text.number);
      const open = name.indexOf("(");
      if (open >= 0) byName.#add(name.slice(open + 1), text);
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

  #add(name: string, text: CityText): void {
    const folded = foldName(name);
    if (folded === "") return;
    this.#folded.add(folded);
    const key = squeeze(folded);
    const list = this.#texts.get(key);
    if (list === undefined) this.#texts.set(key, [text]);
    else list.push(text);
  }
}

function squeeze(folded: string): string {
  return folded.includes(" ") ? folded.replaceAll(" ", "") : folded;
}
