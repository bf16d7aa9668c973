import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import {
  FETCH_LOCK_SCHEMA,
  type FetchedFile,
  readFetchLock,
  renderFetchLock,
} from "../../src/model/fetch-lock.ts";
import { collect } from "../support/reading.ts";

const CITY: FetchedFile = {
  licence: "GeoLite End User License Agreement",
  path: "geoip/geolite2-city.mmdb",
  kind: "geoip",
  source: "GeoLite2-City",
  role: "city",
  url: "https://download.maxmind.com/geoip/databases/GeoLite2-City/download?suffix=tar.gz",
  sha256: "ab".repeat(32),
  bytes: 60_000_000,
  fetchedAt: "2026-11-22T12:00:00Z",
  builtAt: "2026-11-20T00:00:00Z",
  lastModified: "Fri, 20 Nov 2026 13:00:00 GMT",
  etag: '"1"',
  version: "20261120",
};
const AWS: FetchedFile = {
  path: "cloud/aws.json",
  kind: "cloud",
  source: "aws",
  url: "https://ip-ranges.amazonaws.com/ip-ranges.json",
  sha256: "01".repeat(32),
  bytes: 1,
  fetchedAt: "2026-11-22T12:00:00Z",
};

const read = (text: string) =>
  collect((report) => readFetchLock({ path: "data/lock.json", text }, report));
const isValid = new Ajv2020({ strict: true }).compile(FETCH_LOCK_SCHEMA);

describe("data/lock.json", () => {
  test("has the same bytes for the same files, in whatever order they and their keys are", () => {
    const text = renderFetchLock({ files: [CITY, AWS] });
    const turned = Object.fromEntries(Object.entries(CITY).reverse()) as unknown as FetchedFile;
    expect(renderFetchLock({ files: [AWS, turned] })).toBe(text);
    expect(text.indexOf("cloud/aws.json")).toBeLessThan(text.indexOf("geoip/"));
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("reads back as what was written, and is as its schema says", () => {
    const text = renderFetchLock({ files: [CITY, AWS] });
    expect(read(text)).toEqual({ value: { files: [AWS, CITY] }, diagnostics: [], codes: [] });
    expect(isValid(JSON.parse(text))).toBe(true);
    expect(read(renderFetchLock({ files: [] })).value).toEqual({ files: [] });
  });

  const changed = (change: Record<string, unknown>) =>
    JSON.stringify({ schema: 1, files: [{ ...AWS, ...change }] });

  test.each([
    ["a path out of the folder", changed({ path: "../aws.json" })],
    ["a path of one part", changed({ path: "aws.json" })],
    ["a hidden file", changed({ path: "cloud/.aws.json" })],
    ["an unknown kind", changed({ kind: "other", path: "other/a" })],
    ["a digest of another length", changed({ sha256: "01" })],
    ["a size that is no number", changed({ bytes: "1" })],
    ["a negative size", changed({ bytes: -1 })],
    ["half a byte", changed({ bytes: 0.5 })],
    ["a time with a zone", changed({ fetchedAt: "2026-11-22T12:00:00+01:00" })],
    ["no time", changed({ fetchedAt: undefined })],
    ["an unknown key", changed({ secret: "x" })],
    ["an unknown role", changed({ role: "country" })],
    ["a number for a text", changed({ etag: 1 })],
    ["a text without end", changed({ licence: "x".repeat(2049) })],
    ["another schema", JSON.stringify({ schema: 2, files: [] })],
    ["no files", JSON.stringify({ schema: 1 })],
  ])("with %s is refused, as its schema says", (_what, text) => {
    expect(read(text)).toMatchObject({ value: null, codes: ["fetch-lock"] });
    expect(isValid(JSON.parse(text))).toBe(false);
  });

  test("with an IPv4 database of one release and an IPv6 one of another is refused", () => {
    const pair = (four: string, six: string) => {
      const files = [
        { ...CITY, path: "geoip/4.mmdb", version: four },
        { ...CITY, path: "geoip/6.mmdb", version: six },
        { ...AWS, version: "7" },
      ];
      return read(JSON.stringify({ schema: 1, files }));
    };
    expect(pair("1", "1").codes).toEqual([]);
    const { value, diagnostics } = pair("1", "2");
    expect(value).toBeNull();
    expect(diagnostics[0]?.args["reason"]).toBe("it mixes two releases of GeoLite2-City");
  });

  test("with a path of another kind, or twice, is refused; so is what is no JSON", () => {
    expect(read(changed({ path: "geoip/aws.json" })).codes).toEqual(["fetch-lock"]);
    expect(read(JSON.stringify({ schema: 1, files: [AWS, AWS] })).codes).toEqual(["fetch-lock"]);
    for (const text of ["", "null", "[]", '"x"', "{"])
      expect(read(text).codes).toEqual(["fetch-lock"]);
  });
});
