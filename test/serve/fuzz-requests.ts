/** Seeded requests: good ones, nearly good ones, and what no client in its right mind sends. */

import type { RawRequest } from "./pipeline.ts";
import { CONFIG } from "./small-network.ts";

/** Stands in what is sent, so that an answer with it is an echo. */
export const ECHO = "eCh0";

/** The same seed gives the same request, whatever is asked besides. */
export function fuzzRequest(random: () => number): RawRequest {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const often = (share: number) => random() < share;
  let isAlone = false;

  const method = often(0.9) ? "GET" : pick(METHODS);
  let target = targetOf();
  for (let changes = often(0.7) ? 0 : Math.ceil(random() * 3); changes > 0; changes--) {
    target = changed(target);
  }
  if (often(0.005))
    target += pick(["x", "%41", "/", "../", "?", "&country="]).repeat(3000 + random() * 9000);
  if (target.length > 6000) isAlone = true;
  const version = often(0.98) ? "HTTP/1.1" : pick(VERSIONS);
  if (version !== "HTTP/1.1") isAlone = true;
  const headers = often(0.99) ? [`Host: ${often(0.95) ? "localhost" : pick(HOSTS)}`] : [];
  while (often(0.3)) headers.push(headerOf());
  if (often(0.01)) {
    isAlone = true;
    headers.push(pick(FRAMING));
  }
  // A line feed in a request ends its line, and what nginx makes of the rest is its own affair.
  if (/[\r\n]/.test(target) || method !== method.trim() || headers.some(isOdd)) isAlone = true;
  const connection = isAlone ? ["Connection: close"] : [];
  const lines = [`${method} ${target} ${version}`, ...headers, ...connection];
  return { text: `${lines.join("\r\n")}\r\n\r\n`, ...(isAlone && { alone: true }) };

  function targetOf(): string {
    const kind = pick(["mirrorlist", "mirrorlist", "isolist"] as const);
    const name = pick(often(0.9) ? GOOD_NAMES[kind] : BAD_NAMES);
    const version = pick(often(0.9) ? GOOD_VERSIONS : BAD_VERSIONS);
    const path = often(0.75) ? `/${kind}/${version}/${name}` : pick(PATHS);
    const query: string[] = [];
    while (often(0.55)) query.push(parameterOf());
    return query.length === 0 ? path : `${path}?${query.join(pick(["&", "&", "&", ";", "&&"]))}`;
  }

  function parameterOf(): string {
    const name = pick(PARAMETERS);
    if (often(0.05)) return name;
    const value = often(0.15) ? pick(BAD_VALUES) : pick(goodValues(name));
    return `${name}=${often(0.05) ? encoded(value) : value}`;
  }

  function changed(text: string): string {
    const at = Math.floor(random() * (text.length + 1));
    const [before, after] = [text.slice(0, at), text.slice(at)];
    switch (Math.floor(random() * 9)) {
      case 0:
        return before + pick(BYTES) + after;
      case 1:
        return before + after.slice(1);
      case 2:
        return before + encoded(after.slice(0, 1)) + after.slice(1);
      case 3:
        return before + pick(PIECES) + after;
      case 4:
        return before + after.slice(0, 12).toUpperCase() + after.slice(12);
      case 5:
        return before + String.fromCharCode(0x80 + Math.floor(random() * 0x80)) + after;
      case 6:
        return text + pick(PIECES);
      case 7:
        return pick(["http://localhost", "http://[::1]:80", "//", "*", ""]) + text;
      default:
        return before + after.slice(0, 9).repeat(2) + after.slice(9);
    }
  }

  function encoded(text: string): string {
    const once = [...text]
      .map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}`)
      .join("");
    return often(0.2) ? once.replaceAll("%", "%25") : once;
  }

  function headerOf(): string {
    const [name, values] = pick(HEADERS);
    return `${name}: ${pick(values)}`;
  }
}

/** Anything that could make of one request two. */
function isOdd(header: string): boolean {
  return /^(?:content-length|transfer-encoding|expect|upgrade|connection):/i.test(header);
}

const METHODS = [
  "HEAD",
  "HEAD",
  "POST",
  "PUT",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "get",
  "G\u0001T",
  "PROPFIND",
  "GET ",
  ECHO,
];
const VERSIONS = [
  "HTTP/1.0",
  "HTTP/0.9",
  "HTTP/1.2",
  "HTTP/2.0",
  "HTTP/3",
  "HTTP/9.9",
  "HTTX/1.1",
  "",
  "http/1.1",
  "HTTP/1.1\u0000",
];
const HOSTS = ["x:99999", "[::1]", "a b", "..", `${ECHO}.example`, "x".repeat(300), ""];

const GOOD_VERSIONS = [...CONFIG.versions, ...CONFIG.vaultVersions, "10-kitten", "9.99", "8.x"];
const BAD_VERSIONS = ["7", "8.", "..", ".", "default", ECHO, "$mp_generation", "%38"];
const GOOD_NAMES = {
  mirrorlist: ["baseos", "baseos", ...CONFIG.repos.map(({ name }) => name)],
  isolist: ["x86_64", "aarch64"],
};
const BAD_NAMES = ["s390x", "isos", "isos%2f", "vault", "default", "..%2f..%2fmanifest.json", ECHO];
const PATHS = [
  "/",
  "/whoami",
  "/nearest",
  "/mirrors.json",
  "/debug/json/ip_info",
  "/debug/json/nearest_mirrors",
  "/debug/json/all_mirrors",
  "/kitten",
  "/isos",
  "/isos.html",
  "/isos/x86_64/8",
  "/isos/aarch64/9.8.html",
  "/kitten/isos/x86_64/10-kitten",
  "/../isos/x86_64/8",
  "/site/style.css",
  "/site/nearest.js",
  "/site/../manifest.json",
  "/manifest.json",
  "/routes.mmdb",
  "/nginx/server.conf",
  "/lists/",
  "/near/",
  "/mirrorlist/",
  "/mirrorpress/all-lists",
  "/mirrorpress/refused",
  `/${ECHO}`,
  "/favicon.ico",
  "/%00",
];
const PARAMETERS = [
  "protocol",
  "country",
  "arch",
  "protocol",
  "country",
  "arch",
  "ip",
  "PROTOCOL",
  "Country",
  "",
  "path",
  "arch[]",
  ECHO,
];
const GOOD_VALUES: Readonly<Record<string, readonly string[]>> = {
  protocol: ["http", "https", ""],
  country: ["DE", "fr", "JP", ""],
  arch: ["x86_64", "aarch64", ""],
};

function goodValues(parameter: string): readonly string[] {
  return GOOD_VALUES[parameter.toLowerCase()] ?? ["1"];
}

const BAD_VALUES = [
  "../manifest.json",
  "../nginx/http.conf",
  "../../../../../../etc/passwd",
  "..%2f..%2fmanifest.json",
  "%2e%2e/manifest.json",
  "../site/index.html",
  "/etc/passwd",
  "%00",
  "\u0000",
  "%0d%0aSet-Cookie:%20x",
  "DE%00",
  "DE/",
  " DE",
  "XX",
  "DEU",
  "\u00c3\u00a9\u00c3",
  ECHO,
  `"${ECHO}`,
  "'",
  "{path}",
  "$mp_generation",
  "$basearch",
  "default",
  "include",
  "~^.*",
  "*",
  "x86_64,aarch64",
  "x".repeat(2000),
];
const PIECES = [
  "/",
  "//",
  "/./",
  "/../",
  "..",
  "%2e%2e%2f",
  "%",
  "%2",
  "%zz",
  "%25",
  "%00",
  "%0a",
  "%0d%0a",
  "?",
  "#",
  "&",
  ";",
  "\\",
  "+",
  "~",
  ".html",
  ECHO,
  "/".repeat(50),
  "/..".repeat(8),
];
const BYTES = [
  "\u0000",
  "\u0001",
  "\t",
  "\u007f",
  " ",
  '"',
  "<",
  "\u00ff",
  "\n",
  "\r",
  "\r\n",
  "|",
  "`",
  "^",
];
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  [
    "X-Forwarded-For",
    [
      "192.0.2.1",
      "198.51.100.1",
      "2001:db8::1",
      "8.8.8.8",
      "::ffff:192.0.2.9",
      "999.1.1.1",
      ECHO,
      "",
      ",,",
      "192.0.2.1, 127.0.0.1",
      '"',
      "1.2.3.4:80",
      "[2001:db8::1]:80",
      "unix:",
      "192.0.2.1\t",
      "9".repeat(500),
    ],
  ],
  ["If-None-Match", ["*"]],
  [
    "If-None-Match",
    [
      "*",
      '"x"',
      'W/"x"',
      "",
      '"',
      'W/"vault-0/8.3/BaseOS/$basearch/os/"',
      `"${ECHO}"`,
      '"a", '.repeat(1500),
    ],
  ],
  ["If-Modified-Since", ["Sun, 22 Nov 2099 11:40:00 GMT", "x", "0"]],
  ["If-Match", ["*", '"x"']],
  ["If-Unmodified-Since", ["Sun, 22 Nov 1999 11:40:00 GMT"]],
  [
    "Range",
    ["bytes=0-0", "bytes=-1", "bytes=5-", "bytes=9999999-", "bytes=0-1,3-4", "x", "bytes=0-,0-,0-"],
  ],
  ["If-Range", ['"x"']],
  ["Accept-Encoding", ["gzip", "gzip;q=0", "br, gzip", "*", "identity", "x"]],
  ["Accept", ["*/*", "text/html", ECHO]],
  ["Cookie", ["a=b", "x".repeat(3000)]],
  ["X-Accel-Redirect", ["/mirrorpress/all-lists", "/nginx/http.conf"]],
  ["X-Original-URL", ["/manifest.json"]],
  ["Expect", ["100-continue", "x"]],
  ["Upgrade", ["h2c", "websocket"]],
  ["Connection", ["close", "keep-alive", "upgrade", "Host"]],
  [ECHO, ["x"]],
  ["Bad Name", ["x"]],
  ["X-Control", ["a\u0001b", "\u0000", "\u00ff"]],
];
const FRAMING = [
  "Content-Length: 0",
  "Content-Length: 5\r\nX: y",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Content-Length: 0\r\nContent-Length: 1",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: other",
  "Transfer-Encoding: chunked\r\nContent-Length: 3",
  "Expect: 100-continue\r\nContent-Length: 1",
  " folded: x",
  ": x",
  "Host: another",
];
