import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildNetwork } from "../../src/build.ts";
import { renderProbeState } from "../../src/model/probe-state-file.ts";
import { readGeneration } from "../oracle/generation.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import { oracleNetwork, programInputs } from "../oracle/network.ts";
import { prove } from "../prove/proof.ts";
import { proveSummaries } from "../prove/summaries.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
import { seededRandom } from "../support/random.ts";
import { BUILT_AT, MIRROR_NAMES, writeSmallNetwork } from "../support/small-network.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_122);
const CHECKS = ["http/ipv4", "https/ipv4", "http/ipv6", "repo:9.8/baseos/x86_64", "isos", "rsync"];
const ADDRESSES = ["193.170.1.1", "193.171.200.1", "128.101.1.1", "192.41.192.7", "2001:628::1"];
const SERVICE = `policy: {name: service-2026}
geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
`;

/** Ample: alone it takes some 10 s, but whole test suites share a machine. */
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-probed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Two of eight mirrors fail something, all have addresses. */
function randomState(random: () => number): string {
  const some = <T>(items: readonly T[], share: number) => items.filter(() => random() < share);
  const failing = new Set(some(MIRROR_NAMES, 0.25));
  const mirrors = MIRROR_NAMES.map((name) => {
    const checks = failing.has(name) ? some(CHECKS, 0.4) : [];
    const found = some(ADDRESSES, 0.3);
    const isIpv6 = (address: string) => address.includes(":");
    return [
      name,
      stateOf(Object.fromEntries(checks.map((check) => [check, held("down")])), {
        ipv4: found.filter((address) => !isIpv6(address)),
        ipv6: found.filter(isIpv6),
      }),
    ] as const;
  });
  return renderProbeState({
    probedAt: ASKED_AT,
    allowedOutdateSeconds: 43_200,
    mirrors: Object.fromEntries(mirrors),
  });
}

describe(`what asking mirrors has shown, seed ${SEED}`, () => {
  it.each([
    ["blog-2021", {}],
    ["service-2026", { "mirrorpress.yml": SERVICE }],
  ])("gives every address the list of the rule, under %s", async (_policy, settings) => {
    const random = seededRandom(SEED);
    for (let world = 0; world < 12; world++) {
      const output = join(folder, `output${world}`);
      const files = { ...settings, "state/probe.json": randomState(random) };
      const configPath = writeSmallNetwork(folder, { files });
      const options = { configPath, output, builtAt: BUILT_AT, version: "0.0.0", clock: () => 0 };
      await buildNetwork(options, () => {});
      const generation = readGeneration(join(output, "current"));
      const network = oracleNetwork(configPath, BUILT_AT, programInputs(configPath, BUILT_AT));
      const routes = plainDatabase(readFileSync(generation.routesFile));
      const input = { ...network, routes, lists: generation.lists, progress: () => {} };
      const proof = prove(input);
      expect(proof.holds, `world ${world}, ${JSON.stringify(proof, bigintText, 1)}`).toBe(true);
      const { objections } = proveSummaries(join(output, "current"), input, proof);
      expect(objections, `world ${world}`).toEqual([]);
    }
  });
});

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
