/** A request that is made again where the failure may pass, and whose failure is put into words. */
import { STATUS_CODES } from "node:http";
import { NetError, type NetFailure } from "../net/failure.ts";
import type { HttpAnswer, HttpRequest, HttpSession } from "../net/http.ts";
import { FetchError, withoutSecrets } from "./failure.ts";
import { openPieces } from "./pieces.ts";

export interface FetchTools {
  readonly http: HttpSession;
  /** Between two attempts; rejects when the run ends. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Told of the body under way; the total where it is known. */
  readonly onBytes: (done: number, total: number | undefined) => void;
  /** Told why an attempt failed after which there is another, and how long that is waited for. */
  readonly onRetry: (reason: string, milliseconds: number) => void;
  /** What no message may hold. */
  readonly secrets: readonly string[];
  /** The variable of the environment that names a proxy, which nothing here goes through. */
  readonly proxy?: string;
}

export interface AskOptions
  extends Pick<HttpRequest, "url" | "method" | "headers" | "maxBytes" | "maxRedirects"> {
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

/** So many that bring nothing end it. One that brings a part of what can go on counts for none. */
const FRUITLESS_ATTEMPTS = 3;
/** Each may count against what the service gives in a day: MaxMind's free accounts have 30. */
const ATTEMPTS = 6;
const WAITS_MS = [2_000, 8_000];
/** A database of 100 MB over a line of 3 Mbit/s; over a slower one in several attempts. */
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
const PASSING_STATUS = new Set([408, 416, 500, 502, 503, 504]);

/** An answer of any status that does not pass, with its whole body. @throws {FetchError} */
export async function ask(
  { http, wait, onBytes, onRetry, ...told }: FetchTools,
  { headers, ...request }: AskOptions,
): Promise<HttpAnswer> {
  const pieces = openPieces();
  for (let attempt = 1, fruitless = 0; ; attempt++) {
    const before = pieces.kept;
    const isLast = () => attempt === ATTEMPTS || fruitless === FRUITLESS_ATTEMPTS;
    let failure: FetchError;
    try {
      const answer = await http.request({
        ...{ seconds: SECONDS, ...request, stallSeconds: STALL_SECONDS },
        headers: { ...headers, ...pieces.begin() },
        sink: (chunk, head) => {
          pieces.add(chunk, head);
          onBytes(pieces.here, pieces.total);
        },
      });
      const whole = pieces.end(answer);
      fruitless += 1;
      if (isLast() || !PASSING_STATUS.has(whole.status)) return whole;
      failure = unexpected(whole);
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      fruitless = pieces.kept > before ? 0 : fruitless + 1;
      failure = inWords(error, request, told);
      if (isLast() || !PASSING.has(error.failure)) throw failure;
    }
    const milliseconds = WAITS_MS[Math.max(0, fruitless - 1)] ?? 0;
    onRetry(failure.message, milliseconds);
    await wait(milliseconds);
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

function inWords(
  error: NetError,
  { url, maxRedirects }: Pick<AskOptions, "url" | "maxRedirects">,
  { secrets, proxy }: Pick<FetchTools, "secrets" | "proxy">,
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
  const remedy =
    proxy !== undefined && UNCONNECTED.has(error.failure)
      ? `${proxy} is set, but nothing here goes through a proxy: let this machine connect to ${host} itself, or fetch on another one and copy data/.`
      : (REMEDIES[error.failure] ?? "");
  return new FetchError(withoutSecrets(message, secrets), remedy);
}

/** What it looks like where a firewall lets a proxy alone out. */
const UNCONNECTED: ReadonlySet<NetFailure> = new Set<NetFailure>([
  "dns-missing",
  "dns-unanswered",
  "no-address",
  "no-route",
  "refused",
  "refused-address",
  "reset",
  "timeout",
  "tls",
  "unreachable",
]);

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
