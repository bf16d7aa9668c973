/**
 * Every problem this program can report in somebody's input, with its severity and its words.
 *
 * `{name}` in a sentence is filled from the diagnostic's `args`. Of the hints, the first whose
 * placeholders are all given is shown, so the concrete remedy comes before the general one.
 */
import { cloudCatalogue } from "./catalogue/cloud.ts";
import { configCatalogue } from "./catalogue/config.ts";
import { fetchCatalogue } from "./catalogue/fetch.ts";
import { geoipCatalogue } from "./catalogue/geoip.ts";
import { mirrorCatalogue } from "./catalogue/mirror.ts";
import { placeCatalogue } from "./catalogue/place.ts";
import { policyCatalogue } from "./catalogue/policy.ts";
import { probeCatalogue } from "./catalogue/probe.ts";
import { urlCatalogue } from "./catalogue/url.ts";
import { weightsCatalogue } from "./catalogue/weights.ts";
import { yamlCatalogue } from "./catalogue/yaml.ts";

export const catalogue = {
  ...yamlCatalogue,
  ...mirrorCatalogue,
  ...cloudCatalogue,
  ...urlCatalogue,
  ...placeCatalogue,
  ...configCatalogue,
  ...policyCatalogue,
  ...geoipCatalogue,
  ...fetchCatalogue,
  ...weightsCatalogue,
  ...probeCatalogue,
} as const;

export type Catalogue = typeof catalogue;
export type DiagnosticCode = keyof Catalogue;
