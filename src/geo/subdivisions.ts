/** States, provinces and regions as ISO 3166-2 numbers them, and the many ways to write them. */
import { squeezeName } from "./names.ts";
import { SUBDIVISION_ALIAS_ROWS } from "./subdivision-aliases.ts";
import { SUBDIVISION_ROWS } from "./subdivisions-data.ts";

export interface Subdivision {
  /** ISO 3166-2, such as US-VA. */
  readonly code: string;
  /** In English where CLDR has it. */
  readonly name: string;
  /** The code of the subdivision it is part of: FR-69 (Rhône) is part of FR-ARA. */
  readonly parent?: string;
}

export interface FoundSubdivision extends Subdivision {
  /** "name" only when it was written as `name` has it, apart from case and accents. */
  readonly by: "code" | "name" | "alias";
}

export interface Subdivisions {
  /** Those of a country in code order, each followed by its parts; none for an unknown country. */
  of(country: string): readonly Subdivision[];
  /**
   * What a person or a database calls a subdivision: "QC", "CA-QC", "Quebec", "Québec", "Province
   * of Quebec". Null when it is none of the country's, or when it could be several.
   */
  find(country: string, text: string): FoundSubdivision | null;
}

/** Countries are read when they are first asked for; the whole world takes some 10 ms. */
export function openSubdivisions(): Subdivisions {
  const rows = rowsByCountry(SUBDIVISION_ROWS);
  const aliasRows = rowsByCountry(SUBDIVISION_ALIAS_ROWS);
  const known = new Map<string, CountryIndex>();
  const indexOf = (country: string): CountryIndex => {
    let index = known.get(country);
    if (index === undefined) {
      index = readCountry(country, rows.get(country) ?? "", aliasRows.get(country) ?? "");
      known.set(country, index);
    }
    return index;
  };
  return {
    of: (country) => indexOf(country).list,
    find: (country, text) => findIn(indexOf(country), country, text),
  };
}

interface CountryIndex {
  readonly list: readonly Subdivision[];
  readonly byCode: ReadonlyMap<string, Subdivision>;
  /** Where to look for a name in turn. Null marks a name that several have. */
  readonly byName: readonly ReadonlyMap<string, Subdivision | null>[];
}

function findIn(index: CountryIndex, country: string, text: string): FoundSubdivision | null {
  const upper = text.trim().toUpperCase();
  const code = upper.startsWith(`${country}-`) ? upper : `${country}-${upper}`;
  const exact = index.byCode.get(code);
  if (exact) return { ...exact, by: "code" };
  const names = [text, text.replace(/\(.*?\)/g, "")];
  for (const name of names) {
    for (const key of [squeezeName(name), withoutKind(name)]) {
      if (key === "") continue;
      for (const map of index.byName) {
        const found = map.get(key);
        if (found) return { ...found, by: key === squeezeName(found.name) ? "name" : "alias" };
      }
    }
  }
  return null;
}

/** `rows` and `aliases` as the data files describe them, without the country. */
function readCountry(country: string, rows: string, aliases: string): CountryIndex {
  const list: Subdivision[] = [];
  const byAlias = new Map<string, Subdivision | null>();
  const byName = new Map<string, Subdivision | null>();
  const byCore = new Map<string, Subdivision | null>();
  let parent: string | undefined;
  for (const { mark, code, names } of readRow(rows)) {
    const own = `${country}-${code}`;
    if (!mark) parent = own;
    const name = names[0] ?? code;
    const subdivision = { code: own, name, ...(mark && parent !== undefined && { parent }) };
    list.push(subdivision);
    for (const each of names) {
      enter(byName, squeezeName(each), subdivision);
      enter(byCore, withoutKind(each), subdivision);
    }
  }
  const byCode = new Map(list.map((subdivision) => [subdivision.code, subdivision]));
  for (const { code, names } of readRow(aliases)) {
    const subdivision = byCode.get(`${country}-${code}`);
    if (subdivision === undefined) throw new Error(`a bug: alias of unknown ${country}-${code}`);
    for (const each of names) byAlias.set(squeezeName(each), subdivision);
  }
  return { list, byCode, byName: [byAlias, byName, byCore] };
}

/** Of two with one name the one that is no part of another has it; of two such, neither. */
function enter(map: Map<string, Subdivision | null>, name: string, subdivision: Subdivision): void {
  if (name === "") return;
  const present = map.get(name);
  if (present === undefined || (present?.parent !== undefined && !subdivision.parent)) {
    map.set(name, subdivision);
  } else if (present && present.code !== subdivision.code) {
    if (present.parent !== undefined || !subdivision.parent) map.set(name, null);
  }
}

interface Row {
  readonly mark: boolean;
  readonly code: string;
  readonly names: readonly string[];
}

function readRow(row: string): readonly Row[] {
  if (row === "") return [];
  return row.split("|").map((cell) => {
    const mark = cell.startsWith(">");
    const space = cell.indexOf(" ");
    return {
      mark,
      code: cell.slice(mark ? 1 : 0, space),
      names: cell.slice(space + 1).split(";"),
    };
  });
}

function rowsByCountry(text: string): ReadonlyMap<string, string> {
  return new Map(text.split("\n").map((line) => [line.slice(0, 2), line.slice(3)]));
}

/** The name without the words for what kind of unit it is, in the languages that data use. */
function withoutKind(name: string): string {
  return squeezeName(name, KINDS);
}

const KINDS: ReadonlySet<string> = new Set(
  (
    "administrative and area atoll autonomous canton capital changwat chartered city commune " +
    "community comunidad council counties county daerah de del departamento department di " +
    "distrito district districts division dki do emirate estado federal fu fylke governorate " +
    "island islands istimewa judetul kanton ken krai kray la lan land local metropolitan " +
    "muhafazat municipal municipalities municipality municipio national oblast oblasts oblis " +
    "oblisi oblysi oblysy of parish prefecture prov province provincia provincie raion raionul " +
    "rayon region regional republic respublika sheng shi si special state territory the to town " +
    "union voblasc voblasts voivodeship wilaya wojewodztwo zone"
  ).split(" "),
);
