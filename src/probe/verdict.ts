/** What an answer, or a failure to get one, says of the mirror: pure. */
import { STATUS_CODES } from "node:http";
import { INVISIBLE } from "../diagnostics/invisible.ts";
import type { ProbeReason } from "../model/probe-reasons.ts";
import type { TimeFormat } from "../model/probe-settings.ts";
import type { CheckId, CheckResult } from "../model/probe-state.ts";
import type { NetError, NetFailure } from "../net/failure.ts";
import type { HttpAnswer } from "../net/http.ts";
import type { RepositoryFile } from "./plan.ts";
import { readTimestamp } from "./timestamp.ts";

/** A result but for when it came and how long it took. */
export type Verdict = Omit<CheckResult, "at" | "took">;

const OF_FAILURE: Readonly<Record<NetFailure, ProbeReason>> = {
  "dns-missing": "dns",
  "dns-unanswered": "unanswered",
  "no-address": "no-address",
  "refused-address": "refused-address",
  refused: "down",
  reset: "down",
  unreachable: "down",
  "no-route": "no-route",
  timeout: "timeout",
  tls: "tls",
  redirect: "redirect",
  "too-large": "too-large",
  protocol: "protocol",
  encoding: "encoding",
  cancelled: "deadline",
};

/** `asked` is the URL that was asked for first. */
export function judgeFailure(error: NetError, asked?: string): Verdict {
  const { failure, url, expiresAt, message } = error;
  // That another host has no name or address is no fault of this one's records.
  const isElsewhere = asked !== undefined && url !== undefined && hostOf(url) !== hostOf(asked);
  const leadsNowhere = isElsewhere && (failure === "dns-missing" || failure === "no-address");
  return {
    reason: leadsNowhere ? "redirect" : OF_FAILURE[failure],
    detail: oneLine(leadsNowhere ? `it redirects to where nobody is: ${message}` : message),
    ...(url !== undefined && { url }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}

/** A clock may be ahead of another, but not by so much. */
const FUTURE_SECONDS = 3600;

export interface Freshness {
  readonly format: TimeFormat;
  readonly allowedOutdateSeconds: number;
  /** Seconds since 1970. */
  readonly at: number;
  /** How many bytes of the file were asked for at most. */
  readonly most: number;
}

export function judgeTimestamp(answer: HttpAnswer, freshness: Freshness): Verdict {
  const { format, allowedOutdateSeconds, at, most } = freshness;
  const { status, body, url } = answer;
  const expiresAt = answer.certificate?.expiresAt;
  const seen = { url, ...(expiresAt !== undefined && { expiresAt }) };
  if (isMissing(status)) return { reason: "missing-time", detail: inWords(status), ...seen };
  if (status !== 200) return { reason: "http-status", detail: inWords(status), ...seen };
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
  const updatedAt = readTimestamp(text, format);
  if (updatedAt === null) return { ...notATimestamp(text, answer, { format, most }), ...seen };
  const age = at - updatedAt;
  const known = { ...seen, updatedAt };
  if (age < -FUTURE_SECONDS) return { reason: "future", detail: `${span(-age)} ahead`, ...known };
  if (age > allowedOutdateSeconds) {
    const detail = `${span(age)} old, ${span(allowedOutdateSeconds)} are allowed`;
    return { reason: "stale", detail, ...known };
  }
  return { reason: "ok", ...known };
}

function notATimestamp(
  text: string,
  answer: HttpAnswer,
  { format, most }: Pick<Freshness, "format" | "most">,
): Verdict {
  if (text.trim() === "") return { reason: "bad-time", detail: "it is empty" };
  if (isPage(text, answer)) return { reason: "wrong-content", detail: "an HTML page" };
  const shown = `"${oneLine(text.trimStart().slice(0, 40)).trim()}"`;
  if (format === "repomd" && !isRepomd(text)) return { reason: "wrong-content", detail: shown };
  if (text.length >= most) return { reason: "too-large", detail: `more than ${most} bytes` };
  return { reason: "bad-time", detail: format === "repomd" ? "it holds no time" : shown };
}

/** Of a repomd.xml, or its first KiB. */
export function judgeRepository(answer: HttpAnswer): Verdict {
  const { status, body, url } = answer;
  if (isMissing(status)) return { reason: "missing-repo", detail: inWords(status), url };
  // A range of an empty file cannot be had: 416.
  const isEmpty = status === 416 || (isThere(status) && body.length === 0);
  if (isEmpty) return { reason: "wrong-content", detail: "it is empty", url };
  if (!isThere(status)) return { reason: whyNot(answer), detail: inWords(status), url };
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
  // Of 150 files that are there nobody wants to read 150 URLs, nor to keep them for every mirror.
  if (isRepomd(text)) return { reason: "ok" };
  const detail = isPage(text, answer) ? "an HTML page" : "not what createrepo writes";
  return { reason: "wrong-content", detail, url };
}

/** Of the head of an image, or of a checksum file. */
export function judgeImage(answer: HttpAnswer, path: string): Verdict {
  const { status, headers, url } = answer;
  if (isMissing(status)) return { reason: "missing-isos", detail: `missing ${path}`, url };
  if (!isThere(status)) {
    return { reason: whyNot(answer), detail: `${inWords(status)}: ${path}`, url };
  }
  if (isHtml(headers)) {
    return { reason: "wrong-content", detail: `an HTML page: ${path}`, url };
  }
  return { reason: "ok", url };
}

/** Of a set: whatever is missing, else the first other fault, else what could not be asked. */
export function judgeImages(verdicts: readonly Verdict[]): Verdict {
  const missing = verdicts.filter(({ reason }) => reason === "missing-isos");
  const [first] = missing;
  if (first) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
    return { ...first, detail: `${first.detail}${more}` };
  }
  const isOk = ({ reason }: Verdict) => reason === "ok";
  const isUnasked = ({ reason }: Verdict) => reason === "skipped" || reason === "deadline";
  const fault = verdicts.find((verdict) => !isOk(verdict) && !isUnasked(verdict));
  return fault ?? verdicts.find(isUnasked) ?? { reason: "ok" };
}

/** What a daemon of rsync says first: "@RSYNCD: 31.0 sha512 md5". */
export function judgeGreeting(bytes: Uint8Array): Verdict {
  const text = Buffer.from(bytes).toString("latin1");
  if (/^@RSYNCD: \d+/.test(text)) return { reason: "ok" };
  const detail = text === "" ? "it says nothing" : `"${oneLine(text.slice(0, 40)).trim()}"`;
  return { reason: "protocol", detail };
}

/**
 * Where every repository of a version is missing, the version is, and else where every one of a
 * version's architecture is. One that is there, or could not be asked for, speaks against it.
 */
export function foldMissing<Each extends Verdict>(
  files: readonly RepositoryFile[],
  verdicts: ReadonlyMap<CheckId, Each>,
): ReadonlyMap<CheckId, Each> {
  const versionOf = ({ directory }: RepositoryFile) => directory;
  const archOf = ({ directory, arch = "" }: RepositoryFile) => `${directory}/${arch}`;
  const isThere = (file: RepositoryFile) => verdicts.get(file.check)?.reason !== "missing-repo";
  const versions = new Set(files.filter(isThere).map(versionOf));
  const arches = new Set(files.filter(isThere).map(archOf));
  const reasonOf = (file: RepositoryFile): ProbeReason | undefined => {
    if (!versions.has(versionOf(file))) return "missing-version";
    return arches.has(archOf(file)) ? undefined : "missing-arch";
  };
  const folded = new Map(verdicts);
  for (const file of files) {
    const verdict = verdicts.get(file.check);
    const reason = reasonOf(file);
    if (verdict && reason) folded.set(file.check, { ...verdict, reason });
  }
  return folded;
}

/**
 * Whether the mirror wants to be asked later. Of a timestamp, asked for first, that is a fault like
 * any other; among many files it may be our haste, and says nothing of the file.
 */
export function wantsPatience({ status, headers }: HttpAnswer): boolean {
  return status === 429 || (status === 503 && headers["retry-after"] !== undefined);
}

function whyNot(answer: HttpAnswer): ProbeReason {
  return wantsPatience(answer) ? "skipped" : "http-status";
}

function isMissing(status: number): boolean {
  return status === 404 || status === 410;
}

/** A whole file, or the part of it that was asked for. */
function isThere(status: number): boolean {
  return status === 200 || status === 206;
}

/** Before it may stand an XML declaration and a licence, no more. */
function isRepomd(text: string): boolean {
  return /<repomd[\s>]/.test(text.slice(0, 1024));
}

/** Login pages, and the page that some sites give for whatever there is not, with status 200. */
function isPage(text: string, { headers }: HttpAnswer): boolean {
  return isHtml(headers) || /^\s*<(?:!doctype\s+html|html|head|body|script|!--)/i.test(text);
}

function isHtml(headers: HttpAnswer["headers"]): boolean {
  return /^text\/html\b/i.test(headers["content-type"] ?? "");
}

/** "404 Not Found" */
function inWords(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}

/** "90 minutes", "26 hours", "3 days": rounded down. */
function span(seconds: number): string {
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} minutes`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} hours`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** Mirrors have a hand in it: nothing that steers a terminal, and no more than fits a line. */
function oneLine(text: string): string {
  const plain = text.replace(new RegExp(INVISIBLE, "gu"), " ");
  return plain.length > 200 ? `${plain.slice(0, 197)}...` : plain;
}
