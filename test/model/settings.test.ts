import { expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { formatPrefix } from "../../src/ip/prefix.ts";
import { blog2021 } from "../../src/model/policy.ts";
import { currentOverrides, defaultSettings } from "../../src/model/settings.ts";
import { collect, readSettingsText } from "../support/reading.ts";

test("readSettings: everything given", () => {
  const { value, codes } = readSettingsText(`
geoip:
  city: [GeoLite2-City.mmdb]
  asn: asn-ipv4.csv
  attribution: "IP Geolocation by DB-IP"
  max_age_days: 30
policy: {name: blog-2021, on_net_minimum: 3, country_take: 8, continent_take: 6, world_take: 4, length: 12}
cloud: {aws: feeds/ip-ranges.json, oci: data/oracle.json}
geo:
  overrides:
    - network: 198.51.100.7/32
      place: {country: UK, state_province: Scotland, city: Leith, coordinates: [55.97, -3.17]}
      reason: the provider's record is of its head office
      until: 2027-01-31
serve: {root: /var/www/mirrors/, trusted_proxies: [10.0.0.0/8, "::1"]}
output: ../public
keep_generations: 5
`);
  expect(codes).toEqual(["country-alias"]);
  expect(value).toMatchObject({
    geoip: {
      city: ["GeoLite2-City.mmdb"],
      asn: ["asn-ipv4.csv"],
      attribution: ["IP Geolocation by DB-IP"],
      maxAgeDays: 30,
    },
    policy: blog2021({
      onNetMinimum: 3,
      countryTake: 8,
      continentTake: 6,
      worldTake: 4,
      length: 12,
    }),
    cloud: { aws: "feeds/ip-ranges.json", oci: "data/oracle.json" },
    output: "../public",
    keepGenerations: 5,
  });
  expect(value?.serve.root).toBe("/var/www/mirrors");
  expect(value?.serve.trustedProxies.map(formatPrefix)).toEqual(["10.0.0.0/8", "::1/128"]);
  expect(value?.geo.overrides).toMatchObject([
    {
      place: {
        country: "GB",
        subdivision: "Scotland",
        city: "Leith",
        coordinates: { latitude: 55.97, longitude: -3.17 },
      },
      reason: "the provider's record is of its head office",
      until: Date.UTC(2027, 1, 1) / 1000,
    },
  ]);
});

test("readSettings: what is not given, or wrong, has its default", () => {
  expect(readSettingsText("output: output").value).toEqual(defaultSettings);
  const wrong = readSettingsText(`
policy: {name: other, length: 0}
serve: {root: "/srv/x; return 200", trusted_proxies: [everybody]}
geoip: {max_age_days: soon}
keep_generations: 0
`);
  expect(wrong.value).toEqual(defaultSettings);
  expect(wrong.codes).toEqual([
    "bad-number",
    "unknown-policy",
    "bad-number",
    "bad-subnet",
    "bad-root",
    "bad-number",
  ]);
});

test("readSettings: a cloud of which no list is known", () => {
  const { value, codes } = readSettingsText("cloud: {asw: a.json, cumulus: b.json, gcp: c.json}");
  expect(value?.cloud).toEqual({ gcp: "c.json" });
  expect(codes).toEqual(["misspelt-key", "unknown-key"]);
});

test("readSettings: a key in another spelling is read", () => {
  const { value, codes } = readSettingsText("keepGenerations: 7");
  expect(value?.keepGenerations).toBe(7);
  expect(codes).toEqual(["key-spelling"]);
});

test.each(["/srv", "/srv/mirror-press/v1.2"])("serve.root: %s", (root) => {
  expect(readSettingsText(`serve: {root: "${root}"}`).value?.serve.root).toBe(root);
});

test.each(["/", "srv", "/srv/../etc", "/srv/$x", "/srv/a b", '/srv/\\"', "/srv//x", "/srv\\n/x"])(
  "serve.root: %s is refused, since it would stand in nginx's configuration",
  (root) => {
    const { value, codes } = readSettingsText(`serve: {root: "${root}"}`);
    expect(value?.serve.root).toBe(defaultSettings.serve.root);
    expect(codes).toEqual(["bad-root"]);
  },
);

const override = (rest: string) => readSettingsText(`geo: {overrides: [{${rest}}]}`);

test("an override whose end cannot be read is left out rather than kept for ever", () => {
  const { value, codes } = override(
    "network: 8.8.8.0/24, place: {country: FR}, reason: x, until: someday",
  );
  expect(value?.geo.overrides).toEqual([]);
  expect(codes).toEqual(["bad-date"]);
});

test("currentOverrides: an end is exclusive, and no end is none", () => {
  const { value } = readSettingsText(`
geo:
  overrides:
    - {network: 8.8.8.0/24, place: {country: FR}, reason: x, until: 2026-12-31}
    - {network: 8.8.9.0/24, place: {country: FR}, reason: x}
`);
  const overrides = value?.geo.overrides ?? [];
  const end = Date.UTC(2027, 0, 1) / 1000;
  const at = (time: number) => collect((report) => currentOverrides(overrides, time, report));
  expect(at(end - 1)).toMatchObject({ value: { length: 2 }, codes: [] });
  expect(at(end)).toMatchObject({ value: { length: 1 }, codes: ["override-expired"] });
});

test.each([
  ["policy: service-2026", "wrong-shape", 'write "policy: {name: service-2026}"'],
  ["geoip: {max_age_days: 2w}", "bad-number", 'write "max_age_days: 90"'],
  ["keep_generations: many", "bad-number", 'write "keep_generations: 3"'],
  ["city: a.mmdb", "unknown-key", '"city" belongs under geoip:'],
  ["serve: {trusted_proxies: [0.0.0.0/0]}", "proxies-too-wide", "load balancers alone"],
])("%s: %s, %s", (text, code, remedy) => {
  const { codes, diagnostics } = readSettingsText(text);
  expect(codes).toEqual([code]);
  expect(diagnostics[0] && wordingOf(diagnostics[0]).hint).toContain(remedy);
});

test("proxies: private networks may be wide", () => {
  const { codes } = readSettingsText("serve: {trusted_proxies: [10.0.0.0/8, fc00::/7]}");
  expect(codes).toEqual([]);
});
