/** Forty mirrors in forty cities of eight countries, each next to a fortieth of all clients. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tarGz } from "../fetch/services.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { FAKE_CONFIG } from "../support/fake-mirrors.ts";

const COUNTRIES = ["AT", "DE", "ES", "FR", "IT", "NL", "PL", "SE"] as const;
const CITIES = COUNTRIES.flatMap((country, at) =>
  [0, 1, 2, 3, 4].map((number) => ({
    country,
    number,
    name: `m${at}${number}.example`,
    latitude: 36 + 6 * number,
    longitude: -20 + 7 * at,
    ipv4: `${20 + at}.${number * 16}.0.0/12`,
    ipv6: `2a0${at}:${number}00::/24`,
  })),
);

/** By name. */
export const NIGHTLY_MIRRORS: readonly string[] = CITIES.map(({ name }) => name);

/** All mirrors are on one port of the loopback. */
export function writeNightlyNetwork(folder: string, port: number): void {
  const files: Record<string, string> = {
    "config.yml": FAKE_CONFIG,
    "mirrorpress.yml": `geoip: {max_age_days: 365}
fetch: {geoip: maxmind}
probe:
  control: ["http://control.example:${port}/"]
  request_time: 5s
  per_host: 32
`,
  };
  for (const city of CITIES) files[`mirrors/${city.name}.yml`] = mirrorText(city, port);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function mirrorText(city: (typeof CITIES)[number], port: number): string {
  const { name, country, latitude, longitude } = city;
  return `name: ${name}
address: {http: "http://${name}:${port}/linux/"}
update_frequency: 3h
sponsor: Example
sponsor_url: https://www.example/
geolocation: {country: ${country}}
coordinates: {latitude: ${latitude}, longitude: ${longitude}}
`;
}

/** What MaxMind has of this Internet, as it sends it; `builtAt` is in seconds since 1970. */
export async function nightlyReleases(
  builtAt: number,
): Promise<ReadonlyMap<string, { readonly archive: Buffer; readonly lastModified: string }>> {
  const lastModified = new Date(builtAt * 1000).toUTCString();
  const cities = CITIES.flatMap(({ country, number, latitude, longitude, ipv4, ipv6 }) => {
    const record = {
      country: { iso_code: country },
      city: { names: { en: `${country} ${number}` } },
      location: { latitude, longitude },
    };
    return [[ipv4, record] as const, [ipv6, record] as const];
  });
  const asns = CITIES.flatMap(({ ipv4, ipv6 }, at) => {
    const record = {
      autonomous_system_number: 64_600 + at,
      autonomous_system_organization: `Network ${at}`,
    };
    return [[ipv4, record] as const, [ipv6, record] as const];
  });
  const release = async (type: string, networks: typeof cities | typeof asns) => {
    const database = testDatabase({ ipVersion: 6, type, networks, builtAt });
    return { archive: await tarGz({ [`${type}_1/${type}.mmdb`]: database }), lastModified };
  };
  return new Map([
    ["GeoLite2-City", await release("GeoLite2-City", cities)],
    ["GeoLite2-ASN", await release("GeoLite2-ASN", asns)],
  ]);
}
