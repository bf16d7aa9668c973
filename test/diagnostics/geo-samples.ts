/** For every code of placing mirrors and of GeoIP databases an input that brings it about. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { geoipCatalogue } from "../../src/diagnostics/catalogue/geoip.ts";
import type { placeCatalogue } from "../../src/diagnostics/catalogue/place.ts";
import type { Report } from "../../src/diagnostics/diagnostic.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { openGazetteer } from "../../src/gazetteer/gazetteer.ts";
import { compileInputs } from "../../src/generate/compile-inputs.ts";
import { emptyLists } from "../../src/generate/safety.ts";
import { openSubdivisions } from "../../src/geo/subdivisions.ts";
import type { Inputs } from "../../src/inputs/inputs.ts";
import { openCityPlaces } from "../../src/inputs/place-trees.ts";
import { reportUnserved } from "../../src/inputs/unserved.ts";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import type { MmdbValue } from "../../src/mmdb/decode.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { encodeDatabase } from "../../src/mmdb/write.ts";
import { defaultConfig } from "../../src/model/config.ts";
import { placeMirrors } from "../../src/model/place-mirrors.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import { readAsnRanges } from "../../src/sources/asn.ts";
import { readCityTable } from "../../src/sources/city.ts";
import { gazetteerInput } from "../../src/sources/gazetteer-input.ts";
import { openGeoip } from "../../src/sources/geoip.ts";
import { plainMirror } from "../support/mirrors.ts";
import { mirrorText, readMirrorText } from "../support/reading.ts";
import type { samples } from "./samples.ts";

type Code = Exclude<
  keyof typeof placeCatalogue | keyof typeof geoipCatalogue,
  keyof typeof samples
>;

const located =
  (geolocation: string, more = "") =>
  (report: Report) => {
    const { value } = readMirrorText(mirrorText(`geolocation: {${geolocation}}\n${more}`));
    if (value)
      placeMirrors(
        [value],
        openGazetteer([UNITED_STATES], openSubdivisions()),
        openSubdivisions(),
        report,
      );
  };

const BUILT_AT = 1_795_000_000;

/** The four quarters of IPv4. */
const UNITED_STATES = gazetteerOf(
  [
    { state1: "Virginia", city: "Ashburn", latitude: 39, longitude: -77.5 },
    { state1: "Illinois", city: "Springfield", latitude: 39.8, longitude: -89.6 },
    { state1: "Massachusetts", city: "Springfield", latitude: 42.1, longitude: -72.6 },
    { state1: "Georgia", city: "Atlanta", latitude: 33.7, longitude: -84.4 },
  ].map((place) => ({ country_code: "US", ...place })),
);

const CITY: MmdbValue = { country_code: "FR", city: "Lyon", latitude: 45.8, longitude: 4.8 };
const ASN: MmdbValue = { autonomous_system_number: 15_169 };
const TABLE = "1.0.0.0,1.0.0.255,13335,Cloudflare\n::,::1,1,One\n";

type Content = Uint8Array | string;

/** Opens what is in the files; undefined for a database that is not given. */
const geoip =
  ({ city = database(CITY), asn = TABLE }: { city?: Content | null; asn?: Content } = {}) =>
  (report: Report) => {
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-geoip-"));
    try {
      const paths = { city: join(folder, "city"), asn: join(folder, "asn") };
      if (city !== null) writeFileSync(paths.city, city);
      writeFileSync(paths.asn, asn);
      openGeoip(
        { city: [paths.city], asn: [paths.asn] },
        { builtAt: BUILT_AT, maxAgeDays: 90 },
        report,
      )?.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

const asnTable = (text: string) => (report: Report) => {
  const source = bytesInMemory("asn.csv", new TextEncoder().encode(text));
  readAsnRanges([{ kind: "csv", source }], report);
};

export const geoSamples: Readonly<Record<Code, (report: Report) => void>> = {
  "city-ambiguous": located("country: US, city: Springfield"),
  "city-unknown": located("country: US, state_province: Virginia, city: Ashbrun"),
  "city-subdivision-swapped": located("country: US, state_province: Ashburn, city: Virginia"),
  "subdivision-alias": located("country: US, state_province: VA, city: Ashburn"),
  "subdivision-unknown": located("country: US, state_province: Nowhere, city: Ashburn"),
  "no-geolocation": (report) => {
    const { value } = readMirrorText(mirrorText());
    if (value)
      placeMirrors(
        [value],
        openGazetteer([UNITED_STATES], openSubdivisions()),
        openSubdivisions(),
        report,
      );
  },
  "placed-nowhere": located("city: Ashburn"),
  "coordinates-elsewhere": located("country: US", "coordinates: [-77.5, 39]"),
  "empty-list": (report) => {
    const table = {
      ...{ children: new Int32Array(0), count: 0, root: -1, ipv4Root: -1, classes: [] },
      sets: [{ name: "all", lists: [[]], groups: [[0]] }],
      rotations: 1,
    };
    const classes = [{ country: undefined, groups: [0] }];
    for (const found of emptyLists({ classes, table, alsoClasses: [0] })) report(found);
  },
  "unserved-clients": (report) => {
    const https = { urls: { https: "https://a.example/" } };
    const mirrors = [
      plainMirror("a.example", { ...https, only: ["FR"] }),
      plainMirror("b.example"),
    ];
    reportUnserved(defaultConfig, mirrors, report);
  },
  "geoip-too-coarse": (report) => {
    const at = { at: { latitude: 46, longitude: 2 }, by: "country" as const };
    const fields = { location: { country: "FR" }, placed: at };
    const db = verifyDatabase(bytesInMemory("city.mmdb", database({ country_code: "FR" })));
    const asns = readAsnRanges([], report);
    const inputs = {
      config: defaultConfig,
      settings: defaultSettings,
      mirrors: [plainMirror("a.example", fields), plainMirror("b.example", fields)],
      ...{ overrides: [], diagnostics: [], asns, city: openCityPlaces({ ipv4: db, ipv6: db }) },
    };
    try {
      compileInputs(inputs as unknown as Inputs);
    } catch (error) {
      if (error instanceof InputError) for (const found of error.diagnostics) report(found);
    }
  },
  "geoip-missing": (report) => {
    openGeoip({ city: [], asn: [] }, { builtAt: BUILT_AT, maxAgeDays: 90 }, report);
  },
  "geoip-unreadable": geoip({ city: null }),
  "geoip-corrupt": geoip({ city: database(CITY).fill(0xff, 0, 6) }),
  "geoip-wrong-type": geoip({ city: database(ASN) }),
  "geoip-old": geoip({ city: database(CITY, BUILT_AT - 91 * 86_400) }),
  "geoip-no-family": geoip({ city: onlyIpv4(database(CITY)) }),
  "geoip-overlap": asnTable("1.0.0.0,1.0.0.255,1,A\n1.0.0.128,1.0.1.255,2,B\n"),
  "geoip-bad-line": asnTable("1.0.0.0,1.0.0.255,AS1,A\n"),
};

/** A database that says the same of every address, or something of each quarter. */
function database(values: MmdbValue | readonly MmdbValue[], buildEpoch = BUILT_AT): Uint8Array {
  const quarters = Array.isArray(values);
  return encodeDatabase({
    children: Int32Array.from(quarters ? [-1, -2, -3, -4, 0, 1] : []),
    count: quarters ? 3 : 0,
    root: quarters ? 2 : -1,
    leafValues: quarters ? values : [values],
    metadata: { databaseType: "Sample", buildEpoch, languages: ["en"], description: { en: "-" } },
  });
}

/** So small a tree suits IPv4 as well: only the metadata tells them apart. */
function onlyIpv4(bytes: Uint8Array): Uint8Array {
  const key = Buffer.from(bytes.buffer).lastIndexOf("ip_version");
  const value = bytes.indexOf(6, key + "ip_version".length);
  bytes[value] = 4;
  return bytes;
}

function gazetteerOf(quarters: readonly MmdbValue[]) {
  const source = bytesInMemory("city.mmdb", onlyIpv4(database(quarters)));
  const db = verifyDatabase(source);
  return gazetteerInput(db, readCityTable(db));
}
