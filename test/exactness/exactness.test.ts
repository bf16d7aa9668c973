/**
 * The promise of the whole program, on the example network and the default databases: what
 * libmaxminddb finds in the published routes.mmdb is the list that the rule gives, for random
 * addresses and for those where answers change. `npm run prove` shows the same for all addresses.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Address, embeddings, type Range, toPrefix } from "../oracle/address.ts";
import { asnRanges } from "../oracle/asn.ts";
import {
  answerOfLeaf,
  answerText,
  type PlainGeneration,
  readGeneration,
} from "../oracle/generation.ts";
import { type OracleNetwork, oracleNetwork, programInputs } from "../oracle/network.ts";
import { edgesOf, embedded, randomIn, randomInTree } from "../oracle/sample.ts";
import { buildByProgram } from "../support/program.ts";
import { seededRandom } from "../support/random.ts";
import { type Difference, differences, type ExpectedText, expectedTexts } from "./compare.ts";
import { hasLibmaxminddb, lookUp } from "./libmaxminddb.ts";
import { withOneLeafFlipped } from "./plant.ts";

const CONFIG = "config.yml";
const BUILT_AT = Date.parse("2026-11-22T00:00:00Z") / 1000;
const SEED = Number(process.env["SEED"] ?? 20_261_122);
const RANDOM_OF_EACH_FAMILY = 100_000;

/** Ample: alone on two cores all takes some 15 s, but whole test suites share them. */
const TIMEOUT_MS = 120_000;

describe.runIf(hasLibmaxminddb())(`routes.mmdb of the example network, seed ${SEED}`, () => {
  vi.setConfig({ testTimeout: TIMEOUT_MS });

  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-exactness-"));
  let network: OracleNetwork;
  let generation: PlainGeneration;
  let expected: ExpectedText;

  beforeAll(async () => {
    await buildByProgram({ configPath: CONFIG, output: folder, builtAt: BUILT_AT });
    generation = readGeneration(join(folder, "current"));
    network = oracleNetwork(CONFIG, BUILT_AT, programInputs(CONFIG, BUILT_AT));
    expected = expectedTexts(network);
  }, TIMEOUT_MS);

  afterAll(() => rmSync(folder, { recursive: true, force: true }), TIMEOUT_MS);

  function compare(
    addresses: readonly Address[],
    routesFile = generation.routesFile,
  ): Difference[] {
    const leaves = lookUp(routesFile, addresses);
    const texts = new Map(leaves.map((leaf) => [leaf, ""]));
    for (const leaf of texts.keys())
      texts.set(leaf, answerText(answerOfLeaf(leaf, generation.lists)));
    const found = leaves.map((leaf) => texts.get(leaf) ?? "");
    return differences(addresses, found, expected);
  }

  it("gives random IPv4 addresses the list of the rule", () => {
    const random = seededRandom(SEED);
    const all = toPrefix("0.0.0.0/0");
    const addresses = Array.from({ length: RANDOM_OF_EACH_FAMILY }, () => randomIn(random, all));
    expect(compare(addresses)).toEqual([]);
  });

  it("gives random IPv6 addresses the list of the rule, half of them where networks are", () => {
    const random = seededRandom(SEED + 1);
    const city = network.city.find(({ width }) => width === 128);
    const lines = network.asnTexts.flatMap((text) => text.split("\n")).filter(isIpv6Line);
    const some = Array.from({ length: 10_000 }, () => lines[Math.floor(random() * lines.length)]);
    const announced = asnRanges(some.join("\n"), null);
    const global = toPrefix("2000::/3");
    const addresses = Array.from({ length: RANDOM_OF_EACH_FAMILY }, (_, index) => {
      const range = announced[Math.floor(random() * announced.length)];
      const inTree = city && randomInTree(random, city);
      if (index % 4 === 0 || range === undefined || !inTree) return randomIn(random, global);
      return index % 2 === 0 ? randomIn(random, range) : inTree;
    });
    expect(compare(addresses)).toEqual([]);
  });

  it("gives the ends of City networks and their neighbours the list of the rule", () => {
    const random = seededRandom(SEED + 2);
    const leaves = network.city.flatMap((db) =>
      Array.from({ length: 5000 }, () => randomInTree(random, db) ?? []).flat(),
    );
    const points = leaves.map(
      ({ family, value }): Range => ({ family, first: value, last: value }),
    );
    expect(compare(edgesOf(points))).toEqual([]);
  });

  it("is right at every edge of an on-net ASN, a subnet, an override and an embedding", () => {
    const random = seededRandom(SEED + 3);
    const ranges: Range[] = [
      ...network.asn,
      ...network.mirrors.flatMap(({ subnets }) => subnets),
      ...network.overrides.map((override) => override.network),
      ...embeddings.map(({ prefix }) => prefix),
      toPrefix("0.0.0.0/0"),
      toPrefix("::/0"),
    ];
    const edges = edgesOf(ranges);
    expect(edges.length).toBeGreaterThan(4 * 20);
    const ipv4 = edges.filter(({ family }) => family === 4);
    expect(compare([...edges, ...ipv4.flatMap((edge) => embedded(random, edge))])).toEqual([]);
  });

  it("is seen to be wrong when a single leaf is", () => {
    const random = seededRandom(SEED + 4);
    const ranges = network.mirrors.flatMap(({ subnets }) => subnets);
    const planted = join(folder, "planted.mmdb");
    for (const range of ranges.slice(0, 3)) {
      const address = randomIn(random, range);
      writeFileSync(planted, withOneLeafFlipped(readFileSync(generation.routesFile), address));
      expect(compare([address], planted)).toHaveLength(1);
    }
  });
});

/** `first,last,asn,name` of an IPv6 range; a name may hold colons too. */
function isIpv6Line(line: string): boolean {
  return /^[0-9a-f]*:/.test(line);
}
