import { describe, expect, it } from "vitest";
import { NetError } from "../../src/net/failure.ts";
import { isHost, parseTarget, redirectTarget } from "../../src/net/target.ts";

function failureOf(call: () => unknown): string {
  try {
    return `none: ${JSON.stringify(call())}`;
  } catch (error) {
    return error instanceof NetError ? error.failure : String(error);
  }
}

describe("parseTarget", () => {
  it("takes a URL in canonical form apart", () => {
    expect(parseTarget("https://mirror.example.org:8443/a/b?c=d")).toEqual({
      url: "https://mirror.example.org:8443/a/b?c=d",
      protocol: "https:",
      host: "mirror.example.org",
      port: 8443,
      origin: "https://mirror.example.org:8443",
      authority: "mirror.example.org:8443",
      path: "/a/b?c=d",
    });
    expect(parseTarget("http://[2a00::1]/")).toMatchObject({ host: "2a00::1", port: 80 });
    expect(parseTarget("http://a.b/?")).toMatchObject({ path: "/?" });
  });

  it.each([
    "mirror.example.org/",
    "ftp://mirror.example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://mirror.example.org",
    "HTTP://mirror.example.org/",
    "http://Mirror.example.org/",
    "http://mirror.example.org:80/",
    "https://mirror.example.org:443/",
    "http://mirror.example.org:/",
    "http://mirror.example.org./",
    "http://mirror..example.org/",
    "http://-mirror.example.org/",
    `http://${"a".repeat(64)}.org/`,
    `http://${"a.".repeat(127)}org/`,
    "http://mirror.example.org/a/../b",
    "http://mirror.example.org/a#b",
    "http://mirror.example.org/#",
    "http://user@mirror.example.org/",
    "http://user:pass@mirror.example.org/",
    "http://:@mirror.example.org/",
    "http://mirror.example.org\\@evil.example/",
    "http:\\\\mirror.example.org/",
    "http:/mirror.example.org/",
    "http:///mirror.example.org/",
    " http://mirror.example.org/",
    "http://mirror.example.org/ ",
    "http://mir\tror.example.org/",
    "http://mirror.example.org/a\r\nHost: evil",
    "http://mirror.example.org/a\u0000b",
    "http://mirror.example.org/ä",
    "http://bücher.example/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://127.0.0.1.:80/",
    "http://%31%32%37.0.0.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::1%25lo]/",
    "http://[fe80::1%eth0]/",
    "http://mirror.example.org:22/",
    "http://mirror.example.org:25/",
    "https://mirror.example.org:873/",
    "http://mirror.example.org:65536/",
    `http://mirror.example.org/${"a".repeat(5000)}`,
  ])("refuses %j", (url) => {
    expect(failureOf(() => parseTarget(url))).toBe("protocol");
  });
});

describe("redirectTarget", () => {
  const from = parseTarget("https://mirror.example.org/pub/file?x");
  const to = (location: string) => redirectTarget(location, from, from).url;

  it.each([
    ["https://other.example/a", "https://other.example/a"],
    ["https://other.example", "https://other.example/"],
    ["https://other.example?a", "https://other.example/?a"],
    ["//other.example/a", "https://other.example/a"],
    ["//other.example", "https://other.example/"],
    ["/a/b?c", "https://mirror.example.org/a/b?c"],
    ["b", "https://mirror.example.org/pub/b"],
    ["../b", "https://mirror.example.org/b"],
    ["?b", "https://mirror.example.org/pub/file?b"],
  ])("reads %j as %s", (location, url) => {
    expect(to(location)).toBe(url);
  });

  it.each([
    "",
    " ",
    "http://other.example/",
    "ftp://other.example/",
    "https:other.example/",
    "https:/other.example/",
    "///other.example/",
    "/\\other.example/",
    "\\\\other.example/",
    "/\t/other.example/",
    "https://user:pass@other.example/",
    "//user@other.example/",
    "https://Other.example/",
    "//①②⑦.⓪.⓪.①/",
    "//127.1/",
    "//2130706433/",
    "//0x7f.1/",
    "//0177.0.0.1/",
    "https://127.0.0.1:22/",
    "//[::ffff:127.0.0.1]/",
    "/a\u0085b",
    "/a\u202eb",
    "/a#b",
    "javascript:alert(1)",
    "data:text/plain,a",
  ])("refuses %j", (location) => {
    expect(failureOf(() => to(location))).toBe("redirect");
  });

  it("allows http after https only where the first request was by http", () => {
    const start = parseTarget("http://mirror.example.org/");
    expect(redirectTarget("http://a.example/", from, start).url).toBe("http://a.example/");
  });

  it("shows no control character and no query of what it refuses", () => {
    try {
      to("\u001b]0;evil\u0007\u202e?token=secret");
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(/^[ -~]*$/);
      expect((error as Error).message).not.toContain("secret");
    }
  });
});

describe("isHost", () => {
  it("takes names and addresses, and nothing that could be read as another address", () => {
    for (const host of ["a.example", "localhost", "192.0.2.1", "2a00::1", "xn--bcher-kva.example"])
      expect(isHost(host), host).toBe(true);
    for (const host of [
      "",
      "1",
      "127.1",
      "0x7f.1",
      "a.0x7f",
      "A.example",
      "a.example.",
      "[::1]",
      "a b",
    ])
      expect(isHost(host), host).toBe(false);
  });
});
