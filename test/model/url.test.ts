import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Protocol, parseBaseUrl } from "../../src/model/url.ts";

const kind = (text: string, protocol: Protocol = "http"): string => {
  const parsed = parseBaseUrl(text, protocol);
  return "url" in parsed ? parsed.url : parsed.problem.kind;
};

test.each<[string, string, Protocol?]>([
  ["http://m.example", "http://m.example/"],
  ["http://m.example/a", "http://m.example/a/"],
  ["http://m.example/a/", "http://m.example/a/"],
  [" http://m.example/ ", "http://m.example/"],
  ["http://m.example:8080/a~b/%20/", "http://m.example:8080/a~b/%20/"],
  ["http://8.8.8.8/", "http://8.8.8.8/"],
  ["http://[2606:4700::1]/", "http://[2606:4700::1]/"],
  ["https://m.example/", "https://m.example/", "https"],
  ["rsync://m.example/module", "rsync://m.example/module/", "rsync"],
  ["rsync://m.example:8873/module/", "rsync://m.example:8873/module/", "rsync"],
  ["m.example::module", "rsync://m.example/module/", "rsync"],
  ["m.example::module/sub/", "rsync://m.example/module/sub/", "rsync"],
  ["rsync://m.example::module", "rsync://m.example/module/", "rsync"],
  ["ftp://m.example/pub/", "ftp://m.example/pub/", "ftp"],
])("parseBaseUrl: %j is %s", (text, url, protocol) => {
  expect(kind(text, protocol)).toBe(url);
});

/** Raw texts that `new URL()` would read as something else, or that clients must not be sent. */
test.each<[string, string, string]>([
  ["not-canonical", "an upper-case host", "http://M.example/"],
  ["not-canonical", "the default port", "http://m.example:80/"],
  ["not-canonical", "a way up", "http://m.example/a/../b/"],
  ["not-canonical", "an encoded way up", "http://m.example/a/%2e%2e/b/"],
  ["not-canonical", "a tab in the host", "http://m.exa\tmple/"],
  ["not-canonical", "a line end in the path", "http://m.example/a\r\nb/"],
  ["not-canonical", "a space in the path", "http://m.example/a b/"],
  ["not-canonical", "a backslash", "http://m.example\\evil.example/"],
  ["not-canonical", "circled digits", "http://①②⑦.⓪.⓪.①/"],
  ["not-canonical", "an address as one number", "http://2130706433/"],
  ["not-canonical", "an address in hexadecimal", "http://0x7f.1/"],
  ["not-canonical", "a name that is not ASCII", "http://bücher.example/"],
  ["not-canonical", "a template's braces", "http://m.example/{path}/"],
  ["malformed", "a variable", "http://m.example/$arg_x/"],
  ["malformed", "a quote in the host", 'http://m".example/'],
  ["malformed", "a port too high", "http://m.example:65536/"],
  ["malformed", "no host", "http:///a/"],
  ["malformed", "no scheme", "//m.example/"],
  ["malformed", "a bare host", "m.example"],
  ["malformed", "nothing", ""],
  ["malformed", "two colons", "http://m.example::alma/"],
  ["malformed", "more than 512 characters", `http://m.example/${"a".repeat(500)}/`],
  ["credentials", "a user", "http://me@m.example/"],
  ["credentials", "a user and a password", "http://me:secret@m.example/"],
  ["empty-port", "a colon without a port", "http://m.example:/"],
  ["query", "a query", "http://m.example/?a"],
  ["query", "a fragment", "http://m.example/#a"],
  ["query", "an empty query", "http://m.example/?"],
  ["scheme", "another scheme", "javascript://m.example/"],
  ["local-host", "loopback", "http://127.0.0.1/"],
  ["local-host", "a metadata service", "http://169.254.169.254/"],
  ["local-host", "a private network", "http://10.1.2.3/"],
  ["local-host", "IPv6 loopback", "http://[::1]/"],
  ["local-host", "an embedded private address", "http://[::ffff:a00:1]/"],
  ["local-host", "NAT64 of loopback", "http://[64:ff9b::7f00:1]/"],
  ["local-host", "a name without a domain", "http://localhost/"],
  ["local-host", "a local name", "http://mirror.local/"],
])("parseBaseUrl: %s for %s", (expected, _, text) => {
  expect(kind(text)).toBe(expected);
});

describe("parseBaseUrl: the remedy", () => {
  test.each<[string, string | undefined, Protocol?]>([
    ["http://me@m.example:/a", "http://m.example/a/"],
    ["http://m.example/a?b=c", "http://m.example/a/"],
    ["m.example/almalinux", "http://m.example/almalinux/"],
    ["http:/m.example/almalinux", "http://m.example/almalinux/"],
    ["nonsense", undefined],
  ])("of %j is %s", (text, suggestion, protocol = "http") => {
    const parsed = parseBaseUrl(text, protocol);
    const problem = "problem" in parsed ? parsed.problem : undefined;
    expect(problem && "suggestion" in problem ? problem.suggestion : undefined).toBe(suggestion);
  });

  test("and the canonical form that is suggested is itself accepted", () => {
    for (const text of ["http://M.example/a b", "http://m.example:80", "http://bücher.example/"]) {
      const parsed = parseBaseUrl(text, "http");
      const problem = "problem" in parsed ? parsed.problem : undefined;
      const canonical = problem?.kind === "not-canonical" ? problem.canonical : "";
      expect(kind(canonical)).toBe(canonical);
    }
  });
});

test("parseBaseUrl: what it accepts, new URL() reads as the same, and it accepts that again", () => {
  const part = fc.constantFrom(
    "a",
    "A",
    "m.example",
    ".",
    "..",
    "/",
    ":",
    "80",
    "@",
    "%2e",
    "é",
    "[",
    "]",
    "?",
    "\t",
    "\\",
    "①",
    "-",
    "::",
    "{",
    "$",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = `http://${parts.join("")}`;
      const parsed = parseBaseUrl(text, "http");
      if (!("url" in parsed)) return;
      expect(new URL(parsed.url).href).toBe(parsed.url);
      const trimmed = text.trim();
      expect([trimmed, `${trimmed}/`]).toContain(parsed.url);
      expect(parseBaseUrl(parsed.url, "http")).toEqual(parsed);
    }),
    { numRuns: 3000 },
  );
});
