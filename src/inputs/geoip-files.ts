/** Which GeoIP databases a build reads: named in the settings, else fetched, else installed. */
import { join, resolve } from "node:path";
import type { Report } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import {
  EMPTY_LOCK,
  type FetchedFile,
  type FetchLock,
  readFetchLock,
} from "../model/fetch-lock.ts";
import { nameOfGeoipSource } from "../model/fetch-settings.ts";
import type { Settings } from "../model/settings.ts";
import { DATA_FOLDER, readLockFile } from "../sources/fetched.ts";
import { defaultGeoipPaths, type GeoipPaths } from "../sources/geoip.ts";

export interface GeoipFiles extends GeoipPaths {
  /** Seconds since 1970, by path, of fetched files: tables do not tell it themselves. */
  readonly epochs: ReadonlyMap<string, number>;
}

/**
 * `folder` is that of mirrorpress.yml. Null, with a report, when it cannot be told what was fetched:
 * other databases would give clients other lists. Throws `EnvironmentError` when the packages that
 * are the last resort are not installed, or when the settings want MaxMind's, of which none is there.
 */
export function geoipFiles(
  { geoip, fetch }: Pick<Settings, "geoip" | "fetch">,
  folder: string,
  report: Report,
): GeoipFiles | null {
  const named = {
    city: geoip.city.map((path) => resolve(folder, path)),
    asn: geoip.asn.map((path) => resolve(folder, path)),
  };
  if (named.city.length > 0 && named.asn.length > 0) return { ...named, epochs: new Map() };
  const dataFolder = resolve(folder, DATA_FOLDER);
  const lock = readLockOf(dataFolder, report);
  if (lock === null) return null;
  const fetched = lock.files.filter(({ kind }) => kind === "geoip");
  const wanted = new Set(fetch.geoip.map(nameOfGeoipSource));
  const pathsOf = (role: "city" | "asn") =>
    entriesOf(fetched, role, wanted).map(({ path }) => join(dataFolder, path));
  const city = firstFilled(named.city, pathsOf("city"));
  const asn = firstFilled(named.asn, pathsOf("asn"));
  if (!city) requireNoneOfMaxmind("City", /City|Country|Enterprise/, fetch);
  if (!asn) requireNoneOfMaxmind("ASN", /ASN|ISP|Enterprise/, fetch);
  const installed = city && asn ? undefined : defaultGeoipPaths(folder);
  return {
    city: city ?? installed?.city ?? [],
    asn: asn ?? installed?.asn ?? [],
    epochs: new Map(
      fetched.flatMap(({ path, builtAt }) =>
        builtAt === undefined ? [] : [[join(dataFolder, path), Date.parse(builtAt) / 1000]],
      ),
    ),
  };
}

/** A cache that was lost must not quietly give every client the lists of another database. */
function requireNoneOfMaxmind(what: string, of: RegExp, { geoip }: Settings["fetch"]): void {
  const wanted = geoip.find((source) => source.from === "maxmind" && of.test(source.edition));
  if (wanted?.from !== "maxmind") return;
  throw new EnvironmentError(
    `looking for the ${what} database`,
    'Bring it with "mirrorpress fetch".',
    `mirrorpress.yml wants ${wanted.edition} of MaxMind, and ${DATA_FOLDER}/ has none`,
  );
}

/** Null, with a report, where there is one that cannot be used. */
function readLockOf(dataFolder: string, report: Report): FetchLock | null {
  const file = readLockFile(dataFolder, report);
  if (file === "absent") return EMPTY_LOCK;
  return file && readFetchLock(file, report);
}

/**
 * In the order of the lock, which is that of paths: the first of a family is the one that is read.
 * What is of a source that is no longer wanted is there until all that is wanted has come, and is read
 * until then: a switch is made for both families and both databases at once.
 */
function entriesOf(
  files: readonly FetchedFile[],
  role: "city" | "asn",
  wanted: ReadonlySet<string>,
): readonly FetchedFile[] {
  const before = files.filter(({ source }) => !wanted.has(source));
  for (const from of [before, files]) {
    const own = from.filter((file) => file.role === role);
    const chosen = own.length > 0 ? own : from.filter((file) => file.role === "both");
    if (chosen.length > 0) return chosen;
  }
  return [];
}

function firstFilled(...lists: readonly (readonly string[])[]): readonly string[] | undefined {
  return lists.find((list) => list.length > 0);
}
