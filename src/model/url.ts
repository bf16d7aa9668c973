/** Base URLs of mirrors: what a person wrote -> one canonical form, or what is wrong with it. */
import { parseAddress } from "../ip/address.ts";
import { hostPrefix } from "../ip/prefix.ts";
import { specialPurpose } from "../ip/special.ts";

export const PROTOCOLS = ["http", "https", "rsync", "ftp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export type UrlProblem =
  | { readonly kind: "malformed"; readonly reason: string; readonly suggestion?: string }
  | { readonly kind: "scheme"; readonly found: string }
  | { readonly kind: "credentials"; readonly suggestion?: string }
  | { readonly kind: "empty-port"; readonly suggestion?: string }
  | { readonly kind: "query"; readonly mark: string; readonly suggestion?: string }
  | { readonly kind: "not-canonical"; readonly canonical: string }
  | { readonly kind: "local-host"; readonly host: string; readonly what: string };

export type ParsedUrl =
  | { readonly url: string; readonly rewritten: boolean }
  | { readonly problem: UrlProblem };

const MAX_URL = 512;
const PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?([?#].*)?$/i;

/**
 * A base URL ending in "/". Only the slash at the end is added (and `host::module` of rsync
 * rewritten): everything else must already stand in the form in which a client would use it, for
 * `new URL()` drops line ends and turns look-alike digits into addresses without a word.
 */
export function parseBaseUrl(written: string, protocol: Protocol): ParsedUrl {
  const text = written.trim();
  if (text.length > MAX_URL) {
    return { problem: { kind: "malformed", reason: `it is longer than ${MAX_URL} characters` } };
  }
  const module = protocol === "rsync" ? rsyncModule(text) : null;
  const [, scheme, authority, path = "/", rest = ""] = PARTS.exec(module ?? text) ?? [];
  if (scheme === undefined || authority === undefined) return { problem: noScheme(text, protocol) };
  if (scheme.toLowerCase() !== protocol) {
    return { problem: { kind: "scheme", found: scheme.toLowerCase() } };
  }
  const [, user = "", host = "", port = ""] =
    /^(.*@)?(\[[^\]]*\]|[^:]*)(:.*)?$/.exec(authority) ?? [];
  const plain = `${scheme}://${host}${port === ":" ? "" : port}${path}`;
  // Without a host, `new URL()` would take the first folder for it.
  const suggestion = host === "" ? null : canonicalOf(plain, protocol);
  const remedy = suggestion === null ? {} : { suggestion };
  if (user !== "") return { problem: { kind: "credentials", ...remedy } };
  if (port === ":") return { problem: { kind: "empty-port", ...remedy } };
  if (rest !== "") return { problem: { kind: "query", mark: rest.charAt(0), ...remedy } };
  if (suggestion === null) {
    return { problem: { kind: "malformed", reason: "the host, port or path is not valid" } };
  }
  if (suggestion !== withSlash(plain)) {
    return { problem: { kind: "not-canonical", canonical: suggestion } };
  }
  const what = localHost(host);
  if (what !== null) return { problem: { kind: "local-host", host, what } };
  return { url: suggestion, rewritten: module !== null };
}

export type ParsedHttpsUrl = { readonly url: string } | { readonly reason: string };

/**
 * A URL of a single file, which may have a query: https, a host with a domain, and already in the
 * form in which it would be asked for (see `parseBaseUrl`).
 */
export function parseHttpsUrl(written: string): ParsedHttpsUrl {
  const text = written.trim();
  if (text.length > MAX_URL) return { reason: `it is longer than ${MAX_URL} characters` };
  if (!text.startsWith("https://")) return { reason: "it is not https" };
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return { reason: "it is not a URL" };
  if (url.username !== "" || url.password !== "") return { reason: "it holds a user name" };
  if (url.hash !== "") return { reason: "it holds a fragment" };
  if (url.href !== text) return { reason: `it would be asked for as ${url.href}` };
  const [host = ""] = /^(?:\[.*\]|[^:]*)/.exec(url.host) ?? [];
  if (!HOST.test(host)) return { reason: "its host is not valid" };
  const what = localHost(host);
  return what === null ? { url: text } : { reason: `its host is ${what}` };
}

/** `host::module/path`, with or without rsync:// in front, as a URL; null for anything else. */
function rsyncModule(text: string): string | null {
  const [, host, path] = /^(?:rsync:\/\/)?([^:/@\s]+)::([^:]*)$/.exec(text) ?? [];
  return host === undefined ? null : `rsync://${host}/${path?.replace(/^\/+/, "") ?? ""}`;
}

function noScheme(text: string, protocol: Protocol): UrlProblem {
  const guess = canonicalOf(`${protocol}://${text.replace(/^[a-z]*:?\/+/i, "")}`, protocol);
  return {
    kind: "malformed",
    reason: "no scheme and host",
    ...(guess !== null && HOST_WITH_DOT.test(guess) && { suggestion: guess }),
  };
}

const HOST_WITH_DOT = /^[a-z]+:\/\/[^/]*\.[^/]*\//;

/** Parsed as an http URL whatever its scheme, since only those are normalised in full. */
function canonicalOf(text: string, protocol: Protocol): string | null {
  const like = protocol === "https" ? "https" : "http";
  try {
    const { host, pathname } = new URL(text.replace(/^[a-z]+/i, like));
    const [name = ""] = /^(?:\[.*\]|[^:]*)/.exec(host) ?? [];
    if (!HOST.test(name) || !PATH.test(pathname)) return null;
    return withSlash(`${protocol}://${host}${pathname}`);
  } catch {
    return null;
  }
}

/** Host names in lower-case ASCII, IPv4 addresses, IPv6 addresses in brackets. */
const HOST =
  /^(?:(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:]+\])$/;
/** Characters that no list, page or configuration has to escape, except for "%" and "&". */
const PATH = /^\/[A-Za-z0-9._~!&()*+,;=:@%/-]*$/;

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

/** What makes a host unreachable for the public, or null. */
function localHost(host: string): string | null {
  const address = parseAddress(host.replace(/^\[(.*)\]$/, "$1"));
  if (address) {
    const special = specialPurpose(hostPrefix(address));
    return special && `an address for ${special.name} (${special.rfc})`;
  }
  if (!host.includes(".")) return "a host name without a domain";
  return /\.(?:localhost|local|internal|lan|home\.arpa|invalid)$/.test(host)
    ? "a name of a local network"
    : null;
}
