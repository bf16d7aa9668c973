/** Serves fake mirrors, each at an address of its own, all in one process. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { TestAuthority } from "../support/certificates.ts";
import { CONTROL_ADDRESS, CONTROL_HOST, type Fake, type Ports, type Served } from "./fakes.ts";
import { DECOY, type FakeRequest, type Reply } from "./kinds.ts";

export interface FakeServers {
  readonly served: Served;
  stats(): FakeStats;
  close(): Promise<void>;
}

export interface FakeStats {
  /** Connections to the address that the policy refuses. */
  readonly decoyConnections: number;
  /** By mirror. */
  readonly requests: Readonly<Record<string, number>>;
  /** Of the last request. */
  readonly userAgent: string;
  /** What serving took so far. */
  readonly cpuMs: number;
}

export async function serveFakes(
  fakes: readonly Fake[],
  authority: TestAuthority,
): Promise<FakeServers> {
  const servers = new Set<net.Server>();
  const sockets = new Set<net.Socket>();
  const ports: Record<string, Ports> = {};
  const requests: Record<string, number> = {};
  const stats = { decoyConnections: 0, userAgent: "" };

  const listen = async (
    address: string,
    port: number,
    onConnection: (socket: net.Socket) => void,
  ): Promise<Listening> => {
    const server = net.createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      onConnection(socket);
    });
    servers.add(server);
    server.listen({ port, host: address, backlog: 64 });
    await once(server, "listening");
    return { server, port: (server.address() as net.AddressInfo).port };
  };

  /** Answers requests, one after the other as they come. */
  const speak = (socket: net.Socket, at: At): void => {
    const { fake, secure, family } = at;
    let pending = "";
    socket.on("data", (chunk: Buffer) => {
      pending += chunk.toString("latin1");
      const end = pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = pending.slice(0, end);
      pending = pending.slice(end + 4);
      const [, method = "", path = ""] = /^([A-Z]+) (\S+) HTTP/.exec(head) ?? [];
      stats.userAgent = /^user-agent: (.*)$/im.exec(head)?.[1] ?? "";
      requests[fake.name] = (requests[fake.name] ?? 0) + 1;
      const request: FakeRequest = {
        ...{ secure, family, method, path, range: /^range:/im.test(head) },
        count: requests[fake.name] ?? 0,
      };
      fake.serve(request, replyTo(socket, method, fillIn));
    });
    const fillIn = (text: string): string =>
      text
        .replaceAll("DECOY_PORT", String(decoyPort))
        .replaceAll("OWN_HOST", fake.host)
        .replaceAll("OWN_HTTP_PORT", String(ports[fake.name]?.http))
        .replaceAll("OWN_HTTPS_PORT", String(ports[fake.name]?.https));
  };

  const contexts = {
    good: tls.createSecureContext(authority.good),
    expired: tls.createSecureContext(authority.expired),
    wrongHost: tls.createSecureContext(authority.wrongHost),
    selfSigned: tls.createSecureContext(authority.selfSigned),
  };

  const accept = (at: At) => (socket: net.Socket) => {
    const { fake, secure, family } = at;
    if (fake.onConnect?.(replyTo(socket, "GET", String), { family })) return;
    const certificate = fake.certificate ?? "good";
    if (secure && certificate === "none") {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      return;
    }
    if (!secure || certificate === "none") return speak(socket, at);
    const wrapped = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: contexts[certificate],
      ALPNProtocols: ["http/1.1"],
    });
    wrapped.on("error", () => {});
    speak(wrapped, at);
  };

  /** The same port in both families, as a URL has one for both. */
  const listenWeb = async (fake: Fake, secure: boolean): Promise<number> => {
    const addresses = [[6, "::1"] as const, [4, fake.address] as const].filter(
      ([family]) => family === 4 || (fake.ipv6 && fake.names !== "unanswered"),
    );
    let port = 0;
    for (const [family, address] of addresses) {
      const at = { fake, secure, family };
      const listening = await listen(address, port, accept(at));
      if (fake.refuses?.(at)) refusing.push(listening.server);
      port = listening.port;
    }
    return port;
  };

  const listenRsync = async ({ greeting, address }: Fake): Promise<number> => {
    if (greeting === undefined) return 0;
    const { server, port } = await listen(address, 0, (socket) => {
      if (greeting !== "silence") socket.write(greeting);
    });
    if (greeting === "refused") refusing.push(server);
    return port;
  };

  /** Closed in the end, that no other server is given one of their ports. */
  const refusing: net.Server[] = [];
  const { port: decoyPort } = await listen(DECOY, 0, (socket) => {
    stats.decoyConnections += 1;
    socket.destroy();
  });
  const { port: controlPort } = await listen(CONTROL_ADDRESS, 0, (socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
  });
  for (const fake of fakes) {
    const [http, https] = [await listenWeb(fake, false), await listenWeb(fake, true)];
    ports[fake.name] = { http, https, rsync: await listenRsync(fake) };
  }
  for (const server of refusing) {
    servers.delete(server);
    server.close();
    await once(server, "close");
  }
  return {
    served: {
      ...{ ports, ca: authority.ca },
      control: ["one", "two"].map((path) => `http://${CONTROL_HOST}:${controlPort}/${path}`),
    },
    stats() {
      const { user, system } = process.cpuUsage();
      return { ...stats, requests, cpuMs: (user + system) / 1000 };
    },
    async close() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([...servers].map((server) => once(server, "close")));
    },
  };
}

interface Listening {
  readonly server: net.Server;
  readonly port: number;
}

interface At {
  readonly fake: Fake;
  readonly secure: boolean;
  readonly family: 4 | 6;
}

/** Writes what a kind says. */
function replyTo(socket: net.Socket, method: string, fillIn: (text: string) => string): Reply {
  const write = (text: string): boolean => !socket.destroyed && socket.write(text, "latin1");
  return {
    send(status, body = "", headers = []) {
      const length = Buffer.byteLength(body, "latin1");
      const given = headers.some((header) => /^content-length/i.test(header));
      const all = [
        `HTTP/1.1 ${status} Status`,
        ...(given ? [] : [`Content-Length: ${length}`]),
        ...headers.map(fillIn),
      ];
      write(`${all.join("\r\n")}\r\n\r\n${method === "HEAD" ? "" : body}`);
    },
    write,
    repeat(text, everyMs) {
      if (everyMs !== undefined) {
        const timer = setInterval(() => write(text), everyMs);
        socket.on("close", () => clearInterval(timer));
        return;
      }
      const pump = (): void => {
        while (write(text));
        if (!socket.destroyed) socket.once("drain", pump);
      };
      pump();
    },
    end: () => socket.end(),
    reset() {
      // Of TLS, the connection below.
      if (socket instanceof tls.TLSSocket) socket.destroy();
      else socket.resetAndDestroy();
    },
  };
}
