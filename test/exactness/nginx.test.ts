/**
 * What clients are sent: the example network on a sample of the Internet, built, proven for every
 * address, then served by the real nginx and asked by seeded random addresses, each answer compared
 * with the naive rule.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { explainFrom } from "../../src/answers/explain.ts";
import { buildNetwork } from "../../src/build.ts";
import { startPreview } from "../../src/cli/preview.ts";
import { type Inputs, readInputs } from "../../src/inputs/inputs.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import { mirrorlistPaths } from "../../src/model/routing.ts";
import { startNginx } from "../../src/publish/nginx.ts";
import { type Address, addressText, holds, toPrefix } from "../oracle/address.ts";
import { type Answer, listText, readGeneration } from "../oracle/generation.ts";
import { equalShares, partOf } from "../oracle/hash.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import { type OracleNetwork, oracleNetwork, programInputs } from "../oracle/network.ts";
import { edgesOf, embedded, randomIn, randomInTree } from "../oracle/sample.ts";
import { prove } from "../prove/proof.ts";
import { proveSummaries } from "../prove/summaries.ts";
import { hasNginx } from "../serve/mounted-nginx.ts";
import { askAll } from "../serve/pipeline.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { expectedAnswers } from "./compare.ts";
import { POLICIES, writeSampledNetwork, writeSettings } from "./sampled-network.ts";
import { type Chance, chances } from "./worlds.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_122);
const ADDRESSES = 10_000;
const EXPLAINED = 300;
const BUILT_AT = Date.parse("2026-11-22T00:00:00Z") / 1000;
const TIMEOUT_MS = 120_000;

describe(`the sampled network, seed ${SEED}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-sampled-"));
  const configPath = join(folder, "config.yml");
  /** One for each network: gates would hold what has so little to do with the one before. */
  let output = "";
  vi.setConfig({ testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS });
  beforeAll(() => writeSampledNetwork(folder, SEED));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(POLICIES)("under %s", (_, policy) => {
    let inputs: Inputs;
    let network: OracleNetwork;

    beforeAll(async () => {
      writeSettings(folder, policy);
      ({ inputs, network } = await built());
    });

    it("has in routes.mmdb the lists of the rule for every address", () => expectProof(network));

    it("is explained as the rule says", () => {
      const chance = chances(SEED + 1);
      const answerTo = expectedAnswers(network);
      const rotations = network.world.policy.spread?.rotations ?? 1;
      const open = readInputs({ configPath, builtAt: BUILT_AT }, (_phase, work) => work());
      try {
        for (const address of addressesFor(network, chance).slice(0, EXPLAINED)) {
          const { name: set } = chance.pick(network.sets);
          const query = clientText(address);
          const { list } = explainFrom(open, null, { query, set });
          const lists = answerTo(address).sets.find((one) => one.set === set);
          const expected = lists?.texts[partOf(query, equalShares(rotations))];
          expect(listText(list.map(({ url }) => url)), `${query} in ${set}`).toBe(expected);
        }
      } finally {
        open.geoip.close();
      }
    });

    it.runIf(hasNginx())("is served as the rule says to random addresses by nginx", async () => {
      const chance = chances(SEED);
      const answerTo = expectedAnswers(network);
      const rotations = network.world.policy.spread?.rotations ?? 1;
      const urls = urlsOf(inputs);
      const questions = addressesFor(network, chance).map((address) => {
        return { address, url: chance.pick(urls) };
      });

      const { nginx } = await startPreview(output);
      try {
        const answers = await askAll(
          nginx.port,
          questions.map(({ address, url }) => ({ text: requestOf(url, clientText(address)) })),
        );
        const wrong = questions.flatMap(({ address, url }, index) => {
          const client = clientText(address);
          const rotation = partOf(client, equalShares(rotations));
          const expected = bodyOf(answerTo(address), url, rotation);
          const { status, body = "" } = answers[index] ?? {};
          return body === expected
            ? []
            : [{ client, url: url.path, rotation, status, body, expected }];
        });
        expect(wrong.slice(0, 3)).toEqual([]);
        expect(wrong).toHaveLength(0);
        expect(new Set(answers.map(({ body }) => body)).size).toBeGreaterThan(500);
        expect(nginx.errorLog()).not.toMatch(/\[(?:alert|crit|emerg|error|warn)\]/);
      } finally {
        await nginx.stop();
      }
    });
  });

  it.runIf(hasSharedData())("has them too with a database of MaxMind's shape", async () => {
    const sample = sharedData("maxmind", "test-data", "GeoIP2-City-Test.mmdb");
    const policy = { name: "blog-2021", spread: { within_km: 700, rotations: 2 } };
    writeSettings(folder, policy, [sample]);
    expectProof((await built()).network);
  });

  async function built(): Promise<{ inputs: Inputs; network: OracleNetwork }> {
    const clock = () => performance.now();
    output = mkdtempSync(join(folder, "output-"));
    const options = { configPath, output, builtAt: BUILT_AT, version: "0.0.0", clock };
    await buildNetwork(options, () => {});
    const inputs = programInputs(configPath, BUILT_AT);
    return { inputs, network: oracleNetwork(configPath, BUILT_AT, inputs) };
  }

  function expectProof(network: OracleNetwork): void {
    const { routesFile, lists } = readGeneration(join(output, "current"));
    const routes = plainDatabase(readFileSync(routesFile));
    const input = { ...network, routes, lists, progress: () => {} };
    const proof = prove(input);
    const [first] = proof.families.flatMap(({ shown }) => shown);
    const at = first && addressText(first.first);
    if (first) expect(proof.judge.text(first.found), at).toBe(proof.judge.text(first.expected));
    expect(proof.excess).toEqual([]);
    expect(proof.holds).toBe(true);
    const summaries = proveSummaries(join(output, "current"), input, proof);
    expect(summaries.objections).toEqual([]);
    expect(summaries.nearLists).toBeGreaterThan(50);
  }

  it.runIf(hasNginx())(
    "has its clients divided into parts by nginx as the oracle does",
    async () => {
      const counts = [1, 2, 3, 7, 8, 100];
      const splits = counts.map((count) => {
        const parts = equalShares(count).map((share, part) => {
          return `${share === "*" ? "*" : `${share / 100}%`} ${part};`;
        });
        return `split_clients "$arg_client" $part${count} { ${parts.join(" ")} }\n`;
      });
      const values = counts.map((count) => `$part${count}`).join(" ");
      const nginx = await startNginx({
        http: splits.join(""),
        server: `location / { return 200 "${values}"; }\n`,
      });
      try {
        const chance = chances(SEED);
        const clients = Array.from({ length: 500 }, (_, index) =>
          index < 20
            ? "x".repeat(index)
            : clientText(randomIn(chance.random, toPrefix("0.0.0.0/0"))),
        );
        const answers = await askAll(
          nginx.port,
          clients.map((client) => ({
            text: requestOf({ path: `/?client=${client}` }, "127.0.0.1"),
          })),
        );
        const found = answers.map(({ body }) => body);
        const expected = clients.map((client) =>
          counts.map((count) => partOf(client, equalShares(count))).join(" "),
        );
        expect(found).toEqual(expected);
      } finally {
        await nginx.stop();
      }
    },
  );
});

interface AskedUrl {
  readonly path: string;
  readonly set: string;
  /** What replaces {path}. */
  readonly below: string;
}

/** Every mirror list but those of the vault, by every protocol that its set has. */
function urlsOf({ config, mirrors }: Inputs): AskedUrl[] {
  const { scopeOf } = listSetsOf(config, mirrors);
  return mirrorlistPaths(config)
    .filter(({ vault }) => !vault)
    .flatMap((path) => {
      const url = `/mirrorlist/${path.version}/${path.repo}`;
      const [usual, ...others] = path.architectures;
      return [undefined, usual, ...others].flatMap((arch) => {
        const scope = scopeOf({ ...path, arch: arch ?? usual });
        const below = arch === undefined ? path.path : path.path.replace("$basearch", arch);
        const named = arch === undefined ? [] : [`arch=${arch}`];
        return [undefined, "http", "https"].flatMap((protocol): AskedUrl[] => {
          const set = scope?.[(protocol ?? "any") as "any" | "http" | "https"];
          const query = [...named, ...(protocol === undefined ? [] : [`protocol=${protocol}`])];
          const asked = query.length === 0 ? url : `${url}?${query.join("&")}`;
          return set === undefined ? [] : [{ path: asked, set, below }];
        });
      });
    });
}

/** Anywhere, in the networks that are known, and at the edges of what is on-net and overridden. */
function addressesFor(network: OracleNetwork, { random, below, chance }: Chance): Address[] {
  const global = toPrefix("2000::/3");
  const all = toPrefix("0.0.0.0/0");
  const edges = edgesOf([
    ...network.mirrors.flatMap(({ subnets }) => subnets),
    ...network.overrides.map((override) => override.network),
    ...network.asn.slice(0, 300),
  ]).filter(({ family, value }) => family === 4 || value >= global.first);
  return Array.from({ length: ADDRESSES }, (): Address => {
    const db = network.city[below(network.city.length)];
    const inTree = db && chance(0.6) ? randomInTree(random, db) : null;
    if (inTree !== null && !isEmbedded(inTree)) return inTree;
    const edge = chance(0.4) ? edges[below(edges.length)] : undefined;
    const address = edge ?? randomIn(random, chance(0.8) ? all : global);
    const [, ...forms] = address.family === 4 ? embedded(random, address) : [];
    return chance(0.1) ? (forms[below(forms.length)] ?? address) : address;
  });
}

/** Not of ::/96, from which nobody comes. */
function isEmbedded({ family, value }: Address): boolean {
  return family === 6 && value < toPrefix("2000::/3").first;
}

/** As nginx writes an address: IPv6 in the form of RFC 5952, what is mapped with a quad. */
function clientText(address: Address): string {
  const text = addressText(address);
  if (address.family === 4) return text;
  const quad = addressText({ family: 4, value: address.value & 0xffff_ffffn });
  if (holds(toPrefix("::ffff:0:0/96"), address)) return `::ffff:${quad}`;
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function requestOf({ path }: Pick<AskedUrl, "path">, client: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${client}\r\n\r\n`;
}

function bodyOf({ sets }: Answer, { set, below }: AskedUrl, rotation: number): string {
  const text = sets.find((one) => one.set === set)?.texts[rotation] ?? "(none)";
  return text.replaceAll("{path}", below);
}
