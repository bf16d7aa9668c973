/** AlmaLinux's own config.yml in the real nginx: every pair there is, and what looks like one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningNginx } from "../../src/cli/preview-nginx.ts";
import { pathsOf } from "../../src/emit/nginx-paths.ts";
import { defaultConfig, type NetworkConfig, readConfig } from "../../src/model/config.ts";
import { mirrorlistPaths, resolveVersion } from "../../src/model/routing.ts";
import { readConfigDocument } from "../../src/sources/network.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { ask } from "./ask.ts";
import { hasNginx, publishAndStart } from "./mounted-nginx.ts";
import { EVERYWHERE } from "./small-generation.ts";

describe.skipIf(!hasNginx() || !hasSharedData())("nginx with AlmaLinux's config.yml", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  let config: NetworkConfig = defaultConfig;
  let nginx: RunningNginx;

  beforeAll(async () => {
    const document = readConfigDocument(sharedData("almalinux", "config.yml"), () => undefined);
    config = (document && readConfig(document, () => undefined)) ?? config;
    nginx = await publishAndStart({ root, paths: pathsOf(config, ["all"]) });
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true });
  });

  it("answers each valid pair with its path", async () => {
    const paths = mirrorlistPaths(config);
    expect(paths.length).toBeGreaterThan(1000);
    for (const { version, repo, module, vault, path } of paths) {
      const { status, body } = await ask(nginx.port, { path: `/mirrorlist/${version}/${repo}` });
      const expected = vault
        ? `${config.vaultMirror}${path}\n`
        : EVERYWHERE.map((name) => `http://${name}.example/almalinux/${path}\n`).join("");
      const served = vault || module === undefined;
      expect([version, repo, status, served && body]).toEqual([
        version,
        repo,
        served ? 200 : 404,
        served && expected,
      ]);
    }
  }, 60_000);

  it("finds for a version that nobody lists what the model finds", async () => {
    const asked = [
      "9.99",
      "8.10.1",
      "8.0-beta",
      "80",
      "99.995",
      "9-beta",
      "9.8-kitten",
      "10-kitten.1",
    ];
    for (const version of asked) {
      const resolved = resolveVersion(config, version);
      const { status, body } = await ask(nginx.port, { path: `/mirrorlist/${version}/baseos` });
      expect([version, status]).toEqual([version, resolved === null ? 404 : 200]);
      if (resolved !== null) expect(body).toContain(`/${resolved.version}/BaseOS/`);
    }
  });

  it("fits nginx's default limits: not even a warning", () => {
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
  });
});
