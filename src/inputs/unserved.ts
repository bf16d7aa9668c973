/** Clients to whom no mirror of a list set may be listed, since `only:` and `never:` leave none. */

import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { COUNTRIES, countryByCode } from "../geo/countries.ts";
import type { NetworkConfig } from "../model/config.ts";
import { listSetsOf } from "../model/list-sets.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import { servesCountry } from "../rank/bar.ts";

/** The code of a country; undefined for clients of whom none is known. */
type ClientCountry = string | undefined;

const CLIENT_COUNTRIES: readonly ClientCountry[] = [
  undefined,
  ...COUNTRIES.map(({ code }) => code),
];

/**
 * Of every set but that of everything, in which an empty list stops a build. In a narrower one it is
 * what the mirrors' files say: one of them must not stop the network, and these clients get a 404.
 */
export function reportUnserved(
  config: NetworkConfig,
  mirrors: readonly PlacedMirror[],
  report: Report,
): void {
  for (const { name, urlOf } of listSetsOf(config, mirrors).sets.slice(1)) {
    const members = mirrors.filter((mirror) => mirror.reach === "public" && urlOf(mirror));
    const unserved = CLIENT_COUNTRIES.filter(
      (country) => !members.some((mirror) => servesCountry(mirror, country)),
    );
    if (unserved.length === 0) continue;
    report(problem("unserved-clients", {}, { set: name, clients: clientsIn(unserved) }));
  }
}

/** "clients in an unknown place", "clients in Andorra, France, Germany and 4 more countries". */
export function clientsIn(countries: readonly ClientCountry[]): string {
  const names = countries.flatMap((code) => (code ? [countryByCode(code)?.name ?? code] : []));
  const shown = names.slice(0, SHOWN_COUNTRIES).join(", ");
  const more = names.length - SHOWN_COUNTRIES;
  const known = more > 0 ? `${shown} and ${more} more countries` : shown;
  if (!countries.includes(undefined)) return `clients in ${known}`;
  return names.length === 0
    ? "clients in an unknown place"
    : `clients in ${known}, and in an unknown place`;
}

const SHOWN_COUNTRIES = 5;
