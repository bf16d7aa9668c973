import { describe, expect, it } from "vitest";
import { emitServer, httpConfiguration } from "../../src/emit/nginx.ts";
import type { Prefix } from "../../src/ip/prefix.ts";

const server = (trustedProxies: readonly Prefix[], openFiles?: number) =>
  Buffer.from(
    emitServer({ trustedProxies, ...(openFiles !== undefined && { openFiles }) }).bytes,
  ).toString();

describe("emitServer", () => {
  it("names the proxies that may speak for a client", () => {
    const text = server([
      { family: 4, words: [0x0a00_0000], bits: 8 },
      { family: 6, words: [0x2001_0db8, 0, 0, 0], bits: 32 },
    ]);
    expect(text.match(/set_real_ip_from .*/g)).toEqual([
      "set_real_ip_from 10.0.0.0/8;",
      "set_real_ip_from 2001:db8::/32;",
    ]);
    expect(server([])).not.toContain("real_ip_header");
  });

  it("turns off what delays or confuses answers that a filter changes", () => {
    // A delayed acknowledgement cannot be waited for in a test of a loopback; SERVING.md has it.
    expect(server([])).toContain("sendfile off;");
    expect(server([]).match(/etag off;/g)).toHaveLength(2);
    expect(server([], 99)).toContain("open_file_cache max=99 ");
  });
});

describe("httpConfiguration", () => {
  const mount = { root: "/srv/m", id: "some-id", client: "remote-address" } as const;

  it("looks all list sets up at once, and gives the whole list where there is none", () => {
    const text = httpConfiguration({ ...mount, unknownLists: { kitten: "cc", all: "aa" } });
    expect(text.match(/^geoip2 /gm)).toHaveLength(1);
    expect(text.match(/source=.*/g)).toEqual([
      "source=$mp_client lists all;",
      "source=$mp_client lists kitten;",
    ]);
    expect(text).toContain(
      'map $mp_found_kitten $mp_list_kitten {\n    "" "cc";',
    );
  });

  it("knows ?ip= only in a preview", () => {
    const preview = httpConfiguration({ ...mount, client: "argument", unknownLists: {} });
    expect(preview).toContain("$arg_ip");
    expect(httpConfiguration({ ...mount, unknownLists: {} })).not.toContain("$arg");
  });

  it.each(["all; }", "All", "a-b", ""])("refuses the list set %j", (set) => {
    expect(() => httpConfiguration({ ...mount, unknownLists: { [set]: "aa" } })).toThrow();
  });

  it.each(["/srv/\nx", "/srv/$x", "srv", '/srv/"'])("refuses the root %j", (root) => {
    expect(() => httpConfiguration({ ...mount, root, unknownLists: {} })).toThrow();
  });
});
