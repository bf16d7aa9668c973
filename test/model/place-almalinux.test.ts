/** The real mirror files, placed with the real City database, beside a naive look through it. */
import { expect, test } from "vitest";
import { openGazetteer } from "../../src/gazetteer/gazetteer.ts";
import { distanceKm } from "../../src/geo/distance.ts";
import { openSubdivisions } from "../../src/geo/subdivisions.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { readConfig } from "../../src/model/config.ts";
import { checkNetwork, readMirror } from "../../src/model/mirrors.ts";
import { placeMirrors } from "../../src/model/place-mirrors.ts";
import { readCityTable } from "../../src/sources/city.ts";
import { openFile } from "../../src/sources/files.ts";
import { gazetteerInput } from "../../src/sources/gazetteer-input.ts";
import { defaultGeoipPaths } from "../../src/sources/geoip.ts";
import { readNetwork } from "../../src/sources/network.ts";
import { collect } from "../support/reading.ts";
import { sharedData } from "../support/shared.ts";
import { describeShared } from "../support/shared-suite.ts";

/**
 * Files whose city no record names, or names only in another form ("Jakarta Selatan" is South
 * Jakarta): the naive look finds nothing there or another city of that name.
 */
const MAX_BEYOND_NAIVE = 25;

describeShared("AlmaLinux's mirrors", () => {
  const { value, diagnostics } = collect((report) => {
    const network = readNetwork(sharedData("almalinux", "config.yml"), report);
    const config = network && readConfig(network.config, report);
    if (!network || !config) throw new Error("config.yml could not be read");
    const read = network.mirrors.flatMap((document) => readMirror(document, config, report) ?? []);
    return checkNetwork(read, report);
  });
  const tables = defaultGeoipPaths(".").city.map((path) => {
    const db = verifyDatabase(openFile(path));
    return gazetteerInput(db, readCityTable(db));
  });
  const { value: placed, diagnostics: placing } = collect((report) =>
    placeMirrors(value, openGazetteer(tables, openSubdivisions()), openSubdivisions(), report),
  );
  const located = placed.filter(({ location }) => location.country !== undefined);
  const count = (by: string) => located.filter((mirror) => mirror.placed?.by === by).length;

  test("reading left every mirror in place", () => {
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(placed).toHaveLength(530);
    expect(located).toHaveLength(449);
  });

  test("at least 440 of the 449 with a geolocation are placed by their city", () => {
    expect(count("city")).toBeGreaterThanOrEqual(440);
    expect(count("city") + count("subdivision") + count("country")).toBe(449);
  });

  test("each is in its country: within 50 km of a record there", () => {
    const [ipv4] = tables;
    for (const { name, location, placed: place } of located) {
      const at = place?.at;
      const country = ipv4?.countries.indexOf(location.country ?? "") ?? -1;
      const isNear = ipv4?.country.some(
        (each, record) =>
          each === country &&
          at !== undefined &&
          distanceKm(at, {
            latitude: ipv4.latitude[record] as number,
            longitude: ipv4.longitude[record] as number,
          }) <= 50,
      );
      // Puerto Rico is a subdivision of the United States to one and a country to the other.
      if (name !== "mirrors.upr.edu") expect(isNear, name).toBe(true);
    }
  });

  test("each is within 50 km of a record of its city, as a naive look finds them", () => {
    const beyond: string[] = [];
    const records = new Map<string, { latitude: number; longitude: number }[]>();
    for (const { location } of located) {
      records.set(`${location.country} ${naiveKey(location.city ?? "")}`, []);
    }
    for (const table of tables) {
      for (let record = 0; record < table.recordCount; record++) {
        const country = table.countries[table.country[record] as number];
        const city = table.city[record] as number;
        if (city < 0) continue;
        records.get(`${country} ${naiveKey(table.textAt(city))}`)?.push({
          latitude: table.latitude[record] as number,
          longitude: table.longitude[record] as number,
        });
      }
    }
    for (const { name, location, placed: place } of located) {
      const of = records.get(`${location.country} ${naiveKey(location.city ?? "")}`) ?? [];
      const at = place?.at;
      if (!of.some((point) => at && distanceKm(at, point) <= 50)) beyond.push(name);
    }
    expect(beyond.length, beyond.join("\n")).toBeLessThanOrEqual(MAX_BEYOND_NAIVE);
  });

  test.each([
    ["mirror.facebook.net", 39.04, -77.49],
    ["mirror.marcusn.net", 54.98, -1.61],
    ["de.mirrors.cicku.me", 50.11, 8.68],
    ["mirrors.upr.edu", 18.47, -66.11],
    ["repo.ialab.dsu.edu", 44.01, -97.11],
    ["mirror.gi.co.id", -6.26, 106.81],
    ["qro.aws.repo.almalinux.org", 20.59, -100.39],
    ["almalinux.uib.no", 60.39, 5.32],
    ["mnvoip.mm.fcix.net", 44.64, -93.14],
    ["mirror.cogentco.com", 38.9, -77.04],
  ])("%s is where a map has it", (name, latitude, longitude) => {
    const at = placed.find((mirror) => mirror.name === name)?.placed?.at;
    expect(at && distanceKm(at, { latitude, longitude })).toBeLessThan(30);
  });

  test("tells what COMPAT.md asks for, of each file where its row says so", () => {
    const of = (code: string) => placing.filter((diagnostic) => diagnostic.code === code);
    expect(of("city-subdivision-swapped").map(({ file }) => file?.path.split("/").at(-1))).toEqual([
      "ash-mirror.facebook.net.yml",
    ]);
    expect(of("no-geolocation")).toHaveLength(81);
    expect(of("placed-nowhere")).toHaveLength(0);
    expect(of("subdivision-alias").length).toBeGreaterThan(50);
    for (const diagnostic of placing) expect(diagnostic.file).toBeDefined();
  });
});

/** No accents, no parentheses, letters only. */
function naiveKey(name: string): string {
  return name
    .split("(")[0]
    ?.normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z]/g, "") as string;
}
