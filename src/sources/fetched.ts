/**
 * The folder of fetched data beside config.yml: where what lies in it, and how it is read.
 *
 *     lock.json                              which files were fetched, and which databases a build reads
 *     geoip/dbip-city-ipv4.2f41c09a.mmdb     with the start of its digest: never changed, but replaced
 *                                            by another file when the lock file names that
 *     cloud/aws.json                         one file for each provider, which may be put there by hand
 *     subnets/c8478a08f9735461.txt           one for each URL
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { type Prefix, parseNetwork } from "../ip/prefix.ts";
import type { CloudProvider } from "./cloud-formats.ts";
import { readTextFileIfAny } from "./files.ts";

/** As seen from the folder of config.yml. */
export const DATA_FOLDER = "data";
/** In that folder. */
export const LOCK_PATH = "lock.json";

/** Some hundred bytes for each of a few thousand files. */
const MAX_LOCK_BYTES = 8 * 1024 * 1024;
/** A million networks would not be of one mirror. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;

/** "absent" where nothing was ever fetched; null, with a report, where it cannot be read. */
export function readLockFile(dataFolder: string, report: Report): SourceFile | "absent" | null {
  return readTextFileIfAny(join(dataFolder, LOCK_PATH), MAX_LOCK_BYTES, report);
}

/** Where a provider's list is stored, and looked for unless the settings name another file. */
export function cloudFeedPath(provider: CloudProvider): string {
  return `cloud/${provider}.json`;
}

/**
 * Where what has this name in every release is stored: of a database, with the start of its digest.
 * Whoever reads a release finds it until the next fetch, whatever is fetched meanwhile.
 */
export function pathOfStored(name: string, sha256: string): string {
  return name.startsWith("geoip/") ? name.replace(/(?=\.[a-z]+$)/, `.${sha256.slice(0, 8)}`) : name;
}

const DIGEST = /\.[0-9a-f]{8}(?=\.[a-z]+$)/;

export function nameOfStored(path: string): string {
  return path.startsWith("geoip/") ? path.replace(DIGEST, "") : path;
}

/** Whether it is named as fetch names what it may remove again. */
export function isOwnPath(path: string): boolean {
  if (path.startsWith("geoip/")) return DIGEST.test(path);
  return /^subnets\/[0-9a-f]{16}\.txt$/.test(path);
}

/** Where the list behind a URL is stored, below the folder of data. */
export function subnetListPath(url: string): string {
  return `subnets/${createHash("sha256").update(url).digest("hex").slice(0, 16)}.txt`;
}

export interface StoredList {
  readonly file: SourceFile;
  readonly networks: readonly Prefix[];
}

/** Null where it was never fetched; unusable, with the reason, where it is not a network a line. */
export function readSubnetList(
  dataFolder: string,
  url: string,
): StoredList | { readonly unusable: string } | null {
  const reasons: string[] = [];
  const path = join(dataFolder, subnetListPath(url));
  const file = readTextFileIfAny(path, MAX_LIST_BYTES, ({ code, args }) =>
    reasons.push(String(args["reason"] ?? code)),
  );
  if (file === "absent") return null;
  if (file === null) return { unusable: reasons.join(", ") };
  const networks: Prefix[] = [];
  for (const [index, line] of file.text.trimEnd().split("\n").entries()) {
    const prefix = parseNetwork(line);
    if (prefix === null) return { unusable: `line ${index + 1} is no network` };
    networks.push(prefix);
  }
  return { file, networks };
}
