import dns from "node:dns";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildNetwork } from "../../src/build.ts";
import { DATA_FOLDER, subnetListPath } from "../../src/sources/fetched.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";
import { readSourceText } from "../support/source-text.ts";

const SRC = join(import.meta.dirname, "..", "..", "src");

/** Every file that one of src/ leads to, types aside, and what is imported of Node. */
function importedBy(start: string): { files: Set<string>; builtins: Set<string> } {
  const files = new Set([start]);
  const builtins = new Set<string>();
  for (const path of files) {
    for (const { specifier, clause } of readSourceText(readFileSync(join(SRC, path), "utf8"))
      .imports) {
      if (specifier.startsWith("node:")) builtins.add(specifier);
      if (specifier.startsWith(".") && !/^type\b/.test(clause)) {
        files.add(join(path, "..", specifier));
      }
    }
  }
  return { files, builtins };
}

test("build leads to nothing that knows the network", () => {
  const { files } = importedBy("build.ts");
  expect(files.size).toBeGreaterThan(80);
  expect([...files].filter((path) => /^(?:net|fetch|probe)\//.test(path))).toEqual([]);
});

test("the check of imports sees those of fetching", () => {
  const { files } = importedBy("fetch-network.ts");
  expect(files).toContain("net/http.ts");
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-offline-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("build gives fetched databases and networks to clients where every connection and look-up fails", async () => {
  const url = "https://lists.example/networks";
  const configPath = writeSmallNetwork(folder, {
    files: {
      "mirrorpress.yml": `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
fetch: {subnets_hosts: [lists.example]}
`,
      "mirrors/fetched.example.yml": mirrorFile(
        "fetched.example",
        `geolocation: {country: JP}\nprivate: true\nsubnets: ${url}\n`,
      ),
      [`${DATA_FOLDER}/${subnetListPath(url)}`]: "193.171.0.0/17\n",
    },
  });
  const refuse = () => {
    throw new Error("a build must not use the network");
  };
  const connect = vi.spyOn(net.Socket.prototype, "connect").mockImplementation(refuse);
  const lookup = vi.spyOn(dns, "lookup").mockImplementation(refuse as never);
  const { inputs, generation } = await buildNetwork(
    { configPath, output: join(folder, "out"), builtAt: BUILT_AT, version: "0", clock: () => 0 },
    () => undefined,
  );
  expect(connect).not.toHaveBeenCalled();
  expect(lookup).not.toHaveBeenCalled();
  const mirror = inputs.mirrors.find(({ name }) => name === "fetched.example");
  expect(mirror?.subnets).toHaveLength(1);
  expect(inputs.diagnostics.map(({ code }) => code)).not.toContain("subnets-not-fetched");
  const manifest = generation.files.find(({ path }) => path === "manifest.json");
  expect(Buffer.from(manifest?.bytes ?? []).toString()).toContain('"role": "subnets"');
});
