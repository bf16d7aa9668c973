/** A request that is made again where the failure may pass, and whose failure is put into words. */
import { STATUS_CODES } from "node:http";
import { NetError, type NetFailure } from "../net/failure.ts";
import type { HttpAnswer, HttpRequest, HttpSession } from "../net/http.ts";
import { FetchError, withoutSecrets } from "./failure.ts";

export interface FetchTools {
  readonly http: HttpSession;
  /** Between two attempts; rejects when the run ends. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Told of the body under way; the total where it is known. */
  readonly onBytes: (done: number, total: number | undefined) => void;
  /** What no message may hold. */
  readonly secrets: readonly string[];
}

export interface AskOptions
  extends Pick<HttpRequest, "url" | "method" | "headers" | "maxBytes" | "maxRedirects"> {
  /** Of the body, where it is known beforehand: for telling how far it is. */
  readonly totalBytes?: number;
  /** For one attempt; what a large database takes unless given. */
  readonly seconds?: number;
}

/** What a copy that is here already knows of itself. */
export interface Known {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What is brought: it, and what the next fetch is to know of it. */
export interface Brought<Content> extends Known {
  readonly content: Content;
  /** Without anything secret. */
  readonly url: string;
  readonly version?: string;
  readonly licence?: string;
}

const ATTEMPTS = 3;
const WAITS_MS = [2_000, 8_000];
/** A database of 100 MB over a line of 3 Mbit/s. */
const SECONDS = 300;
const STALL_SECONDS = 30;

/** Failures that may be gone in some seconds. */
const PASSING: ReadonlySet<NetFailure> = new Set<NetFailure>([
  "dns-unanswered",
  "refused",
  "reset",
  "unreachable",
  "timeout",
]);
const PASSING_STATUS = new Set([408, 500, 502, 503, 504]);

/** An answer of any status that does not pass, with its whole body. @throws {FetchError} */
export async function ask(tools: FetchTools, options: AskOptions): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await askOnce(tools, options);
      if (isLast || !PASSING_STATUS.has(answer.status)) return answer;
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      if (isLast || !PASSING.has(error.failure)) throw inWords(error, options, tools.secrets);
    }
    await tools.wait(WAITS_MS[attempt - 1] ?? 0);
  }
}

/**
 * The same for a file: null where there is nothing newer than the headers know of.
 * @throws {FetchError} also for any other status than 200, and for a web page in place of the file
 */
export async function askForNewer(
  tools: FetchTools,
  options: AskOptions,
): Promise<HttpAnswer | null> {
  const answer = await ask(tools, options);
  if (answer.status === 304) return null;
  if (answer.status !== 200) throw unexpected(answer);
  if (!isWebPage(answer.body)) return answer;
  throw new FetchError(`${hostOf(options.url)} answers with a web page`);
}

async function askOnce(
  { http, onBytes }: FetchTools,
  { totalBytes, ...request }: AskOptions,
): Promise<HttpAnswer> {
  const chunks: Uint8Array[] = [];
  let done = 0;
  const answer = await http.request({
    seconds: SECONDS,
    ...request,
    stallSeconds: STALL_SECONDS,
    sink: (chunk) => {
      chunks.push(chunk);
      done += chunk.length;
      onBytes(done, totalBytes);
    },
  });
  return chunks.length === 0 ? answer : { ...answer, body: Buffer.concat(chunks) };
}

function inWords(
  error: NetError,
  { url, maxRedirects }: AskOptions,
  secrets: readonly string[],
): FetchError {
  if (error.failure === "redirect" && maxRedirects === 0) {
    return new FetchError(
      `${hostOf(url)} redirects, which is not followed here`,
      "Name the URL that it redirects to, if it is to be trusted.",
    );
  }
  const host = hostOf(error.url ?? url);
  const named = error.message.includes(host.replace(/:\d+$/, ""));
  const message = named ? error.message : `${host}: ${error.message}`;
  return new FetchError(withoutSecrets(message, secrets), REMEDIES[error.failure] ?? "");
}

const REMEDIES: Readonly<Partial<Record<NetFailure, string>>> = {
  "dns-unanswered": "Check the name servers of this machine.",
  "no-route": "Check that this machine reaches the Internet.",
  "refused-address": "Its name leads to an address that is not of the Internet: check who says so.",
  tls: "Check the clock and the certificates of this machine, and whether a proxy stands between.",
};

/** Headers that have a server answer 304 where nothing is newer. */
export function conditional({ etag, lastModified }: Known): Record<string, string> {
  return {
    ...(etag !== undefined && { "if-none-match": etag }),
    ...(lastModified !== undefined && { "if-modified-since": lastModified }),
  };
}

/** What the next fetch can ask with, no longer than a lock file holds. */
export function knownOf({ headers }: HttpAnswer): Known {
  const { etag, "last-modified": lastModified } = headers;
  return {
    ...(isHeader(etag) && { etag }),
    ...(isHeader(lastModified) && { lastModified }),
  };
}

function isHeader(value: string | undefined): value is string {
  return value !== undefined && value !== "" && value.length <= 256;
}

/** For an answer that is neither what was asked for nor known to mean something. */
export function unexpected({ status, url }: HttpAnswer): FetchError {
  const meaning = STATUS_CODES[status];
  return new FetchError(`${hostOf(url)} answers ${status}${meaning ? ` ${meaning}` : ""}`);
}

/** What people are shown instead of JSON and archives where a server is not well. */
export function isWebPage(body: Uint8Array): boolean {
  const start = Buffer.from(body.subarray(0, 256)).toString("latin1").trimStart();
  return /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml|!--)/i.test(start);
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
