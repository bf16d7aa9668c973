/** Services on the loopback that answer as the real ones do, until a test has them fail. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import type { FetchTools } from "../../src/fetch/ask.ts";
import { openHttp } from "../../src/net/http.ts";
import type { Resolver } from "../../src/net/resolver.ts";
import type { FetchSources } from "../../src/refresh/fetch-gather.ts";
import { only } from "../net/servers.ts";
import type { KeyAndCertificate } from "../support/certificates.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Service {
  readonly port: number;
  /** "GET /path", in their order. */
  readonly asked: string[];
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

export async function startService(handler: Handler, secure?: KeyAndCertificate): Promise<Service> {
  const asked: string[] = [];
  const requests: IncomingMessage[] = [];
  const listener: Handler = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    requests.push(request);
    handler(request, response);
  };
  const server: Server = secure
    ? createSecureServer({ key: secure.key, cert: secure.cert }, listener)
    : createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    requests,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Every name of .test is on the loopback, "private.test" in a network that nobody may reach. */
const TEST_RESOLVER: Resolver = {
  resolve: async (host, family) => {
    if (family === 6 || !host.endsWith(".test")) return [];
    return [host === "private.test" ? "10.1.2.3" : "127.0.0.1"];
  },
};

export const TEST_NET = { policy: only("127.0.0.1"), resolver: TEST_RESOLVER };

/** Waits between attempts are noted and not waited for. */
export interface TestTools extends FetchTools {
  readonly waited: number[];
  readonly progress: (readonly [done: number, total: number | undefined])[];
  readonly retried: string[];
  close(): void;
}

export function testTools(secrets: readonly string[] = []): TestTools {
  const waited: number[] = [];
  const progress: [number, number | undefined][] = [];
  const retried: string[] = [];
  const http = openHttp({ ...TEST_NET, userAgent: "mirrorpress-test", now: Date.now });
  return {
    http,
    secrets,
    waited,
    progress,
    retried,
    wait: async (milliseconds) => void waited.push(milliseconds),
    onBytes: (done, total) => void progress.push([done, total]),
    onRetry: (reason) => void retried.push(reason),
    close: () => http.close(),
  };
}

export async function tarGz(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, content]) => ({
    header: { name, size: Buffer.byteLength(content), mtime: new Date(0) },
    body: content,
  }));
  return gzipSync(await packTar(entries));
}

export const ACCOUNT = { accountId: "1234567", licenseKey: "AbCdEf_0123456789abcdefABCDEF_mmk" };
/** What no output may hold. */
export const SECRETS = [
  ACCOUNT.accountId,
  ACCOUNT.licenseKey,
  Buffer.from(`${ACCOUNT.accountId}:${ACCOUNT.licenseKey}`).toString("base64"),
  "X-Amz-Signature",
  "5ecre75igna7ure",
];

export interface Release {
  readonly archive: Buffer;
  /** Of its build. The storage has its own: an hour later. */
  readonly lastModified: string;
  /** In place of the digest of the archive. */
  readonly checksum?: string;
}

export interface FakeMaxmind {
  readonly base: string;
  readonly door: Service;
  readonly storage: Service;
  /** By edition; may be changed at any time. */
  readonly releases: Map<string, Release>;
  /** Run before the service's own answer; true when it has answered. */
  before: { door?: BeforeAnswer; storage?: BeforeAnswer };
  close(): Promise<void>;
}

type BeforeAnswer = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The door asks for the account, answers HEAD itself and sends GET on to a signed URL of the storage,
 * which knows conditions and ranges, and refuses whoever brings other credentials than the signature,
 * or asks with another method than the one that was signed.
 */
export async function startMaxmind(): Promise<FakeMaxmind> {
  const releases = new Map<string, Release>();
  const fake: { before: FakeMaxmind["before"] } = { before: {} };
  const token = Buffer.from(`${ACCOUNT.accountId}:${ACCOUNT.licenseKey}`).toString("base64");
  const storage = await startService((request, response) => {
    if (fake.before.storage?.(request, response)) return;
    const url = new URL(request.url ?? "", "http://storage.test");
    if (request.headers.authorization !== undefined) {
      response.writeHead(400).end("<Error><Code>InvalidArgument</Code></Error>");
      return;
    }
    if (request.method !== "GET" || !url.searchParams.has("X-Amz-Signature")) {
      response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code></Error>");
      return;
    }
    const [, edition = "", suffix] = /^\/(.*)\.(tar\.gz(?:\.sha256)?)$/.exec(url.pathname) ?? [];
    const release = releases.get(edition);
    if (release === undefined) {
      response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
      return;
    }
    const digest = createHash("sha256").update(release.archive).digest("hex");
    const checksum = `${release.checksum ?? digest}  ${edition}_x.tar.gz\n`;
    const body = suffix === "tar.gz" ? release.archive : Buffer.from(checksum);
    const stored = new Date(Date.parse(release.lastModified) + 3_600_000);
    sendStored(request, response, body, stored);
  });
  const door = await startService((request, response) => {
    if (fake.before.door?.(request, response)) return;
    const say = (status: number, text: string) =>
      response.writeHead(status, { "content-type": "text/plain" }).end(text);
    if (request.headers.authorization !== `Basic ${token}`) {
      say(401, "Your account ID or license key could not be authenticated.\n");
      return;
    }
    const [, edition, suffix] =
      /^\/geoip\/databases\/([^/]+)\/download\?suffix=([a-z0-9.]+)$/.exec(request.url ?? "") ?? [];
    const release = releases.get(edition ?? "");
    if (edition === undefined || release === undefined) {
      say(404, `Database edition "${edition}" not found`);
      return;
    }
    if (request.method === "HEAD") {
      const { lastModified } = release;
      const day = new Date(lastModified).toISOString().slice(0, 10).replaceAll("-", "");
      response.writeHead(200, {
        "last-modified": lastModified,
        "content-disposition": `attachment; filename=${edition}_${day}.${suffix}`,
        "content-type": "application/gzip",
      });
      response.end();
      return;
    }
    const location = `http://storage.test:${storage.port}/${edition}.${suffix}?X-Amz-Signature=5ecre75igna7ure`;
    response.writeHead(302, { location }).end();
  });
  return Object.assign(fake, {
    base: `http://door.test:${door.port}`,
    door,
    storage,
    releases,
    close: async () => {
      await Promise.all([door.close(), storage.close()]);
    },
  });
}

/** As an object storage does (RFC 9110, sections 13 and 14): ETag of the bytes, conditions, one range. */
export function sendStored(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  stored = new Date(0),
): void {
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const known = { etag, "last-modified": stored.toUTCString(), "accept-ranges": "bytes" };
  const ifNoneMatch = headers["if-none-match"];
  const since = Date.parse(headers["if-modified-since"] ?? "");
  const isKnown = ifNoneMatch === undefined ? since >= stored.getTime() : ifNoneMatch === etag;
  if (isKnown) {
    response.writeHead(304, known).end();
    return;
  }
  const [, start = ""] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
  const isSame = headers["if-range"] === undefined || headers["if-range"] === etag;
  if (start === "" || !isSame) {
    response.writeHead(200, { ...known, "content-length": body.length });
    response.end(method === "HEAD" ? undefined : body);
    return;
  }
  const rest = body.subarray(Number(start));
  if (rest.length === 0) {
    response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    return;
  }
  const range = `bytes ${start}-${body.length - 1}/${body.length}`;
  response.writeHead(206, { ...known, "content-range": range, "content-length": rest.length });
  response.end(rest);
}

export interface FakePackage {
  readonly version: string;
  readonly tarball: Buffer;
  readonly licence?: string;
  /** In place of the digest of the tarball; null for none. */
  readonly integrity?: string | null;
  /** In place of the registry's own URL. */
  readonly tarballUrl?: string;
}

export interface FakeRegistry extends Service {
  readonly base: string;
  /** By name; the last version is the latest. */
  readonly packages: Map<string, readonly FakePackage[]>;
}

export async function startRegistry(): Promise<FakeRegistry> {
  const packages = new Map<string, readonly FakePackage[]>();
  const service = await startService((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const [, name = "", version] =
      /^\/(@[^/]+\/[^/]+)(?:\/-\/.*-(\d[^-]*)\.tgz)?$/.exec(path) ?? [];
    const versions = packages.get(name);
    if (versions === undefined) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":"Not found"}');
      return;
    }
    if (version !== undefined) {
      const found = versions.find((each) => each.version === version);
      sendStored(request, response, found?.tarball ?? Buffer.alloc(0));
      return;
    }
    const base = `http://registry.test:${service.port}`;
    const sri = (tarball: Buffer) =>
      `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const document = {
      name,
      "dist-tags": { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(
        versions.map((each) => [
          each.version,
          {
            ...(each.licence !== undefined && { license: each.licence }),
            dist: {
              tarball:
                each.tarballUrl ?? `${base}/${name}/-/${name.split("/")[1]}-${each.version}.tgz`,
              shasum: "0".repeat(40),
              ...(each.integrity !== null && { integrity: each.integrity ?? sri(each.tarball) }),
            },
          },
        ]),
      ),
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  return { ...service, base: `http://registry.test:${service.port}`, packages };
}

/** Sources of which only those are reached that a test gives. */
export function testSources(given: Partial<FetchSources> = {}): FetchSources {
  const nowhere = { url: "http://nowhere.example/" };
  return {
    maxmind: "http://nowhere.example",
    registry: "http://nowhere.example",
    cloud: { aws: nowhere, azure: nowhere, gcp: nowhere, oci: nowhere },
    ...given,
  };
}
