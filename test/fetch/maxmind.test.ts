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
    expect(tools.progress.at(-2)).toEqual([archive.length, archive.length]);
  });

  test("shows the account to the service alone, never to where it is sent on", async () => {
    await bring();
    expect(maxmind.door.requests.every(({ headers }) => headers.authorization)).toBe(true);
    expect(maxmind.storage.requests.length).toBeGreaterThan(2);
    expect(maxmind.storage.requests.some(({ headers }) => headers.authorization)).toBe(false);
  });

  test("downloads nothing where there is nothing newer", async () => {
    expect(await bring({ known: { lastModified: NOVEMBER } })).toBeNull();
    expect(await bring({ known: { lastModified: DECEMBER } })).toBeNull();
    expect(maxmind.storage.asked.filter((line) => line.startsWith("GET"))).toEqual([]);
    maxmind.releases.set(EDITION, { archive, lastModified: DECEMBER });
    expect(await bring({ known: { lastModified: NOVEMBER } })).not.toBeNull();
  });

  test("takes it for unchanged too where the storage knows no condition", async () => {
    maxmind.before.storage = (request) => {
      delete request.headers["if-modified-since"];
      return false;
    };
    expect(await bring({ known: { lastModified: NOVEMBER } })).toBeNull();
    expect(maxmind.storage.asked.filter((line) => line.startsWith("GET"))).toEqual([]);
  });

  test("goes on without HEAD where the storage has none", async () => {
    maxmind.before.storage = ({ method }, response) => {
      if (method === "HEAD") response.writeHead(403).end();
      return method === "HEAD";
    };
    expect(await bring({ known: { lastModified: NOVEMBER } })).toBeNull();
    expect(await bring()).not.toBeNull();
  });

  test.each([
    [401, "Invalid license key", /does not accept the account.*"Invalid license key"/, /KEY/],
    [
      403,
      '{"code":"X","error":"No permission"}',
      /may not download GeoLite2-City: "No perm/,
      /sub/,
    ],
    [404, "", /has no edition GeoLite2-City$/, /spelling/],
    [429, "Daily limit reached", /used up its downloads of the day.*\(again in 7 h\)/, /Keep data/],
    [418, "short and stout", /answers 418 I'm a Teapot/, /^$/],
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
      response.writeHead(401).end(`no ${headers.authorization} ${ACCOUNT.licenseKey}`);
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
    maxmind.releases.set(EDITION, { ...release, checksum: "<html>" });
    expect((await failure()).message).toMatch(/gives no checksum/);
  });

  test("asks for the checksum once more, as a release may come between", async () => {
    maxmind.releases.set(EDITION, { archive, lastModified: NOVEMBER, checksum: "0".repeat(64) });
    maxmind.before.door = ({ url }) => {
      const asked = maxmind.door.asked.filter((line) => line.endsWith("sha256")).length;
      if (url?.endsWith("sha256") && asked === 2) {
        maxmind.releases.set(EDITION, { archive, lastModified: NOVEMBER });
      }
      return false;
    };
    expect(await bring()).not.toBeNull();
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
