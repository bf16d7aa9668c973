/**
 * A database of MaxMind's by its download links (dev.maxmind.com/geoip/updating-databases):
 *
 *     HEAD <base>/geoip/databases/<edition>/download?suffix=tar.gz         Last-Modified: is it newer?
 *     GET  the same                                                        the archive
 *     GET  the same with tar.gz.sha256                                     "<hex>  <name>"
 *
 * with the account and its key by basic authentication. Both GET and HEAD are redirected to a signed
 * URL of another host, which the account must not reach. HEAD does not count against the daily limit.
 */
import { createHash } from "node:crypto";
import type { HttpAnswer } from "../net/http.ts";
import { unpackTarGz } from "./archive.ts";
import {
  ask,
  type Brought,
  conditional,
  type FetchTools,
  isWebPage,
  type Known,
  knownOf,
  unexpected,
} from "./ask.ts";
import { FetchError, withoutSecrets } from "./failure.ts";

export interface MaxmindCredentials {
  readonly accountId: string;
  readonly licenseKey: string;
}

export interface MaxmindRequest {
  readonly edition: string;
  readonly credentials: MaxmindCredentials;
  /** Of the last good copy. */
  readonly known: Known;
  /** Scheme and host of the service. */
  readonly base: string;
}

/** GeoIP2-City has some 70 MB compressed, GeoIP2-Enterprise 300. */
const MAX_ARCHIVE_BYTES = 768 * 1024 * 1024;
const MAX_CHECKSUM_BYTES = 1024;

/** What a request must not show: see `FetchTools`. */
export function secretsOf({ accountId, licenseKey }: MaxmindCredentials): readonly string[] {
  return [tokenOf({ accountId, licenseKey }), licenseKey, accountId];
}

/** The bytes of the one .mmdb in the archive; null where there is nothing newer. @throws {FetchError} */
export async function fetchEdition(
  tools: FetchTools,
  request: MaxmindRequest,
): Promise<Brought<Uint8Array> | null> {
  const { edition, known, base, credentials } = request;
  const url = `${base}/geoip/databases/${edition}/download?suffix=tar.gz`;
  const headers = { authorization: `Basic ${tokenOf(credentials)}` };
  const since = conditional({
    ...(known.lastModified !== undefined && { lastModified: known.lastModified }),
  });

  const head = await ask(tools, {
    ...{ url, method: "HEAD", headers: { ...headers, ...since } },
    maxBytes: MAX_ARCHIVE_BYTES,
  });
  if (head.status === 304 || (head.status === 200 && !isNewer(head, known))) return null;
  // Some signed URLs are signed for GET alone; what the account may not do, GET says in words.
  const totalBytes = Number(head.headers["content-length"] ?? Number.NaN);

  const answer = await ask(tools, {
    ...{ url, headers: { ...headers, ...since }, maxBytes: MAX_ARCHIVE_BYTES },
    ...(head.status === 200 && totalBytes > 0 && { totalBytes }),
  });
  if (answer.status === 304) return null;
  if (answer.status !== 200) throw refusal(answer, edition, tools);
  if (isWebPage(answer.body)) throw new FetchError("MaxMind answers with a web page");
  await compareChecksum(tools, `${url}.sha256`, headers, answer.body);

  const { name, bytes } = await onlyDatabase(answer.body);
  // GeoLite2-City_20261120/GeoLite2-City.mmdb
  const version = /_(\d{8})\//.exec(name)?.[1];
  return {
    ...{ content: bytes, url, ...knownOf(answer), licence: licenceOf(edition) },
    ...(version !== undefined && { version }),
  };
}

function tokenOf({ accountId, licenseKey }: MaxmindCredentials): string {
  return Buffer.from(`${accountId}:${licenseKey}`).toString("base64");
}

function licenceOf(edition: string): string {
  return edition.startsWith("GeoLite")
    ? "GeoLite End User License Agreement"
    : "MaxMind End User License Agreement";
}

function isNewer({ headers }: HttpAnswer, { lastModified }: Known): boolean {
  const there = Date.parse(headers["last-modified"] ?? "");
  const here = Date.parse(lastModified ?? "");
  return Number.isNaN(there) || Number.isNaN(here) || there > here;
}

/** Once more where it does not fit: a new release may have come between the two. */
async function compareChecksum(
  tools: FetchTools,
  url: string,
  headers: Readonly<Record<string, string>>,
  archive: Uint8Array,
): Promise<void> {
  const actual = createHash("sha256").update(archive).digest("hex");
  let published: string | undefined;
  for (let attempt = 1; attempt <= 2; attempt++) {
    const answer = await ask(tools, { url, headers, maxBytes: MAX_CHECKSUM_BYTES });
    if (answer.status !== 200) throw unexpected(answer);
    const text = Buffer.from(answer.body).toString("latin1");
    published = /^([0-9a-f]{64})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
    if (published === actual) return;
  }
  throw new FetchError(
    published === undefined
      ? "MaxMind gives no checksum of the archive"
      : "the archive is not the one of which MaxMind gives the checksum",
    "Try again later: it was damaged on the way, or a new release is just being published.",
  );
}

async function onlyDatabase(archive: Uint8Array) {
  const databases = await unpackTarGz(archive, (name) => name.endsWith(".mmdb"));
  const [database] = databases;
  if (database === undefined) throw new FetchError("the archive holds no .mmdb file");
  if (databases.length === 1) return database;
  throw new FetchError(
    `the archive holds ${databases.length} .mmdb files, and which one is meant?`,
  );
}

function refusal(answer: HttpAnswer, edition: string, tools: FetchTools): FetchError {
  const said = saidBy(answer, tools);
  switch (answer.status) {
    case 401:
      return new FetchError(
        `MaxMind does not accept the account and its license key${said}`,
        "Check MAXMIND_ACCOUNT_ID and MAXMIND_LICENSE_KEY; a key that was just made takes some minutes.",
      );
    case 403:
      return new FetchError(
        `the account may not download ${edition}${said}`,
        "Check its subscription and that it has agreed to the license of the database.",
      );
    case 404:
      return new FetchError(
        `MaxMind has no edition ${edition}${said}`,
        "Check its spelling under fetch: geoip: in mirrorpress.yml; GeoLite2-City is one.",
      );
    case 429:
      return new FetchError(
        `the account has used up its downloads of the day${said}${whenAgain(answer)}`,
        "Keep data/ between runs: what is not newer is not downloaded.",
      );
    default:
      return unexpected(answer);
  }
}

/** The first line of a refusal in text or JSON, as far as it may be shown. */
function saidBy({ body }: HttpAnswer, { secrets }: FetchTools): string {
  const text = Buffer.from(body).toString("utf8").trim();
  if (text === "" || isWebPage(body)) return "";
  const inJson = /"error"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1];
  const [line = ""] = (inJson ?? text).split("\n");
  return `: "${withoutSecrets(line.slice(0, 160), secrets)}"`;
}

function whenAgain({ headers }: HttpAnswer): string {
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return seconds > 0 ? ` (again in ${Math.ceil(seconds / 3600)} h)` : "";
}
