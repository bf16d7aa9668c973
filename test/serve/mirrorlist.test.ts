/** The emitted configuration in the real nginx, mounted as http.conf says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningNginx } from "../../src/publish/nginx.ts";
import { type Answer, ask, type Question } from "./ask.ts";
import { hasNginx, publish, publishAndStart, start } from "./mounted-nginx.ts";
import { EVERYWHERE, urlsIn } from "./small-network.ts";

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
  const list = (names: readonly (typeof EVERYWHERE)[number][], path: string) =>
    urlsIn("all", names)
      .map((url) => `${url}${path}\n`)
      .join("");

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
  ] as const)("%s gets %j", async (address, names) => {
    const { status, body } = await from(address);
    expect(body).toBe(list(names, "8.10/BaseOS/$basearch/os/"));
    expect(status).toBe(200);
  });

  it.each([
    ["/mirrorlist/8/baseos", "8.10/BaseOS/$basearch/os/"],
    ["/mirrorlist/8/baseos/", "8.10/BaseOS/$basearch/os/"],
    ["/mirrorlist/8.10/baseos", "8.10/BaseOS/$basearch/os/"],
    ["/mirrorlist/8.77/powertools", "8.10/PowerTools/$basearch/os/"],
    ["/mirrorlist/9.99/baseos", "9.8/BaseOS/$basearch/os/"],
    ["/mirrorlist/9.8-beta/baseos", "9.8/BaseOS/$basearch/os/"],
    ["/mirrorlist/9/keys", "9.8/keys/"],
    ["/mirrorlist/8/baseos?arch=aarch64", "8.10/BaseOS/aarch64/os/"],
    ["/mirrorlist/8/baseos?protocol=&country=&arch=", "8.10/BaseOS/$basearch/os/"],
    ["/mirrorlist/8/baseos?arch=AARCH64&protocol=http", "8.10/BaseOS/aarch64/os/"],
    ["/mirrorlist/8/baseos?arch=x86_64&arch=../..", "8.10/BaseOS/x86_64/os/"],
    ["/mirrorlist/8/baseos?other=1&ip=2001:db8::1", "8.10/BaseOS/$basearch/os/"],
  ])("%s is the path %s", async (path, expected) => {
    expect((await from("192.0.2.1", path)).body).toBe(list(["north"], expected));
  });

  it.each([
    ["/mirrorlist/8.3/baseos", "8.3/BaseOS/$basearch/os/"],
    ["/mirrorlist/8.3/baseos?arch=x86_64&protocol=https", "8.3/BaseOS/x86_64/os/"],
    ["/mirrorlist/8/baseos-source?country=de", "8.10/BaseOS/Source/"],
  ])("%s is one line, the vault's, which may be kept", async (path, expected) => {
    const { status, body, headers } = await from("192.0.2.1", path);
    expect([status, body]).toEqual([200, `http://vault.example/${expected}\n`]);
    expect(headers.get("cache-control")).toBe("public, max-age=3600");
  });

  it("gives a mirror by the protocol that is asked for, and else by http if it can", async () => {
    const hosts = async (query: string) =>
      (await from("8.8.8.8", `/mirrorlist/8/baseos${query}`)).body.match(/\w+:\/\/\w+/g);
    const all = EVERYWHERE.map((name) => `http://${name}`);
    expect(await hosts("")).toEqual([...all.slice(0, 4), "https://six"]);
    expect(await hosts("?protocol=http")).toEqual(all.slice(0, 4));
    const https = ["north", "east", "west", "six"].map((name) => `https://${name}`);
    expect(await hosts("?protocol=https")).toEqual(https);
  });

  it("leaves a partial mirror out of what it does not carry", async () => {
    const names = async (path: string) =>
      [...(await from("198.51.100.200", path)).body.matchAll(/\/\/(\w+)/g)].map(([, name]) => name);
    expect(await names("/mirrorlist/8/baseos?arch=x86_64")).toEqual(["west", "south"]);
    expect(await names("/mirrorlist/8/baseos?arch=aarch64")).toEqual(["south"]);
    expect(await names("/isolist/8/x86_64")).toEqual(["south"]);
  });

  it("sends for a module to the addresses of the module", async () => {
    const { body } = await from("8.8.8.8", "/mirrorlist/10-kitten/baseos");
    expect(body).toBe("https://east.example/kitten/10-kitten/BaseOS/$basearch/os/\n");
  });

  it("gives the list of a country to whoever asks for it, and lets it be kept", async () => {
    for (const address of ["192.0.2.1", "8.8.8.8"]) {
      for (const country of ["FR", "fr", "Fr"]) {
        const answer = await from(address, `/mirrorlist/8/baseos?country=${country}`);
        expect(answer.body).toBe(list(["west", "south", "north"], "8.10/BaseOS/$basearch/os/"));
        expect(answer.headers.get("cache-control")).toBe("public, max-age=3600");
      }
    }
  });

  it("says how an answer may be kept: not at all", async () => {
    const { headers } = await from("192.0.2.1");
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect(headers.get("vary")).toBe("Accept-Encoding");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.has("last-modified")).toBe(false);
  });

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
