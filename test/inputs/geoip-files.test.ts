import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { geoipFiles } from "../../src/inputs/geoip-files.ts";
import { type FetchedFile, renderFetchLock } from "../../src/model/fetch-lock.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import { openGeoip } from "../../src/sources/geoip.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { collect } from "../support/reading.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-geoip-"));
  mkdirSync(join(folder, "data", "geoip"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = (name: string, role: FetchedFile["role"]): FetchedFile => ({
  ...{ path: `geoip/${name}`, kind: "geoip", source: name, url: "https://x.example/" },
  ...{ sha256: "0".repeat(64), bytes: 1, fetchedAt: "2026-11-22T12:00:00Z" },
  builtAt: "2026-11-01T12:00:00Z",
  ...(role && { role }),
});
const writeLock = (...files: FetchedFile[]) =>
  writeFileSync(join(folder, "data/lock.json"), renderFetchLock({ files }));
const files = (
  geoip: { city?: readonly string[]; asn?: readonly string[] } = {},
  fetch: Partial<typeof defaultSettings.fetch> = {},
) =>
  collect((report) => {
    const settings = {
      geoip: { ...defaultSettings.geoip, ...geoip },
      fetch: { ...defaultSettings.fetch, ...fetch },
    };
    return geoipFiles(settings, folder, report);
  });
const fetched = (name: string) => join(folder, "data", "geoip", name);

describe("geoipFiles", () => {
  test("are those that the settings name, whatever was fetched", () => {
    writeLock(entry("c.mmdb", "city"), entry("a.mmdb", "asn"));
    const { value } = files({ city: ["mine.mmdb"], asn: ["/abs/a.csv"] });
    expect(value).toMatchObject({ city: [join(folder, "mine.mmdb")], asn: ["/abs/a.csv"] });
  });

  test("are fetched ones for what the settings leave open", () => {
    writeLock(entry("c4.mmdb", "city"), entry("c6.mmdb", "city"), entry("a.mmdb", "asn"));
    expect(files().value).toMatchObject({
      city: [fetched("c4.mmdb"), fetched("c6.mmdb")],
      asn: [fetched("a.mmdb")],
    });
    expect(files({ asn: ["mine.csv"] }).value?.asn).toEqual([join(folder, "mine.csv")]);
  });

  test("take a database of both for what has none of its own", () => {
    writeLock(entry("both.mmdb", "both"), entry("a.mmdb", "asn"));
    expect(files().value).toMatchObject({ city: [fetched("both.mmdb")], asn: [fetched("a.mmdb")] });
  });

  test("are those of the sources before, until all of the new ones are there", () => {
    const of = (source: string, name: string, role: FetchedFile["role"]) => ({
      ...entry(name, role),
      source,
    });
    const geoip = [
      { from: "package" as const, name: "@x/city" },
      { from: "package" as const, name: "@x/asn" },
    ];
    const old = [of("Old-City", "old.mmdb", "city"), of("Old-ASN", "old-asn.mmdb", "asn")];
    const fresh = [of("@x/city", "a.mmdb", "city"), of("@x/asn", "a-asn.mmdb", "asn")];
    writeLock(...old, fresh[0]!);
    expect(files({}, { geoip }).value).toMatchObject({
      city: [fetched("old.mmdb")],
      asn: [fetched("old-asn.mmdb")],
    });
    writeLock(...fresh);
    expect(files({}, { geoip }).value).toMatchObject({
      city: [fetched("a.mmdb")],
      asn: [fetched("a-asn.mmdb")],
    });
    // A role that the old ones never had is none to wait for.
    writeLock(old[0]!, ...fresh);
    expect(files({}, { geoip }).value?.asn).toEqual([fetched("a-asn.mmdb")]);
  });

  test("are the installed packages where nothing was fetched, or nothing of a kind", () => {
    expect(files().value?.city[0]).toMatch(/@ip-location-db.dbip-city-mmdb.dbip-city-ipv4\.mmdb$/);
    writeLock(entry("a.mmdb", "asn"));
    const { value } = files();
    expect(value?.city).toHaveLength(2);
    expect(value?.asn).toEqual([fetched("a.mmdb")]);
  });

  test("are no packages where MaxMind's are wanted: losing data/ must not change every list", () => {
    const geoip = ["GeoLite2-City", "GeoLite2-ASN"].map((edition) => ({
      from: "maxmind" as const,
      edition,
    }));
    expect(() => files({}, { geoip })).toThrow(/wants GeoLite2-City of MaxMind/);
    writeLock(entry("c.mmdb", "city"));
    expect(() => files({}, { geoip })).toThrow(/wants GeoLite2-ASN of MaxMind/);
    expect(files({ asn: ["mine.csv"] }, { geoip }).value?.city).toEqual([fetched("c.mmdb")]);
    // Of what is not wanted of MaxMind the package is as good as ever.
    expect(files({}, { geoip: geoip.slice(0, 1) }).value?.asn).toHaveLength(2);
  });

  test("are none where it cannot be told what was fetched: others would give other lists", () => {
    writeFileSync(join(folder, "data/lock.json"), "{}");
    expect(files()).toMatchObject({ value: null, codes: ["fetch-lock"] });
    expect(files({ city: ["a"], asn: ["b"] }).codes).toEqual([]);
  });

  test("have the age that the lock file knows, where the file knows none", () => {
    const place = { country_code: "AT", latitude: 48, longitude: 16 };
    writeFileSync(
      fetched("c.mmdb"),
      testDatabase({
        ...{ ipVersion: 4, type: "DBIP-City", builtAt: Date.UTC(2026, 9, 1) / 1000 },
        networks: [["8.8.8.0/24", place]],
      }),
    );
    writeFileSync(fetched("asn-ipv4.0123abcd.csv"), "8.8.8.0,8.8.8.255,15169,GOOGLE\n");
    writeLock(entry("c.mmdb", "city"), entry("asn-ipv4.0123abcd.csv", "asn"));
    const { value } = files();
    const builtAt = Date.UTC(2026, 10, 22) / 1000;
    const { value: geoip, diagnostics } = collect((report) =>
      openGeoip(value!, { builtAt, maxAgeDays: 20, epochs: value!.epochs }, report),
    );
    geoip?.close();
    expect(geoip?.files.map((file) => file.builtAt)).toEqual([
      Date.UTC(2026, 9, 1) / 1000,
      Date.UTC(2026, 10, 1, 12) / 1000,
    ]);
    expect(geoip?.files.map(({ attribution }) => attribution?.licence)).toEqual([
      "CC-BY-4.0",
      "CC-BY-4.0",
    ]);
    const old = diagnostics.filter(({ code }) => code === "geoip-old");
    expect(old.map(({ args }) => args["days"])).toEqual([52, 20].filter((days) => days > 20));
  });
});
