/** What HTTP has beside addresses: conditions, compression, methods, and what is wrong. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningNginx } from "../../src/publish/nginx.ts";
import { type Answer, ask, type Question } from "./ask.ts";
import { hasNginx, publishAndStart } from "./mounted-nginx.ts";

const LIST = "/mirrorlist/8/baseos";

describe.skipIf(!hasNginx())("a request to nginx", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  let nginx: RunningNginx;
  beforeAll(async () => {
    nginx = await publishAndStart({ root, trustedProxies: ["127.0.0.0/8"] });
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true });
  });

  const get = (path: string, more: Omit<Question, "path"> = {}): Promise<Answer> =>
    ask(nginx.port, { path, ...more });
  const etagOf = async (path: string, more: Omit<Question, "path"> = {}) =>
    (await get(path, more)).headers.get("etag") ?? "";

  describe("with a condition", () => {
    it.each([
      LIST,
      "/isolist/8/x86_64",
      "/mirrors.json",
      "/isos",
      "/isos/x86_64/8",
      "/site/style.css",
    ])("for what %s was gets 304, however it is written", async (path) => {
      const etag = await etagOf(path);
      expect(etag).toMatch(/^W\/"[^"]+"$/);
      const strong = etag.slice(2);
      for (const condition of [
        etag,
        strong,
        "*",
        `"x", ${etag}`,
        `${etag},"x"`,
        `"x",${strong} `,
      ]) {
        const answer = await get(path, { headers: { "If-None-Match": condition } });
        expect([condition, answer.status, answer.body]).toEqual([condition, 304, ""]);
        expect(answer.headers.get("etag")).toBe(etag);
        expect(answer.headers.get("vary")).toBe("Accept-Encoding");
        expect(answer.headers.has("cache-control")).toBe(true);
      }
      for (const condition of [
        "",
        '"x"',
        strong.slice(1, -1),
        `${strong.slice(0, -1)}x"`,
        `"x${strong.slice(1)}`,
      ]) {
        const answer = await get(path, { headers: { "If-None-Match": condition } });
        expect([condition, answer.status]).toEqual([condition, 200]);
      }
    });

    it("does not take another list, path or protocol for the same", async () => {
      const questions = [
        ...["192.0.2.1", "198.51.100.1", "198.51.100.200", "8.8.8.8"].map((client) => ({
          path: LIST,
          headers: { "X-Forwarded-For": client },
        })),
        ...["?country=FR", "?protocol=https", "?arch=x86_64", "?arch=aarch64"].map((query) => ({
          path: LIST + query,
        })),
        { path: "/mirrorlist/9/baseos" },
        { path: "/mirrorlist/8.3/baseos" },
      ];
      const answers = await Promise.all(questions.map((question) => ask(nginx.port, question)));
      const etagOfBody = new Map(answers.map(({ body, headers }) => [body, headers.get("etag")]));
      expect(etagOfBody.size).toBe(questions.length);
      expect(new Set(etagOfBody.values()).size).toBe(questions.length);
    });

    it("is not unchanged where there is nothing", async () => {
      for (const path of ["/nothing", "/isos/sparc/8", "/mirrorlist/8/none"]) {
        expect((await get(path, { headers: { "If-None-Match": "*" } })).status).toBe(404);
      }
    });

    it("on a date is answered whole: dates tell no two lists apart", async () => {
      for (const path of [LIST, "/mirrors.json", "/nearest"]) {
        const headers = { "If-Modified-Since": new Date(Date.now() + 1e6).toUTCString() };
        const answer = await get(path, { headers });
        expect(answer.status).toBe(200);
        expect(answer.headers.has("last-modified")).toBe(false);
      }
    });

    it("that cannot hold is refused with a sentence", async () => {
      const { status, body } = await get(LIST, { headers: { "If-Match": '"x"' } });
      expect([status, body]).toEqual([412, expect.stringContaining("ask without If-Match")]);
    });
  });

  it.each([LIST, "/isolist/8/x86_64", "/mirrors.json", "/", "/nearest", "/site/style.css"])(
    "for %s may be answered compressed, and is not unless it asks",
    async (path) => {
      const plain = await get(path);
      const packed = await get(path, { headers: { "Accept-Encoding": "gzip" } });
      expect(plain.headers.has("content-encoding")).toBe(false);
      expect(packed.headers.get("content-encoding")).toBe("gzip");
      expect(gunzipSync(Buffer.from(packed.body, "latin1")).toString()).toBe(plain.body);
      for (const { headers } of [plain, packed]) {
        expect(headers.get("vary")).toBe("Accept-Encoding");
        expect(headers.get("etag")).toBe(plain.headers.get("etag"));
      }
    },
  );

  it("for a part is answered whole", async () => {
    for (const path of [LIST, "/mirrors.json"]) {
      const { status, body } = await get(path, { headers: { Range: "bytes=1-2" } });
      expect([status, body]).toEqual([200, (await get(path)).body]);
    }
  });

  it.each([
    LIST,
    "/isolist/8/x86_64",
    "/whoami",
    "/nearest",
    "/mirrors.json",
    "/",
    "/site/style.css",
  ])("HEAD %s has the headers of GET and no body", async (path) => {
    const [whole, head] = [await get(path), await get(path, { method: "HEAD" })];
    expect([head.status, head.body]).toEqual([200, ""]);
    const without = ({ headers }: Answer) =>
      [...headers].filter(([name]) => !/^(?:date|transfer-encoding|content-length)$/.test(name));
    expect(without(head)).toEqual(without(whole));
  });

  it.each(
    ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"].flatMap((method) =>
      [
        LIST,
        "/isolist/8/x86_64",
        "/whoami",
        "/nearest",
        "/mirrors.json",
        "/",
        "/isos/x86_64/8",
        "/site/style.css",
      ].map((path) => [method, path] as const),
    ),
  )("%s %s is refused with a sentence", async (method, path) => {
    const { status, body, headers } = await get(path, { method });
    expect([status, body]).toEqual([405, "This can only be read: use GET or HEAD.\n"]);
    expect(headers.get("allow")).toBe("GET, HEAD");
  });

  const VERSIONS = "8, 8.3, 8.10, 9, 9.7-beta, 9.8, 10-kitten.\n";
  it.each([
    [400, `${LIST}?protocol=ftp`, "Invalid input for protocol, valid options: http, https\n"],
    [400, `${LIST}?protocol=https%20`, "valid options: http, https\n"],
    [400, "/isolist/8/x86_64?protocol=rsync", "valid options: http, https\n"],
    [404, `${LIST}?country=XX`, "valid options are 2 letter country codes\n"],
    [404, `${LIST}?country=France`, "valid options are 2 letter country codes\n"],
    [404, `${LIST}?country=../../manifest.json`, "valid options are 2 letter country codes\n"],
    [404, "/mirrorlist/8.3/baseos?country=XX", "valid options are 2 letter country codes\n"],
    [404, `${LIST}?arch=sparc`, "It is for: aarch64, x86_64.\n"],
    [404, "/mirrorlist/9/rt?arch=aarch64", "It is for: x86_64.\n"],
    [404, "/mirrorlist/9/keys?arch=sparc", "It is for: aarch64, s390x, x86_64.\n"],
    [404, "/mirrorlist/8/crb", "Its repositories are: baseos, baseos-source, powertools.\n"],
    [404, "/mirrorlist/8/default", "Its repositories are: baseos, baseos-source, powertools.\n"],
    [404, "/mirrorlist/8.3/rt", "Its repositories are: baseos, baseos-source, powertools.\n"],
    [404, "/mirrorlist/8/$mp_generation", "Version 8, 8.10:\n  baseos baseos-source powertools\n"],
    [404, "/mirrorlist/10-kitten/baseos?protocol=http", "No mirror offers this by that protocol."],
    [404, "/mirrorlist/99.995/baseos", VERSIONS],
    [404, "/mirrorlist/80/baseos", VERSIONS],
    [404, "/mirrorlist/8-x/baseos", VERSIONS],
    [404, "/mirrorlist/8./baseos", VERSIONS],
    [404, "/mirrorlist/default/baseos", VERSIONS],
    [404, `/mirrorlist/${"8".repeat(100)}/baseos`, VERSIONS],
    [404, "/isolist/7/x86_64", VERSIONS],
    [404, "/isolist/8", VERSIONS],
    [404, "/isolist/8/s390x", "It is for: aarch64, x86_64.\n"],
    [404, "/mirrorlist/8/baseos%0a", "Version 9, 9.8:\n  baseos keys rt\n"],
    [404, "/mirrorlist/8%0a/baseos", "Version 9, 9.8:\n  baseos keys rt\n"],
    [404, "/mirrorlist/8/baseos/x", "Version 9, 9.8:\n  baseos keys rt\n"],
    [404, "/mirrorlist/8", "Version 9, 9.8:\n  baseos keys rt\n"],
    [404, "/mirrorlist/", "Version 9, 9.8:\n  baseos keys rt\n"],
    [404, "/isos/x86_64/7", VERSIONS],
    [404, "/isos/sparc/8", "It is for: aarch64, x86_64.\n"],
    [404, "/isos/aarch64/8", "There is nothing here."],
    [404, "/isos/x86_64/10-kitten", "There is nothing here."],
    [404, "/nothing", "There is nothing here. Ask for /mirrorlist/<version>/<repository>,"],
    [404, "/mirrorpress/refused", "There is nothing here."],
    [404, "/mirrorpress/all-lists", "There is nothing here."],
    [404, "/mirrorpress/json-begin", "There is nothing here."],
    [404, "/manifest.json", "There is nothing here."],
    [404, "/nginx/not-found.txt", "There is nothing here."],
    [404, "/lists/all", "There is nothing here."],
    [404, "/site/", "There is nothing here."],
    [404, "/site/index.html", "There is nothing here."],
    [404, "/site/mirrors.json", "There is nothing here."],
    [404, "/mirrorlist/../nginx/http.conf", "There is nothing here."],
    [404, `${LIST}/../../../manifest.json`, "There is nothing here."],
    [404, "/mirrorlist/8/..%2f..%2fmanifest.json", "There is nothing here."],
    [400, "/mirrorlist/8/../../../manifest.json", "This is no request that can be read"],
    [400, "/mirrorlist/8/%00", "This is no request that can be read"],
    [400, `/${"x".repeat(9000)}`, "This request is too long"],
  ])("%i %s says what is valid", async (status, path, sentence) => {
    const answer = await get(path);
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(sentence)]);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
  });

  it.each([
    ["without a host", { "Host ": "x" }],
    ["too large a header", { Cookie: "x".repeat(9000) }],
    ["a body that is too large", { "Content-Length": "99999999999" }],
    ["an encoding that there is not", { "Transfer-Encoding": "other" }],
  ])("with %s is refused with a sentence, and is no failure of ours", async (_what, headers) => {
    const { status, body } = await get(LIST, { headers });
    expect([400, 200]).toContain(status);
    expect(body).toMatch(/^(?:This request is too long|This is no request|http)/);
  });

  it("logs nothing worse than a notice for what is asked in good order", async () => {
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|crit|alert|emerg)\]/);
  });
});
