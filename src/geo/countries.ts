/** Countries as ISO 3166-1 names them, with their continents and a point to stand for each. */
import { COUNTRY_ROWS } from "./countries-data.ts";
import type { Coordinates } from "./distance.ts";
import { foldName } from "./names.ts";

export interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** ISO 3166-1 alpha-3. */
  readonly alpha3: string;
  /** The usual English name. */
  readonly name: string;
  /** A code of `CONTINENTS`. */
  readonly continent: string;
  /** A representative point on its land: where a record is that names the country only. */
  readonly reference: Coordinates;
}

export interface FoundCountry {
  readonly code: string;
  readonly continent: string;
  readonly by: "code" | "alias" | "name";
}

/** Two-letter continent codes as GeoIP databases use them, in code order. */
export const CONTINENTS: ReadonlyMap<string, string> = new Map([
  ["AF", "Africa"],
  ["AN", "Antarctica"],
  ["AS", "Asia"],
  ["EU", "Europe"],
  ["NA", "North America"],
  ["OC", "Oceania"],
  ["SA", "South America"],
]);

/** All countries in code order. */
export const COUNTRIES: readonly Country[] = COUNTRY_ROWS.split("\n").map((row) => {
  const [code = "", alpha3 = "", continent = "", latitude, longitude, ...name] = row.split(" ");
  const reference = { latitude: Number(latitude), longitude: Number(longitude) };
  return { code, alpha3, name: name.join(" "), continent, reference };
});

const byCode: ReadonlyMap<string, Country> = new Map(COUNTRIES.map((c) => [c.code, c]));

/** The country of an upper-case alpha-2 code. */
export function countryByCode(code: string): Country | undefined {
  return byCode.get(code);
}

/**
 * Reads what a person wrote for a country: its alpha-2 code in any case ("code"), another code in
 * use for it such as UK or DEU ("alias"), or its name ("name"). Null when it is none of them.
 */
export function findCountry(text: string): FoundCountry | null {
  const code = text.trim().toUpperCase();
  const exact = byCode.get(code);
  if (exact) return found(exact, "code");
  const alias = byCode.get(aliases.get(code) ?? "");
  if (alias) return found(alias, "alias");
  const named = byCode.get(names.get(foldName(text)) ?? "");
  return named ? found(named, "name") : null;
}

function found({ code, continent }: Country, by: FoundCountry["by"]): FoundCountry {
  return { code, continent, by };
}

/** Codes that are not alpha-2 codes of ISO 3166-1: its reserved ones, the European Union's EL. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["UK", "GB"],
  ["EL", "GR"],
  ["FX", "FR"],
  ["SU", "RU"],
  ["TP", "TL"],
  ["ZR", "CD"],
  ["BU", "MM"],
  ["UAE", "AE"],
  ...COUNTRIES.map((country): [string, string] => [country.alpha3, country.code]),
]);

/** By folded name: the names of the table and others that are written for the same country. */
const names: ReadonlyMap<string, string> = new Map(
  [
    ...COUNTRIES.map((country): [string, string] => [country.name, country.code]),
    ["Aland", "AX"],
    ["Burma", "MM"],
    ["Cape Verde", "CV"],
    ["Congo", "CG"],
    ["Czech Republic", "CZ"],
    ["Côte d'Ivoire", "CI"],
    ["Deutschland", "DE"],
    ["East Timor", "TL"],
    ["England", "GB"],
    ["Great Britain", "GB"],
    ["Holland", "NL"],
    ["Hong Kong SAR", "HK"],
    ["Iran, Islamic Republic of", "IR"],
    ["Korea", "KR"],
    ["Korea, Republic of", "KR"],
    ["Macau", "MO"],
    ["Macedonia", "MK"],
    ["Moldova, Republic of", "MD"],
    ["Northern Ireland", "GB"],
    ["Republic of Korea", "KR"],
    ["Republic of Moldova", "MD"],
    ["Russian Federation", "RU"],
    ["Scotland", "GB"],
    ["Swaziland", "SZ"],
    ["Syrian Arab Republic", "SY"],
    ["Taiwan, Province of China", "TW"],
    ["Tanzania, United Republic of", "TZ"],
    ["The Netherlands", "NL"],
    ["Turkey", "TR"],
    ["United States of America", "US"],
    ["Viet Nam", "VN"],
    ["Wales", "GB"],
  ].map(([name = "", code = ""]): [string, string] => [foldName(name), code]),
);
