/** A host that serves a folder as GitHub Pages does: below a path, and pages without their ".html". */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

export interface Pages {
  /** Without a slash at its end. */
  readonly address: string;
  /** Follows every link within the site, from a page on: paths that were found, and links that lead nowhere. */
  readonly follow: (
    path: string,
  ) => Promise<{ readonly followed: readonly string[]; readonly lost: readonly string[] }>;
  readonly close: () => Promise<void>;
}

/** The folder need not be there yet. */
export async function startPages(folder: string, base: string): Promise<Pages> {
  const server = createServer(({ url = "" }, response) => {
    const { pathname } = new URL(url, "http://pages.example");
    const path = pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : null;
    const file = path === null ? undefined : candidates(join(folder, path)).find(isFile);
    if (file === undefined) response.writeHead(404).end("nothing is here");
    else response.writeHead(200).end(readFileSync(file));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const origin = `http://127.0.0.1:${port}`;

  async function follow(start: string) {
    const seen = new Set<string>();
    const lost: string[] = [];
    const open = [`${base}${start}`];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const answer = await fetch(origin + path);
      const text = await answer.text();
      if (!answer.ok) lost.push(path);
      if (!text.startsWith("<!doctype html>")) continue;
      for (const [, link = ""] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
        const to = new URL(link, origin + path);
        if (to.origin === origin) open.push(to.pathname + to.search);
      }
    }
    return { followed: [...seen].map((path) => path.replace(/\?.*/, "")), lost };
  }
  return {
    address: origin + base,
    follow,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

function candidates(path: string): readonly string[] {
  return [path, `${path}.html`, join(path, "index.html")];
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
