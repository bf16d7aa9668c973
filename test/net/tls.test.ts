import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HttpSession } from "../../src/net/http.ts";
import {
  type KeyAndCertificate,
  makeAuthority,
  type TestAuthority,
} from "../support/certificates.ts";
import {
  answer,
  ask,
  eventually,
  failure,
  failureOf,
  openTestSession,
  startServer,
  textOf,
} from "./servers.ts";

let authority: TestAuthority;
beforeAll(() => {
  authority = makeAuthority(["mirror.test"]);
});

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface SecureServer {
  readonly url: string;
  readonly names: (string | false | null)[];
  /** All that was sent by clients, after the handshake. */
  received(): string;
}

async function serve(
  { key, cert }: KeyAndCertificate,
  options: tls.TlsOptions = {},
): Promise<SecureServer> {
  const names: (string | false | null)[] = [];
  const sockets = new Set<tls.TLSSocket>();
  let received = "";
  const server = tls.createServer({ key, cert, ...options }, (socket) => {
    sockets.add(socket);
    names.push(socket.servername);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      socket.write(answer("secure"));
    });
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const url = `https://mirror.test:${(server.address() as AddressInfo).port}/`;
  return { url, names, received: () => received };
}

function session(): HttpSession {
  const opened = openTestSession({ ca: authority.ca });
  cleanups.push(() => opened.close());
  return opened;
}

const END = Date.UTC(2049, 11, 31) / 1000;

describe("request by https", () => {
  it("verifies the certificate for the host name, and says when it ends, on a kept connection too", async () => {
    const server = await serve(authority.good);
    const own = session();
    for (let count = 0; count < 2; count++) {
      const given = await ask(own, { url: server.url });
      expect(textOf(given)).toBe("secure");
      expect(given.certificate).toEqual({ expiresAt: END });
    }
    expect(server.names).toEqual(["mirror.test"]);
  });

  const refused: readonly [keyof TestAuthority, string, number | undefined][] = [
    ["expired", "CERT_HAS_EXPIRED", Date.UTC(2020, 1, 1) / 1000],
    ["wrongHost", "ERR_TLS_CERT_ALTNAME_INVALID", END],
    ["selfSigned", "DEPTH_ZERO_SELF_SIGNED_CERT", undefined],
  ];
  it.each(refused)(
    "is tls for a certificate that is %s, and sends nothing",
    async (which, code, end) => {
      const server = await serve(authority[which] as KeyAndCertificate);
      const secret = { authorization: "Basic secret" };
      const error = await failureOf(ask(session(), { url: server.url, headers: secret }));
      expect(error.failure).toBe("tls");
      expect(error.message).toMatch(new RegExp(`^the certificate of mirror.test .*\\(${code}\\)$`));
      if (end !== undefined) expect(error.expiresAt).toBe(end);
      else expect(error.expiresAt).toBeGreaterThan(Date.now() / 1000);
      expect(server.received()).toBe("");
    },
  );

  it("trusts no authority but the given ones, and those of Node without any", async () => {
    const server = await serve(authority.good);
    const own = openTestSession();
    cleanups.push(() => own.close());
    expect(await failure(own, { url: server.url })).toBe("tls");
  });

  it("keeps its verdict where the environment tells Node to trust everybody", async () => {
    const server = await serve(authority.selfSigned);
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await failure(session(), { url: server.url })).toBe("tls");
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });

  it("is tls where the server speaks plain HTTP, or an old version of TLS", async () => {
    const plain = await startServer((socket) => void socket.write(answer("plain")), {
      first: true,
    });
    cleanups.push(() => plain.close());
    expect(await failure(session(), { url: `https://mirror.test:${plain.port}/` })).toBe("tls");
    const old = {
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    } as const;
    const server = await serve(authority.good, old);
    expect(await failure(session(), { url: server.url })).toBe("tls");
  });

  it("is timeout where the handshake hangs, and reset where it is cut", async () => {
    const silent = await startServer(() => {});
    const cutting = await startServer((socket) => void socket.end(), { first: true });
    cleanups.push(
      () => silent.close(),
      () => cutting.close(),
    );
    const url = (port: number) => `https://mirror.test:${port}/`;
    expect(await failure(session(), { url: url(silent.port), seconds: 0.3 })).toBe("timeout");
    expect(await eventually(() => silent.open() === 0)).toBe(true);
    expect(await failure(session(), { url: url(cutting.port) })).toBe("reset");
  });

  it("does not take one host's connection for another at the same address", async () => {
    const server = await serve(authority.good);
    const resolver = { resolve: async () => ["127.0.0.1"] };
    const own = openTestSession({ ca: authority.ca, resolver });
    cleanups.push(() => own.close());
    await ask(own, { url: server.url });
    const other = server.url.replace("mirror.test", "other.test");
    expect(await failure(own, { url: other })).toBe("tls");
    expect(await failure(own, { url: server.url.replace("mirror.test", "127.0.0.1") })).toBe("tls");
    expect(server.received().match(/GET/g)).toHaveLength(1);
  });

  it("refuses to be sent from https to http", async () => {
    const server = tls.createServer({ ...authority.good }, (socket) => {
      socket.on("error", () => {});
      socket.once("data", () =>
        socket.end(answer("", ["Location: http://mirror.test/"], "302 Found")),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => void server.close());
    const url = `https://mirror.test:${(server.address() as AddressInfo).port}/`;
    const error = await failureOf(ask(session(), { url }));
    expect(error.failure).toBe("redirect");
    expect(error.message).toContain("from https to http");
  });
});
