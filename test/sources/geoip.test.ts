import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { defaultGeoipPaths, type GeoipPaths, openGeoip } from "../../src/sources/geoip.ts";
import { collect } from "../support/reading.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { databaseBytes } from "./database-of.ts";

const BUILT_AT = 1_700_000_000;
const DAY = 86_400;
const PLACE = { country_code: "FR", city: "Lyon", latitude: 45.75, longitude: 4.85 };
const ASN = { autonomous_system_number: 1, autonomous_system_organization: "One" };
const BOTH: Parameters<typeof databaseBytes>[0] = [
  ["1.0.0.0/8", PLACE],
  ["2001::/16", PLACE],
];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-geoip-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const open = (paths: GeoipPaths, builtAt = BUILT_AT) =>
  collect((report) => {
    const geoip = openGeoip(paths, { builtAt, maxAgeDays: 90 }, report);
    geoip?.close();
    return geoip;
  });
const cityFile = () => file("city.mmdb", databaseBytes(BOTH, { databaseType: "X-City" }));
const asnFile = () => file("asn.csv", "1.0.0.0,1.0.0.255,1,One\n");

describe("openGeoip", () => {
  test("takes one file for both families and tells what it is", () => {
    const { value, diagnostics } = open({ city: [cityFile()], asn: [asnFile()] });
    expect(diagnostics).toEqual([]);
    expect(value?.city.ipv4).toBe(value?.city.ipv6);
    expect(value?.city.ipv4?.metadata.databaseType).toBe("X-City");
    expect(value?.asn.map(({ kind }) => kind)).toEqual(["csv"]);
    expect(value?.files).toMatchObject([
      { role: "city", format: "mmdb", databaseType: "X-City", builtAt: BUILT_AT },
      { role: "asn", format: "csv", bytes: 24 },
    ]);
  });

  test("takes an ASN database as well as a table", () => {
    const asn = file("asn.mmdb", databaseBytes([["1.0.0.0/8", ASN]]));
    const { value, diagnostics } = open({ city: [cityFile()], asn: [asn] });
    expect(diagnostics).toEqual([]);
    expect(value?.asn.map(({ kind }) => kind)).toEqual(["mmdb"]);
  });

  test.each([
    ["city", "asn database", 'an ASN database ("X-ASN")', 'move it to "asn"'],
    ["asn", "city database", 'a database of places ("X-City")', 'move it to "city"'],
    ["city", "table", "a table in text", 'move it to "asn"'],
    ["city", "other", 'a database of neither places nor ASNs ("X")', "give a City database"],
  ] as const)("refuses as %s: %s", (role, kind, found, hint) => {
    const paths = {
      "asn database": () =>
        file("wrong", databaseBytes([["1.0.0.0/8", ASN]], { databaseType: "X-ASN" })),
      "city database": cityFile,
      table: asnFile,
      other: () => file("wrong", databaseBytes([["1.0.0.0/8", { x: 1 }]], { databaseType: "X" })),
    };
    const right = { city: [cityFile()], asn: [asnFile()] };
    const { value, diagnostics, codes } = open({ ...right, [role]: [paths[kind]()] });
    expect(value).toBeNull();
    expect(codes).toEqual(["geoip-wrong-type"]);
    const [first] = diagnostics;
    const { message, hint: shown } = wordingOf(first as NonNullable<typeof first>);
    expect(message).toContain(found);
    expect(shown).toContain(hint);
  });

  test("warns of a database older than the limit, counted to the time of the build", () => {
    const paths = { city: [cityFile()], asn: [asnFile()] };
    expect(open(paths, BUILT_AT + 90 * DAY).codes).toEqual([]);
    const { value, diagnostics } = open(paths, BUILT_AT + 91 * DAY + 1);
    expect(value).not.toBeNull();
    expect(diagnostics.map(({ code, severity, args }) => [code, severity, args["days"]])).toEqual([
      ["geoip-old", "warning", 91],
    ]);
    expect(diagnostics[0]?.args["date"]).toBe("2023-11-14");
  });

  test("knows the age of a table from the version of the package around it", () => {
    file("package.json", '{"name": "x", "version": "2.3.2023111422"}');
    const { value } = open({ city: [cityFile()], asn: [asnFile()] });
    expect(value?.files[1]?.builtAt).toBe(Date.UTC(2023, 10, 14, 22) / 1000);
  });

  test("reports every file that cannot be used", () => {
    const missing = join(folder, "none.mmdb");
    const broken = file("broken.mmdb", databaseBytes(BOTH).slice(0, 400));
    const { value, codes, diagnostics } = open({ city: [missing, broken], asn: [folder] });
    expect(value).toBeNull();
    expect(codes).toEqual(["geoip-unreadable", "geoip-corrupt", "geoip-unreadable"]);
    expect(diagnostics.map(({ args }) => args["reason"])).toEqual([
      "there is no such file",
      expect.stringMatching(/^no MaxMind DB metadata/),
      "it is a folder",
    ]);
  });

  test("proposes to fetch again what was fetched", () => {
    mkdirSync(join(folder, "geoip"));
    const stored = (name: string) => join(folder, "geoip", name);
    writeFileSync(stored("city.2f41c09a.mmdb"), databaseBytes(BOTH).slice(0, 400));
    const { diagnostics } = open({
      city: [stored("city.2f41c09a.mmdb"), stored("mine.mmdb")],
      asn: [stored("asn.2f41c09a.csv")],
    });
    expect(diagnostics.map(({ code, args }) => [code, args["fetched"]])).toEqual([
      ["geoip-corrupt", "city.mmdb"],
      ["geoip-unreadable", undefined],
      ["geoip-unreadable", "asn.csv"],
    ]);
  });

  test("reports a kind of which nothing is given", () => {
    expect(open({ city: [], asn: [asnFile()] }).codes).toEqual(["geoip-missing"]);
    expect(open({ city: [cityFile()], asn: [] }).codes).toEqual(["geoip-missing"]);
  });

  test("knows what the makers of known data ask for", () => {
    const paths = {
      city: [
        file("GeoLite2-City.mmdb", databaseBytes(BOTH, { databaseType: "GeoLite2-City" })),
        file(
          "dbip-city-lite-2026-11.mmdb",
          databaseBytes(BOTH, { databaseType: "DBIP-City-Lite" }),
        ),
      ],
      asn: [file("asn-ipv4.csv", "1.0.0.0,1.0.0.255,1,One\n")],
    };
    expect(open(paths).value?.files.map(({ attribution }) => attribution?.licence)).toEqual([
      "GeoLite End User License Agreement",
      "CC-BY-4.0",
      "CC-BY-4.0",
    ]);
    const unknown = open({ city: [cityFile()], asn: [asnFile()] }).value;
    expect(unknown?.files.map(({ attribution }) => attribution)).toEqual([undefined, undefined]);
  });

  test("opens the default packages, a file for each family", () => {
    const { value, codes } = open(defaultGeoipPaths("."), Date.UTC(2026, 6, 1) / 1000);
    expect(codes).toEqual([]);
    expect(value?.city.ipv4?.metadata.ipVersion).toBe(4);
    expect(value?.city.ipv6?.metadata.ipVersion).toBe(6);
    expect(value?.files.every(({ attribution, builtAt }) => attribution && builtAt)).toBe(true);
  });

  test.skipIf(!hasSharedData())("opens MaxMind's samples", () => {
    const sample = (name: string) => sharedData("maxmind", "test-data", `${name}.mmdb`);
    const paths = { city: [sample("GeoLite2-City-Test")], asn: [sample("GeoLite2-ASN-Test")] };
    const { value, diagnostics } = open(paths, 0);
    expect(diagnostics).toEqual([]);
    expect(value?.city.ipv4).toBe(value?.city.ipv6);
    expect(open({ city: paths.asn, asn: paths.city }, 0).codes).toEqual([
      "geoip-wrong-type",
      "geoip-wrong-type",
    ]);
  });
});

describe("defaultGeoipPaths", () => {
  test("prefers the packages of the folder", () => {
    for (const name of ["dbip-city-mmdb", "asn"]) {
      file(`node_modules/@ip-location-db/${name}/package.json`, "{}");
    }
    for (const path of Object.values(defaultGeoipPaths(folder)).flat()) {
      expect(path).toContain(folder);
    }
  });
});
