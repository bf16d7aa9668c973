/** The networks of cloud providers, from files in the formats that they publish. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { type Prefix, parseNetwork } from "../ip/prefix.ts";
import { type CloudProvider, readCloudFormat } from "./cloud-formats.ts";
import { cloudFeedPath, DATA_FOLDER } from "./fetched.ts";
import { readTextFile } from "./files.ts";

export interface CloudFeed {
  readonly provider: CloudProvider;
  /** As the user would write it. */
  readonly path: string;
  /** By region in lower case; in file order, and as often as the file has them. */
  readonly regions: ReadonlyMap<string, readonly Prefix[]>;
  readonly bytes: number;
  /** Of the file, lower-case hex. */
  readonly sha256: string;
}

export interface CloudFeedPaths {
  /** By provider, relative to `folder`. */
  readonly given: Readonly<Partial<Record<CloudProvider, string>>>;
  /** That of mirrorpress.yml. */
  readonly folder: string;
}

/** The largest of them today has 5 MB. */
const MAX_FEED_BYTES = 64 * 1024 * 1024;
/** Of networks that count. The largest of them today has some 60,000. */
const MAX_NETWORKS = 1_000_000;

/**
 * The feeds of some providers. A provider without a file has no entry; one whose file cannot be
 * used has null, and the reason is reported.
 */
export function readCloudFeeds(
  providers: Iterable<CloudProvider>,
  { given, folder }: CloudFeedPaths,
  report: Report,
): ReadonlyMap<CloudProvider, CloudFeed | null> {
  const feeds = new Map<CloudProvider, CloudFeed | null>();
  for (const provider of providers) {
    const named = given[provider];
    const path =
      named === undefined
        ? join(folder, DATA_FOLDER, cloudFeedPath(provider))
        : resolve(folder, named);
    if (named === undefined && !existsSync(path)) continue;
    feeds.set(provider, readFeed(provider, path, report));
  }
  return feeds;
}

function readFeed(provider: CloudProvider, path: string, report: Report): CloudFeed | null {
  const file = readTextFile(path, MAX_FEED_BYTES, report);
  return file && parseCloudFeed(provider, file, report);
}

/** Null, with a report, when it is not a list of this provider's networks. */
export function parseCloudFeed(
  provider: CloudProvider,
  file: SourceFile,
  report: Report,
): CloudFeed | null {
  const refuse = (reason: string) => {
    report(problem("cloud-feed-unusable", placeOf(file), { provider, reason }));
    return null;
  };
  const root = parseJson(file.text);
  if (root === undefined) return refuse("it is not JSON");
  const regions = new Map<string, Prefix[]>();
  let count = 0;
  let broken = 0;
  let example: string | undefined;
  const reason = readCloudFormat(provider, root, (region, text) => {
    const prefix = typeof text === "string" ? parseNetwork(text) : null;
    if (prefix === null || typeof region !== "string" || !REGION.test(region)) {
      broken++;
      example ??= JSON.stringify([region, text]).slice(0, 80);
      return;
    }
    count++;
    if (count > MAX_NETWORKS) return;
    const key = region.toLowerCase();
    const networks = regions.get(key);
    if (networks) networks.push(prefix);
    else regions.set(key, [prefix]);
  });
  if (reason !== undefined) return refuse(reason);
  if (count === 0) return refuse("it holds no network");
  if (count > MAX_NETWORKS) return refuse(`it holds more than ${MAX_NETWORKS} networks`);
  if (example !== undefined) {
    report(problem("cloud-feed-entries", placeOf(file), { count: broken, example }));
  }
  return {
    provider,
    path: file.path,
    regions,
    bytes: Buffer.byteLength(file.text),
    sha256: createHash("sha256").update(file.text).digest("hex"),
  };
}

/** The path alone: a frame would show a line of a file that nobody wrote. */
function placeOf({ path }: SourceFile): { readonly file: SourceFile } {
  return { file: { path, text: "" } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REGION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
