/**
 * A database of MaxMind's by its download links (dev.maxmind.com/geoip/updating-databases, and
 * bundled/downloads.yaml of github.com/maxmind/openapi):
 *
 *     HEAD <base>/geoip/databases/<edition>/download?suffix=tar.gz     200, Last-Modified: of its build
 *     GET  the same with tar.gz.sha256                                 302 -> "<hex>  <name>"
 *     GET  the same with tar.gz                                        302 -> the archive
 *
 * with the account and its key by basic authentication. A GET is redirected to a signed URL of another
 * host, which the account must not reach. HEAD does not count against the daily limit, each archive
 * does; and who asks in vain too often is shut out for a while.
 */
import { createHash } from "node:crypto";
import type { HttpAnswer } from "../net/http.ts";
import { unpackTarGz } from "./archive.ts";
import {
  type AskOptions,
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

  const head = await ask(tools, { url, method: "HEAD", headers, maxBytes: MAX_ARCHIVE_BYTES });
  if (head.status === 401 || head.status === 429) throw refusal(head, edition, tools);
  if (head.status === 200 && !isNewer(head, known)) return null;
  // Whatever else it says, GET says in words.

  // The checksum first: where a release comes between the two, one more of it is enough.
  const askChecksum = async () =>
    readChecksum(
      await askOrRefuse(tools, edition, {
        ...{ url: `${url}.sha256`, headers, maxBytes: MAX_CHECKSUM_BYTES },
      }),
    );
  const checksum = await askChecksum();
  const answer = await askOrRefuse(tools, edition, {
    ...{ url, headers: { ...headers, ...conditional(known) }, maxBytes: MAX_ARCHIVE_BYTES },
  });
  if (answer.status === 304) return null;
  const actual = createHash("sha256").update(answer.body).digest("hex");
  if (actual !== checksum && actual !== (await askChecksum())) {
    throw new FetchError(
      "the archive is not the one of which MaxMind gives the checksum",
      "Try again later: it was damaged on the way, or a new release is just being published.",
    );
  }

  const { name, bytes } = await onlyDatabase(answer.body);
  // GeoLite2-City_20261120/GeoLite2-City.mmdb
  const version = /_(\d{8})\//.exec(name)?.[1];
  return {
    ...{ content: bytes, url, licence: licenceOf(edition) },
    // That of the archive's own host is of when it was stored there, the one to compare of its build.
    ...{ ...knownOf(answer), ...(head.status === 200 && dateOf(head)) },
    ...(version !== undefined && { version }),
  };
}

async function askOrRefuse(
  tools: FetchTools,
  edition: string,
  options: AskOptions,
): Promise<HttpAnswer> {
  const answer = await ask(tools, options);
  if (answer.status !== 200 && answer.status !== 304) throw refusal(answer, edition, tools);
  if (isWebPage(answer.body)) throw new FetchError("MaxMind answers with a web page");
  return answer;
}

function readChecksum({ body }: HttpAnswer): string {
  const text = Buffer.from(body).toString("latin1");
  const checksum = /^([0-9a-f]{64})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
  if (checksum !== undefined) return checksum;
  throw new FetchError(
    "MaxMind gives no checksum of the archive",
    "Try again later: without it nobody can tell whether it came as it was sent.",
  );
}

function dateOf(head: HttpAnswer): Pick<Known, "lastModified"> {
  const { lastModified } = knownOf(head);
  return lastModified === undefined ? {} : { lastModified };
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
        "Check its spelling under fetch: geoip: in mirrorpress.yml, capitals too; GeoLite2-City is one.",
      );
    case 429:
      return new FetchError(
        `the account has used up its downloads of the day${said}${whenAgain(answer)}`,
        "Keep data/ between runs: what is not newer is not downloaded.",
      );
    case 451:
      return new FetchError(
        `MaxMind may not give ${edition} to where this machine is${said}`,
        "Fetch from a place that may have it, or write other sources under fetch: geoip:.",
      );
    default:
      return new FetchError(`${unexpected(answer).message}${said}`);
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
