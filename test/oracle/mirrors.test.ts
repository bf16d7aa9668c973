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
...
`);
  expect(mirror).toEqual({
    name: "m.example",
    url: "http://m.example/pub/",
    moduleUrls: new Map([["kitten", "https://m.example/kitten/"]]),
    country: "GB",
    coordinates: { latitude: 1, longitude: 2 },
    asns: [65550, 65551],
    subnets: [toPrefix("192.0.2.0/24"), toPrefix("2001:db8::/48")],
    reach: "private",
    monopoly: true,
    disabled: false,
    only: ["NO", "GB"],
    never: undefined,
  });
});

it.each([
  ["{http: http://a.example/}", "http://a.example/"],
  ["{https: https://a.example}", "https://a.example/"],
  ["{http: https://a.example/}", "https://a.example/"],
  ["{http: https://a.example/, https: https://b.example/}", "https://b.example/"],
  ["{https: http://a.example/}", undefined],
  ["{http: 'http://me@a.example/', https: https://b.example/}", "https://b.example/"],
  ["{http: 'http://a.example:/', https: https://b.example/}", "https://b.example/"],
  ["{rsync: rsync://a.example/}", undefined],
])("oracleMirror lists for %s the URL %s", (address, url) => {
  expect(read(`name: m\naddress: ${address}`).url).toBe(url);
});

it.each([
  ["disabled: {reason: x}", true],
  ["disabled: {reason: x, until: 2026-11-23}", true],
  ["disabled: {reason: x, until: 2026-11-21}", false],
])("oracleMirror takes %s for %s", (line, disabled) => {
  expect(read(`name: m\n${line}`).disabled).toBe(disabled);
});
