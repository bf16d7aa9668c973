/** Networks of files as the site's tests take them: read and checked, not placed by databases. */
import { join } from "node:path";
import { emitSite, type SiteToEmit } from "../../src/emit/site.ts";
import { countryByCode } from "../../src/geo/countries.ts";
import { readConfig } from "../../src/model/config.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { checkNetwork, readMirror } from "../../src/model/mirrors.ts";
import { readNetwork } from "../../src/sources/network.ts";
import { BUILT_AT } from "../support/small-network.ts";

const ATTRIBUTION = ["IP Geolocation by DB-IP, https://db-ip.com (CC-BY-4.0)"];

/** A mirror with a country is at the country's reference point. */
export function networkOf(configPath: string): SiteToEmit {
  const silent = () => {};
  const written = readNetwork(configPath, silent);
  const config = written && readConfig(written.config, silent);
  if (!written || !config) throw new Error(`no network in ${configPath}`);
  const read = written.mirrors.flatMap((file) => readMirror(file, config, silent) ?? []);
  const mirrors = checkNetwork(read, silent)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((mirror): PlacedMirror => {
      const country = countryByCode(mirror.location.country ?? "");
      if (country === undefined) return mirror;
      const placed = { at: country.reference, by: "country" } as const;
      return { ...mirror, continent: country.continent, placed };
    });
  const listSets = listSetsOf(config, mirrors);
  return { config, mirrors, listSets, failing: [], builtAt: BUILT_AT, attribution: ATTRIBUTION };
}

export function exampleNetwork(): SiteToEmit {
  return networkOf(join(import.meta.dirname, "..", "..", "config.yml"));
}

/** The files by path, as text. */
export function siteOf(network: SiteToEmit): ReadonlyMap<string, string> {
  return new Map(
    emitSite(network).map(({ path, bytes }) => [path, Buffer.from(bytes).toString("utf8")]),
  );
}
