/**
 * The example network on a part of the real Internet: of the default databases some thousand
 * networks, drawn at random, so that a build takes a second or two. Four clouds are added.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addressText } from "../oracle/address.ts";
import { dataOf, descend, type PlainDatabase, plainDatabase } from "../oracle/mmdb.ts";
import { randomInTree } from "../oracle/sample.ts";
import { type TestValue, testDatabase } from "../oracle/write-mmdb.ts";
import { feedText, inventNetworks } from "../support/cloud-feed.ts";
import { mirrorFile } from "../support/small-network.ts";
import { type Chance, chances } from "./worlds.ts";

const PACKAGES = "node_modules/@ip-location-db";
const NETWORKS = 4000;
/** Of the lines of ASN ranges. */
const SHARE_OF_ASNS = 0.1;

/** Policies as they stand under `policy:` of mirrorpress.yml. */
export const POLICIES: readonly (readonly [name: string, policy: object])[] = [
  ["blog-2021", { name: "blog-2021" }],
  ["service-2026", { name: "service-2026" }],
  [
    "a policy that is written out",
    {
      name: "ours",
      distances: "whole-km",
      imprecise: "spread",
      spread: { within_km: 900, rotations: 3 },
      steps: [
        { on_net: { order: ["asn", "subnet"], minimum: 4, fill: "by-place", fill_unplaced: true } },
        {
          by_place: {
            length: 8,
            bands: [
              { from: "country", take: 2 },
              { from: "continent", take: 3 },
              { from: "world", take: 8 },
            ],
          },
        },
        { everyone: { take_of_blank: 3 } },
      ],
    },
  ],
];

/** For one region or all, beside a subnet of its own, for a monopoly or not. */
const CLOUDS = {
  aws: "cloud_type: aws\ncloud_regions: [all]\n",
  azure: "cloud_type: azure\ncloud_regions: [region-1, Region-7]\nasn: 8075\n",
  gcp: "cloud_type: GCP\ncloud_regions: [region-3]\nsubnets: [20.1.0.0/17]\n",
  oci: "cloud_type: oci\ncloud_regions: [region-2]\nprivate: true\nmonopoly: true\n",
} as const;
const CLOUD_NETWORKS = 2000;

/** All but the settings. */
export function writeSampledNetwork(folder: string, seed: number): void {
  const chance = chances(seed);
  cpSync("config.yml", join(folder, "config.yml"));
  cpSync("mirrors", join(folder, "mirrors"), { recursive: true });
  mkdirSync(join(folder, "data", "cloud"), { recursive: true });
  for (const provider of ["aws", "azure", "gcp", "oci"] as const) {
    const entries = inventNetworks(CLOUD_NETWORKS, { seed: seed + provider.charCodeAt(1) });
    const path = join(folder, "data", "cloud", `${provider}.json`);
    writeFileSync(path, feedText(provider, entries));
    const name = `packages.${provider}.example`;
    const place = "geolocation: {country: US}\ncoordinates: {latitude: 38, longitude: -77}\n";
    writeFileSync(
      join(folder, "mirrors", `${name}.yml`),
      mirrorFile(name, place + CLOUDS[provider]),
    );
  }
  for (const family of [4, 6] as const) {
    const real = readFileSync(`${PACKAGES}/dbip-city-mmdb/dbip-city-ipv${family}.mmdb`);
    const networks = [...sampled(plainDatabase(real), chance)];
    const city = testDatabase({ ipVersion: family, type: "DBIP-City-Lite", networks });
    writeFileSync(join(folder, `city${family}.mmdb`), city);
    const asns = readFileSync(`${PACKAGES}/asn/asn-ipv${family}.csv`, "utf8").split("\n");
    const some = asns.filter(() => chance.chance(SHARE_OF_ASNS));
    writeFileSync(join(folder, `asn${family}.csv`), `${some.join("\n")}\n`);
  }
}

/** `policy` is what stands under `policy:` of mirrorpress.yml, `city` under `geoip: {city:}`. */
export function writeSettings(
  folder: string,
  policy: object,
  city: readonly string[] = ["city4.mmdb", "city6.mmdb"],
): void {
  const settings = {
    geoip: {
      city,
      asn: ["asn4.csv", "asn6.csv"],
      max_age_days: 3650,
    },
    policy,
    // A wide network that is spread block by block, and one of which the place is known.
    geo: {
      overrides: [
        { network: "20.0.0.0/10", place: { country: "US" }, reason: "blocks" },
        { network: "2600:1f00::/26", place: { country: "DE" }, reason: "blocks" },
        {
          network: "20.1.2.0/24",
          place: { country: "FR", coordinates: { latitude: 48.8, longitude: 2.3 } },
          reason: "inside",
        },
      ],
    },
  };
  writeFileSync(join(folder, "mirrorpress.yml"), JSON.stringify(settings));
}

function sampled(db: PlainDatabase, { random }: Chance): Map<string, TestValue> {
  const networks = new Map<string, TestValue>();
  while (networks.size < NETWORKS) {
    const address = randomInTree(random, db);
    if (address === null) continue;
    const { record, depth } = descend(db, address.value, db.width);
    const hostBits = BigInt(db.width - depth);
    const first = (address.value >> hostBits) << hostBits;
    const network = `${addressText({ ...address, value: first })}/${depth}`;
    networks.set(network, dataOf(db, record) as TestValue);
  }
  return networks;
}
