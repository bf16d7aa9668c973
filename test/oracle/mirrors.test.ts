import { expect, it } from "vitest";
import { toPrefix } from "./address.ts";
import { oracleMirror } from "./mirrors.ts";

const context = {
  placements: new Map([["m.example", { latitude: 1, longitude: 2 }]]),
  countryWords: new Map([["UK", "GB"]]),
  builtAt: Date.parse("2026-11-22T00:00:00Z") / 1000,
};

const read = (yaml: string) => oracleMirror(yaml, context);

it("oracleMirror reads every field of the rule", () => {
  const mirror = read(`---
name: m.example
address: {http: "http://m.example/pub", https: "https://m.example/pub/"}
address_optional: {kitten: {https: "https://m.example/kitten"}, empty: {rsync: "rsync://m/"}}
geolocation: {country: UK}
asn: [65550, AS65551]
subnets: [192.0.2.0/24, "2001:db8::/48"]
private: yes
monopoly: True
only: [NO, uk]
weight: 0.5
cloud_type: aws
cloud_regions: [us-east-1, ALL]
carries: {versions: [9, "9.8"], repositories: baseos, isos: no}
...
`);
  expect(mirror).toEqual({
    name: "m.example",
    urls: new Map([
      ["kitten", { http: undefined, https: "https://m.example/kitten/" }],
      ["empty", { http: undefined, https: undefined }],
      ["all", { http: "http://m.example/pub/", https: "https://m.example/pub/" }],
    ]),
    country: "GB",
    coordinates: { latitude: 1, longitude: 2 },
    asns: [65550, 65551],
    subnets: [toPrefix("192.0.2.0/24"), toPrefix("2001:db8::/48")],
    reach: "private",
    monopoly: true,
    disabled: false,
    only: ["NO", "GB"],
    never: undefined,
    weight: 0.5,
    carries: {
      versions: ["9", "9.8"],
      architectures: undefined,
      repositories: ["baseos"],
      isos: false,
    },
    cloud: { provider: "aws", regions: ["us-east-1", "ALL"] },
  });
});

it.each([
  ["{http: http://a.example/}", "http://a.example/", undefined],
  ["{https: https://a.example}", undefined, "https://a.example/"],
  ["{http: https://a.example/}", undefined, "https://a.example/"],
  ["{http: https://a.example/, https: https://b.example/}", undefined, "https://b.example/"],
  ["{https: http://a.example/}", undefined, undefined],
  ["{http: 'http://me@a.example/', https: https://b.example/}", undefined, "https://b.example/"],
  ["{http: 'http://a.example:/', https: https://b.example/}", undefined, "https://b.example/"],
  ["{rsync: rsync://a.example/}", undefined, undefined],
])("oracleMirror takes from %s %s and %s", (address, http, https) => {
  expect(read(`name: m\naddress: ${address}`).urls.get("all")).toEqual({ http, https });
});

it.each([
  ["disabled: {reason: x}", true],
  ["disabled: {reason: x, until: 2026-11-23}", true],
  ["disabled: {reason: x, until: 2026-11-21}", false],
])("oracleMirror takes %s for %s", (line, disabled) => {
  expect(read(`name: m\n${line}`).disabled).toBe(disabled);
});
