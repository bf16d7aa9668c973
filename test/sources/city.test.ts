import maxmind, { type Response } from "maxmind";
import { describe, expect, test } from "vitest";
import { formatAddress } from "../../src/ip/address.ts";
import type { VerifiedDatabase } from "../../src/mmdb/database.ts";
import { walkNetworks } from "../../src/mmdb/tree.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { type CityTable, NO_CODE, readCityTable } from "../../src/sources/city.ts";
import { NO_TEXT } from "../../src/sources/city-texts.ts";
import { openFile } from "../../src/sources/files.ts";
import { gazetteerInput } from "../../src/sources/gazetteer-input.ts";
import { defaultGeoipPaths } from "../../src/sources/geoip.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { databaseOf } from "./database-of.ts";

/** A row as plain data, without what it does not have. */
function rowOf(table: CityTable, record: number) {
  const text = (column: Int32Array) => {
    const number = column[record] as number;
    return number < 0 ? undefined : table.textAt(number);
  };
  const code = (column: Uint16Array, codes: readonly string[]) =>
    column[record] === NO_CODE ? undefined : codes[column[record] as number];
  const [latitude, longitude] = [table.latitude[record], table.longitude[record]];
  return {
    country: code(table.country, table.countries),
    continent: code(table.continent, table.continents),
    subdivision: text(table.subdivision),
    subdivisionCode: text(table.subdivisionCode),
    city: text(table.city),
    latitude: Number.isNaN(latitude) ? undefined : latitude,
    longitude: Number.isNaN(longitude) ? undefined : longitude,
  };
}

/** The same from a record that another reader decoded. */
// biome-ignore lint/suspicious/noExplicitAny: records of another reader have no type of ours
function expectedOf(record: any) {
  const some = (text: string | undefined) => (text === "" ? undefined : text);
  if (record?.country_code !== undefined) {
    return {
      country: some(record.country_code),
      continent: undefined,
      subdivision: some(record.state1),
      subdivisionCode: undefined,
      city: some(record.city),
      latitude: record.latitude,
      longitude: record.longitude,
    };
  }
  return {
    country: record?.country?.iso_code,
    continent: record?.continent?.code,
    subdivision: record?.subdivisions?.[0]?.names?.en,
    subdivisionCode: record?.subdivisions?.[0]?.iso_code,
    city: record?.city?.names?.en,
    latitude: record?.location?.latitude,
    longitude: record?.location?.longitude,
  };
}

/** Compares the rows of every so many networks with what npm's maxmind says of their address. */
async function compare(path: string, every: number): Promise<number> {
  const db = verifyDatabase(openFile(path));
  const table = readCityTable(db);
  const reader = await maxmind.open<Response>(path);
  let compared = 0;
  let seen = 0;
  walkNetworks(db, (words, _bits, record) => {
    if (record < 0 || seen++ % every !== 0) return;
    const isIpv4 = words.length === 1;
    const address = formatAddress(isIpv4 ? 4 : 6, words);
    expect(rowOf(table, record), address).toEqual(expectedOf(reader.get(address)));
    compared += 1;
  });
  return compared;
}

describe("readCityTable", () => {
  test("reads the flat shape; empty texts are none", () => {
    const table = readCityTable(
      databaseOf([
        [
          "1.0.0.0/8",
          {
            country_code: "FR",
            state1: "Île-de-France",
            city: "",
            latitude: 48.5,
            longitude: 2.25,
          },
        ],
      ]),
    );
    const rows = Array.from({ length: table.recordCount }, (_, record) => rowOf(table, record));
    expect(rows).toContainEqual({
      country: "FR",
      subdivision: "Île-de-France",
      latitude: 48.5,
      longitude: 2.25,
    });
  });

  test("reads MaxMind's shape", () => {
    const record = {
      country: { iso_code: "GB" },
      continent: { code: "EU" },
      registered_country: { iso_code: "US" },
      subdivisions: [{ iso_code: "ENG", names: { en: "England", fr: "Angleterre" } }],
      city: { names: { en: "London", fr: "Londres" } },
      location: { latitude: 51.5, longitude: 0, accuracy_radius: 10 },
    };
    const table = readCityTable(databaseOf([["1.0.0.0/8", record]]));
    const rows = Array.from({ length: table.recordCount }, (_, each) => rowOf(table, each));
    expect(rows).toContainEqual(expectedOf(record));
  });

  test("takes fields of another type or length as absent", () => {
    const record = { country_code: "FRA", city: 7, latitude: "48", longitude: 2 };
    const table = readCityTable(databaseOf([["0.0.0.0/0", record]]));
    const rows = Array.from({ length: table.recordCount }, (_, each) => rowOf(table, each));
    expect(rows).toContainEqual({ longitude: 2 });
  });

  test("gives many texts their numbers back", () => {
    const cities = Array.from({ length: 40_000 }, (_, index) => `City ${index * 7919} ü`);
    const table = readCityTable(
      databaseOf(
        cities.map((city, index) => [`10.${index >> 8}.${index & 255}.0/24`, { city }] as const),
      ),
    );
    const found = Array.from(
      table.city.filter((number) => number !== NO_TEXT),
      table.textAt,
    );
    expect(found).toHaveLength(40_000);
    expect(new Set(found)).toEqual(new Set(cities));
  });

  test("agrees with npm's maxmind on the default databases", async () => {
    for (const path of defaultGeoipPaths(".").city) {
      expect(await compare(path, 5_003)).toBeGreaterThan(1_000);
    }
  });

  test.skipIf(!hasSharedData())("agrees with npm's maxmind on MaxMind's samples", async () => {
    for (const name of ["GeoIP2-City-Test", "GeoLite2-City-Test", "GeoIP2-Country-Test"]) {
      const path = sharedData("maxmind", "test-data", `${name}.mmdb`);
      expect(await compare(path, 1), name).toBeGreaterThan(50);
    }
  });
});

describe("gazetteerInput", () => {
  const weigh = (db: VerifiedDatabase) => {
    const table = gazetteerInput(db, readCityTable(db));
    const weights = table.countAddresses(new Uint8Array(table.recordCount).fill(1));
    return Object.fromEntries(
      Array.from({ length: table.recordCount }, (_, record) => [
        rowOf(table, record).city,
        weights[record],
      ]),
    );
  };

  test("counts the IPv4 addresses of each record, not those of IPv6", () => {
    const city = (name: string) => ({ city: name });
    expect(
      weigh(
        databaseOf([
          ["1.0.0.0/8", city("A")],
          ["1.2.0.0/16", city("B")],
          ["255.255.255.255/32", city("C")],
          ["2001::/16", city("D")],
        ]),
      ),
    ).toMatchObject({ A: 2 ** 24 - 2 ** 16, B: 2 ** 16, C: 1, D: 0 });
  });

  test("counts only what is wanted", () => {
    const db = databaseOf([
      ["1.0.0.0/8", { city: "A" }],
      ["2.0.0.0/8", { city: "B" }],
    ]);
    const table = gazetteerInput(db, readCityTable(db));
    const cities = Array.from(table.city, (number) => (number < 0 ? "" : table.textAt(number)));
    const wanted = Uint8Array.from(cities, (city) => Number(city === "B"));
    const counts = table.countAddresses(wanted);
    expect(cities.map((city, record) => [city, counts[record]])).toContainEqual(["B", 2 ** 24]);
    expect(cities.map((city, record) => [city, counts[record]])).toContainEqual(["A", 0]);
  });

  test("tells how texts start, and what stands in brackets", () => {
    const long = `L(${"o".repeat(300)})`;
    const texts = ["Midrand (Midridge Park)", "X", "Y(", "Z(a", "Örebro", "L".repeat(29), long];
    const db = databaseOf(texts.map((city, index) => [`${index + 1}.0.0.0/8`, { city }] as const));
    const table = gazetteerInput(db, readCityTable(db));
    const bytes = (text: string) => {
      const [first = 0, second = 0, third = 0] = new TextEncoder().encode(text);
      return (first << 16) | (second << 8) | third;
    };
    for (const number of table.city.filter((each) => each !== NO_TEXT)) {
      const text = table.textAt(number);
      expect(texts).toContain(text);
      expect(table.initialsAt(number), text).toBe(bytes(text));
      const behind = text.split("(")[1];
      const expected = behind === undefined ? -1 : bytes(behind);
      expect(table.bracketInitialsAt(number), text).toBe(expected);
    }
  });

  test("adds up to all that the default database locates", () => {
    const db = verifyDatabase(openFile(defaultGeoipPaths(".").city[0] ?? ""));
    const everyRecord = new Uint8Array(db.records.count).fill(1);
    const weights = gazetteerInput(db, readCityTable(db)).countAddresses(everyRecord);
    let expected = 0;
    walkNetworks(db, (_words, bits, record) => {
      if (record >= 0) expected += 2 ** (32 - bits);
    });
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(expected);
    expect(expected).toBeGreaterThan(3.5e9);
  });
});
