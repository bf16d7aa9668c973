import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { openGazetteer } from "../../src/gazetteer/gazetteer.ts";
import type { GazetteerTable } from "../../src/gazetteer/table.ts";
import { distanceKm } from "../../src/geo/distance.ts";
import { openSubdivisions } from "../../src/geo/subdivisions.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { placeMirrors } from "../../src/model/place-mirrors.ts";
import { mirrorText, readMirrorText } from "../support/reading.ts";

interface Record {
  readonly country: string;
  readonly state?: string;
  readonly iso?: string;
  readonly city?: string;
  readonly at?: readonly [number, number];
  readonly weight?: number;
}

/** A table of records in the given order; `asked` says which texts were decoded. */
function tableOf(records: readonly Record[], asked: string[] = []): GazetteerTable {
  const texts: string[] = [];
  const numberOf = (text: string | undefined) => (text === undefined ? -1 : texts.push(text) - 1);
  const countries = [...new Set(records.map(({ country }) => country))];
  return {
    recordCount: records.length,
    countries,
    country: Uint16Array.from(records, ({ country }) => countries.indexOf(country)),
    subdivision: Int32Array.from(records, ({ state }) => numberOf(state)),
    subdivisionCode: Int32Array.from(records, ({ iso }) => numberOf(iso)),
    city: Int32Array.from(records, ({ city }) => numberOf(city)),
    latitude: Float64Array.from(records, ({ at }) => at?.[0] ?? Number.NaN),
    longitude: Float64Array.from(records, ({ at }) => at?.[1] ?? Number.NaN),
    textAt(number) {
      asked.push(texts[number] ?? "");
      return texts[number] ?? "";
    },
    initialsAt: (number) => initialsOf(texts[number] ?? ""),
    bracketInitialsAt(number) {
      const text = texts[number] ?? "";
      return text.includes("(") ? initialsOf(text.slice(text.indexOf("(") + 1)) : -1;
    },
    countAddresses: (wanted) =>
      Float64Array.from(records, ({ weight }, record) =>
        wanted[record] === 1 ? (weight ?? 1) : Number.NaN,
      ),
  };
}

function initialsOf(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return ((bytes[0] ?? 0) << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
}

const WORLD: readonly Record[] = [
  { country: "US", state: "Virginia", city: "Ashburn", at: [39.04, -77.49], weight: 100 },
  { country: "US", state: "Virginia", city: "Richmond", at: [37.54, -77.44], weight: 50 },
  { country: "US", state: "Minnesota", city: "Virginia", at: [47.52, -92.54] },
  { country: "US", state: "Illinois", city: "Springfield", at: [39.8, -89.64], weight: 60 },
  { country: "US", state: "Missouri", city: "Springfield", at: [37.2, -93.29], weight: 40 },
  { country: "US", state: "Texas", city: "Dallas", at: [32.78, -96.8], weight: 95 },
  { country: "US", state: "Texas", city: "Dallas (Deep Ellum)", at: [32.785, -96.78] },
  { country: "US", state: "Oregon", city: "Dallas", at: [44.92, -123.32], weight: 4 },
  { country: "US", state: "Missouri", city: "St. Louis", at: [38.63, -90.2] },
  { country: "US", state: "Florida", city: "Deerfield Beach", at: [26.32, -80.1] },
  { country: "US", state: "Wisconsin", city: "Deerfield", at: [43.05, -89.07] },
  { country: "US", state: "Texas", city: "San Juan", at: [26.19, -98.16] },
  { country: "PR", city: "San Juan", at: [18.47, -66.11] },
  { country: "DE", state: "Hesse", city: "Frankfurt am Main", at: [50.11, 8.68] },
  { country: "DE", state: "Brandenburg", city: "Frankfurt (Oder)", at: [52.34, 14.55] },
  { country: "DE", state: "North Rhine-Westphalia", city: "Düsseldorf", at: [51.23, 6.78] },
  { country: "CA", state: "Quebec", city: "Montreal", at: [45.5, -73.57] },
  { country: "CA", state: "Ontario", city: "Toronto", at: [43.65, -79.38] },
  { country: "ID", state: "Jakarta", city: "South Jakarta", at: [-6.26, 106.81] },
  { country: "ZA", state: "Gauteng", city: "Midrand (Midridge Park)", at: [-25.98, 28.12] },
  { country: "CN", state: "Guangdong", city: "Guangzhou", at: [23.13, 113.27] },
  { country: "GB", state: "England", city: "Newcastle", at: [53.03, -2.24] },
  { country: "GB", state: "England", city: "Newcastle upon Tyne", at: [54.97, -1.61] },
  { country: "FR", state: "Auvergne-Rhône-Alpes", city: "Lyon", at: [45.76, 4.84] },
  { country: "FR", state: "Île-de-France", city: "Paris", at: [48.86, 2.35] },
  { country: "JP", state: "Tokyo", city: "Chiyoda", at: [35.69, 139.76] },
  { country: "JP", state: "Ehime", city: "Shinagawa", at: [33.63, 133.0] },
  { country: "MX" },
];

function place(geolocation: string, records: readonly Record[] = WORLD) {
  const mirror = mirrorAt(geolocation);
  const diagnostics: Diagnostic[] = [];
  const [placed] = placeMirrors(
    [mirror],
    openGazetteer([tableOf(records)], openSubdivisions()),
    openSubdivisions(),
    (diagnostic) => diagnostics.push(diagnostic),
  );
  return {
    placed,
    at: placed?.placed?.at,
    by: placed?.placed?.by,
    codes: diagnostics.map(({ code }) => code),
    diagnostics,
  };
}

function mirrorAt(geolocation: string, lines = ""): Mirror {
  const location = geolocation === "" ? "" : `geolocation: {${geolocation}}\n`;
  const { value } = readMirrorText(mirrorText(`${location}${lines}`));
  if (!value) throw new Error("not a mirror");
  return value;
}

describe("placeMirrors", () => {
  test.each([
    ["country: US, state_province: Virginia, city: Ashburn", 39.04, []],
    ["country: US, state_province: virginia, city: ASHBURN", 39.04, []],
    ["country: US, city: Ashburn", 39.04, []],
    ["country: US, state_province: MO, city: Saint Louis", 38.63, ["subdivision-alias"]],
    ["country: CA, state_province: QC, city: Montréal", 45.5, ["subdivision-alias"]],
    ["country: CA, state_province: Québec, city: Montreal", 45.5, []],
    ["country: DE, state_province: Hesse, city: Frankfurt", 50.11, []],
    ["country: DE, state_province: NRW, city: Duesseldorf", 51.23, ["subdivision-alias"]],
    ["country: ID, state_province: Jakarta, city: Jakarta Selatan", -6.26, []],
    ["country: ZA, state_province: Gauteng, city: Midridge Park", -25.98, []],
    ["country: ZA, state_province: Gauteng, city: Midrand", -25.98, []],
    ["country: CN, state_province: Guang Dong, city: Guang Zhou", 23.13, []],
    ["country: GB, state_province: Newcastle Upon Tyne, city: Newcastle", 54.97, []],
    ["country: FR, state_province: Rhone, city: Lyon", 45.76, []],
    ["country: US, state_province: Florida, city: Deerfield", 26.32, []],
    ["country: US, state_province: Puerto Rico, city: San Juan", 18.47, []],
    ["country: US, state_province: Nowhere, city: Ashburn", 39.04, ["subdivision-unknown"]],
  ])("finds %s", (geolocation, latitude, codes) => {
    const result = place(geolocation);
    expect(result.at?.latitude).toBe(latitude);
    expect(result.by).toBe("city");
    expect(result.codes).toEqual(codes);
  });

  test("gives the continent of the country", () => {
    expect(place("country: US, city: Ashburn").placed?.continent).toBe("NA");
  });

  test("takes the mirror's own coordinates before anything else", () => {
    const mirror = mirrorAt("country: US, city: Nowhere", "coordinates: [36, -100]\n");
    const [placed] = placeMirrors(
      [mirror],
      openGazetteer([tableOf(WORLD)], openSubdivisions()),
      openSubdivisions(),
      (diagnostic) => {
        throw new Error(diagnostic.code);
      },
    );
    expect(placed?.placed).toEqual({ at: { latitude: 36, longitude: -100 }, by: "coordinates" });
  });

  test("reports a city with records over 100 km apart, and takes the heaviest place", () => {
    const { at, codes, diagnostics } = place("country: US, city: Springfield");
    expect(codes).toEqual(["city-ambiguous"]);
    expect(at).toEqual({ latitude: 39.8, longitude: -89.64 });
    expect(diagnostics[0]?.args).toMatchObject({ count: 2, share: 60, latitude: 39.8 });
    const range = diagnostics[0]?.range;
    expect(diagnostics[0]?.file?.text.slice(range?.start, range?.end)).toBe("Springfield");
  });

  test("says nothing of an ambiguous city when 90% of the addresses agree", () => {
    const { at, codes } = place("country: US, city: Dallas");
    expect(codes).toEqual([]);
    expect(at?.longitude).toBeCloseTo(-96.8, 1);
  });

  test("is told by the state which of two cities is meant", () => {
    const { at, codes } = place("country: US, state_province: Oregon, city: Dallas");
    expect(codes).toEqual([]);
    expect(at?.longitude).toBe(-123.32);
  });

  test("reads city and state the other way round when only that makes sense", () => {
    const { at, codes } = place("country: US, state_province: Ashburn, city: Virginia");
    expect(codes).toEqual(["city-subdivision-swapped"]);
    expect(at?.latitude).toBe(39.04);
    expect(place("country: US, state_province: Minnesota, city: Virginia").at?.latitude).toBe(
      47.52,
    );
  });

  test("puts an unknown city at the weighted centre of its state, with the likely spelling", () => {
    const { at, by, codes, diagnostics } = place(
      "country: US, state_province: Virginia, city: Ashbrun",
    );
    expect(by).toBe("subdivision");
    expect(codes).toEqual(["city-unknown"]);
    expect(diagnostics[0]?.args["suggestion"]).toBe("Ashburn");
    // Two thirds of the way from Richmond to Ashburn.
    expect(at?.latitude).toBeCloseTo(38.54, 2);
  });

  test("puts an unknown city without a state at the centre of the country", () => {
    const { at, by, codes } = place("country: CA, city: Atlantis");
    expect([by, codes]).toEqual(["country", ["city-unknown"]]);
    expect(at?.longitude).toBeCloseTo(-76.6, 0);
  });

  test("does not take a city of that name far from the state", () => {
    const { by, codes, at } = place("country: JP, state_province: Tokyo, city: Shinagawa");
    expect([by, codes]).toEqual(["subdivision", ["city-unknown"]]);
    expect(at?.latitude).toBe(35.69);
  });

  test("puts a mirror with a country only at its centre, without a word", () => {
    expect(place("country: CA")).toMatchObject({ by: "country", codes: [] });
  });

  test("puts a mirror of a country without located records at its reference point", () => {
    expect(place("country: MX, city: Oaxaca")).toMatchObject({ by: "country", codes: [] });
  });

  test("leaves a mirror without a geolocation, or without a country, without a place", () => {
    expect(place("")).toMatchObject({ by: undefined, codes: ["no-geolocation"] });
    expect(place("city: Ashburn")).toMatchObject({ by: undefined, codes: ["placed-nowhere"] });
  });

  test.each([
    ["[-77.49, 39.04]", [39.04, -77.49]],
    ["[39.04, 77.49]", [39.04, -77.49]],
    ["[-39.04, -77.49]", [39.04, -77.49]],
    ["[0, 0]", []],
  ])("coordinates far from the country, %s, are used, with what may be meant", (text, meant) => {
    const mirror = mirrorAt("country: US", `coordinates: ${text}\n`);
    const diagnostics: Diagnostic[] = [];
    const gazetteer = openGazetteer([tableOf(WORLD)], openSubdivisions());
    const [placed] = placeMirrors([mirror], gazetteer, openSubdivisions(), (diagnostic) =>
      diagnostics.push(diagnostic),
    );
    expect(placed?.placed?.by).toBe("coordinates");
    expect(diagnostics.map(({ code }) => code)).toEqual(["coordinates-elsewhere"]);
    const { latitude, longitude } = diagnostics[0]?.args ?? {};
    expect([latitude, longitude].filter((part) => part !== undefined)).toEqual(meant);
  });

  test("reports an equal location of two mirrors for each", () => {
    const mirrors = ["country: US, city: Springfield", "country: US, city: Springfield"].map(
      (location) => mirrorAt(location),
    );
    const codes: string[] = [];
    placeMirrors(
      mirrors,
      openGazetteer([tableOf(WORLD)], openSubdivisions()),
      openSubdivisions(),
      ({ code }) => codes.push(code),
    );
    expect(codes).toEqual(["city-ambiguous", "city-ambiguous"]);
  });

  test("looks through all tables, an IPv4 and an IPv6 one", () => {
    const tables = [tableOf([{ country: "US", city: "A", at: [1, 1] }]), tableOf(WORLD)];
    const mirror = mirrorAt("country: FR, city: Paris");
    const [placed] = placeMirrors(
      [mirror],
      openGazetteer(tables, openSubdivisions()),
      openSubdivisions(),
      () => {},
    );
    expect(placed?.placed?.at.latitude).toBe(48.86);
  });

  test("decodes texts of the mirrors' countries only, and of those few", () => {
    const asked: string[] = [];
    const mirror = mirrorAt("country: US, state_province: Oregon, city: Dallas");
    placeMirrors(
      [mirror],
      openGazetteer([tableOf(WORLD, asked)], openSubdivisions()),
      openSubdivisions(),
      () => {},
    );
    const due = ["Dallas", "Dallas (Deep Ellum)", "Texas", "Oregon"];
    expect(asked.filter((text) => !due.includes(text))).toEqual([]);
  });

  test("does not depend on the order of records", () => {
    const reversed = [...WORLD].reverse();
    for (const geolocation of ["country: US, city: Springfield", "country: US, city: Dallas"]) {
      const [a, b] = [place(geolocation).at, place(geolocation, reversed).at];
      expect(a && b && distanceKm(a, b)).toBe(0);
    }
  });
});
