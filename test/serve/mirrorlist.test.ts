/** The emitted configuration in the real nginx, mounted as http.conf says. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningNginx } from "../../src/cli/preview-nginx.ts";
import { type Answer, ask, type Question } from "./ask.ts";
import { hasNginx, publish, publishAndStart, start } from "./mounted-nginx.ts";
import { EVERYWHERE } from "./small-generation.ts";

describe.skipIf(!hasNginx())("nginx with a published generation", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress serve-"));
  let nginx: RunningNginx;

  beforeAll(async () => {
    nginx = await publishAndStart({ root, trustedProxies: ["127.0.0.0/8", "203.0.113.0/24"] });
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true });
  });

  const get = (path: string, more: Omit<Question, "path"> = {}): Promise<Answer> =>
    ask(nginx.port, { path, ...more });
  const from = (address: string, path = "/mirrorlist/8/baseos") =>
    get(path, { headers: { "X-Forwarded-For": address } });
  const list = (names: readonly string[], path: string) =>
    names.map((name) => `http://${name}.example/almalinux/${path}\n`).join("");

  it.each([
    ["192.0.2.0", ["north"]],
    ["192.0.2.255", ["north"]],
    ["192.0.1.255", EVERYWHERE],
    ["192.0.3.0", EVERYWHERE],
    ["198.51.100.127", ["south", "west"]],
    ["198.51.100.128", ["west", "south"]],
    ["2001:db8::1", ["six", "east"]],
    ["2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", ["six", "east"]],
    ["2001:db9::", EVERYWHERE],
    ["::ffff:192.0.2.7", ["north"]],
    ["2002:c000:0207::1", ["north"]],
    ["64:ff9b::192.0.2.7", ["north"]],
    ["255.255.255.255", EVERYWHERE],
    ["not an address", EVERYWHERE],
  ])("%s gets %j", async (address, names) => {
    const { status, body } = await from(address);
    expect(body).toBe(list(names, "8.10/BaseOS/$basearch/os/"));
    expect(status).toBe(200);
  });

  it.each([
    ["/mirrorlist/8/baseos", "8.10/BaseOS/$basearch/os/"],
    ["/mirrorlist/8.10/baseos", "8.10/BaseOS/$basearch/os/"],
    ["/mirrorlist/8.77/powertools", "8.10/PowerTools/$basearch/os/"],
    ["/mirrorlist/9.99/baseos", "9.8/BaseOS/$basearch/os/"],
    ["/mirrorlist/9.8-beta/baseos", "9.8/BaseOS/$basearch/os/"],
    ["/mirrorlist/9/raspberrypi", "9.8/raspberrypi/$basearch/os"],
    ["/mirrorlist/8/baseos?country=FR&arch=../../etc", "8.10/BaseOS/$basearch/os/"],
  ])("%s is the path %s", async (path, expected) => {
    expect((await from("192.0.2.1", path)).body).toBe(list(["north"], expected));
  });

  it.each([
    ["/mirrorlist/8.3/baseos", "8.3/BaseOS/$basearch/os/"],
    ["/mirrorlist/8/baseos-source", "8.10/BaseOS/Source/"],
  ])("%s is one line, the vault's", async (path, expected) => {
    const { status, body } = await from("192.0.2.1", path);
    expect([status, body]).toEqual([200, `http://vault.example/${expected}\n`]);
  });

  it.each([
    "/mirrorlist/99.995/baseos",
    "/mirrorlist/80/baseos",
    "/mirrorlist/8-x/baseos",
    "/mirrorlist/8./baseos",
    "/mirrorlist/8/crb",
    "/mirrorlist/8/default",
    "/mirrorlist/default/baseos",
    "/mirrorlist/8.3/powertools",
    "/mirrorlist/8/baseos%0a",
    "/mirrorlist/8/baseos/",
    "/mirrorlist/8%0a/baseos",
    "/mirrorlist/8/",
    "/mirrorlist/8",
    "/mirrorlist/",
    "/mirrorlist/lists/all",
    `/mirrorlist/${"8".repeat(100)}/baseos`,
    "/mirrorlist/8/$mirrorpress_generation",
  ])("%s is a 404 that names what there is", async (path) => {
    const { status, body, headers } = await from("192.0.2.1", path);
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(body).toContain("Version 8, 8.10:\n  baseos baseos-source powertools\n");
    expect(body).toContain("Version 9, 9.8:\n  baseos raspberrypi\n");
  });

  it.each([
    "/mirrorpress/not-found",
    "/nginx/not-found.txt",
    "/mirrorlist/../nginx/http.conf",
    "/mirrorlist/8/baseos/../../../manifest.json",
    "/mirrorlist/..%2fmanifest.json",
    "/mirrorlist/8/..%2f..%2fmanifest.json",
    "/lists/all",
  ])("%s shows nothing of the generation", async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain("{path}");
    expect(body).not.toContain("sha256");
    expect(body).not.toContain("geoip2");
  });

  it("says how an answer may be kept: not at all", async () => {
    const { headers } = await from("192.0.2.1");
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect(headers.has("etag")).toBe(false);
    expect(headers.has("last-modified")).toBe(false);
  });

  it("does not take another list's validator for its own", async () => {
    const lists = join(root, "current", "lists", "all");
    for (const name of readdirSync(lists)) {
      const { mtimeMs, size } = statSync(join(lists, name));
      const seconds = Math.floor(mtimeMs / 1000);
      const validators: Record<string, string>[] = [
        { "If-Modified-Since": new Date(mtimeMs).toUTCString() },
        { "If-None-Match": `"${seconds.toString(16)}-${size.toString(16)}"` },
      ];
      for (const headers of validators) {
        expect((await get("/mirrorlist/8/baseos", { headers })).status).toBe(200);
      }
    }
  });

  it("answers HEAD without a body", async () => {
    const { status, body } = await get("/mirrorlist/8/baseos", { method: "HEAD" });
    expect([status, body]).toEqual([200, ""]);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])(
    "refuses %s with a sentence",
    async (method) => {
      const { status, body } = await get("/mirrorlist/8/baseos", { method });
      expect(status).toBe(405);
      expect(body).toContain("use GET or HEAD");
    },
  );

  it("takes the last address of X-Forwarded-For that is no trusted proxy's", async () => {
    const path = "/mirrorlist/8/baseos";
    const { body } = await from("192.0.2.1, 2001:db8::7, 203.0.113.9", path);
    expect(body).toBe(list(["six", "east"], "8.10/BaseOS/$basearch/os/"));
  });

  it("ignores ?ip=, which is for previews", async () => {
    const path = "/mirrorlist/8/baseos?ip=2001:db8::1";
    expect((await from("192.0.2.1", path)).body).toBe(list(["north"], "8.10/BaseOS/$basearch/os/"));
  });

  it("logs nothing worse than a notice", () => {
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
  });
});

describe.skipIf(!hasNginx())("nginx without a trusted proxy", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  afterAll(() => rmSync(root, { recursive: true }));

  it("does not believe X-Forwarded-For, on IPv4 or IPv6", async () => {
    publish({ root });
    const nginx = await start(root, ["127.0.0.1", "::1"]);
    try {
      for (const host of ["127.0.0.1", "::1"]) {
        const headers = { "X-Forwarded-For": "192.0.2.1" };
        const { body } = await ask(nginx.port, { path: "/mirrorlist/8/baseos", host, headers });
        expect(body.split("\n")).toHaveLength(EVERYWHERE.length + 1);
      }
    } finally {
      await nginx.stop();
    }
  });
});

describe.skipIf(!hasNginx())("nginx before the first generation", () => {
  it("starts with the includes of http.conf, and serves after the first reload", async () => {
    const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
    const nginx = await start(root);
    try {
      expect((await ask(nginx.port, { path: "/mirrorlist/8/baseos" })).status).toBe(404);
      publish({ root });
      nginx.reload();
      await expect
        .poll(async () => (await ask(nginx.port, { path: "/mirrorlist/8/baseos" })).status)
        .toBe(200);
    } finally {
      await nginx.stop();
      rmSync(root, { recursive: true });
    }
  });
});

describe.skipIf(!hasNginx())("a switch under requests", () => {
  it("answers every request, from the old or the new generation and in the end the new", async () => {
    const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
    publish({ root, edition: "edition-0" });
    const nginx = await start(root);
    const seen = new Map<string, number>();
    let done = false;
    const client = async () => {
      while (!done) {
        const { status, body } = await ask(nginx.port, { path: "/mirrorlist/8/baseos" });
        const editions = new Set(body.match(/edition-\d/g));
        expect([status, editions.size, body.split("\n").length]).toEqual([200, 1, 6]);
        for (const edition of editions) seen.set(edition, (seen.get(edition) ?? 0) + 1);
      }
    };
    const clients = [client(), client(), client()];
    try {
      for (let round = 1; round <= 5; round++) {
        publish({ root, edition: `edition-${round}`, builtAt: 1_795_347_600 + round });
        nginx.reload();
        await expect.poll(() => seen.has(`edition-${round}`), { timeout: 10_000 }).toBe(true);
      }
    } finally {
      done = true;
      await Promise.all(clients);
      await nginx.stop();
    }
    expect([...seen.keys()]).toEqual([0, 1, 2, 3, 4, 5].map((round) => `edition-${round}`));
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
    rmSync(root, { recursive: true });
  });
});
