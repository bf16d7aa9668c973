/**
 * Mirrors that are for some countries alone: what one file says must not stop the network, and nobody
 * is sent where he may not be.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { tallyLoad } from "../../src/answers/load.ts";
import { type BuildReport, buildNetwork } from "../../src/build.ts";
import { startPreview } from "../../src/cli/preview.ts";
import { readClasses } from "../../src/emit/classes.ts";
import { GatesRefusedError } from "../../src/gate-keeping.ts";
import { readGeneration } from "../oracle/generation.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import { oracleNetwork, programInputs } from "../oracle/network.ts";
import { prove } from "../prove/proof.ts";
import { proveSummaries } from "../prove/summaries.ts";
import { ask } from "../serve/ask.ts";
import { hasNginx } from "../serve/mounted-nginx.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

const CONFIG = `config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors
versions: ["9", "9.8"]
duplicated_versions: {"9": "9.8"}
optional_module_versions: {kitten: ["10"]}
required_protocols: [http, https]
arches: {"9": [x86_64], 10-kitten: [x86_64]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os/}
`;

/** The one mirror with kitten. */
const kittenMirror = (countries: string) =>
  mirrorFile(
    "kitten.example",
    `geolocation: {country: AT}
coordinates: {latitude: 48, longitude: 16}
address_optional: {kitten: {http: http://kitten.example/kitten/}}
${countries}
`,
  );

/** Ample: whole test suites share a machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const VIENNA = "193.170.1.1";
const TOKYO = "192.41.192.7";
const NOWHERE = "198.51.100.1";
const SERVICE = `policy: {name: service-2026}
geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
`;

describe.each([
  ["only: [AT]", "blog-2021", {}, [VIENNA], [TOKYO, NOWHERE], "AT", "JP"],
  ["never: [JP]", "blog-2021", {}, [VIENNA, NOWHERE], [TOKYO], "AT", "JP"],
  ["only: [AT]", "service-2026", { "mirrorpress.yml": SERVICE }, [VIENNA], [TOKYO], "AT", "JP"],
] as const)(
  "where the only kitten mirror says %s, under %s",
  (countries, _policy, settings, served, unserved, country, other) => {
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-choosy-"));
    const output = join(folder, "output");
    const configPath = join(folder, "config.yml");
    let report: BuildReport;
    beforeAll(async () => {
      const kitten = { "mirrors/kitten.example.yml": kittenMirror(countries) };
      writeSmallNetwork(folder, { files: { "config.yml": CONFIG, ...kitten, ...settings } });
      const options = { configPath, output, builtAt: BUILT_AT, version: "0.0.0", clock: () => 0 };
      report = await buildNetwork(options, () => {});
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it("is built, and says who gets no kitten", () => {
      const warnings = report.inputs.diagnostics.filter(({ code }) => code === "unserved-clients");
      expect(warnings.map(({ args }) => args["set"])).toEqual(["kitten"]);
      expect(warnings[0]?.args["clients"]).toMatch(/^clients in /);
    });

    it("gives every address the lists of the rule, some of them empty", () => {
      const generation = readGeneration(join(output, "current"));
      const network = oracleNetwork(configPath, BUILT_AT, programInputs(configPath, BUILT_AT));
      const routes = plainDatabase(readFileSync(generation.routesFile));
      const input = { ...network, routes, lists: generation.lists, progress: () => {} };
      const proof = prove(input);
      expect(proof.holds).toBe(true);
      expect(proveSummaries(join(output, "current"), input, proof).objections).toEqual([]);
    });

    it("counts for a mirror only clients who get a list", () => {
      const index = readClasses(readFileSync(join(output, "current/index/classes.json"), "utf8"));
      const set = index.sets.findIndex(({ name }) => name === "kitten");
      const { ipv4 } = tallyLoad(index, set);
      const of = (code: string) => ipv4.countries.find((each) => each.country === code);
      const number = index.mirrors.indexOf("kitten.example");
      expect(of(country)?.first[number]).toBe(of(country)!.clients * index.rotations);
      expect(of(other)?.first[number]).toBe(0);
    });

    it.runIf(hasNginx())("answers with the list, or that there is none", async () => {
      const { nginx } = await startPreview(output);
      const get = (query: string, address: string) =>
        ask(nginx.port, {
          path: `/mirrorlist/10-kitten/baseos${query}`,
          headers: { "X-Forwarded-For": address },
        });
      const list = "http://kitten.example/kitten/10-kitten/BaseOS/$basearch/os/\n";
      try {
        for (const address of served) {
          expect(await get("", address)).toMatchObject({ status: 200, body: list });
        }
        for (const address of unserved) {
          expect(await get("", address)).toMatchObject({
            status: 404,
            body: "No mirror that has this may be used from where you are.\n",
          });
        }
        expect(await get(`?country=${country}`, TOKYO)).toMatchObject({ status: 200, body: list });
        expect(await get(`?country=${other}`, VIENNA)).toMatchObject({
          status: 404,
          body: "No mirror that has this may be used in that country.\n",
        });
        expect((await get("?country=ZZ", VIENNA)).body).toContain("Invalid input for country");
        expect((await get("?protocol=https", VIENNA)).body).toContain("by that protocol");
        const images = { path: "/isolist/10-kitten/x86_64", headers: { "X-Forwarded-For": TOKYO } };
        expect(await ask(nginx.port, images)).toMatchObject({ status: 404 });
        expect(nginx.errorLog()).not.toMatch(/\[(?:alert|crit|emerg|error|warn)\]/);
      } finally {
        await nginx.stop();
      }
    });
  },
);

describe("where a mirror begins to leave a country out", () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-choosy-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("has the gates refuse lists that are left without a mirror", async () => {
    const build = (countries: string) => {
      const kitten = { "mirrors/kitten.example.yml": kittenMirror(countries) };
      const configPath = writeSmallNetwork(folder, { files: { "config.yml": CONFIG, ...kitten } });
      const options = { configPath, output: join(folder, "output"), builtAt: BUILT_AT };
      return buildNetwork({ ...options, version: "0.0.0", clock: () => 0 }, () => {});
    };
    await build("weight: 1");
    const refused = await build("never: [JP]").then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(GatesRefusedError);
    const { findings } = (refused as GatesRefusedError).report;
    expect(findings.map(({ gate, verdict }) => [gate, verdict])).toEqual([["lists", "refuse"]]);
    expect(findings[0]?.found).toContain("256 IPv4 addresses in JP had 1 mirrors and would have 0");
    expect(findings[0]?.limit).toBe("refused where nothing is left of a list");
  });
});

describe("where every mirror leaves a country out", () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-choosy-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is not built, and says why once", async () => {
    const configPath = writeSmallNetwork(folder, {
      files: Object.fromEntries(
        ["amsterdam", "aconet", "boston", "graz", "nowhere", "tokyo"].map((name) => [
          `mirrors/${name}.example.yml`,
          mirrorFile(`${name}.example`, "never: [US, JP]\n"),
        ]),
      ),
    });
    const options = { configPath, output: join(folder, "output"), builtAt: BUILT_AT };
    const building = buildNetwork({ ...options, version: "0.0.0", clock: () => 0 }, () => {});
    const failed = await building.then(
      () => null,
      (error: { diagnostics: readonly { code: string; args: object }[] }) => error,
    );
    const empty = failed?.diagnostics.filter(({ code }) => code === "empty-list");
    expect(empty?.map(({ args }) => args)).toEqual([
      { set: "all", clients: "clients in Japan, United States" },
    ]);
  });
});
