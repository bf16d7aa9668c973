/** The network of the simulated year, as files: config.yml, mirrors, databases. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestValue, testDatabase } from "../oracle/write-mmdb.ts";
import { seededRandom } from "../support/random.ts";
import { CITIES, type City } from "./geography.ts";

export const CONFIG_TEXT = `config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors
versions: ["9", "9.8"]
duplicated_versions: {"9": "9.8"}
optional_module_versions: {kitten: ["10"]}
required_protocols: [http, https]
arches: {"9": [x86_64, s390x], "10-kitten": [x86_64]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os/}
  - {name: appstream, path: AppStream/$basearch/os/}
`;

export const SETTINGS_TEXT = `geoip:
  city: [data/city4.mmdb, data/city6.mmdb]
  asn: [data/asn.csv]
  max_age_days: 45
probe:
  failures: 2
  successes: 2
keep_generations: 4
`;

/** N and M of the settings above. */
export const FAILURES = 2;
export const SUCCESSES = 2;

export interface PlannedMirror {
  readonly name: string;
  /** Absent for one that is not for everybody. */
  readonly city?: City;
  readonly text: string;
}

/** One in each city; a few of real shapes that not every mirror has. */
export const PUBLIC_MIRRORS: readonly PlannedMirror[] = CITIES.map((city, index) => {
  const name = `${city.name.toLowerCase()}.${city.country.toLowerCase()}.example`;
  const hasHttp = index % 11 !== 5;
  const hasHttps = index % 13 !== 6;
  const address = [
    ...(hasHttp ? [`http: http://${name}/almalinux/`] : []),
    ...(hasHttps ? [`https: https://${name}/almalinux/`] : []),
    ...(index % 4 === 0 ? [`rsync: rsync://${name}/almalinux/`] : []),
  ];
  const more = [
    // Several lack the same, as real ones do: they share a list set.
    ...(index % 9 === 4 ? ["carries: {architectures: [x86_64]}"] : []),
    ...(index % 6 === 1
      ? [`address_optional: {kitten: {https: "https://${name}/kitten/"}}`].filter(() => hasHttps)
      : []),
  ];
  const { latitude, longitude, country } = city;
  return {
    name,
    city,
    text: mirrorText(name, `{${address.join(", ")}}`, [
      `geolocation: {country: ${country}}`,
      `coordinates: {latitude: ${latitude}, longitude: ${longitude}}`,
      ...more,
    ]),
  };
});

/** For clients of their own networks alone: a university, a company, a provider's whole answer. */
export const INNER_MIRRORS: readonly (PlannedMirror & { readonly networks: readonly string[] })[] =
  [
    inner("campus.example", "20.17.0.0/16", ["private: true", "asn: 1853"]),
    inner("company.example", "60.33.0.0/18", ["private: true", 'subnets: ["60.33.0.0/18"]']),
    inner("provider.example", "60.97.0.0/16", [
      "private: true",
      "monopoly: true",
      'subnets: ["60.97.0.0/16"]',
    ]),
  ];

/** In the city that its network is in: whoever took it for public would be sent there first. */
function inner(name: string, network: string, lines: readonly string[]) {
  const address = `{https: https://${name}/almalinux/}`;
  const [first = 0, second = 0] = network.split(".").map(Number);
  const around = `${first}.${second - (second % 16)}.0.0/12`;
  const { country, latitude, longitude } = CITIES.find(({ ipv4 }) => ipv4 === around)!;
  const place = [
    `geolocation: {country: ${country}}`,
    `coordinates: {latitude: ${latitude}, longitude: ${longitude}}`,
  ];
  return { name, networks: [network], text: mirrorText(name, address, [...place, ...lines]) };
}

export function mirrorText(name: string, address: string, lines: readonly string[]): string {
  return `name: ${name}
address: ${address}
update_frequency: 3h
sponsor: Example
sponsor_url: https://www.example/
${lines.join("\n")}
`;
}

export const mirrorPath = (name: string): string => `mirrors/${name}.yml`;

/** "private" by an ASN: the first of these networks. */
const ASN_TEXT = "20.17.0.0,20.17.255.255,1853,Campus\n";

export interface DatabaseOptions {
  /** Which of the providers' weekly editions. */
  readonly edition: number;
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** Every other network is missing. */
  readonly halved?: boolean;
}

/** Both City databases and the ASN table, by path. */
export function databaseFiles(options: DatabaseOptions): Readonly<Record<string, Buffer | string>> {
  return {
    "data/city4.mmdb": cityDatabase(4, options),
    "data/city6.mmdb": cityDatabase(6, options),
    "data/asn.csv": ASN_TEXT,
  };
}

/** Small networks within the large ones that are in another city of the country. */
const MOVED = 40;

/** From an edition to the next a few networks move, as they do. */
function cityDatabase(ipVersion: 4 | 6, { edition, builtAt, halved }: DatabaseOptions): Buffer {
  const large = CITIES.map(
    (city) => [ipVersion === 4 ? city.ipv4 : city.ipv6, place(city)] as const,
  );
  const moved = Array.from({ length: MOVED }, (_, index) =>
    movedNetwork(edition, index, ipVersion),
  );
  const networks = [...large, ...moved];
  return testDatabase({
    ipVersion,
    type: "DBIP-City-Lite",
    builtAt,
    networks: halved ? networks.filter((_, index) => index % 2 === 0) : networks,
  });
}

function movedNetwork(edition: number, index: number, ipVersion: 4 | 6) {
  // Each moves once in twenty editions, not all at the same time.
  const random = seededRandom(1000 * index + Math.floor((edition + index) / 20));
  const at = Math.floor(random() * CITIES.length);
  const city = CITIES[at]!;
  const others = CITIES.filter(
    ({ country, name }) => country === city.country && name !== city.name,
  );
  const other = others[Math.floor(random() * others.length)]!;
  const part = Math.floor(random() * 64);
  const [, first = "", second = "0"] = /^(\d+)\.(\d+)/.exec(city.ipv4) ?? [];
  const network =
    ipVersion === 4
      ? `${first}.${Number(second) + (part >> 2)}.${(part & 3) * 64}.0/18`
      : city.ipv6.replace("::/32", `:${(part * 1024).toString(16)}::/38`);
  return [network, place(other)] as const;
}

function place({ country, name, latitude, longitude }: City): TestValue {
  return { country_code: country, state1: "", city: name, latitude, longitude };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  }
}
