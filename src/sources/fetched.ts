/** The folder of fetched data beside config.yml: where what lies in it, and how it is read. */
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
