/** A mirror: a folder over HTTP on a loopback address of its own, with an access log. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface MirrorServer {
  /** Such as `http://127.0.0.2:40123`. */
  readonly origin: string;
  /** What was asked since the log was cleared, a status and a path each: `200 /linux/a.txt`. */
  readonly log: string[];
  /** Answers 503 to everything while true. */
  failing: boolean;
  /** From then on connections are refused. */
  stop(): Promise<void>;
}

export async function startMirror(host: string, folder: string): Promise<MirrorServer> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const body = mirror.failing ? null : await readFile(join(folder, path)).catch(() => undefined);
    const status = body === null ? 503 : body === undefined ? 404 : 200;
    mirror.log.push(`${status} ${path}`);
    response.writeHead(status, { "Content-Length": body?.length ?? 0 }).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const mirror: MirrorServer = {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    log: [],
    failing: false,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return mirror;
}
