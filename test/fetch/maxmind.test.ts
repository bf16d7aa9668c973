import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FetchError } from "../../src/fetch/failure.ts";
import { fetchEdition, secretsOf } from "../../src/fetch/maxmind.ts";
import {
  ACCOUNT,
  type FakeMaxmind,
  SECRETS,
  startMaxmind,
  type TestTools,
  tarGz,
  testTools,
} from "./services.ts";

const NOVEMBER = "Fri, 20 Nov 2026 13:00:00 GMT";
const DECEMBER = "Tue, 01 Dec 2026 13:00:00 GMT";
const EDITION = "GeoLite2-City";

let maxmind: FakeMaxmind;
let tools: TestTools;
let archive: Buffer;

beforeAll(async () => {
  maxmind = await startMaxmind();
  archive = await tarGz({
    "GeoLite2-City_20261120/LICENSE.txt": "licence",
    "GeoLite2-City_20261120/GeoLite2-City.mmdb": "the database",
  });
});
afterAll(() => maxmind.close());
beforeEach(() => {
  tools = testTools(secretsOf(ACCOUNT));
  maxmind.releases.set(EDITION, { archive, lastModified: NOVEMBER });
  maxmind.before = {};
  maxmind.door.asked.length = 0;
  maxmind.storage.asked.length = 0;
});
afterEach(() => tools.close());

const bring = (more: Partial<Parameters<typeof fetchEdition>[1]> = {}) =>
  fetchEdition(tools, {
    ...{ edition: EDITION, credentials: ACCOUNT, known: {}, base: maxmind.base },
    ...more,
  });

async function failure(
  more: Partial<Parameters<typeof fetchEdition>[1]> = {},
): Promise<FetchError> {
  const outcome = await bring(more).catch((error: unknown) => error);
  if (!(outcome instanceof FetchError)) throw new Error("no FetchError", { cause: outcome });
  const shown = `${outcome.message} ${outcome.remedy} ${outcome.stack}`;
  for (const secret of SECRETS) expect(shown).not.toContain(secret);
  return outcome;
}

describe("fetchEdition", () => {
  test("brings the database, its date, its release and its licence", async () => {
    const brought = await bring();
    expect(Buffer.from(brought?.content ?? []).toString()).toBe("the database");
    expect(brought).toMatchObject({
      url: `${maxmind.base}/geoip/databases/GeoLite2-City/download?suffix=tar.gz`,
      lastModified: NOVEMBER,
      version: "20261120",
      licence: "GeoLite End User License Agreement",
    });
    expect(maxmind.door.asked.map((line) => line.split(" ")[0])).toEqual(["HEAD", "GET", "GET"]);
    expect(tools.progress.at(-1)).toEqual([archive.length, archive.length]);
  });

  test("shows the account to the service alone, never to where it is sent on", async () => {
    await bring();
    expect(maxmind.door.requests.every(({ headers }) => headers.authorization)).toBe(true);
    expect(maxmind.storage.requests.length).toBeGreaterThan(1);
    expect(maxmind.storage.requests.some(({ headers }) => headers.authorization)).toBe(false);
  });

  test("downloads nothing where there is nothing newer", async () => {
    expect(await bring({ known: { lastModified: NOVEMBER } })).toBeNull();
    expect(await bring({ known: { lastModified: DECEMBER } })).toBeNull();
    expect(maxmind.storage.asked.filter((line) => line.startsWith("GET"))).toEqual([]);
    maxmind.releases.set(EDITION, { archive, lastModified: DECEMBER });
    expect(await bring({ known: { lastModified: NOVEMBER } })).not.toBeNull();
  });

  test("compares with the date of the build, not with that of the storage", async () => {
    const first = await bring();
    expect(first).toMatchObject({ lastModified: NOVEMBER });
    expect(Date.parse(maxmind.releases.get(EDITION)!.lastModified)).toBe(Date.parse(NOVEMBER));
    // Built before the other was stored: by the storage's own date it would be none.
    const soon = new Date(Date.parse(NOVEMBER) + 1_800_000).toUTCString();
    const other = await tarGz({ "GeoLite2-City_20261120/GeoLite2-City.mmdb": "another" });
    maxmind.releases.set(EDITION, { archive: other, lastModified: soon });
    expect(Buffer.from((await bring({ known: first! }))!.content).toString()).toBe("another");
  });

  test("goes on without HEAD where there is none, by what the storage knows", async () => {
    maxmind.before.door = ({ method }, response) => {
      if (method === "HEAD") response.writeHead(405).end();
      return method === "HEAD";
    };
    const brought = await bring();
    expect(brought).not.toBeNull();
    const { etag, lastModified } = brought!;
    expect(await bring({ known: { etag: etag!, lastModified: lastModified! } })).toBeNull();
  });

  test("asks no more than once where the account is not accepted", async () => {
    maxmind.before.door = (_request, response) => {
      response.writeHead(401).end();
      return true;
    };
    await failure();
    expect(maxmind.door.asked.map((line) => line.split(" ")[0])).toEqual(["HEAD"]);
  });

  test.each([
    [400, "Invalid edition ID", /answers 400 Bad Request: "Invalid edition ID"$/, /^$/],
    [401, "", /does not accept the account and its license key$/, /KEY/],
    [
      403,
      "Invalid product ID or subscription expired for GeoLite2-City",
      /may not download GeoLite2-City: "Invalid product/,
      /sub/,
    ],
    [403, '{"code":"X","error":"No permission"}', /City: "No permission"$/, /sub/],
    [404, "", /has no edition GeoLite2-City$/, /spelling/],
    [429, "", /used up its downloads of the day \(again in 7 h\)/, /Keep data/],
    [451, "Downloads are forbidden", /may not give GeoLite2-City to where.*"Down/, /Fetch from/],
    [418, "short and stout", /answers 418 I'm a Teapot: "short and stout"$/, /^$/],
  ])("has words of its own for %i", async (status, said, message, remedy) => {
    maxmind.before.door = (_request, response) => {
      response.writeHead(status, { "retry-after": "25000" }).end(said);
      return true;
    };
    const error = await failure();
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
    expect(tools.waited).toEqual([]);
  });

  test("shows nothing secret of what a server repeats", async () => {
    maxmind.before.door = ({ headers }, response) => {
      response.writeHead(403).end(`no ${headers.authorization} ${ACCOUNT.licenseKey}`);
      return true;
    };
    expect((await failure()).message).toContain("***");
  });

  test("asks again where the failure may pass, and no longer than that", async () => {
    let failures = 2;
    maxmind.before.storage = ({ method }, response) => {
      if (method === "HEAD" || failures === 0) return false;
      failures--;
      response.writeHead(503).end();
      return true;
    };
    expect(await bring()).not.toBeNull();
    expect(tools.waited).toEqual([2000, 8000]);
    failures = 3;
    expect((await failure()).message).toMatch(
      /^storage\.test:\d+ answers 503 Service Unavailable$/,
    );
  });

  test("fails when the body is cut off, after three attempts", async () => {
    maxmind.before.storage = ({ method }, response) => {
      if (method === "HEAD") return false;
      response.writeHead(200, { "content-length": archive.length });
      response.write(archive.subarray(0, 10), () => response.destroy());
      return true;
    };
    expect((await failure()).message).toMatch(
      /^storage\.test closes the connection before its answer is complete/,
    );
    expect(tools.waited).toHaveLength(2);
  });

  test("waits for no byte longer than half a minute, and for all no longer than five", async () => {
    const asked: unknown[] = [];
    const http = {
      ...tools.http,
      request: async (request: unknown) => Promise.reject(asked.push(request)),
    };
    const request = { edition: EDITION, credentials: ACCOUNT, known: {}, base: maxmind.base };
    await fetchEdition({ ...tools, http }, request).catch(() => undefined);
    expect(asked).toMatchObject([{ stallSeconds: 30, seconds: 300 }]);
  });

  test("refuses an archive of another checksum, and one without", async () => {
    const release = { archive, lastModified: NOVEMBER };
    maxmind.releases.set(EDITION, { ...release, checksum: "0".repeat(64) });
    expect((await failure()).message).toMatch(/not the one of which MaxMind gives the checksum/);
    maxmind.releases.set(EDITION, { ...release, checksum: "none" });
    expect((await failure()).message).toMatch(/gives no checksum/);
  });

  test("takes a release that comes between the checksum and the archive", async () => {
    const before = await tarGz({ "GeoLite2-City_20261117/GeoLite2-City.mmdb": "the last one" });
    maxmind.releases.set(EDITION, { archive: before, lastModified: NOVEMBER });
    maxmind.before.storage = ({ url }) => {
      if (!url?.includes("sha256")) {
        maxmind.releases.set(EDITION, { archive, lastModified: DECEMBER });
      }
      return false;
    };
    expect((await bring())?.version).toBe("20261120");
    expect(maxmind.storage.asked.map((line) => /tar[^?]*/.exec(line)?.[0])).toEqual([
      "tar.gz.sha256",
      "tar.gz",
      "tar.gz.sha256",
    ]);
  });

  test("goes on with a download that is cut, without showing the account where it is from", async () => {
    let cuts = 3;
    maxmind.before.storage = ({ headers }, response) => {
      if (cuts === 0 || response.req.url?.includes("sha256")) return false;
      cuts--;
      const start = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
      const etag = `"${createHash("md5").update(archive).digest("hex")}"`;
      const range = `bytes ${start}-${archive.length - 1}/${archive.length}`;
      response.writeHead(start > 0 ? 206 : 200, {
        ...{ etag, "content-length": archive.length - start },
        ...(start > 0 && { "content-range": range }),
      });
      response.write(archive.subarray(start, start + 20), () => response.destroy());
      return true;
    };
    expect(Buffer.from((await bring())!.content).toString()).toBe("the database");
    expect(maxmind.storage.requests.at(-1)?.headers).toMatchObject({ range: "bytes=60-" });
    expect(maxmind.storage.requests.some(({ headers }) => headers.authorization)).toBe(false);
  });

  test.each([
    ["a web page", Buffer.from("<!doctype html><title>Sign in</title>"), /web page/],
    ["no archive", Buffer.from("hello"), /not a gzip archive/],
  ])("refuses %s", async (_what, body, message) => {
    maxmind.releases.set(EDITION, { archive: body, lastModified: NOVEMBER });
    expect((await failure()).message).toMatch(message);
  });

  test("refuses an archive without a database, and one with two", async () => {
    const release = async (files: Record<string, string>) => {
      maxmind.releases.set(EDITION, { archive: await tarGz(files), lastModified: NOVEMBER });
      return (await failure()).message;
    };
    expect(await release({ "a/README": "" })).toMatch(/no \.mmdb file/);
    expect(await release({ "a/x.mmdb": "", "a/y.mmdb": "" })).toMatch(/2 \.mmdb files/);
    expect(await release({ "a/x.mmdb": "", "../y.mmdb": "" })).toMatch(/leads out/);
  });

  test.each([
    ["a private address", "http://private.test/x", /redirects where nobody may be sent/],
    ["a metadata service", "http://169.254.169.254/latest", /redirects where nobody may be sent/],
    ["itself", "", /circle/],
  ])("does not follow to %s", async (_where, location, message) => {
    maxmind.before.door = ({ url }, response) => {
      response.writeHead(302, { location: location || (url ?? "") }).end();
      return true;
    };
    expect((await failure()).message).toMatch(message);
  });
});
