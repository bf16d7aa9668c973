/** What honest clients may follow or keep, and ours must not; and handshakes that never end. */
import { afterEach, describe, expect, it } from "vitest";
import { seededRandom } from "../support/random.ts";
import {
  answer,
  ask,
  eventually,
  failure,
  openTestSession,
  startServer,
  type Talk,
  textOf,
} from "./servers.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function serve(talk: Talk, options: Parameters<typeof startServer>[1] = {}) {
  const server = await startServer(talk, options);
  cleanups.push(() => server.close());
  return server;
}

function session(options?: Parameters<typeof openTestSession>[0]) {
  const opened = openTestSession(options);
  cleanups.push(() => opened.close());
  return opened;
}

describe("request", () => {
  it("goes to no alternative service, keeps no cookie, and follows nothing but Location", async () => {
    const decoy = await serve((socket) => void socket.write(answer("decoy")));
    const elsewhere = `http://mirror.test:${decoy.port}/`;
    const server = await serve(
      (socket) =>
        void socket.write(
          answer("plain", [
            `Alt-Svc: http/1.1="127.0.0.1:${decoy.port}"; ma=86400`,
            "Set-Cookie: session=1; Path=/",
            `Refresh: 0; url=${elsewhere}`,
            `Content-Location: ${elsewhere}`,
            `Link: <${elsewhere}>; rel=canonical`,
            "Strict-Transport-Security: max-age=86400",
          ]),
        ),
    );
    const own = session();
    const url = `http://mirror.test:${server.port}/`;
    for (let count = 0; count < 3; count++) expect(textOf(await ask(own, { url }))).toBe("plain");
    expect(decoy.connections()).toBe(0);
    expect(server.received.join("")).not.toMatch(/cookie|upgrade/i);
  });

  it("takes what HTTP/2 says first for no answer of HTTP/1.1", async () => {
    // An empty SETTINGS frame, RFC 9113, 4.1 and 6.5.
    const settings = "\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000";
    const server = await serve((socket) => void socket.write(settings, "latin1"));
    const url = `http://mirror.test:${server.port}/`;
    expect(await failure(session(), { url, seconds: 2 })).toBe("protocol");
  });

  it("ends a handshake of TLS that drips, or is of garbage, when its time is up or sooner", async () => {
    const random = seededRandom(20_261_122);
    const dripping: Talk = (socket) => {
      // The beginning of a record of a handshake, of 16 KiB, that is never whole.
      socket.write(Buffer.from([0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc]));
      const drip = setInterval(() => socket.write(Buffer.from([0])), 20);
      socket.on("close", () => clearInterval(drip));
    };
    const garbage: Talk = (socket) => {
      const bytes = Buffer.from(Array.from({ length: 400 }, () => Math.floor(random() * 256)));
      if (random() < 0.5) bytes[0] = 0x16;
      if (random() < 0.5) bytes.set([3, 3], 1);
      socket.write(bytes);
    };
    for (const talk of [dripping, ...new Array<Talk>(25).fill(garbage)]) {
      const server = await startServer(talk, { first: true });
      const startedAt = performance.now();
      const url = `https://mirror.test:${server.port}/`;
      expect(["timeout", "tls", "reset"]).toContain(
        await failure(session(), { url, seconds: 0.4 }),
      );
      expect(performance.now() - startedAt).toBeLessThan(2000);
      expect(await eventually(() => server.open() === 0)).toBe(true);
      await server.close();
    }
  });
});
