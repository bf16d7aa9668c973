import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "../../src/fetch/ask.ts";
import { FetchError } from "../../src/fetch/failure.ts";
import { NetError, type NetFailure } from "../../src/net/failure.ts";
import { seededRandom } from "../support/random.ts";
import {
  type Handler,
  type Service,
  sendStored,
  startService,
  type TestTools,
  testTools,
} from "./services.ts";

const random = seededRandom(3);
const noise = (size: number) => Buffer.from(Array.from({ length: size }, () => random() * 256));
const FILE = noise(100_000);

let service: Service;
let answer: Handler;
let tools: TestTools;
beforeEach(async () => {
  tools = testTools();
  service = await startService((request, response) => answer(request, response));
});
afterEach(() => {
  tools.close();
  return service.close();
});

const bring = () => ask(tools, { url: `http://file.test:${service.port}/f`, maxBytes: 1 << 20 });
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const ranges = () => service.requests.map(({ headers }) => headers.range ?? "all");

/** Lets so many bytes of each answer's body through, then closes the connection. */
function cutting(handler: Handler, lengths: readonly number[]): Handler {
  let cut = 0;
  return (request, response) => {
    const most = lengths[cut++] ?? Number.POSITIVE_INFINITY;
    const end = response.end.bind(response);
    response.end = ((body?: Buffer) => {
      if (!(body instanceof Buffer) || body.length <= most) return end(body);
      response.write(body.subarray(0, most), () => response.destroy());
      return response;
    }) as ServerResponse["end"];
    handler(request, response);
  };
}

const stored: Handler = (request, response) => sendStored(request, response, FILE);

describe("ask, of a body that is cut", () => {
  test("goes on where it was cut, and gives the whole", async () => {
    answer = cutting(stored, [30_000, 40_000]);
    const { status, body } = await bring();
    expect([status, sha256(body)]).toEqual([200, sha256(FILE)]);
    expect(ranges()).toEqual(["all", "bytes=30000-", "bytes=70000-"]);
    expect(service.requests[1]?.headers["if-range"]).toMatch(/^"[0-9a-f]{32}"$/);
    expect(tools.progress.at(-1)).toEqual([100_000, 100_000]);
    expect(tools.retried).toEqual(Array(2).fill(expect.stringMatching(/^file\.test closes the/)));
    expect(tools.progress.every(([done], at, all) => at === 0 || done > all[at - 1]![0])).toBe(
      true,
    );
  });

  test("goes on as long as something comes, but six times at most", async () => {
    answer = cutting(stored, [1, 1, 1, 1, 1]);
    expect(sha256((await bring()).body)).toBe(sha256(FILE));
    expect(tools.waited).toEqual([2000, 2000, 2000, 2000, 2000]);
    answer = cutting(stored, Array(99).fill(1));
    service.requests.length = 0;
    await expect(bring()).rejects.toThrow(/closes the connection before its answer is complete/);
    expect(ranges()).toHaveLength(6);
  });

  test("gives up after three attempts that bring nothing", async () => {
    answer = cutting(stored, [30_000, 0, 0, 0]);
    await expect(bring()).rejects.toThrow(FetchError);
    expect(ranges()).toEqual(["all", "bytes=30000-", "bytes=30000-", "bytes=30000-"]);
    expect(tools.waited).toEqual([2000, 2000, 8000]);
  });

  test("starts anew where there is another file by then", async () => {
    const other = noise(90_000);
    let asked = 0;
    answer = cutting(
      (request, response) => sendStored(request, response, asked++ === 0 ? FILE : other),
      [30_000],
    );
    const { status, body } = await bring();
    expect([status, sha256(body)]).toEqual([200, sha256(other)]);
  });

  test.each([
    ["gives the rest of another file as if it were the same", { etag: '"other"' }],
    ["gives another part than was asked for", { "content-range": "bytes 0-99999/100000" }],
    ["gives a part of a file of another length", { "content-range": "bytes 30000-99999/100001" }],
    ["does not say which part it gives", { "content-range": "" }],
  ])("starts anew where the server %s", async (_what, headers) => {
    answer = cutting(
      (request, response) => {
        if (request.headers.range === undefined) return sendStored(request, response, FILE);
        const etag = `"${createHash("md5").update(FILE).digest("hex")}"`;
        const range = "bytes 30000-99999/100000";
        response.writeHead(206, { etag, "content-range": range, ...headers });
        response.end(FILE.subarray(30_000));
      },
      [30_000],
    );
    expect(sha256((await bring()).body)).toBe(sha256(FILE));
    expect(ranges()).toEqual(["all", "bytes=30000-", "all"]);
  });

  test.each([
    ["no ETag", {}],
    ["a weak ETag", { etag: 'W/"1"' }],
    ["an ETag that is none", { etag: "1" }],
    ["no length", { etag: '"1"', "transfer-encoding": "chunked" }],
  ])("starts anew, and three times at most, where the server gives %s", async (_what, headers) => {
    const handler: Handler = (_request, response) => {
      const length = "transfer-encoding" in headers ? {} : { "content-length": FILE.length };
      response.writeHead(200, { ...length, ...headers }).end(FILE);
    };
    answer = cutting(handler, [30_000, 10]);
    expect(sha256((await bring()).body)).toBe(sha256(FILE));
    expect(ranges()).toEqual(["all", "all", "all"]);
    answer = cutting(handler, [30_000, 40_000, 50_000]);
    await expect(bring()).rejects.toThrow(FetchError);
  });

  test("asks for the rest once more where a part of it comes, or what passes instead", async () => {
    let asked = 0;
    answer = cutting(
      (request, response) => {
        asked++;
        if (asked === 2) response.writeHead(503).end("later");
        else if (asked === 3) {
          const etag = `"${createHash("md5").update(FILE).digest("hex")}"`;
          response.writeHead(206, { etag, "content-range": "bytes 30000-49999/100000" });
          response.end(FILE.subarray(30_000, 50_000));
        } else sendStored(request, response, FILE);
      },
      [30_000],
    );
    expect(sha256((await bring()).body)).toBe(sha256(FILE));
    expect(ranges()).toEqual(["all", "bytes=30000-", "bytes=30000-", "bytes=50000-"]);
  });

  test("starts anew where the server says that there is no such part", async () => {
    let asked = 0;
    answer = cutting(
      (request, response) => {
        if (++asked === 2) response.writeHead(416).end();
        else sendStored(request, response, FILE);
      },
      [30_000],
    );
    expect(sha256((await bring()).body)).toBe(sha256(FILE));
    expect(ranges()).toEqual(["all", "bytes=30000-", "all"]);
  });

  test("takes a part that nobody asked for as no answer", async () => {
    answer = (_request, response) => response.writeHead(206).end("part");
    expect((await bring()).status).toBe(206);
  });

  const sayingLength = (length: number): Handler => {
    return (_request, { socket }) => {
      socket?.write(`HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: ${length}\r\n\r\n`);
      socket?.end(FILE);
    };
  };

  test("is cut where it is shorter than was said", async () => {
    answer = sayingLength(101_000);
    await expect(bring()).rejects.toThrow(/closes the connection before its answer is complete/);
  });

  test("is none where it is longer than was said", async () => {
    answer = sayingLength(99_000);
    await expect(bring()).rejects.toThrow(/sends what is not HTTP/);
  });
});

describe("ask, where a proxy is set", () => {
  const failing = (failure: NetFailure) => ({
    ...tools.http,
    request: async () => Promise.reject(new NetError(failure, "file.test does not answer")),
  });
  const remedyOf = async (failure: NetFailure, proxy?: string) => {
    const given = { ...tools, http: failing(failure), ...(proxy && { proxy }) };
    const outcome = await ask(given, { url: "http://file.test/f", maxBytes: 9 }).catch(
      (error: unknown) => error,
    );
    return (outcome as FetchError).remedy;
  };

  test("says that it is not gone through, when nothing else lets us out", async () => {
    for (const failure of ["timeout", "refused", "dns-missing", "no-route", "tls"] as const) {
      expect(await remedyOf(failure, "HTTPS_PROXY")).toMatch(
        /^HTTPS_PROXY is set, but nothing here goes through a proxy: .* connect to file\.test itself/,
      );
    }
  });

  test("keeps to the matter otherwise", async () => {
    expect(await remedyOf("too-large", "HTTPS_PROXY")).toBe("");
    expect(await remedyOf("timeout")).toBe("");
    expect(await remedyOf("no-route")).toMatch(/reaches the Internet/);
  });
});
