/** Serves the files of a site as nginx does: the same paths, types and Content-Security-Policy. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css",
  js: "text/javascript",
  json: "application/json",
};

export interface IsoAnswer {
  readonly status: number;
  readonly body: string;
}

export interface SiteServer {
  readonly origin: string;
  /** What /isolist/… answers from now on. */
  isolist: IsoAnswer;
  stop(): Promise<void>;
}

export async function serveSite(files: ReadonlyMap<string, string>): Promise<SiteServer> {
  const state = { isolist: { status: 200, body: "[]" } as IsoAnswer };
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://site.example").pathname;
    if (path.startsWith("/isolist/")) {
      response.writeHead(state.isolist.status, { "Content-Type": "application/json" });
      response.end(state.isolist.body);
      return;
    }
    const name = [path.slice(1), `site${path}`, `site${path}.html`, `site${path}index.html`].find(
      (file) => file.startsWith("site/") && files.has(file),
    );
    const extension = name?.replace(/^.*\./, "") ?? "";
    response.writeHead(name === undefined ? 404 : 200, {
      "Content-Type": TYPES[extension] ?? "text/plain",
      "Content-Security-Policy": POLICY,
      "X-Content-Type-Options": "nosniff",
    });
    response.end(name === undefined ? "not found\n" : files.get(name));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    origin: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
