import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runPreview, startPreview } from "../../src/cli/preview.ts";
import { findNginx } from "../../src/publish/nginx.ts";
import { ask } from "./ask.ts";
import { hasNginx, publish } from "./mounted-nginx.ts";
import { EVERYWHERE } from "./small-network.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mirrorpress-preview-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const names = (body: string) => [...body.matchAll(/https?:\/\/(\w+)\./g)].map((match) => match[1]);

describe.skipIf(!hasNginx())("the preview", () => {
  it("looks as somebody else with ?ip=, and by X-Forwarded-For", async () => {
    const output = join(root, "output");
    publish({ root: output });
    // Built for /srv, previewed where it lies.
    const { nginx, samplePath } = await startPreview(output);
    const at = async (query: string, headers: Record<string, string> = {}) =>
      names((await ask(nginx.port, { path: samplePath + query, headers })).body);
    try {
      expect(await at("?ip=192.0.2.1")).toEqual(["north"]);
      expect(await at("?ip=2001:db8::1")).toEqual(["six", "east"]);
      expect(await at("?ip=2001%3adb8%3a%3a1")).toEqual(EVERYWHERE);
      expect(await at("?ip=nonsense")).toEqual(EVERYWHERE);
      expect(await at("")).toEqual(EVERYWHERE);
      expect(await at("", { "X-Forwarded-For": "198.51.100.1" })).toEqual(["south", "west"]);
      expect(await at("?ip=192.0.2.1", { "X-Forwarded-For": "2001:db8::1" })).toEqual(["north"]);
    } finally {
      await nginx.stop();
    }
  });

  it("says what to try, and ends when it is told to, leaving nothing behind", async () => {
    publish({ root });
    // Other tests have an nginx of their own running.
    vi.stubEnv("TMPDIR", root);
    const before = temporaryFolders();
    const said: string[] = [];
    const interrupt = new AbortController();
    const running = runPreview({
      outputDir: root,
      write: (text) => said.push(text),
      until: interrupt.signal,
    });
    await expect.poll(() => said.length, { timeout: 10_000 }).toBe(1);
    expect(said[0]).toMatch(
      /curl 'http:\/\/127\.0\.0\.1:\d+\/mirrorlist\/8\/baseos\?ip=192\.0\.2\.1' +# in 192/,
    );
    expect(said[0]).toMatch(
      /\/mirrorlist\/8\/baseos\?country=DE&ip=192\.0\.2\.1' +# the list of a country/,
    );
    expect(said[0]).toMatch(/\/whoami\?ip=192\.0\.2\.1' +# what is known/);
    expect(temporaryFolders().length).toBe(before.length + 1);
    interrupt.abort();
    await running;
    expect(temporaryFolders()).toEqual(before);
  });

  it("does not take for its own what already listens on the port", async () => {
    publish({ root });
    const taken = await startPreview(root);
    try {
      await expect(startPreview(root, taken.nginx.port)).rejects.toMatchObject({
        name: "EnvironmentError",
        message: expect.stringContaining("EADDRINUSE"),
        remedy: expect.stringContaining("another port"),
      });
    } finally {
      await taken.nginx.stop();
    }
  });
});

describe("the preview without a generation", () => {
  it("says to build first", async () => {
    await expect(startPreview(root)).rejects.toMatchObject({
      name: "EnvironmentError",
      remedy: expect.stringContaining("build"),
    });
  });
});

describe("findNginx", () => {
  const install = { remedy: expect.stringContaining("apt-get install nginx libnginx-mod") };

  it("says what to install when there is no nginx", () => {
    const nowhere = { path: "", programs: [join(root, "sbin")], modules: [] };
    expect(() => findNginx(nowhere)).toThrow(expect.objectContaining(install));
  });

  it("says so too when there is nginx without the module", () => {
    mkdirSync(join(root, "sbin"));
    writeFileSync(join(root, "sbin", "nginx"), "#!/bin/sh\necho 'nginx version' >&2\n", {
      mode: 0o755,
    });
    const places = { path: "", programs: [join(root, "sbin")], modules: [join(root, "modules")] };
    expect(() => findNginx(places)).toThrow(/has no geoip2 module/);
    mkdirSync(join(root, "modules"));
    const module = join(root, "modules", "ngx_http_geoip2_module.so");
    writeFileSync(module, "");
    expect(findNginx(places)).toEqual({ program: join(root, "sbin", "nginx"), module });
    expect(existsSync(module)).toBe(true);
  });
});

function temporaryFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("mirrorpress-nginx-"));
}
