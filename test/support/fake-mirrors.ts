/** Mirrors of one small network on loopback: one server that is another mirror by the host asked for. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AddressPolicy } from "../../src/net/address-policy.ts";
import { ResolveError, type Resolver } from "../../src/net/resolver.ts";

export type Behaviour =
  | "good"
  /** A timestamp of a week ago. */
  | "stale"
  /** Answers 500 to everything. */
  | "broken"
  /** Accepts, and never says a word. */
  | "silent"
  /** Its name does not exist. */
  | "gone"
  /** Its name cannot be looked up. */
  | "unanswered"
  /** Has no images, and not the last of its repositories. */
  | "partial";

export interface FakeMirrors {
  readonly port: number;
  /** Host names that were asked for, in their order, with the path: "m.example /linux/TIME". */
  readonly asked: readonly string[];
  readonly net: { readonly policy: AddressPolicy; readonly resolver: Resolver };
  close(): Promise<void>;
}

/** `behaviours` are by host name, and may be changed at any time; others are "gone". */
export async function startFakeMirrors(
  behaviours: ReadonlyMap<string, Behaviour>,
  now: () => number,
): Promise<FakeMirrors> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    asked.push(`${host} ${request.url}`);
    answer(behaviours.get(host) ?? "gone", request, response, now());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const resolver: Resolver = {
    resolve: async (host, family) => {
      const behaviour = behaviours.get(host) ?? "gone";
      if (behaviour === "gone") throw new ResolveError("missing", `${host} does not exist`);
      if (behaviour === "unanswered") throw new ResolveError("unanswered", "SERVFAIL");
      return family === 4 ? ["127.0.0.1"] : [];
    },
  };
  const loopback: AddressPolicy = ({ family, words }) =>
    family === 4 && (words[0] ?? 0) >>> 24 === 127 ? null : "no address of this test";
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    net: { policy: loopback, resolver },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const REPOMD = '<?xml version="1.0"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo"/>\n';

function answer(
  behaviour: Behaviour,
  { url = "/" }: IncomingMessage,
  response: ServerResponse,
  now: number,
): void {
  if (behaviour === "silent") return;
  if (behaviour === "broken") {
    response.writeHead(500).end("out of order");
    return;
  }
  const seconds = Math.floor(now / 1000) - (behaviour === "stale" ? 7 * 86_400 : 600);
  if (url.endsWith("/TIME")) response.end(`${seconds}\n`);
  else if (behaviour === "partial" && /\/isos\/|\/AppStream\//.test(url))
    response.writeHead(404).end();
  else if (url.endsWith("/repomd.xml")) response.end(REPOMD);
  else if (url.endsWith("/CHECKSUM") || url === "/") response.end("fine\n");
  else response.writeHead(404).end();
}

/** One version of two repositories, by http alone: what fake mirrors have. */
export const FAKE_CONFIG = `config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors
versions: ["9", "9.8"]
duplicated_versions: {"9": "9.8"}
required_protocols: [http]
arches: {"9": [x86_64]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os/}
  - {name: appstream, path: AppStream/$basearch/os/}
`;
