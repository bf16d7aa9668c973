/**
 * `nginx/countries.conf`: the lists of whole countries, for `?country=XX` and for the names of files.
 *
 *     country, set --> list     "" for what is no country
 *     country      --> "de"     as the files below near/ have it
 */
import { type Artifact, textArtifact } from "./artifact.ts";
import { setVariables } from "./nginx-sets.ts";
import { VAULT } from "./nginx-tables.ts";
import { nginxMap, nginxMapKey, nginxValue } from "./nginx-text.ts";

/** By country code, then by list set: the id of the country's list. */
export type CountryLists = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Throws when a country lacks a set's list. */
export function emitCountries(sets: readonly string[], countryLists: CountryLists): Artifact {
  const countries = [...countryLists.keys()].toSorted();
  const wrong = countries.find((code) => !/^[A-Z]{2}$/.test(code));
  if (wrong !== undefined) throw new Error(`not the code of a country: ${JSON.stringify(wrong)}`);
  const variables = setVariables(sets);
  const listOf = (code: string, set: string) => {
    const id = countryLists.get(code)?.[set];
    if (id === undefined) throw new Error(`country ${code} has no list of set ${set}`);
    return id;
  };
  const text = [
    "# The lists of countries. Included by http.conf beside it.\n",
    nginxMap("$mp_set", "$mp_of_country", [
      'default "";',
      ...variables.map(({ set, country }) => `${nginxMapKey(set)} ${country};`),
      `"${VAULT}" $mp_country_v;`,
    ]),
    ...variables.map(({ set, country }) =>
      nginxMap("$arg_country", country, [
        'default "";',
        ...countries.map((code) => `"${code}" ${nginxValue(listOf(code, set))};`),
      ]),
    ),
    "# Whatever the country, but a country it must be.",
    nginxMap("$arg_country", "$mp_country_v", [
      'default "";',
      ...countries.map((code) => `"${code}" $mp_vault;`),
    ]),
    nginxMap("$mp_place", "$mp_near", [
      'default "none";',
      ...countries.map((code) => `"${code}" "${code.toLowerCase()}";`),
    ]),
  ];
  return textArtifact("nginx/countries.conf", text.join("\n"));
}
