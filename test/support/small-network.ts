/** A network of eight mirrors and an Internet of nine networks: all that a build reads, in files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestValue, testDatabase } from "../oracle/write-mmdb.ts";

/** 2026-11-22T11:40:00Z, in seconds since 1970. */
export const BUILT_AT = 1_795_347_600;

const place = (country: string, city: string, latitude: number, longitude: number) =>
  ({ country_code: country, state1: "", city, latitude, longitude }) satisfies TestValue;

const VIENNA = place("AT", "Vienna", 48.2082, 16.3738);
const GRAZ = place("AT", "Graz", 47.0707, 15.4395);
const AMSTERDAM = place("NL", "Amsterdam", 52.3717, 4.8852);
const MINNEAPOLIS = place("US", "Minneapolis", 44.9778, -93.265);
const TOKYO = place("JP", "Tokyo", 35.6916, 139.768);

const IPV4 = [
  ["18.9.0.0/16", MINNEAPOLIS],
  ["128.101.0.0/16", MINNEAPOLIS],
  ["192.41.192.0/24", TOKYO],
  ["193.0.0.0/21", AMSTERDAM],
  ["193.170.0.0/15", VIENNA],
  ["193.171.0.0/17", GRAZ],
] as const;

const IPV6 = [
  ["2001:67c:2e8::/48", AMSTERDAM],
  ["2001:628::/32", VIENNA],
  ["2400:8900::/32", TOKYO],
] as const;

/** AS1853 goes over the end of Vienna's network, and AS57 over no mirror's. */
const ASNS = `193.170.0.0,193.170.127.255,1853,"ACONET, Vienna"
193.171.128.0,193.171.255.255,57,University of Minnesota
2001:628::,2001:628:ffff:ffff:ffff:ffff:ffff:ffff,1853,"ACONET, Vienna"
`;

const CONFIG = `config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors
versions: ["9", "9.8"]
duplicated_versions: {"9": "9.8"}
required_protocols: [http, https]
arches: {"9": [x86_64]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os/}
`;

const SETTINGS = `geoip:
  city: [city4.mmdb, city6.mmdb]
  asn: [asn.csv]
`;

const at = (latitude: number, longitude: number) =>
  `coordinates: {latitude: ${latitude}, longitude: ${longitude}}\n`;

/** What follows the lines that every mirror has, by name. */
const MIRRORS: Readonly<Record<string, string>> = {
  "amsterdam.example": `geolocation: {country: NL}\n${at(52.37, 4.89)}`,
  "aconet.example": `geolocation: {country: AT}\n${at(48.2, 16.37)}asn: 1853\n`,
  "boston.example": `geolocation: {country: US}\n${at(42.36, -71.06)}subnets: [18.9.0.0/16]\n`,
  "campus.example": `geolocation: {country: AT}\n${at(47.07, 15.44)}private: true\nasn: 57\n`,
  "graz.example": `geolocation: {country: AT, city: Graz}\n`,
  "nowhere.example": "",
  "tokyo.example": `geolocation: {country: JP}\n${at(35.69, 139.77)}never: [US]\n`,
  "under-water.example": `geolocation: {country: NL}\n${at(52, 4)}disabled: {reason: the flood}\n`,
};

export const MIRROR_NAMES: readonly string[] = Object.keys(MIRRORS);

export interface SmallNetworkOptions {
  /** More files, or others in place of those, by path. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** The last mirror's file is made first, where the order of a folder is that of creation. */
  readonly backwards?: boolean;
}

/** Writes the network and returns the path of its config.yml. */
export function writeSmallNetwork(
  folder: string,
  { files = {}, backwards = false }: SmallNetworkOptions = {},
): string {
  const database = (ipVersion: 4 | 6, networks: typeof IPV4 | typeof IPV6) =>
    testDatabase({ ipVersion, type: "DBIP-City-Lite", networks });
  const mirrors = Object.entries(MIRRORS).map(
    ([name, lines]) => [`mirrors/${name}.yml`, mirrorFile(name, lines)] as const,
  );
  const contents: (readonly [string, string | Buffer])[] = [
    ["config.yml", CONFIG],
    ["mirrorpress.yml", SETTINGS],
    ["city4.mmdb", database(4, IPV4)],
    ["city6.mmdb", database(6, IPV6)],
    ["asn.csv", ASNS],
    ...(backwards ? mirrors.toReversed() : mirrors),
    ...Object.entries(files),
  ];
  for (const [path, content] of contents) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return join(folder, "config.yml");
}

export function mirrorFile(name: string, lines: string): string {
  return `name: ${name}
address: {http: http://${name}/linux/, https: https://${name}/linux/}
update_frequency: 3h
sponsor: Example
sponsor_url: https://www.${name}/
${lines}`;
}

/** A mirror on a port of the loopback, in Vienna, a kilometre from where GeoIP has it. */
export function vienneseMirror(name: string, port: number, more = ""): string {
  return `name: ${name}
address: {http: "http://${name}:${port}/linux/"}
update_frequency: 3h
sponsor: Example
sponsor_url: https://www.example/
geolocation: {country: AT, city: Vienna}
${more}`;
}
