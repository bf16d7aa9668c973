import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nginxLine,
  nginxMapKey,
  nginxPairKey,
  nginxPath,
  nginxPathKey,
  nginxPattern,
  nginxPatternName,
  nginxValue,
} from "../../src/emit/nginx-text.ts";

describe("nginxValue", () => {
  it("quotes, and lets a dollar come out as itself", () => {
    expect(nginxValue("BaseOS/$basearch/os/")).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: nginx has the same syntax
      '"BaseOS/${mp_dollar}basearch/os/"',
    );
  });

  it("gives one quoted parameter or throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        let written: string;
        try {
          written = nginxValue(text);
        } catch {
          return;
        }
        expect(written).toMatch(/^"[^"\\\n\r\0]*"$/u);
        // biome-ignore lint/suspicious/noTemplateCurlyInString: nginx has the same syntax
        expect(written.slice(1, -1).replaceAll("${mp_dollar}", "$")).toBe(text);
      }),
    );
  });

  it.each(['"; return 200 "x', "a\nb", "a\\", "a\u0000", "x".repeat(4096)])(
    "refuses %j",
    (text) => {
      expect(() => nginxValue(text)).toThrow("cannot be written");
    },
  );
});

describe("nginxPath", () => {
  it("takes an absolute path, spaces and letters of all kinds included", () => {
    expect(nginxPath("/srv/mirror press/é")).toBe('"/srv/mirror press/é"');
  });

  it.each(["srv", "/srv/$x", "/srv/*", "/srv/a?", "/srv/[a]", '/srv/"'])("refuses %j", (path) => {
    expect(() => nginxPath(path)).toThrow("cannot be written");
  });
});

describe("nginxMapKey", () => {
  it("makes a pattern of what is a word of nginx, or too long for its hash", () => {
    expect(nginxMapKey("baseos")).toBe('"baseos"');
    expect(nginxMapKey("Default")).toBe('"~^Default\\z"');
    expect(nginxMapKey("volatile")).toBe('"~^volatile\\z"');
    expect(nginxMapKey(`${"x".repeat(46)}.`)).toBe(`"~^${"x".repeat(46)}\\.\\z"`);
  });

  it.each(["", "a b", "~a", "\\a", "a/b", "é", 'a"b', "$a"])("refuses %j", (name) => {
    expect(() => nginxMapKey(name)).toThrow("cannot be written");
    expect(() => nginxPatternName(name)).toThrow("cannot be written");
  });
});

describe("nginxLine", () => {
  it("ends in the line feed that nginx makes of two characters", () => {
    expect(nginxLine("a: b.")).toBe('"a: b.\\n"');
    expect(() => nginxLine("a\nb")).toThrow("cannot be written");
  });
});

describe("nginxPairKey", () => {
  it("joins two names, of which the second may be nothing", () => {
    expect(nginxPairKey("12", "x86_64")).toBe('"12:x86_64"');
    expect(nginxPairKey("all.2", "")).toBe('"all.2:"');
    expect(nginxPairKey("a".repeat(40), "x86.64")).toBe(`"~^${"a".repeat(40)}:x86\\.64\\z"`);
  });

  it.each([
    ["", "a"],
    ["a:b", ""],
    ["a", "b c"],
    ["a", "$b"],
  ])("refuses %j and %j", (first, second) => {
    expect(() => nginxPairKey(first, second)).toThrow("cannot be written");
  });
});

describe("nginxPathKey", () => {
  it("takes a path of names, as a pattern where it is long", () => {
    expect(nginxPathKey("/kitten/isos.html")).toBe('"/kitten/isos.html"');
    expect(nginxPathKey(`/${"a".repeat(50)}.b/`)).toBe(`"~^/${"a".repeat(50)}\\.b/\\z"`);
  });

  it.each(["isos", "/a b", "/$a", '/"', "/a\nb"])("refuses %j", (path) => {
    expect(() => nginxPathKey(path)).toThrow("cannot be written");
  });
});

describe("nginxPattern", () => {
  it("matches to the very end", () => {
    expect(nginxPattern("8\\.x")).toBe('"~^8\\.x\\z"');
  });
});
