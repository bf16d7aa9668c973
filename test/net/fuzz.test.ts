/**
 * Thousands of answers, honest, odd and garbled, cut up at any place. Each request must end by its
 * deadline, as an answer or as a NetError; an honest answer must come out as it was sent.
 * FUZZ=20000 for more of them, SEED=1 for others.
 */
import type net from "node:net";
import { describe, expect, it } from "vitest";
import { NetError } from "../../src/net/failure.ts";
import type { HttpAnswer } from "../../src/net/http.ts";
import { seededRandom } from "../support/random.ts";
import { ask, eventually, openTestSession, startServer } from "./servers.ts";

const COUNT = Number(process.env["FUZZ"] ?? 1500);
const SEED = Number(process.env["SEED"] ?? 20260101);
const MAX_BYTES = 2000;
const SECONDS = 0.25;

interface Sent {
  readonly text: string;
  /** After the text: wait for the client, close, or break off. */
  readonly finish: "wait" | "end" | "reset";
  /** What an honest answer must come out as. */
  readonly honest?: { readonly status: number; readonly body: string };
}

function generator(random: () => number): () => Sent {
  const below = (most: number): number => Math.floor(random() * most);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const bytes = (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(below(256))).join("");

  const honest = (): Sent => {
    const status = pick([200, 200, 200, 204, 404, 503]);
    const body = status === 204 ? "" : bytes(pick([0, 1, 10, 1000, MAX_BYTES]));
    const own = pick(["", "X-A: b\r\n", `X-A: ${"b".repeat(below(5000))}\r\n`]);
    const line = `HTTP/1.1 ${status} ${pick(["OK", "", "Of Some Kind"])}\r\n${own}`;
    const result = { status, body };
    if (status === 204) return { text: `${line}\r\n`, finish: "wait", honest: result };
    const way = below(3);
    if (way === 0) {
      const text = `${line}Content-Length: ${body.length}\r\n\r\n${body}`;
      return { text, finish: "wait", honest: result };
    }
    if (way === 1) return { text: `${line}\r\n${body}`, finish: "end", honest: result };
    const chunks: string[] = [];
    for (let at = 0; at < body.length; ) {
      const length = 1 + below(300);
      const chunk = body.slice(at, at + length);
      chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
      at += length;
    }
    const text = `${line}Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`;
    return { text, finish: "wait", honest: result };
  };

  const oddHeader = (): string =>
    pick([
      () =>
        `Content-Length: ${pick(["-1", "0", "3", "1e3", "0x10", "99999999999999999999", "1,1", " "])}`,
      () => `Transfer-Encoding: ${pick(["chunked", "gzip", "chunked, chunked", "identity", "x"])}`,
      () => `Content-Encoding: ${pick(["gzip", "identity", "br, gzip", ""])}`,
      () => `Location: ${pick(["/", "//", "http://127.0.0.2/", "\\", bytes(9), "?", "/a"])}`,
      () => `Connection: ${pick(["close", "upgrade", "keep-alive", "x"])}`,
      () => "Upgrade: h2c",
      () => `Keep-Alive: timeout=${pick(["0", "-1", "99999999999"])}`,
      () => bytes(below(40)),
      () => `${bytes(3)}: ${bytes(10)}`,
      () => `__proto__: ${below(9)}`,
      () => " folded",
      () => "a:b\r\n".repeat(below(300)),
    ])();

  const odd = (): Sent => {
    const version = pick([
      "HTTP/1.1",
      "HTTP/1.1",
      "HTTP/1.1",
      "HTTP/1.0",
      "HTTP/0.9",
      "HTTP/2.0",
      "ICY",
      "http/1.1",
      "",
    ]);
    const status = pick([
      "200",
      "100",
      "101",
      "199",
      "204",
      "206",
      "302",
      "302",
      "304",
      "404",
      "999",
      "-1",
      "x",
    ]);
    const headers = Array.from({ length: below(5) }, () => `${oddHeader()}\r\n`).join("");
    const body = pick(["", "abc", "3\r\nabc\r\n0\r\n\r\n", bytes(below(5000)), "0\r\n".repeat(99)]);
    const text = `${version} ${status} OK${pick(["\r\n", "\r\n", "\r\n", "\n", "\r", ""])}${headers}\r\n${body}`;
    return {
      text: pick([text, text + text, text.repeat(3)]),
      finish: pick(["wait", "end", "end", "reset"]),
    };
  };

  /** A few bytes of another are turned, taken out, put in or doubled. */
  const garbled = (): Sent => {
    let { text } = random() < 0.5 ? honest() : odd();
    for (let times = 1 + below(4); times > 0; times--) {
      const at = below(text.length + 1);
      const length = below(6);
      const rest = text.slice(at + length);
      const now = pick([bytes(length), "", bytes(length) + text.slice(at, at + length)]);
      text = text.slice(0, at) + now + rest;
    }
    return { text, finish: pick(["end", "end", "end", "reset", "wait"]) };
  };

  return () => pick([honest, odd, garbled])();
}

const NOT_FOUND: Sent = { text: "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", finish: "wait" };

/** In one piece or in many, with pauses or without. */
function write(socket: net.Socket, { text, finish }: Sent, random: () => number): void {
  const pieces = random() < 0.5 ? 1 : 1 + Math.floor(random() * 20);
  const size = Math.max(1, Math.ceil(text.length / pieces));
  const next = (at: number): void => {
    if (socket.destroyed) return;
    if (at < text.length) {
      socket.write(text.slice(at, at + size), "latin1", () => setImmediate(next, at + size));
    } else if (finish === "end") {
      socket.end();
    } else if (finish === "reset") {
      socket.resetAndDestroy();
    }
  };
  next(0);
}

async function outcome(promise: Promise<HttpAnswer>): Promise<HttpAnswer | NetError> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
}

describe("request, of anything at all", () => {
  it(`ends by its deadline, whatever comes (SEED=${SEED})`, async () => {
    const sent = new Map<string, Sent>();
    const server = await startServer((socket, request) => {
      const path = request.split(" ")[1] ?? "";
      write(socket, sent.get(path) ?? NOT_FOUND, seededRandom(SEED + Number(path.slice(1))));
    });
    // What a server says too much may reach the next request over the same connection.
    const sessions = { honest: openTestSession(), others: openTestSession() };
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    process.on("uncaughtException", note);
    const before = process.memoryUsage().rss;
    const tally = new Map<string, number>();
    const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

    const one = async (index: number): Promise<void> => {
      const path = `/${index}`;
      const now = generator(seededRandom(SEED + index))();
      sent.set(path, now);
      const url = `http://mirror.test:${server.port}${path}`;
      const session = now.honest ? sessions.honest : sessions.others;
      const seconds = now.honest ? 20 : SECONDS;
      const startedAt = performance.now();
      const given = await outcome(ask(session, { url, maxBytes: MAX_BYTES, seconds }));
      const tookMs = performance.now() - startedAt;
      const about = `SEED=${SEED}, answer ${index}: ${JSON.stringify(now.text.slice(0, 400))}`;
      sent.delete(path);
      if (given instanceof NetError) {
        count(given.failure);
        expect(given.message, about).toMatch(/^[^\p{Cc}]{1,403}$/u);
      } else {
        const { status, body } = given;
        expect(status, about).toBeGreaterThanOrEqual(200);
        expect(body.length, about).toBeLessThanOrEqual(Math.max(MAX_BYTES, 4096));
        count("answer");
      }
      if (now.honest) {
        const got =
          given instanceof NetError
            ? given.message
            : { status: given.status, body: Buffer.from(given.body).toString("latin1") };
        expect(got, about).toEqual(now.honest);
      }
      // Of this process, which is also the server: what is more is for its own slowness.
      expect(tookMs, about).toBeLessThan(seconds * 1000 + 3000);
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < COUNT) await one(next++);
    };
    await Promise.all(Array.from({ length: 16 }, worker));

    sessions.honest.close();
    sessions.others.close();
    expect(await eventually(() => server.open() === 0)).toBe(true);
    await server.close();
    process.removeListener("unhandledRejection", note);
    process.removeListener("uncaughtException", note);
    expect(unhandled).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
    // The generator does its work: every kind of end came up.
    for (const what of [
      "answer",
      "protocol",
      "reset",
      "timeout",
      "redirect",
      "too-large",
      "encoding",
    ]) {
      expect(tally.get(what) ?? 0, what).toBeGreaterThan(0);
    }
  }, 120_000);
});
