/** A plain server on loopback for tests of a few mirrors, and runs that may talk to it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { NetworkConfig } from "../../src/model/config.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { defaultProbeSettings, type ProbeSettings } from "../../src/model/probe-settings.ts";
import type { AddressPolicy } from "../../src/net/address-policy.ts";
import type { Resolver } from "../../src/net/resolver.ts";
import { type ProbeEvent, type ProbeRun, probeMirrors } from "../../src/probe/probe.ts";
import { plainMirror } from "../support/mirrors.ts";
import { CONFIG } from "./fakes.ts";

export const REPOMD =
  '<?xml version="1.0"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo"/>\n';

export interface Web {
  readonly port: number;
  /** "GET host /path", in the order of their coming. */
  readonly asked: readonly string[];
  /** The most requests that were being answered at a time. */
  readonly mostAtATime: () => number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** What is not answered by `serve`, which says so by false, is a healthy mirror's file. */
export type ServeWeb = (
  request: { readonly host: string; readonly path: string; readonly count: number },
  response: ServerResponse,
  raw: IncomingMessage,
) => boolean | Promise<boolean>;

export async function startWeb(serve: ServeWeb, address = "127.0.0.1", port = 0): Promise<Web> {
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  let connections = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on("close", () => {
      open -= 1;
    });
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    const path = request.url ?? "";
    asked.push(`${request.method} ${host} ${path}`);
    if (await serve({ host, path, count: asked.length }, response, request)) return;
    if (path.endsWith("/TIME")) response.end(String(Math.floor(Date.now() / 1000)));
    else response.end(path.endsWith("/repomd.xml") ? REPOMD : "fine");
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((done) => server.listen(port, address, done));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    mostAtATime: () => most,
    connections: () => connections,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Of http alone. */
export function mirrorAt(name: string, port: number, fields: Partial<Mirror> = {}): Mirror {
  return plainMirror(name, { urls: { http: `http://${name}:${port}/linux/` }, ...fields });
}

export interface RunOptions {
  readonly config?: Partial<NetworkConfig>;
  readonly settings?: Partial<ProbeSettings>;
  readonly resolver?: Resolver;
  readonly policy?: AddressPolicy;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProbeEvent) => void;
}

export interface Run extends ProbeRun {
  readonly events: readonly ProbeEvent[];
  reasonOf(mirror: string, check: string): string | undefined;
}

/** Every name is at 127.0.0.1, and no other address may be connected to, unless it says otherwise. */
export async function runProbe(mirrors: readonly Mirror[], options: RunOptions = {}): Promise<Run> {
  const events: ProbeEvent[] = [];
  const {
    config,
    settings,
    resolver = at("127.0.0.1"),
    policy = loopback,
    signal,
    onEvent,
  } = options;
  const run = await probeMirrors(mirrors, {
    config: { ...CONFIG, ...config },
    settings: { ...defaultProbeSettings, control: [], requestSeconds: 5, ...settings },
    net: { policy, resolver },
    version: "1.2.3",
    now: Date.now,
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
    ...(signal && { signal }),
  });
  return {
    ...run,
    events,
    reasonOf: (mirror, check) =>
      run.results.find(({ name }) => name === mirror)?.checks.get(check)?.reason,
  };
}

export function at(ipv4: string, ...ipv6: readonly string[]): Resolver {
  return { resolve: async (_, family) => (family === 4 ? [ipv4] : ipv6) };
}

const loopback: AddressPolicy = ({ family, words }) =>
  family === 4 && words[0] === 0x7f00_0001 ? null : "not the test's";
