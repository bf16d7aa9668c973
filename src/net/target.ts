/**
 * URLs that may be asked. `new URL()` drops tabs and line ends without a word, reads "\" as "/" and
 * turns circled digits, octal and hexadecimal numbers into addresses: so the text must already be
 * what it makes of it.
 */
import { parseAddress } from "../ip/address.ts";
import { NetError, printable } from "./failure.ts";

export interface Target {
  readonly url: string;
  readonly protocol: "http:" | "https:";
  /** A name in lower-case ASCII, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** "https://example.org:8443" */
  readonly origin: string;
  /** The host as a header has it, with the port where it is not the protocol's own. */
  readonly authority: string;
  /** With the query. */
  readonly path: string;
}

const MAX_URL = 4096;
const VISIBLE_ASCII = /^[!-~]+$/;
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * @throws {NetError} "protocol" with what is wrong with the URL
 */
export function parseTarget(text: string): Target {
  const target = readTarget(text);
  if (typeof target !== "string") return target;
  throw new NetError("protocol", `${printable(text, 200)} cannot be asked: ${target}`);
}

/** Whether the text is a name of DNS, or an address without brackets, as a target's host is. */
export function isHost(text: string): boolean {
  return (
    parseAddress(text) !== null ||
    (HOST_NAME.test(text) && !/(?:^|\.)(?:\d+|0x[\da-f]*)$/.test(text))
  );
}

/**
 * Where an answer sends us: `location` as written, `from` the URL that gave it.
 * @throws {NetError} "redirect"
 */
export function redirectTarget(location: string, from: Target, start: Target): Target {
  const shown = printable(location.replace(/[?#].*$/s, ""), 200);
  const refuse = (why: string): never => {
    throw new NetError("redirect", `it redirects to ${shown || "nowhere"}: ${why}`);
  };
  const text = absolute(location, from);
  const target = text === null ? "that is not in canonical form" : readTarget(text);
  if (typeof target === "string") return refuse(target);
  if (start.protocol === "https:" && target.protocol === "http:") {
    return refuse("from https to http");
  }
  return target;
}

/** null for what changes when it is read as a URL, but for dot segments and the first slash. */
function absolute(location: string, from: Target): string | null {
  if (!VISIBLE_ASCII.test(location) || /[\\<>"^`{|}]/.test(location)) return null;
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return withPath(location);
  if (location.startsWith("//")) return withPath(`${from.protocol}${location}`);
  // No such text names a host; were there one after all, the origin would not be the same.
  const resolved = parseUrl(location, from.url);
  return resolved?.origin === from.origin ? resolved.href : null;
}

/** "https://example.org" as servers write it is "https://example.org/". */
function withPath(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/?#]+)(?=$|\?)/, "$1/");
}

/** The target, or what is wrong with the text. */
function readTarget(text: string): Target | string {
  if (text.length > MAX_URL) return `it is longer than ${MAX_URL} characters`;
  const url = VISIBLE_ASCII.test(text) && !text.includes("\\") ? parseUrl(text) : null;
  if (url === null) return "it is not a URL in canonical form";
  const { protocol, hostname, href } = url;
  if (protocol !== "http:" && protocol !== "https:") return "neither http nor https";
  if (url.username !== "" || url.password !== "") return "it holds a user or a password";
  if (url.hash !== "" || href.includes("#")) return "it has a part behind #";
  if (href !== text) return "it is not in canonical form";
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (!isHost(host)) return "the host is not a name of DNS";
  const port = url.port === "" ? (protocol === "http:" ? 80 : 443) : Number(url.port);
  // What listens on the others below 1024 is no web server, and must not be spoken to by ours.
  if (port < 1024 && port !== 80 && port !== 443) return `port ${port} is not one of the web`;
  const path = `${url.pathname}${href.endsWith("?") ? "?" : url.search}`;
  return { url: href, protocol, host, port, origin: url.origin, authority: url.host, path };
}

function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
