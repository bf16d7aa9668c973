import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Artifact, sha256Hex, textArtifact } from "../../src/emit/artifact.ts";
import { sealGeneration } from "../../src/emit/generation.ts";
import { type ManifestFacts, readServing } from "../../src/emit/manifest.ts";

const FACTS: ManifestFacts = {
  builtAt: Date.UTC(2026, 10, 22, 11, 40) / 1000,
  tool: { name: "mirrorpress", version: "1.2.3" },
  policy: { name: "blog-2021", length: 10 },
  inputs: [{ path: "config.yml", bytes: 12, sha256: "ab" }],
  counts: { mirrors: 3 },
  attribution: ["IP Geolocation by DB-IP"],
  examples: [{ address: "192.0.2.1", why: "on-net" }],
  serve: { root: "/srv/mirrorpress", rotations: 1, unknownLists: { all: ["0a1b2c"] } },
};
const FILES: readonly Artifact[] = [
  textArtifact("routes.mmdb", "routes"),
  textArtifact("lists/0a1b2c", "list\n"),
  textArtifact("index/asns.json", "{}\n"),
];
const manifestOf = (generation: ReturnType<typeof sealGeneration>) =>
  Buffer.from(generation.files.at(-1)?.bytes ?? []).toString();

describe("sealGeneration", () => {
  it("gives the same bytes for the same content, in whatever order it comes", () => {
    const sorted = sealGeneration(FACTS, FILES);
    const { counts, policy, ...rest } = FACTS;
    const shuffled = {
      counts,
      ...rest,
      policy: Object.fromEntries(Object.entries(policy).reverse()),
    };
    expect(sealGeneration(shuffled, FILES.toReversed())).toEqual(sorted);
    expect(sorted.id).toMatch(/^20261122t114000z-[0-9a-f]{8}$/);
  });

  it("gives another id when a file, a fact or the root changes", () => {
    const ids = [
      sealGeneration(FACTS, FILES),
      sealGeneration(FACTS, [...FILES, textArtifact("lists/ff", "list\n")]),
      sealGeneration(FACTS, [...FILES.slice(1), textArtifact("routes.mmdb", "Routes")]),
      sealGeneration({ ...FACTS, inputs: [] }, FILES),
      sealGeneration({ ...FACTS, serve: { ...FACTS.serve, root: "/srv/other" } }, FILES),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("lists every file but the manifest with its size and digest, sorted", () => {
    const { files, id } = sealGeneration(FACTS, FILES);
    const manifest = JSON.parse(Buffer.from(files.at(-1)?.bytes ?? []).toString());
    expect(manifest.id).toBe(id);
    expect(manifest.files).toEqual(
      Object.fromEntries(
        files
          .slice(0, -1)
          .map(({ path, bytes }) => [path, { bytes: bytes.length, sha256: sha256Hex(bytes) }]),
      ),
    );
    expect(Object.keys(manifest.files)).toEqual(Object.keys(manifest.files).toSorted());
    expect(Object.keys(manifest.files)).toContain("nginx/http.conf");
  });

  it("has an id that the command in manifest.ts verifies", () => {
    const generation = sealGeneration(FACTS, FILES);
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-manifest-"));
    writeFileSync(join(folder, "manifest.json"), manifestOf(generation));
    const command = `grep -v -e '^  "id": ' -e '^    "nginx/http.conf": ' manifest.json | sha256sum`;
    const printed = execFileSync("/bin/sh", ["-c", command], { cwd: folder, encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(generation.id.split("-")[1]).toBe(printed.slice(0, 8));
  });

  it("names itself in http.conf as a literal", () => {
    const { files, id } = sealGeneration(FACTS, FILES);
    const http = Buffer.from(files.find(({ path }) => path === "nginx/http.conf")?.bytes ?? []);
    expect(http.toString()).toContain(`geoip2 "/srv/mirrorpress/generations/${id}/routes.mmdb"`);
    expect(http.toString()).toContain('$mp_list_1 {\n    "" "0a1b2c";');
  });

  it("knows of networks where it has a database of them", () => {
    const httpOf = (files: readonly Artifact[]) =>
      Buffer.from(
        sealGeneration(FACTS, files).files.find(({ path }) => path === "nginx/http.conf")?.bytes ??
          [],
      ).toString();
    expect(httpOf(FILES)).not.toContain("networks.mmdb");
    expect(httpOf([...FILES, textArtifact("networks.mmdb", "")])).toContain("networks.mmdb");
  });

  it("refuses two files of one path, and a path that is not one", () => {
    const twice = [...FILES, textArtifact("routes.mmdb", "again")];
    expect(() => sealGeneration(FACTS, twice)).toThrow("two files are routes.mmdb");
    for (const path of ["../x", "/x", "Lists/x", "lists//x", "lists/.x", "lists/é", ""]) {
      expect(() => sealGeneration(FACTS, [textArtifact(path, "")])).toThrow("cannot be called");
    }
  });
});

describe("readServing", () => {
  it("is the inverse of rendering", () => {
    const { has, ...serving } = readServing(manifestOf(sealGeneration(FACTS, FILES)));
    const { rotations, unknownLists } = FACTS.serve;
    expect(serving).toEqual({ rotations, unknownLists, examples: FACTS.examples });
    expect(["routes.mmdb", "networks.mmdb", "toString"].map(has)).toEqual([true, false, false]);
  });

  it.each([
    "null",
    "{}",
    '{"format": 1}',
    '{"format": 2, "serve": {"unknownLists": {"all": "aa"}}, "examples": [], "files": {}}',
    '{"format": 2, "serve": {"rotations": 1, "unknownLists": {"all": "aa"}}, "examples": [], "files": {}}',
  ])("refuses %s", (text) => {
    expect(() => readServing(text)).toThrow("another version");
  });
});
