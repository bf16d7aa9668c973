import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpSession } from "../../src/net/http.ts";
import { ResolveError, type Resolver } from "../../src/net/resolver.ts";
import {
  answer,
  ask,
  eventually,
  failure,
  failureOf,
  namesOf,
  only,
  openTestSession,
  startServer,
  type Talk,
  type TestServer,
  textOf,
} from "./servers.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(talk: Talk, options?: Parameters<typeof startServer>[1]): Promise<TestServer> {
  const server = await startServer(talk, options);
  cleanups.push(() => server.close());
  return server;
}

function session(options?: Parameters<typeof openTestSession>[0]): HttpSession {
  const opened = openTestSession(options);
  cleanups.push(() => opened.close());
  return opened;
}

const at = (server: TestServer, path = "/"): string => `http://mirror.test:${server.port}${path}`;
/** A server that says the same to everybody, then leaves the connection as it is. */
const saying = (text: string): Promise<TestServer> =>
  serve((socket) => void socket.write(text, "latin1"));

describe("request", () => {
  it("gives status, headers, body, URL and address", async () => {
    const server = await saying(answer("1700000000\n", ["X-A: 1", "x-a: 2"]));
    const given = await ask(session(), { url: at(server, "/TIME") });
    expect(given).toMatchObject({
      ...{ status: 200, url: at(server, "/TIME"), redirects: 0, address: "127.0.0.1", family: 4 },
      headers: { "content-length": "11", "x-a": "1, 2" },
    });
    expect(textOf(given)).toBe("1700000000\n");
    expect(given.certificate).toBeUndefined();
  });

  it("says who asks, for which host, and that it wants no encoding", async () => {
    const server = await saying(answer(""));
    await ask(session(), { url: at(server, "/a?b"), headers: { accept: "text/plain" } });
    const lines = server.received[0]?.trimEnd().split("\r\n") ?? [];
    expect(lines[0]).toBe("GET /a?b HTTP/1.1");
    expect(
      lines
        .slice(1)
        .map((line) => line.toLowerCase())
        .sort(),
    ).toEqual([
      "accept-encoding: identity",
      "accept: text/plain",
      "connection: keep-alive",
      `host: mirror.test:${server.port}`,
      "user-agent: mirrorpress-test/1 (+https://example.org/)",
    ]);
  });

  it("reads bodies by length, by chunks and to the end of the connection", async () => {
    const chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n";
    expect(textOf(await ask(session(), { url: at(await saying(chunked)) }))).toBe("abc");
    const closing = await serve((socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nabc"));
    expect(textOf(await ask(session(), { url: at(closing) }))).toBe("abc");
  });

  it("keeps a connection for the next request to the same origin, for HEAD too", async () => {
    const server = await serve((socket, text) => {
      const full = answer("abc");
      socket.write(text.startsWith("HEAD") ? full.slice(0, -3) : full);
    });
    const own = session();
    for (const method of ["GET", "HEAD", "GET", "HEAD"] as const) {
      await ask(own, { url: at(server), method });
    }
    expect(server.connections()).toBe(1);
  });

  it("opens a bounded number of connections to an origin, and answers all the same", async () => {
    let most = 0;
    let busy = 0;
    const server = await serve((socket) => {
      busy += 1;
      most = Math.max(most, busy);
      setTimeout(() => {
        busy -= 1;
        socket.write(answer("x"));
      }, 5);
    });
    const own = session();
    const all = await Promise.all(Array.from({ length: 40 }, () => ask(own, { url: at(server) })));
    expect(all.map(textOf).join("")).toBe("x".repeat(40));
    expect(most).toBe(8);
    expect(server.connections()).toBe(8);
  });

  it("does not let requests that gave up keep others waiting", async () => {
    let silent = true;
    const server = await serve((socket) => void (silent || socket.write(answer("x"))));
    const own = session();
    const stuck = Array.from({ length: 20 }, () => failure(own, { url: at(server), seconds: 0.2 }));
    expect(new Set(await Promise.all(stuck))).toEqual(new Set(["timeout"]));
    silent = false;
    expect(textOf(await ask(own, { url: at(server) }))).toBe("x");
    expect(await eventually(() => server.open() === 1)).toBe(true);
  });

  it("asks once more where the server had closed a connection that it kept", async () => {
    const server = await serve((socket, text) => {
      if (server.received.at(-1)?.split("\r\n\r\n").length === 2)
        socket.write(answer(text.slice(4, 6)));
      else socket.destroy();
    });
    const own = session();
    expect(textOf(await ask(own, { url: at(server, "/a") }))).toBe("/a");
    expect(textOf(await ask(own, { url: at(server, "/b") }))).toBe("/b");
    expect(server.connections()).toBe(2);
  });

  it("takes nothing that comes unasked for the answer to the next request", async () => {
    const server = await serve((socket) => {
      socket.write(answer("honest"));
      setTimeout(() => socket.write(answer("poison")), 20);
    });
    const own = session();
    for (let count = 0; count < 3; count++) {
      expect(textOf(await ask(own, { url: at(server) }))).toBe("honest");
      const startedAt = performance.now();
      expect(await eventually(() => server.open() === 0)).toBe(true);
      // Long before it would have been closed for being idle.
      expect(performance.now() - startedAt).toBeLessThan(4000);
    }
    const twice = await saying(answer("honest") + answer("poison"));
    for (let count = 0; count < 3; count++) {
      expect(textOf(await ask(own, { url: at(twice) }))).toBe("honest");
    }
  });

  it("leaves no listener behind on a connection or a signal that is used again and again", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const server = await saying(answer("x"));
    const own = session();
    const { signal } = new AbortController();
    for (let count = 0; count < 30; count++) {
      await ask(own, { url: at(server), signal, stallSeconds: 5 });
    }
    await Promise.all(Array.from({ length: 30 }, () => ask(own, { url: at(server), signal })));
    await new Promise(setImmediate);
    process.removeListener("warning", note);
    expect(warnings).toEqual([]);
    expect(server.connections()).toBe(8);
  });

  it("is protocol for headers that cannot be sent, without their value, and keeps no connection", async () => {
    const server = await saying(answer("x"));
    const headers = { authorization: "Basic secret\r\nHost: evil" };
    const error = await failureOf(ask(session(), { url: at(server), headers }));
    expect([error.failure, error.message]).toEqual([
      "protocol",
      "mirror.test cannot be sent such a request (ERR_INVALID_CHAR)",
    ]);
    expect(server.received.join("")).toBe("");
    expect(await eventually(() => server.open() === 0)).toBe(true);
  });

  it("counts interim answers, and stops at the eighth", async () => {
    const interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const few = await saying(interim.repeat(8) + answer("x"));
    expect(textOf(await ask(session(), { url: at(few) }))).toBe("x");
    const many = await saying(interim.repeat(9) + answer("x"));
    expect(await failure(session(), { url: at(many) })).toBe("protocol");
  });

  it("gives any status as an answer, with the first 4 KiB of its words, compressed or not", async () => {
    const sink: Uint8Array[] = [];
    const server = await saying(
      answer("x".repeat(200_000), ["Content-Encoding: gzip"], "404 Not Found"),
    );
    const given = await ask(session(), { url: at(server), sink: (chunk) => void sink.push(chunk) });
    expect([given.status, given.body.length, sink.length]).toEqual([404, 4096, 0]);
  });
});

describe("request, of answers without bounds", () => {
  const long = "x".repeat(10_001);

  it("is too-large for a body over maxBytes, whatever the headers say", async () => {
    const chunk = `${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`;
    for (const text of [
      answer(long),
      `HTTP/1.1 200 OK\r\n\r\n${long}`,
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
      // Said, and not even sent.
      "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
    ]) {
      const server = await saying(text);
      expect(await failure(session(), { url: at(server) }), text.slice(0, 60)).toBe("too-large");
      expect(await eventually(() => server.open() === 0)).toBe(true);
    }
  });

  it("takes a body of exactly maxBytes", async () => {
    const server = await saying(answer("x".repeat(10_000)));
    expect((await ask(session(), { url: at(server) })).body.length).toBe(10_000);
  });

  it("stops after stopAfter bytes of a body that never ends, and closes", async () => {
    const server = await serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = setInterval(() => socket.write("x".repeat(1000)), 1);
      socket.on("close", () => clearInterval(more));
    });
    const given = await ask(session(), { url: at(server), stopAfter: 2500 });
    expect(given.body.length).toBe(2500);
    expect(await eventually(() => server.open() === 0)).toBe(true);
  });

  it("keeps the connection where little is left after stopAfter", async () => {
    const server = await saying(answer("x".repeat(8000)));
    const own = session();
    for (let count = 0; count < 3; count++) {
      expect((await ask(own, { url: at(server), stopAfter: 10 })).body.length).toBe(10);
    }
    expect(server.connections()).toBe(1);
  });

  it("has the answer after stopAfter though the rest never comes, or breaks off", async () => {
    const hanging = await saying(answer("x".repeat(8000)).slice(0, -100));
    expect((await ask(session(), { url: at(hanging), stopAfter: 10 })).body.length).toBe(10);
    const broken = await serve(
      (socket) => void socket.end(answer("x".repeat(8000)).slice(0, -100)),
    );
    expect((await ask(session(), { url: at(broken), stopAfter: 10 })).body.length).toBe(10);
  });

  it("hands a large body to the sink without keeping it, and what the sink throws to the caller", async () => {
    const server = await saying(answer("x".repeat(300_000)));
    let count = 0;
    const sink = (chunk: Uint8Array): void => {
      count += chunk.length;
    };
    const given = await ask(session(), { url: at(server), maxBytes: 300_000, sink });
    expect([count, given.body.length]).toEqual([300_000, 0]);
    const cut = await serve((socket) => void socket.end(answer("x".repeat(3000)).slice(0, -1000)));
    const heads: unknown[] = [];
    const broken = ask(session(), { url: at(cut), sink: (_, head) => void heads.push(head) });
    await expect(broken).rejects.toMatchObject({ failure: "reset" });
    expect(heads[0]).toMatchObject({ status: 200, headers: { "content-length": "3000" } });
    const full = new Error("disk full");
    const throwing = (): void => {
      throw full;
    };
    const failing = ask(session(), { url: at(server), maxBytes: 300_000, sink: throwing });
    await expect(failing).rejects.toBe(full);
    // The first one's connection is kept, this one's is not.
    expect(await eventually(() => server.open() === 1)).toBe(true);
  });

  it("is too-large for headers without end, in bytes or in number, and for such trailers", async () => {
    const wide = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`;
    const many = `HTTP/1.1 200 OK\r\n${"a:b\r\n".repeat(129)}Content-Length: 0\r\n\r\n`;
    const extension = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${"x".repeat(40_000)}`;
    const trailers = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"a:b\r\n".repeat(9000)}`;
    for (const text of [wide, many, extension, trailers]) {
      const server = await saying(text);
      expect(await failure(session(), { url: at(server) }), text.slice(0, 60)).toBe("too-large");
    }
  });

  it("inflates nothing: a compressed success is encoding", async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000)).toString("latin1");
    for (const headers of [["Content-Encoding: gzip"], ["content-encoding: identity, br"]]) {
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bomb.length}\r\n${headers}\r\n\r\n`;
      expect(await failure(session(), { url: at(await saying(head + bomb)) })).toBe("encoding");
    }
    const coded = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    expect(await failure(session(), { url: at(await saying(coded)) })).toBe("encoding");
    const plain = await saying(answer("x", ["Content-Encoding: identity"]));
    expect(textOf(await ask(session(), { url: at(plain) }))).toBe("x");
  });
});

describe("request, of servers without manners", () => {
  it.each([
    ["nothing of HTTP", "220 mail.example ESMTP\r\n\r\n"],
    ["HTTP/0.9", "<html>hello</html>"],
    ["HTTP/2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["status 99", "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"],
    ["status 999", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["a length of two", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["a huge length", `HTTP/1.1 200 OK\r\nContent-Length: ${"9".repeat(40)}\r\n\r\n`],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ["a huge chunk", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"f".repeat(20)}\r\n`],
    ["a NUL in a header", "HTTP/1.1 200 OK\r\nX: a\u0000b\r\nContent-Length: 0\r\n\r\n"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n"],
    ["bare line feeds in headers", "HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n"],
    [
      "another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\n",
    ],
  ])("is protocol for %s", async (_, text) => {
    const server = await saying(text);
    expect(await failure(session(), { url: at(server), seconds: 2 })).toBe("protocol");
    expect(await eventually(() => server.open() === 0)).toBe(true);
  });

  it.each([
    ["before the answer", ""],
    ["in the status line", "HTTP/1.1 20"],
    ["in the headers", "HTTP/1.1 200 OK\r\nX: "],
    ["in a body of known length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
    ["in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
    ["between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"],
  ])("is reset where the connection ends %s, by FIN or RST", async (_, text) => {
    const fin = await serve((socket) => void socket.end(text));
    expect(await failure(session(), { url: at(fin) })).toBe("reset");
    const rst = await serve((socket) => {
      socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 10));
    });
    expect(await failure(session(), { url: at(rst) })).toBe("reset");
  });

  it("is timeout at the absolute end, however much drips in", async () => {
    const dripping =
      (start: string, drop: string): Talk =>
      (socket) => {
        socket.write(start);
        const drip = setInterval(() => socket.write(drop), 20);
        socket.on("close", () => clearInterval(drip));
      };
    const talks: Talk[] = [
      () => {},
      dripping("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
      dripping("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "x"),
      dripping("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ];
    for (const talk of talks) {
      const server = await serve(talk);
      const startedAt = performance.now();
      expect(await failure(session(), { url: at(server), seconds: 0.4 })).toBe("timeout");
      expect(performance.now() - startedAt).toBeLessThan(2000);
      expect(await eventually(() => server.open() === 0)).toBe(true);
    }
  });

  it.each([
    ["back", -3_600_000],
    ["forward", 3_600_000],
  ])(
    "ends when its time is up, no sooner and no later, though the clock is set %s meanwhile",
    async (_, by) => {
      let clock = Date.now();
      const silent = await serve(() => {});
      const resolver: Resolver = {
        async resolve() {
          clock += by;
          return ["127.0.0.1"];
        },
      };
      const gate = async () => () => {};
      const own = session({ resolver, now: () => clock, gate });
      const startedAt = performance.now();
      expect(await failure(own, { url: at(silent), seconds: 0.4 })).toBe("timeout");
      expect(performance.now() - startedAt).toBeGreaterThan(350);
      expect(performance.now() - startedAt).toBeLessThan(2000);
      expect(silent.received[0]).toMatch(/^GET /);
    },
  );

  it("is timeout when nothing comes for stallSeconds, and not while something does", async () => {
    const dripping = await serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
      let left = 10;
      const drip = setInterval(() => {
        socket.write("x");
        left -= 1;
        if (left === 0) clearInterval(drip);
      }, 150);
    });
    const given = await ask(session(), { url: at(dripping), stallSeconds: 1 });
    expect(given.body.length).toBe(10);
    const silent = await saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    const error = await failureOf(ask(session(), { url: at(silent), stallSeconds: 0.2 }));
    expect([error.failure, error.message]).toEqual([
      "timeout",
      "mirror.test sent nothing for 0.2 s",
    ]);
  });

  it("gives errors one line without control and bidi characters", async () => {
    const server = await saying(answer("", ["Location: /\u0085\u009b31m\u0090"], "302 Found"));
    const error = await failureOf(ask(session(), { url: at(server, "/a?token=secret") }));
    expect(error.failure).toBe("redirect");
    expect(error.message).toMatch(/^[ -~]+$/);
    expect(error.url).toBe(at(server, "/a"));
    const odd = await saying(answer("", ["X: \u0085\u009b31m"]));
    expect((await ask(session(), { url: at(odd) })).headers["x"]).toBe("??31m");
  });
});

describe("request, connecting", () => {
  it("is refused where nobody listens", async () => {
    const server = await startServer(() => {});
    await server.close();
    const error = await failureOf(ask(session(), { url: at(server) }));
    expect(error.failure).toBe("refused");
    expect(error.message).toContain(`mirror.test (127.0.0.1, port ${server.port}) refuses`);
  });

  it("goes on to the next address, and from IPv4 to IPv6, where one does not let it in", async () => {
    const six = await serve((socket) => void socket.write(answer("six")), { address: "::1" });
    const four = await serve((socket) => void socket.write(answer("four")), {
      address: "127.0.0.3",
    });
    const resolver = namesOf({
      "six.test": [["127.0.0.2"], ["::1"]],
      "four.test": [["127.0.0.2", "127.0.0.3"], ["::1"]],
      "only.test": [[], ["::1"]],
    });
    const policy = only("127.0.0.2", "127.0.0.3", "::1");
    const own = session({ resolver, policy });
    const url = (host: string, { port }: TestServer) => ({ url: `http://${host}:${port}/` });
    expect(await ask(own, url("six.test", six))).toMatchObject({ family: 6, address: "::1" });
    expect(await ask(own, url("only.test", six))).toMatchObject({ family: 6, address: "::1" });
    expect(textOf(await ask(own, url("four.test", four)))).toBe("four");
    expect(await failure(own, { ...url("six.test", six), family: 4 })).toBe("refused");
    expect(await failure(own, { ...url("only.test", six), family: 4 })).toBe("no-address");
    expect(textOf(await ask(own, { url: `http://[::1]:${six.port}/` }))).toBe("six");
    expect(await failure(own, { url: `http://[::1]:${six.port}/`, family: 4 })).toBe("no-address");
  });

  it("says what the look-up said", async () => {
    const kinds = { "missing.test": "missing", "failed.test": "unanswered" } as const;
    const resolver = {
      async resolve(host: string): Promise<readonly string[]> {
        const kind = kinds[host as keyof typeof kinds];
        if (kind) throw new ResolveError(kind, `${host} is ${kind}`);
        if (host === "odd.test") throw new TypeError("odd");
        return host === "none.test" ? [] : new Promise(() => {});
      },
    };
    const own = session({ resolver });
    const failureAt = (host: string) => failure(own, { url: `http://${host}/`, seconds: 0.2 });
    expect(await failureAt("missing.test")).toBe("dns-missing");
    expect(await failureAt("failed.test")).toBe("dns-unanswered");
    expect(await failureAt("odd.test")).toBe("dns-unanswered");
    expect(await failureAt("none.test")).toBe("no-address");
    // Whether the mirror is alive cannot be known while our name server is silent.
    expect(await failureAt("silent.test")).toBe("dns-unanswered");
  });

  it("refuses what the look-up gives of the other family, or as no address", async () => {
    for (const text of ["127.0.0.1", "::1%lo", "1", "", "a.test"]) {
      const own = session({ resolver: { resolve: async () => [text] }, policy: () => null });
      const error = await failureOf(ask(own, { url: "http://mirror.test/", family: 6 }));
      expect([error.failure, text]).toEqual(["refused-address", text]);
    }
  });

  it("looks a name up once for many requests, and again where our look-up failed", async () => {
    const server = await saying(answer("x"));
    const names = namesOf({ "mirror.test": [["127.0.0.1"], []] });
    let failures = 2;
    const resolver = {
      resolve: (...args: Parameters<typeof names.resolve>) =>
        failures-- > 0
          ? Promise.reject(new ResolveError("unanswered", "no"))
          : names.resolve(...args),
    };
    const own = session({ resolver });
    expect(await failure(own, { url: at(server) })).toBe("dns-unanswered");
    for (let count = 0; count < 5; count++) await ask(own, { url: at(server) });
    expect(names.asked).toEqual(["mirror.test 4"]);
  });
});

describe("request, redirected", () => {
  /** Serves by path: where to go from there, PORT standing for its own; a plain answer elsewhere. */
  async function redirecting(
    paths: Readonly<Record<string, string>>,
    status = "302 Found",
  ): Promise<TestServer> {
    const server = await serve((socket, text) => {
      const path = text.split(" ")[1] ?? "";
      const to = paths[path]?.replaceAll("PORT", String(server.port));
      socket.write(
        to === undefined ? answer(`at ${path}`) : answer("moved", [`Location: ${to}`], status),
      );
    });
    return server;
  }

  it("follows three, over the same connection where the origin stays", async () => {
    const server = await redirecting({ "/a": "/b", "/b": "c", "/c": "//mirror.test:PORT/d" });
    const given = await ask(session(), { url: at(server, "/a") });
    expect(given).toMatchObject({ redirects: 3, url: at(server, "/d"), status: 200 });
    expect(textOf(given)).toBe("at /d");
    expect(server.connections()).toBe(1);
  });

  it.each(["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])(
    "follows %s, and keeps HEAD",
    async (status) => {
      const server = await redirecting({ "/a": "/b" }, status);
      await ask(session(), { url: at(server, "/a"), method: "HEAD" });
      expect(server.received.join("")).toContain("HEAD /b HTTP/1.1");
    },
  );

  it.each(["300 Choices", "304 Not Modified", "305 Proxy", "306 Unused", "399 Odd"])(
    "gives %s as it is",
    async (status) => {
      const server = await redirecting({ "/a": "/b" }, status);
      expect((await ask(session(), { url: at(server, "/a") })).redirects).toBe(0);
    },
  );

  it("is redirect for a fourth, for a circle, and for one that leads nowhere or to two places", async () => {
    const four = await redirecting({ "/a": "/b", "/b": "/c", "/c": "/d", "/d": "/e" });
    const error = await failureOf(ask(session(), { url: at(four, "/a") }));
    expect([error.failure, error.url]).toEqual(["redirect", at(four, "/d")]);
    expect(await failure(session(), { url: at(four, "/d"), maxRedirects: 0 })).toBe("redirect");
    const circle = await redirecting({ "/a": "/b", "/b": "/a" });
    expect((await failureOf(ask(session(), { url: at(circle, "/a") }))).message).toContain(
      "circle",
    );
    const itself = await redirecting({ "/": "/" });
    expect(await failure(session(), { url: at(itself) })).toBe("redirect");
    const nowhere = await saying(answer("", [], "302 Found"));
    expect(await failure(session(), { url: at(nowhere) })).toBe("redirect");
    const both = await saying(answer("", ["Location: /a", "Location: /b"], "302 Found"));
    expect(await failure(session(), { url: at(both) })).toBe("redirect");
  });

  it("does not wait for the body of a redirect", async () => {
    const server = await serve((socket, text) => {
      const away = "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000000\r\n\r\n";
      socket.write(text.startsWith("GET /a ") ? away : answer("here"));
    });
    expect(textOf(await ask(session(), { url: at(server, "/a") }))).toBe("here");
  });

  it("shares one end among all hops", async () => {
    const server = await serve((socket, text) => {
      const next = `Location: ${text.split(" ")[1]}x`;
      setTimeout(() => socket.write(answer("", [next], "302 Found")), 150);
    });
    expect(await failure(session(), { url: at(server), seconds: 0.4 })).toBe("timeout");
  });

  it("never shows another origin who asks, not even back at the first", async () => {
    let home = 0;
    const back = await serve((socket) => {
      socket.write(answer("", [`Location: http://mirror.test:${home}/end`], "302 Found"));
    });
    const start = await redirecting({
      "/start": "/own",
      "/own": `http://mirror.test:${back.port}/a`,
    });
    home = start.port;
    const headers = {
      ...{ authorization: "Basic c2VjcmV0", cookie: "secret", "X-Token": "secret" },
      "if-modified-since": "Sat, 01 Jan 2022 00:00:00 GMT",
    };
    const given = await ask(session(), { url: at(start, "/start"), headers });
    expect(textOf(given)).toBe("at /end");
    expect(start.received.join("").match(/Basic c2VjcmV0/g)).toHaveLength(2);
    expect(start.received.join("").match(/X-Token: secret/g)).toHaveLength(2);
    expect(back.received.join("")).not.toMatch(/c2VjcmV0|secret/);
    expect(back.received.join("")).toContain("2022 00:00:00 GMT");
  });
});

describe("close", () => {
  it("ends what is under way, waiting or asked later as cancelled, and leaves no socket", async () => {
    const server = await serve(() => {});
    const own = openTestSession();
    const pending = Array.from({ length: 20 }, () => failure(own, { url: at(server) }));
    const looking = failure(openForever(), { url: "http://silent.test/" });
    expect(await eventually(() => server.open() === 8)).toBe(true);
    own.close();
    expect(new Set(await Promise.all(pending))).toEqual(new Set(["cancelled"]));
    expect(await failure(own, { url: at(server) })).toBe("cancelled");
    expect(await eventually(() => server.open() === 0)).toBe(true);
    expect(server.connections()).toBe(8);
    expect(await looking).toBe("cancelled");
  });

  function openForever(): HttpSession {
    const own = openTestSession({ resolver: { resolve: () => new Promise(() => {}) } });
    setTimeout(() => own.close(), 50);
    return own;
  }

  it("closes idle connections", async () => {
    const server = await saying(answer("x"));
    const own = openTestSession();
    await ask(own, { url: at(server) });
    expect(server.open()).toBe(1);
    own.close();
    expect(await eventually(() => server.open() === 0)).toBe(true);
  });

  it("is not needed by a process whose requests are done: timers and idle sockets let it end", async () => {
    const server = createServer((_, response) => void response.end("x")).listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => void server.close());
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const own = session();
    const { port } = server.address() as AddressInfo;
    await ask(own, { url: `http://mirror.test:${port}/`, seconds: 100, stallSeconds: 100 });
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(after).toBeLessThanOrEqual(before);
  });

  it("has its like in the caller's signal, which ends one request as cancelled", async () => {
    const server = await serve(() => {});
    const own = session();
    const controller = new AbortController();
    const pending = failure(own, { url: at(server), signal: controller.signal });
    expect(await eventually(() => server.open() === 1)).toBe(true);
    controller.abort();
    expect(await pending).toBe("cancelled");
    const names = namesOf({});
    const late = session({ resolver: names });
    expect(await failure(late, { url: at(server), signal: AbortSignal.abort() })).toBe("cancelled");
    expect(names.asked).toEqual([]);
    expect(await eventually(() => server.open() === 0)).toBe(true);
  });
});
