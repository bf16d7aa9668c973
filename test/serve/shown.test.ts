/**
 * What a visitor is shown, from the input files to an answer over HTTP: a network is built, the
 * preview's nginx started, and its answers compared with what `explain` says of the same clients.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Explanation, explainFrom } from "../../src/answers/explain.ts";
import { type Preview, startPreview } from "../../src/cli/preview.ts";
import { rankerOf } from "../../src/generate/compile-inputs.ts";
import { countryByCode } from "../../src/geo/countries.ts";
import { findClient } from "../../src/inputs/client.ts";
import { type Inputs, readInputs } from "../../src/inputs/inputs.ts";
import { parseAddress } from "../../src/ip/address.ts";
import { type ListSets, listSetsOf } from "../../src/model/list-sets.ts";
import { type MirrorlistPath, mirrorlistPaths } from "../../src/model/routing.ts";
import type { Ranker } from "../../src/rank/rank.ts";
import { openPublished, type PublishedGeneration } from "../../src/sources/published.ts";
import { buildByProgram } from "../support/program.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { ask } from "./ask.ts";
import { hasNginx } from "./mounted-nginx.ts";

const PROTOCOLS = ["any", "http", "https"] as const;
type Protocol = (typeof PROTOCOLS)[number];

const BUILT_AT = Date.parse("2026-11-22T11:40:00Z") / 1000;

/** Ample: alone on two cores a build takes some 8 s. */
const TIMEOUT_MS = 120_000;

describe.runIf(hasNginx()).each([
  { name: "the example network", configPath: "config.yml", there: true, modules: ["kitten"] },
  {
    name: "AlmaLinux's network",
    configPath: sharedData("almalinux", "config.yml"),
    there: hasSharedData(),
    modules: ["kitten"],
  },
])("$name, built and served", ({ configPath, there, modules }) => {
  const output = mkdtempSync(join(tmpdir(), "mirrorpress-shown-"));
  let inputs: Inputs;
  let published: PublishedGeneration | null;
  let preview: Preview;
  let paths: readonly MirrorlistPath[];
  let listSets: ListSets;
  const rankers = new Map<string, Ranker>();

  beforeAll(async () => {
    if (!there) return;
    await buildByProgram({ configPath, output, builtAt: BUILT_AT });
    published = await openPublished(output);
    inputs = readInputs({ configPath, builtAt: BUILT_AT }, (_name, work) => work());
    paths = mirrorlistPaths(inputs.config);
    listSets = listSetsOf(inputs.config, inputs.mirrors);
    for (const set of listSets.sets) rankers.set(set.name, rankerOf(set, inputs));
    preview = await startPreview(output);
  }, TIMEOUT_MS);
  afterAll(async () => {
    inputs?.geoip.close();
    await preview?.nginx.stop();
    rmSync(output, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const get = async (path: string, client: string) => {
    const headers = { "X-Forwarded-For": client };
    const { status, body } = await ask(preview.nginx.port, { path, headers });
    return { status, body };
  };
  const explain = (query: string): Explanation => explainFrom(inputs, published, { query });

  /** The rule applied directly: no compilation has a part in it. */
  function expectedBody(pair: MirrorlistPath, client: string, protocol: Protocol): string {
    const { vault, path, architectures } = pair;
    if (vault) return `${inputs.config.vaultMirror}${path}\n`;
    const name = listSets.scopeOf({ ...pair, arch: architectures[0] })?.[protocol];
    const set = listSets.sets.find((each) => each.name === name);
    const ranker = rankers.get(name ?? "");
    const address = parseAddress(client);
    if (!set || !ranker || !address) throw new Error(`no list set ${name}, or no ${client}`);
    return ranker
      .explain(findClient(address, inputs).client)
      .map(({ mirror }) => `${set.urlOf(inputs.mirrors[mirror]!)}${path}\n`)
      .join("");
  }

  it.runIf(there)("answers each of the examples as explain does", async () => {
    const path = paths.find(({ version, repo }) => version === "9" && repo === "baseos")?.path;
    expect(path).toMatch(/^9\.\d+\/BaseOS\/\$basearch\/os\/$/);
    const seen = { continents: new Set<string>(), reasons: new Set<string>(), families: new Set() };
    for (const { address } of preview.serving.examples) {
      const explanation = explain(address);
      expect(explanation.published).toMatchObject({ same: true });
      const lines = explanation.list.map(({ url }) => `${url}${path}\n`);
      expect([address, await get("/mirrorlist/9/baseos", address)]).toEqual([
        address,
        { status: 200, body: lines.join("") },
      ]);
      const asked = await ask(preview.nginx.port, { path: `/mirrorlist/9/baseos?ip=${address}` });
      expect(asked.body).toBe(lines.join(""));

      const first = explanation.list[0]?.reason ?? "";
      seen.reasons.add(first.replace(/ .*/, ""));
      seen.families.add(address.includes(":") ? 6 : 4);
      const continent = countryByCode(explanation.place?.country ?? "")?.continent;
      if (/^(?:country|continent|elsewhere)$/.test(first) && continent) {
        seen.continents.add(continent);
      }
    }
    expect(seen.continents.size).toBeGreaterThanOrEqual(5);
    expect([...seen.reasons]).toEqual(expect.arrayContaining(["subnet", "ASN", "everyone"]));
    expect(seen.families).toEqual(new Set([4, 6]));
  });

  it.runIf(there)(
    "answers every valid pair of version and repository, in turn for each example",
    async () => {
      const clients = preview.serving.examples.map(({ address }) => address);
      for (const [number, pair] of paths.entries()) {
        const client = clients[number % clients.length]!;
        const protocol = PROTOCOLS[number % PROTOCOLS.length]!;
        const query = protocol === "any" ? "" : `?protocol=${protocol}`;
        const asked = `/mirrorlist/${pair.version}/${pair.repo}${query}`;
        expect([client, asked, await get(asked, client)]).toEqual([
          client,
          asked,
          { status: 200, body: expectedBody(pair, client, protocol) },
        ]);
      }
      expect(paths.some(({ vault }) => vault)).toBe(true);
      expect(new Set(paths.flatMap(({ module }) => module ?? []))).toEqual(new Set(modules));
    },
    TIMEOUT_MS,
  );

  it.runIf(there)("answers the alias of a version as the version", async () => {
    for (const [alias, version] of inputs.config.duplicatedVersions) {
      const [short, full] = await Promise.all(
        [alias, version].map((each) => get(`/mirrorlist/${each}/baseos`, "193.0.6.139")),
      );
      expect(short).toEqual(full);
      expect(short?.body).toContain(`/${version}/BaseOS/`);
    }
    expect(inputs.config.duplicatedVersions.get("8")).toBe("8.10");
  });

  it.runIf(there)("sends for a module to the mirrors' addresses of the module", async () => {
    for (const pair of paths.filter(({ module, vault }) => module !== undefined && !vault)) {
      const { body } = await get(`/mirrorlist/${pair.version}/${pair.repo}`, "198.51.100.1");
      const everyone = inputs.mirrors.flatMap(({ reach, modules: own }) => {
        const urls = own.get(pair.module ?? "");
        const url = urls?.http ?? urls?.https;
        return reach === "public" && url !== undefined ? [`${url}${pair.path}\n`] : [];
      });
      expect(everyone.length).toBeGreaterThan(2);
      expect(body).toBe(everyone.join(""));
    }
  });

  it.runIf(there)("sends everybody to the vault for what is only there", async () => {
    const pair = paths.find(({ vault, version }) => vault && version.startsWith("9."));
    for (const client of ["193.0.6.139", "198.51.100.1", "2001:67c:2e8:22::c100:68b"]) {
      const { body } = await get(`/mirrorlist/${pair?.version}/${pair?.repo}`, client);
      expect(body).toBe(`${inputs.config.vaultMirror}${pair?.path}\n`);
    }
  });

  it.runIf(there)("tells each of the examples who it is, and why it gets its list", async () => {
    for (const { address } of preview.serving.examples) {
      const { place, asn, list, published: at } = explain(address);
      const whoami = JSON.parse((await get("/whoami", address)).body);
      expect(whoami).toMatchObject({
        address,
        country: place?.country ?? null,
        asn: asn?.number ?? null,
        list: at?.id,
      });
      const near = JSON.parse((await get("/nearest", address)).body);
      expect(JSON.stringify(near)).toContain(list[0]?.mirror);
    }
  });

  it.runIf(there)("shows the pages", async () => {
    for (const path of [
      "/",
      "/kitten",
      "/isos",
      "/kitten/isos",
      "/isos/x86_64/9",
      "/mirrors.json",
    ]) {
      const { status, body } = await get(path, "193.0.6.139");
      expect([path, status]).toEqual([path, 200]);
      expect(body.length).toBeGreaterThan(500);
    }
  });

  it.runIf(there)("fits nginx's default limits: not even a warning", () => {
    expect(preview.nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
  });
});
