/** AlmaLinux's own config.yml in the real nginx: all there is, and what looks like it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathsOf } from "../../src/emit/nginx-paths.ts";
import { COUNTRIES } from "../../src/geo/countries.ts";
import { defaultConfig, type NetworkConfig, readConfig } from "../../src/model/config.ts";
import { type ListSets, listSetsOf } from "../../src/model/list-sets.ts";
import { isoPaths, mirrorlistPaths, resolveVersion } from "../../src/model/routing.ts";
import type { RunningNginx } from "../../src/publish/nginx.ts";
import { readConfigDocument } from "../../src/sources/network.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { ask } from "./ask.ts";
import { bodyOf } from "./expected.ts";
import { hasNginx, publishAndStart } from "./mounted-nginx.ts";
import { askAll } from "./pipeline.ts";
import { COUNTRY_MIRRORS, EVERYWHERE, smallMirrors, urlsIn } from "./small-network.ts";

describe.skipIf(!hasNginx() || !hasSharedData())("nginx with AlmaLinux's config.yml", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  let config: NetworkConfig = defaultConfig;
  let listSets: ListSets;
  let nginx: RunningNginx;

  beforeAll(async () => {
    const document = readConfigDocument(sharedData("almalinux", "config.yml"), () => undefined);
    config = (document && readConfig(document, () => undefined)) ?? config;
    listSets = listSetsOf(config, smallMirrors());
    nginx = await publishAndStart({
      root,
      paths: pathsOf(config, listSets),
      countries: COUNTRIES.map(({ code }) => code).filter((code) => !(code in COUNTRY_MIRRORS)),
      rotations: 8,
    });
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true });
  });

  /** By target, the body. A country's list has no rotation to reckon with. */
  async function expectAnswers(expected: ReadonlyMap<string, string>): Promise<void> {
    const answers = await askAll(
      nginx.port,
      Array.from(expected.keys(), (target) => ({
        text: `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`,
      })),
    );
    for (const [index, [target, body]] of [...expected].entries()) {
      const answer = answers[index];
      expect([target, answer?.status, answer?.body]).toEqual([target, 200, body]);
    }
  }

  function urlsFor(set: string | undefined, vault: boolean): readonly string[] {
    return vault ? [config.vaultMirror ?? ""] : urlsIn(set ?? "", COUNTRY_MIRRORS["DE"] ?? []);
  }

  it("answers each valid pair of version and repository with its path, by each protocol", async () => {
    const expected = new Map<string, string>();
    const paths = mirrorlistPaths(config);
    expect(paths.length).toBeGreaterThan(1000);
    for (const pair of paths) {
      const { version, repo, vault, path, architectures } = pair;
      for (const arch of ["", ...architectures]) {
        const scope = listSets.scopeOf({ ...pair, arch: arch || architectures[0] });
        const filled = arch === "" ? path : path.replaceAll("$basearch", arch);
        for (const protocol of ["any", "http", "https"] as const) {
          const set = scope?.[protocol];
          if (set === undefined && !vault) continue;
          const asked = protocol === "any" ? "" : `&protocol=${protocol}`;
          const target = `/mirrorlist/${version}/${repo}?country=DE&arch=${arch}${asked}`;
          expected.set(target, bodyOf("mirrorlist", urlsFor(set, vault), filled));
        }
      }
    }
    expect(expected.size).toBeGreaterThan(10_000);
    await expectAnswers(expected);
  }, 60_000);

  it("answers each version and architecture of the ISO images with its folder", async () => {
    const expected = new Map<string, string>();
    for (const image of isoPaths(config)) {
      const { version, arch, vault, path } = image;
      const urls = urlsFor(listSets.scopeOf(image)?.any, vault);
      expected.set(`/isolist/${version}/${arch}?country=DE`, bodyOf("isolist", urls, path));
    }
    expect(expected.size).toBeGreaterThan(100);
    await expectAnswers(expected);
    for (const body of expected.values()) JSON.parse(body);
  });

  it("has a list for every country there is", async () => {
    const paths = COUNTRIES.map(({ code }) => `/mirrorlist/9/baseos?country=${code.toLowerCase()}`);
    const statuses = await Promise.all(
      paths.map(async (path) => (await ask(nginx.port, { path })).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

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

  it("names all versions and repositories where it has none", async () => {
    const { body: versions } = await ask(nginx.port, { path: "/mirrorlist/7/baseos" });
    for (const { version } of isoPaths(config)) expect(versions).toContain(version);
    const { body: repositories } = await ask(nginx.port, { path: "/mirrorlist/9/none" });
    const names = mirrorlistPaths(config).filter(({ version }) => version === "9");
    for (const { repo } of names) expect(repositories).toContain(repo);
    expect(names.length).toBeGreaterThan(EVERYWHERE.length);
  });

  it("fits nginx's default limits, with eight rotations: not even a warning", () => {
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
  });
});
