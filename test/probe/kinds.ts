/**
 * A thousand fake mirrors by kind: what each kind serves, and what has to come of every check.
 *
 * They are mirrors of a small network: two versions, one module, two architectures.
 */
import type { Carries } from "../../src/model/mirror.ts";
import type { ProbeReason } from "../../src/model/probe-reasons.ts";

/** For which check, "*" being any part; later lines overrule earlier ones; one reason or any of several. */
export type Expectation = readonly [check: string, ...reasons: readonly ProbeReason[]];

export interface FakeRequest {
  readonly secure: boolean;
  readonly family: 4 | 6;
  readonly method: string;
  /** With the slash at its front. */
  readonly path: string;
  /** Whether a range was asked for. */
  readonly range: boolean;
  /** How many requests the mirror has had, this one included. */
  readonly count: number;
}

export interface Reply {
  /** A whole answer; the connection is kept. */
  send(status: number, body?: string, headers?: readonly string[]): void;
  /** Bytes as they are. */
  write(text: string): void;
  /** Bytes as they are, again and again, as fast as they are taken or every so many milliseconds. */
  repeat(text: string, everyMs?: number): void;
  end(): void;
  reset(): void;
}

export type Serve = (request: FakeRequest, reply: Reply) => void;

export interface Kind {
  readonly kind: string;
  readonly count: number;
  /** http and https unless it says otherwise. */
  readonly offers?: "http" | "https";
  readonly kitten?: boolean;
  readonly ipv6?: boolean;
  readonly carries?: Carries;
  /** What the rsync daemon says; it has none when absent. */
  readonly greeting?: string | "refused" | "silence";
  /** Addresses, `own` being the mirror's; or why there are none. */
  readonly names?:
    | "missing"
    | "unanswered"
    | { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] | "unanswered" };
  /** Where nothing listens. */
  readonly refuses?: (at: { readonly secure: boolean; readonly family: 4 | 6 }) => boolean;
  readonly certificate?: "expired" | "wrongHost" | "selfSigned" | "none";
  /** Before anything is read from a connection: true where that was all. */
  readonly onConnect?: (reply: Reply, at: { readonly family: 4 | 6 }) => boolean;
  readonly serve: Serve;
  /** Of the http and https checks; whatever no line is for is ok. */
  readonly expected: readonly Expectation[];
}

/** The mirror's own address, in `names`. */
export const OWN = "own";
/** What the test's policy refuses; somebody listens there and counts. */
export const DECOY = "127.66.6.6";
/** Nobody listens at a port of this one, which the policy allows. */
const NOBODY = "127.10.250.250";

export const BASE = "/linux/";
export const KITTEN_BASE = "/tree/kitten/";

interface Tree {
  /** Of the timestamps, in seconds; null for none. */
  readonly age?: number | null;
  readonly kittenAge?: number | null;
  readonly lacks?: RegExp;
  readonly ranges?: boolean;
}

/** What a healthy mirror serves, but for what it says here. */
function tree({ age = 600, kittenAge = 600, lacks, ranges = true }: Tree = {}): Serve {
  return ({ method, path, range }, { send }) => {
    const fileAge = path === `${KITTEN_BASE}TIME` ? kittenAge : age;
    if (lacks?.test(path) || !isFile(path) || (path.endsWith("/TIME") && fileAge === null)) {
      return send(404, "<html>There is no such file</html>", ["Content-Type: text/html"]);
    }
    if (path.endsWith("/TIME")) return send(200, `${nowSeconds() - (fileAge ?? 0)}\n`);
    if (method === "HEAD") return send(200, "", ["Content-Length: 1073741824"]);
    if (!path.endsWith("/repomd.xml")) return send(200, "SHA256 (a) = b\n");
    if (range && ranges) return send(206, REPOMD.slice(0, 1024));
    return send(200, REPOMD);
  };
}

function isFile(path: string): boolean {
  return (
    (path.startsWith(BASE) && !path.includes("10-kitten")) ||
    (path.startsWith(KITTEN_BASE) && (path.endsWith("TIME") || path.includes("10-kitten")))
  );
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** As createrepo writes it, 4 KiB. */
const REPOMD = `<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
  <revision>1795347600</revision>
${'  <data type="primary"><timestamp>1795347600</timestamp><size>123456</size></data>\n'.repeat(50)}
</repomd>
`;

const PAGE =
  "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Please log in</body></html>";
const HTML = ["Content-Type: text/html; charset=utf-8"];

const healthy = tree();

/** The healthy one but for the timestamps. */
const withTime =
  (serveTime: Serve): Serve =>
  (request, reply) =>
    (request.path.endsWith("/TIME") ? serveTime : healthy)(request, reply);

/** The healthy one but for paths that match. */
const but =
  (path: RegExp, serve: Serve): Serve =>
  (request, reply) =>
    (path.test(request.path) ? serve : healthy)(request, reply);

/** Nothing comes of the timestamps, so nothing else is asked for. */
const allTimes = (...reasons: readonly ProbeReason[]): readonly Expectation[] => [
  ["*/ipv4", ...reasons],
  ["repo:*", "skipped"],
  ["*isos", "skipped"],
];

const HTTP_ONLY_FAILS = (...reasons: readonly ProbeReason[]): readonly Expectation[] => [
  ["http/ipv4", ...reasons],
];

const HTTPS_ONLY_FAILS = (...reasons: readonly ProbeReason[]): readonly Expectation[] => [
  ["https/ipv4", ...reasons],
];

const KITTEN_ONLY = (reason: ProbeReason): readonly Expectation[] => [
  ["kitten:http/ipv4", reason],
  ["kitten:https/ipv4", reason],
];

const RSYNC = "@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n";

const FAULTS: readonly Kind[] = [
  // The slowest one first, or all would have to wait for it in the end.
  {
    kind: "rsync silent",
    count: 3,
    greeting: "silence",
    serve: healthy,
    expected: [["rsync", "timeout"]],
  },
  // Connections
  { kind: "refused", count: 8, refuses: () => true, serve: healthy, expected: allTimes("down") },
  {
    kind: "reset at connect",
    count: 8,
    onConnect: ({ reset }) => reset() ?? true,
    serve: healthy,
    expected: allTimes("down"),
  },
  {
    kind: "closed at connect",
    count: 6,
    onConnect: ({ end }) => end() ?? true,
    serve: healthy,
    expected: allTimes("down"),
  },
  {
    kind: "reset in the middle of the body",
    count: 8,
    serve: (_, { write, reset }) => {
      write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n1795");
      setTimeout(reset, 20);
    },
    expected: allTimes("down"),
  },
  {
    kind: "closed in the middle of the body",
    count: 8,
    serve: (_, { write, end }) => {
      write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n1795");
      end();
    },
    expected: allTimes("down"),
  },
  {
    kind: "reset now and then",
    count: 8,
    serve: (request, reply) => (request.count % 7 === 1 ? reply.reset() : healthy(request, reply)),
    expected: [],
  },
  { kind: "hang before the headers", count: 6, serve: () => {}, expected: allTimes("timeout") },
  {
    kind: "hang at connect",
    count: 4,
    onConnect: () => true,
    serve: healthy,
    expected: allTimes("timeout"),
  },
  {
    kind: "hang in the middle of the body",
    count: 6,
    serve: (_, { write }) => write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n1795"),
    expected: allTimes("timeout"),
  },
  {
    kind: "slow drip of a body",
    count: 4,
    serve: (_, { write, repeat }) => {
      write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      repeat("1", 100);
    },
    expected: allTimes("timeout"),
  },
  {
    kind: "slow drip of headers",
    count: 4,
    serve: (_, { write, repeat }) => {
      write("HTTP/1.1 200 OK\r\n");
      repeat("X-A: b\r\n", 100);
    },
    expected: allTimes("timeout"),
  },
  // Answers
  {
    kind: "endless headers",
    count: 6,
    serve: (_, { write, repeat }) => {
      write("HTTP/1.1 200 OK\r\n");
      repeat(`X-Filler: ${"a".repeat(500)}\r\n`);
    },
    expected: allTimes("too-large"),
  },
  {
    kind: "endless body",
    count: 6,
    serve: withTime((_, { write, repeat }) => {
      write("HTTP/1.1 200 OK\r\n\r\n");
      repeat("1234567890".repeat(100));
    }),
    expected: allTimes("too-large"),
  },
  {
    kind: "endless repomd.xml",
    count: 6,
    serve: but(/repomd/, (_, { write, repeat }) => {
      write("HTTP/1.1 200 OK\r\n\r\n");
      repeat("<metadata>of something else</metadata>".repeat(20));
    }),
    expected: [["repo:*", "wrong-content"]],
  },
  {
    kind: "gzip bomb",
    count: 8,
    serve: (_, { send }) => send(200, "\x1f\x8b\x08".repeat(300), ["Content-Encoding: gzip"]),
    expected: allTimes("encoding"),
  },
  {
    kind: "HTTP/0.9 garbage",
    count: 8,
    serve: (_, { write, end }) => {
      write("<html>It works!</html>");
      end();
    },
    expected: allTimes("protocol"),
  },
  {
    kind: "two lengths",
    count: 6,
    serve: (_, { write }) =>
      write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\nContent-Length: 12\r\n\r\n1795347600\n"),
    expected: allTimes("protocol"),
  },
  {
    kind: "garbage in place of chunks",
    count: 6,
    serve: (_, { write }) =>
      write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n1795"),
    expected: allTimes("protocol"),
  },
  {
    kind: "500 for everything",
    count: 8,
    serve: (_, { send }) => send(500, "out of order"),
    expected: allTimes("http-status"),
  },
  {
    kind: "500 now and then",
    count: 8,
    serve: (request, reply) =>
      request.count % 9 === 2 ? reply.send(500, "sorry") : healthy(request, reply),
    expected: [],
  },
  {
    kind: "500 for repositories",
    count: 4,
    serve: but(/repomd/, (_, { send }) => send(500, "out of order")),
    expected: [["repo:*", "http-status"]],
  },
  {
    kind: "403 for everything",
    count: 6,
    serve: (_, { send }) => send(403, PAGE, HTML),
    expected: allTimes("http-status"),
  },
  {
    kind: "503 with a long Retry-After",
    count: 8,
    serve: (_, { send }) => send(503, "maintenance", ["Retry-After: 3600"]),
    expected: allTimes("http-status"),
  },
  {
    kind: "429 with a short Retry-After",
    count: 8,
    serve: (request, reply) =>
      request.count === 4 ? reply.send(429, "slowly", ["Retry-After: 1"]) : healthy(request, reply),
    expected: [],
  },
  {
    kind: "429 from the tenth request",
    count: 8,
    serve: (request, reply) =>
      request.count >= 10 ? reply.send(429, "no more") : healthy(request, reply),
    expected: [
      ["repo:*", "ok", "skipped"],
      ["isos", "skipped"],
    ],
  },
  {
    kind: "shuts us out from the tenth request",
    count: 6,
    serve: (request, reply) => (request.count >= 10 ? reply.reset() : healthy(request, reply)),
    kitten: true,
    expected: [
      ["repo:*", "ok", "skipped"],
      ["*isos", "skipped"],
      ["kitten:*/ipv4", "skipped"],
    ],
  },
  // Redirects
  {
    kind: "redirect loop",
    count: 8,
    serve: ({ path }, { send }) => send(302, "", [`Location: ${path}?`]),
    expected: allTimes("redirect"),
  },
  {
    kind: "too many redirects",
    count: 8,
    serve: ({ path }, { send }) => send(301, "", [`Location: ${path}x`]),
    expected: allTimes("redirect"),
  },
  {
    kind: "three redirects",
    count: 8,
    serve: (request, reply) => {
      const hops = /^\/(\d)(\/.*)$/.exec(request.path);
      const hop = Number(hops?.[1] ?? 0);
      if (hop === 3) return healthy({ ...request, path: hops?.[2] ?? "" }, reply);
      reply.send(302, "", [`Location: /${hop + 1}${hops?.[2] ?? request.path}`]);
    },
    expected: [],
  },
  {
    kind: "redirect to a private address",
    count: 8,
    serve: ({ path }, { send }) => send(302, "", [`Location: https://${DECOY}:DECOY_PORT${path}`]),
    expected: allTimes("redirect"),
  },
  {
    kind: "redirect to a name with a private address",
    count: 8,
    serve: ({ path }, { send }) =>
      send(302, "", [`Location: https://decoy.fake.test:DECOY_PORT${path}`]),
    expected: allTimes("redirect"),
  },
  {
    kind: "redirect to a private address in IPv6's clothes",
    count: 6,
    serve: ({ path }, { send }) =>
      send(302, "", [`Location: https://[::ffff:7f42:606]:DECOY_PORT${path}`]),
    expected: allTimes("redirect"),
  },
  {
    kind: "redirect to a name that does not exist",
    count: 6,
    serve: ({ path }, { send }) => send(302, "", [`Location: https://nobody.fake.test${path}`]),
    expected: allTimes("redirect"),
  },
  {
    kind: "redirect written in tricky ways",
    count: 6,
    serve: ({ path, count }, { send }) => {
      const hosts = ["0x7f420606", "①27.66.6.6", "127.66.1542", "a@127.66.6.6", "127.66.6.6\\"];
      send(302, "", [`Location: https://${hosts[count % hosts.length]}:DECOY_PORT${path}`]);
    },
    expected: allTimes("redirect"),
  },
  {
    kind: "redirect from https to http",
    count: 8,
    serve: (request, reply) =>
      request.secure
        ? reply.send(301, "", [`Location: http://OWN_HOST:OWN_HTTP_PORT${request.path}`])
        : healthy(request, reply),
    expected: HTTPS_ONLY_FAILS("redirect"),
  },
  {
    kind: "redirect from http to https",
    count: 8,
    serve: (request, reply) =>
      request.secure
        ? healthy(request, reply)
        : reply.send(301, "", [`Location: https://OWN_HOST:OWN_HTTPS_PORT${request.path}`]),
    expected: [],
  },
  // Content
  {
    kind: "login page for everything",
    count: 8,
    serve: (_, { send }) => send(200, PAGE, HTML),
    expected: allTimes("wrong-content"),
  },
  {
    kind: "a page for repomd.xml",
    count: 8,
    serve: but(/repomd/, (_, { send }) => send(200, PAGE, HTML)),
    expected: [["repo:*", "wrong-content"]],
  },
  {
    kind: "empty repomd.xml",
    count: 6,
    serve: but(/repomd/, ({ range }, { send }) => send(range ? 416 : 200)),
    expected: [["repo:*", "wrong-content"]],
  },
  { kind: "stale", count: 10, serve: tree({ age: 13 * 3600 }), expected: [["*/ipv4", "stale"]] },
  { kind: "future", count: 8, serve: tree({ age: -7200 }), expected: [["*/ipv4", "future"]] },
  {
    kind: "garbled TIME",
    count: 8,
    serve: withTime((_, { send }) => send(200, "1795347\u001b[31m600 or so\n")),
    expected: [["*/ipv4", "bad-time"]],
  },
  {
    kind: "empty TIME",
    count: 8,
    serve: withTime((_, { send }) => send(200)),
    expected: [["*/ipv4", "bad-time"]],
  },
  {
    kind: "no TIME",
    count: 8,
    serve: tree({ age: null }),
    expected: [["*/ipv4", "missing-time"]],
  },
  {
    kind: "nothing at all",
    count: 6,
    serve: (_, { send }) => send(404, PAGE, HTML),
    expected: [
      ["*/ipv4", "missing-time"],
      ["repo:*", "missing-version"],
      ["isos", "missing-isos"],
    ],
  },
  {
    kind: "no repository",
    count: 8,
    serve: tree({ lacks: /9\.8\/CRB\/x86_64\// }),
    expected: [["repo:9.8/crb/x86_64", "missing-repo"]],
  },
  {
    kind: "no architecture",
    count: 8,
    serve: tree({ lacks: /9\.8\/(?!isos)[^/]+\/aarch64\// }),
    expected: [["repo:9.8/*/aarch64", "missing-arch"]],
  },
  {
    kind: "no version",
    count: 8,
    serve: tree({ lacks: /8\.10\/(?!isos)/ }),
    expected: [["repo:8.10/*", "missing-version"]],
  },
  {
    kind: "incomplete images",
    count: 8,
    serve: tree({ lacks: /9\.8\/isos\/aarch64\/.*dvd/ }),
    expected: [["isos", "missing-isos"]],
  },
  {
    kind: "a page for images",
    count: 6,
    serve: but(/isos/, ({ method }, { send }) =>
      send(200, method === "HEAD" ? "" : PAGE, method === "HEAD" ? HTML : HTML),
    ),
    expected: [["isos", "wrong-content"]],
  },
  {
    kind: "knows no HEAD",
    count: 8,
    serve: (request, reply) =>
      request.method === "HEAD" ? reply.send(405) : healthy(request, reply),
    expected: [],
  },
  // The module
  {
    kind: "kitten stale",
    count: 8,
    kitten: true,
    serve: tree({ kittenAge: 20 * 3600 }),
    expected: KITTEN_ONLY("stale"),
  },
  {
    kind: "no kitten",
    count: 8,
    kitten: true,
    serve: tree({ lacks: /kitten/ }),
    expected: [
      ...KITTEN_ONLY("missing-time"),
      ["repo:10-kitten/*", "missing-version"],
      ["kitten:isos", "missing-isos"],
    ],
  },
  {
    kind: "kitten of x86_64 alone",
    count: 6,
    kitten: true,
    serve: tree({ lacks: /10-kitten\/(?!isos)[^/]+\/aarch64/ }),
    expected: [["repo:10-kitten/*/aarch64", "missing-arch"]],
  },
  {
    kind: "everything but kitten stale",
    count: 6,
    kitten: true,
    serve: tree({ age: 20 * 3600 }),
    expected: [
      ["http/ipv4", "stale"],
      ["https/ipv4", "stale"],
    ],
  },
  // Certificates
  {
    kind: "expired certificate",
    count: 8,
    certificate: "expired",
    serve: healthy,
    expected: HTTPS_ONLY_FAILS("tls"),
  },
  {
    kind: "certificate of another host",
    count: 8,
    certificate: "wrongHost",
    serve: healthy,
    expected: HTTPS_ONLY_FAILS("tls"),
  },
  {
    kind: "self-signed certificate",
    count: 8,
    certificate: "selfSigned",
    serve: healthy,
    expected: HTTPS_ONLY_FAILS("tls"),
  },
  {
    kind: "no TLS at the port of https",
    count: 8,
    certificate: "none",
    serve: healthy,
    expected: HTTPS_ONLY_FAILS("tls"),
  },
  {
    kind: "https refused",
    count: 8,
    refuses: ({ secure }) => secure,
    serve: healthy,
    expected: HTTPS_ONLY_FAILS("down"),
  },
  {
    kind: "http refused",
    count: 8,
    refuses: ({ secure }) => !secure,
    serve: healthy,
    expected: HTTP_ONLY_FAILS("down"),
  },
  {
    kind: "expired certificate and nothing else",
    count: 6,
    offers: "https",
    certificate: "expired",
    serve: healthy,
    expected: allTimes("tls"),
  },
  // Families
  {
    kind: "IPv6 refused",
    count: 8,
    ipv6: true,
    refuses: ({ family }) => family === 6,
    serve: healthy,
    expected: [["*/ipv6", "down"]],
  },
  {
    kind: "IPv6 hangs",
    count: 2,
    ipv6: true,
    onConnect: (_, { family }) => family === 6,
    serve: healthy,
    expected: [["*/ipv6", "timeout"]],
  },
  {
    kind: "stale over IPv6",
    count: 6,
    ipv6: true,
    serve: (request, reply) =>
      (request.family === 6 ? tree({ age: 86_400 }) : healthy)(request, reply),
    expected: [["*/ipv6", "stale"]],
  },
  {
    kind: "IPv6 alone",
    count: 6,
    names: { ipv4: [], ipv6: ["::1"] },
    ipv6: true,
    serve: healthy,
    expected: [["*/ipv4", "no-address"]],
  },
  {
    kind: "private IPv6 address",
    count: 6,
    // Of loopback as well: even where the policy fails, nothing leaves this machine.
    names: { ipv4: [OWN], ipv6: [`::ffff:${DECOY}`] },
    ipv6: true,
    serve: healthy,
    expected: [["*/ipv6", "refused-address"]],
  },
  {
    kind: "IPv6 that cannot be looked up",
    count: 6,
    names: { ipv4: [OWN], ipv6: "unanswered" },
    ipv6: true,
    serve: healthy,
    expected: [["*/ipv6", "unanswered"]],
  },
  // Names
  {
    kind: "NXDOMAIN",
    count: 8,
    names: "missing",
    serve: healthy,
    expected: [["dns", "dns"], ...allTimes("dns")],
  },
  {
    kind: "SERVFAIL",
    count: 8,
    names: "unanswered",
    ipv6: true,
    serve: healthy,
    expected: [["dns", "unanswered"], ["*/ipv6", "unanswered"], ...allTimes("unanswered")],
  },
  {
    kind: "no address at all",
    count: 6,
    names: { ipv4: [], ipv6: [] },
    serve: healthy,
    expected: [["dns", "no-address"], ...allTimes("no-address")],
  },
  {
    kind: "private address",
    count: 8,
    names: { ipv4: [DECOY], ipv6: [] },
    serve: healthy,
    expected: allTimes("refused-address"),
  },
  {
    kind: "public and private addresses",
    count: 8,
    names: { ipv4: [OWN, DECOY], ipv6: [] },
    serve: healthy,
    expected: allTimes("refused-address"),
  },
  {
    kind: "one of two addresses dead",
    count: 8,
    names: { ipv4: [NOBODY, OWN], ipv6: [] },
    serve: healthy,
    expected: [],
  },
  // rsync
  {
    kind: "rsync garbage",
    count: 8,
    greeting: "SSH-2.0-OpenSSH_9.2p1\n",
    serve: healthy,
    expected: [["rsync", "protocol"]],
  },
  {
    kind: "rsync refused",
    count: 8,
    greeting: "refused",
    serve: healthy,
    expected: [["rsync", "down"]],
  },
  {
    kind: "rsync endless",
    count: 4,
    greeting: "@RSYNCD: ".repeat(1000),
    serve: healthy,
    expected: [["rsync", "too-large"]],
  },
];

const FINE: readonly Kind[] = [
  { kind: "whole, with rsync", count: 100, greeting: RSYNC, serve: healthy, expected: [] },
  { kind: "whole, with kitten", count: 60, kitten: true, serve: healthy, expected: [] },
  { kind: "whole, IPv6 too", count: 60, ipv6: true, serve: healthy, expected: [] },
  { kind: "whole, http alone", count: 60, offers: "http", serve: healthy, expected: [] },
  { kind: "whole, https alone", count: 40, offers: "https", serve: healthy, expected: [] },
  { kind: "whole, without ranges", count: 40, serve: tree({ ranges: false }), expected: [] },
  {
    kind: "partial, and says so",
    count: 20,
    carries: { versions: ["9"], architectures: ["x86_64"], isos: false },
    serve: tree({ lacks: /8\.10|aarch64|isos/ }),
    expected: [],
  },
];

/** A thousand in all: the rest are whole and plain. */
export const KINDS: readonly Kind[] = withRest(1000, [...FAULTS, ...FINE]);

export const FAULT_KINDS = FAULTS.filter(({ expected }) => expected.length > 0).length;

function withRest(total: number, kinds: readonly Kind[]): readonly Kind[] {
  const count = total - kinds.reduce((sum, kind) => sum + kind.count, 0);
  return [...kinds, { kind: "whole", count, serve: healthy, expected: [] }];
}
