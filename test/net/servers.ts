/** Servers on the loopback that say exactly what a test wants, and sessions that may talk to them. */
import { once } from "node:events";
import net from "node:net";
import { formatAddress } from "../../src/ip/address.ts";
import type { AddressPolicy } from "../../src/net/address-policy.ts";
import { NetError, type NetFailure } from "../../src/net/failure.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpSession,
  type NetOptions,
  openHttp,
} from "../../src/net/http.ts";
import type { Resolver } from "../../src/net/resolver.ts";

export interface TestServer {
  readonly port: number;
  /** Connections that were ever accepted. */
  connections(): number;
  /** Those that are still open. */
  open(): number;
  /** All that clients sent, by connection. */
  readonly received: string[];
  close(): Promise<void>;
}

export type Talk = (socket: net.Socket, request: string) => void;

/**
 * Calls `talk` with the text of each request, up to the empty line; and at once, with "", where the
 * server is to speak first.
 */
export async function startServer(
  talk: Talk,
  { address = "127.0.0.1", port = 0, first = false } = {},
): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  const received: string[] = [];
  let connections = 0;
  const server = net.createServer((socket) => {
    const own = connections;
    connections += 1;
    received[own] = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let pending = "";
    socket.on("data", (chunk) => {
      received[own] += chunk.toString("latin1");
      pending += chunk.toString("latin1");
      for (let end = pending.indexOf("\r\n\r\n"); end >= 0; end = pending.indexOf("\r\n\r\n")) {
        const request = pending.slice(0, end);
        pending = pending.slice(end + 4);
        talk(socket, request);
      }
    });
    if (first) talk(socket, "");
  });
  server.listen(port, address);
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    connections: () => connections,
    open: () => sockets.size,
    received,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A full answer. */
export function answer(body: string, headers: readonly string[] = [], status = "200 OK"): string {
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** A resolver that knows these names; each as [IPv4 addresses, IPv6 addresses]. */
export function namesOf(
  names: Readonly<Record<string, readonly [readonly string[], readonly string[]]>>,
): Resolver & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async resolve(host, family) {
      asked.push(`${host} ${family}`);
      return names[host]?.[family === 4 ? 0 : 1] ?? [];
    },
  };
}

/** Allows these addresses alone. */
export function only(...addresses: readonly string[]): AddressPolicy {
  return ({ family, words }) =>
    addresses.includes(formatAddress(family, words)) ? null : "not one of the test's";
}

/** `mirror.test` is at 127.0.0.1, and nothing else may be connected to. */
export function openTestSession(options: Partial<NetOptions> = {}): HttpSession {
  return openHttp({
    policy: only("127.0.0.1"),
    resolver: namesOf({ "mirror.test": [["127.0.0.1"], []] }),
    userAgent: "mirrorpress-test/1 (+https://example.org/)",
    now: Date.now,
    ...options,
  });
}

export type Ask = Partial<HttpRequest> & { readonly url: string };

export function ask(session: HttpSession, request: Ask): Promise<HttpAnswer> {
  return session.request({ maxBytes: 10_000, seconds: 5, ...request });
}

/** The error of a request that must fail; the request's own error where it is no NetError. */
export async function failureOf(promise: Promise<unknown>): Promise<NetError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof NetError) return outcome;
  throw new Error("no NetError", { cause: outcome });
}

export async function failure(session: HttpSession, request: Ask): Promise<NetFailure> {
  return (await failureOf(ask(session, request))).failure;
}

export function textOf({ body }: HttpAnswer): string {
  return Buffer.from(body).toString("latin1");
}

/** Until a condition holds, for at most ten seconds. */
export async function eventually(holds: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 1000 && !holds(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return holds();
}
