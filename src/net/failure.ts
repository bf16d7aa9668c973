/** Why a request got no answer: a fixed vocabulary, and one line of words. */
import { INVISIBLE } from "../diagnostics/invisible.ts";

/**
 * - dns-missing: the name does not exist; dns-unanswered: our look-up failed, which says nothing
 *   of the name; no-address: the name exists, without an address of the family
 * - refused-address: the policy refuses an address of the name
 * - refused, reset, unreachable: said by the other side or the way to it; no-route: this machine
 *   itself cannot send
 * - timeout: the request's own time is up; cancelled: the caller's signal, or the session's end
 * - tls: no connection, or a certificate that cannot be trusted
 * - redirect: too many, in a circle, not written in canonical form, or to where nobody may be sent
 * - too-large: headers or body; encoding: compressed though nobody asked; protocol: not HTTP/1.1
 */
export type NetFailure =
  | "dns-missing"
  | "dns-unanswered"
  | "no-address"
  | "refused-address"
  | "refused"
  | "reset"
  | "unreachable"
  | "no-route"
  | "timeout"
  | "tls"
  | "redirect"
  | "too-large"
  | "protocol"
  | "encoding"
  | "cancelled";

export interface NetErrorDetails {
  /** The last one asked, without its query, which may hold a signature. */
  readonly url?: string;
  /** The end of the certificate, seconds since 1970, where a certificate was refused. */
  readonly expiresAt?: number;
}

/** `message` is one line without control and bidi characters, whatever the other side wrote. */
export class NetError extends Error {
  override readonly name = "NetError";
  readonly failure: NetFailure;
  readonly url?: string;
  readonly expiresAt?: number;

  constructor(failure: NetFailure, message: string, details: NetErrorDetails = {}) {
    super(printable(message, MAX_MESSAGE));
    this.failure = failure;
    if (details.url !== undefined) this.url = details.url;
    if (details.expiresAt !== undefined) this.expiresAt = details.expiresAt;
  }
}

const MAX_MESSAGE = 400;

/** The same failure, of a request for this URL. */
export function withUrl(error: NetError, url: string): NetError {
  const { expiresAt } = error;
  const asked = printable(url.replace(/\?.*$/s, ""), MAX_MESSAGE);
  return new NetError(error.failure, error.message, {
    url: error.url ?? asked,
    ...(expiresAt !== undefined && { expiresAt }),
  });
}

/** Text of strangers for one line: what steers a terminal becomes "?", what is too long is cut. */
export function printable(text: string, most: number): string {
  const line = text.slice(0, most).replace(new RegExp(INVISIBLE, "gu"), "?");
  return text.length > most ? `${line}...` : line;
}

/** What was under way when a socket failed. */
export type Stage = "connect" | "tls" | "answer";

/** The failure that an error of Node's sockets, TLS or HTTP parser is. */
export function failureOf(error: unknown, stage: Stage): NetFailure {
  const code = codeOf(error);
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (stage === "tls" || /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)) return "tls";
  // What we do not know of a socket is more likely ours than that of a host never spoken to.
  return stage === "connect" ? "no-route" : "protocol";
}

/** "ECONNREFUSED", "HPE_INVALID_CONSTANT", "CERT_HAS_EXPIRED"; "" for an error without a code. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

/** Where this machine is short of sockets, its network down or its firewall shut, it cannot send. */
const BY_CODE: Readonly<Record<string, NetFailure>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ERR_STREAM_PREMATURE_CLOSE: "reset",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ETIMEDOUT: "timeout",
  ENETUNREACH: "no-route",
  ENETDOWN: "no-route",
  EADDRNOTAVAIL: "no-route",
  EAFNOSUPPORT: "no-route",
  EPERM: "no-route",
  EACCES: "no-route",
  EMFILE: "no-route",
  ENFILE: "no-route",
  ENOBUFS: "no-route",
  ENOMEM: "no-route",
  HPE_HEADER_OVERFLOW: "too-large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "too-large",
};
