import { describe, expect, it } from "vitest";
import { emitServer } from "../../src/emit/nginx-server.ts";
import type { Prefix } from "../../src/ip/prefix.ts";

const server = (trustedProxies: readonly Prefix[], openFiles?: number) =>
  Buffer.from(
    emitServer({ trustedProxies, ...(openFiles !== undefined && { openFiles }) }).bytes,
  ).toString();

/** The locations by their line, with what is directly in them. */
function locationsOf(text: string): ReadonlyMap<string, string> {
  const locations = new Map<string, string>();
  const open: string[] = [];
  for (const line of text.split("\n")) {
    const opened = /^ *location (.*) \{$/.exec(line)?.[1];
    if (line.endsWith("{")) open.push(opened ?? open.at(-1) ?? "");
    const inside = open.at(-1);
    if (inside !== undefined) locations.set(inside, `${locations.get(inside) ?? ""}${line}\n`);
    if (line.trim() === "}") open.pop();
  }
  expect(open).toEqual([]);
  return locations;
}

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
    const filtered = [...locationsOf(server([], 99)).values()].filter((text) =>
      text.includes("sub_filter "),
    );
    expect(filtered).toHaveLength(2);
    for (const text of filtered) {
      expect(text).toContain("sendfile off;");
      expect(text).toContain("open_file_cache max=99 ");
    }
  });

  it("sends no file with nginx's own validator, and reaches none by what a request says", () => {
    const sending = [...locationsOf(server([]))].filter(([, text]) => text.includes("try_files"));
    expect(sending.length).toBeGreaterThan(6);
    for (const [, text] of sending) {
      expect(text).toContain("etag off;");
      expect(text).toContain("if_modified_since off;");
      expect(text).not.toMatch(/(?:try_files|root).*\$(?:arg_|uri|request|args|query|http_)/);
    }
  });

  it("lets nobody ask for what it keeps for itself", () => {
    for (const [name, text] of locationsOf(server([]))) {
      expect([name, text.includes("internal;")]).toEqual([
        name,
        name.startsWith("= /mirrorpress/"),
      ]);
    }
  });

  it("names nothing of a generation", () => {
    expect(server([])).not.toMatch(/kitten|x86_64|baseos|generations\//);
  });
});
