import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchCloudFeed } from "../../src/fetch/cloud.ts";
import { FetchError } from "../../src/fetch/failure.ts";
import { type Handler, type Service, startService, type TestTools, testTools } from "./services.ts";

let service: Service;
let handler: Handler;
let tools: TestTools;

beforeAll(async () => {
  service = await startService((request, response) => handler(request, response));
});
afterAll(() => service.close());
beforeEach(() => {
  tools = testTools();
  service.requests.length = 0;
});
afterEach(() => tools.close());

const urlOf = (path: string) => `http://feed.test:${service.port}/${path}`;

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof FetchError) return outcome.message;
  throw new Error("no FetchError", { cause: outcome });
}

describe("fetchCloudFeed of a URL that stays", () => {
  const bring = (known = {}) => fetchCloudFeed(tools, { url: urlOf("ranges.json") }, known);

  test("brings the list with what to ask for next time", async () => {
    handler = (_request, response) => response.writeHead(200, { etag: '"7"' }).end("{}");
    const brought = await bring();
    expect(brought).toMatchObject({ url: urlOf("ranges.json"), etag: '"7"' });
    expect(Buffer.from(brought?.content ?? []).toString()).toBe("{}");
  });

  test("asks whether there is anything newer than what is known of this URL, and of no other", async () => {
    handler = ({ headers }, response) =>
      response.writeHead(headers["if-none-match"] === '"7"' ? 304 : 200).end();
    const known = { url: urlOf("ranges.json"), etag: '"7"' };
    expect(await bring(known)).toBeNull();
    expect(await bring({ ...known, url: urlOf("other.json") })).not.toBeNull();
  });

  test.each([
    [500, "", /answers 500 Internal Server Error/],
    [404, "", /answers 404 Not Found/],
    [200, "  <!DOCTYPE html>", /answers with a web page/],
  ])("fails for %i %s", async (status, body, reason) => {
    handler = (_request, response) => response.writeHead(status).end(body);
    expect(await reasonOf(bring())).toMatch(reason);
  });

  test("fails for a body that is packed though nobody asked, and never inflates it", async () => {
    handler = (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.alloc(100));
    };
    expect(await reasonOf(bring())).toBe("feed.test compresses its answer (gzip)");
  });
});

describe("fetchCloudFeed of Azure", () => {
  const file = (day: string, host = `feed.test:${service.port}`) =>
    `https://${host}/download/7/1/D/71D86715-5596/ServiceTags_Public_${day}.json`;
  const bring = () =>
    fetchCloudFeed(
      tools,
      { page: urlOf("details.aspx?id=56519"), host: `feed.test:${service.port}` },
      {},
    );
  const page = (html: string): Handler => {
    return (_request, response) => response.end(html);
  };
  /** The list itself would be asked for by https, which this server does not speak. */
  const found = async (html: string) => {
    handler = page(html);
    const asked: string[] = [];
    const http = {
      ...tools.http,
      request: (request: Parameters<typeof tools.http.request>[0]) => {
        asked.push(request.url);
        return tools.http.request(request);
      },
    };
    const source = { page: urlOf("details.aspx?id=56519"), host: `feed.test:${service.port}` };
    await fetchCloudFeed({ ...tools, http }, source, {}).catch(() => undefined);
    return asked[1];
  };

  test("finds the latest link of the page, in HTML or in a script", async () => {
    const html = `<a href="${file("20261109")}">manually</a> {"url":"${file("20261116")}"}`;
    expect(await found(html)).toBe(file("20261116"));
    expect(await found(`"${file("20261116").replaceAll("/", "\\u002F")}"`)).toBe(file("20261116"));
    expect(await found(`"${file("20261116").replaceAll("/", "\\/")}"`)).toBe(file("20261116"));
  });

  test.each([
    ["no link", () => "<html>Choose what to download</html>"],
    ["a link to another host", () => file("20261116", "download.microsoft.com.evil.test")],
    ["a link to a host with a user", () => file("20261116", "download.microsoft.com@evil.test")],
    ["a link by http", () => file("20261116").replace("https", "http")],
    ["a link that leads elsewhere", () => file("20261116").replace("/download/", "/a/../b/")],
    ["a link to another file", () => file("20261116").replace("_Public_", "_China_")],
  ])("fails for a page with %s", async (_what, html) => {
    handler = page(html());
    expect(await reasonOf(bring())).toMatch(/no link to the list/);
    expect(service.requests).toHaveLength(1);
  });

  test("fails for a page without end", async () => {
    handler = (_request, response) => {
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(1 << 16, "x")));
      };
      response.on("drain", more).on("error", () => undefined);
      more();
    };
    expect(await reasonOf(bring())).toMatch(/larger|more than|too large|bytes/);
  });
});
