/**
 * The forecast against a count of every leaf of the files that are served: routes.mmdb and the
 * lists, read by the oracle.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CountryTally, type LoadTally, tallyLoad } from "../../src/answers/load.ts";
import { emitClasses, readClasses } from "../../src/emit/classes.ts";
import { emitLists } from "../../src/emit/lists.ts";
import { emitRoutesDatabase } from "../../src/emit/routes-database.ts";
import { compileInputs } from "../../src/generate/compile-inputs.ts";
import { type Inputs, readInputs } from "../../src/inputs/inputs.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import { countAnnounced } from "../../src/routes/announced.ts";
import { numberedRanges } from "../../src/routes/marks.ts";
import { embeddings } from "../oracle/address.ts";
import { type AsnRange, asnRanges } from "../oracle/asn.ts";
import { type Answer, answerOfLeaf } from "../oracle/generation.ts";
import { dataOf, descend, leafCursor, type PlainDatabase, plainDatabase } from "../oracle/mmdb.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

/** Known by its network alone, in a place that nobody knows. */
const FAR = mirrorFile("far.example", "private: true\nsubnets: [8.8.8.0/24]\n");

/** Besides those of the network: one that lies across several places, and one that is nowhere. */
const MORE_ASNS = `2001:67c:2e8::,2001:67c:2e9:ffff:ffff:ffff:ffff:ffff,3333,RIPE
2400:8900:8000::,2400:8901::ffff,63949,Akamai
2a00::,2a00:0:0:ffff:ffff:ffff:ffff:ffff,65001,Nobody
`;

const SETTINGS = "geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv, more.csv]}\n";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-load-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a build makes of a network, and the forecast's count of it. */
function compile(name: string, policy: string) {
  const configPath = writeSmallNetwork(join(folder, name), {
    files: {
      "mirrors/far.example.yml": FAR,
      "more.csv": MORE_ASNS,
      "mirrorpress.yml": SETTINGS + policy,
    },
  });
  const inputs = readInputs({ configPath, builtAt: BUILT_AT }, (_phase, work) => work());
  try {
    const compiled = compileInputs(inputs);
    const { table } = compiled;
    const { sets } = listSetsOf(inputs.config, inputs.mirrors);
    const lists = emitLists(
      table.sets.map((set, number) => ({
        ...set,
        urls: inputs.mirrors.map((mirror) => sets[number]?.urlOf(mirror)),
      })),
    );
    const routes = emitRoutesDatabase(table, { ids: lists.ids, builtAt: BUILT_AT });
    const names = inputs.mirrors.map((mirror) => mirror.name);
    const counted = countAnnounced(compiled, numberedRanges(inputs.asns.ipv6));
    const classes = emitClasses(names, table, counted);
    return {
      db: plainDatabase(Buffer.from(routes.bytes)),
      texts: new Map(
        lists.artifacts.map(({ path, bytes }) => [path.replace("lists/", ""), String(bytes)]),
      ),
      asns: asnRanges(asnText(inputs), null).filter(({ family }) => family === 6),
      index: readClasses(String(classes.bytes)),
    };
  } finally {
    inputs.geoip.close();
  }
}

function asnText({ files }: Inputs): string {
  const at = dirname(files.config.path);
  return ["asn.csv", "more.csv"].map((file) => readFileSync(join(at, file), "utf8")).join("");
}

/** By country ("" for none): clients in all, and by mirror those that have it first or listed. */
type Counts = Readonly<
  Record<string, { clients: number; first: Record<string, number>; listed: Record<string, number> }>
>;

interface Counted {
  readonly countries: Counts;
  readonly unlocated: number;
}

/** `weigh` says how many clients a network of the tree has. */
function countLeaves(
  { db, texts }: ReturnType<typeof compile>,
  set: string,
  start: { readonly record: number; readonly depth: number; readonly first: bigint },
  weigh: (first: bigint, last: bigint) => number,
): Counted {
  const unknown = textsOf(answerAt(db, texts, 0n), set);
  const countries: Record<string, Counts[string]> = {};
  let unlocated = 0;
  const cursor = leafCursor(db, start.record, start.depth);
  let at = start.first;
  while (cursor.next()) {
    const end = at + (1n << BigInt(128 - cursor.depth));
    const clients = weigh(at, end - 1n);
    at = end;
    if (clients === 0) continue;
    const answer = answerOfLeaf(dataOf(db, cursor.record), texts);
    const lists = textsOf(answer, set);
    if (answer.country === undefined && String(lists) === String(unknown)) {
      unlocated += clients;
      continue;
    }
    countries[answer.country ?? ""] ??= { clients: 0, first: {}, listed: {} };
    const count = countries[answer.country ?? ""]!;
    count.clients += clients;
    for (const list of lists) {
      const names = list
        .trimEnd()
        .split("\n")
        .map((line) => new URL(line).hostname);
      const add = (to: Record<string, number>, name: string) => {
        to[name] = (to[name] ?? 0) + clients;
      };
      add(count.first, names[0]!);
      for (const name of names) add(count.listed, name);
    }
  }
  return { countries, unlocated };
}

function answerAt(db: PlainDatabase, texts: ReadonlyMap<string, string>, address: bigint): Answer {
  return answerOfLeaf(dataOf(db, descend(db, address, 128).record), texts);
}

function textsOf({ sets }: Answer, name: string): readonly string[] {
  return sets.find(({ set }) => set === name)!.texts;
}

/** IPv4 lies below 96 zeros. */
function countIpv4(made: ReturnType<typeof compile>, set: string): Counted {
  const { record, depth } = descend(made.db, 0n, 96);
  expect(depth).toBe(96);
  return countLeaves(made, set, { record, depth, first: 0n }, (first, last) =>
    Number(last - first + 1n),
  );
}

/** Networks of /48 that are announced, and embed no IPv4. */
function countIpv6(made: ReturnType<typeof compile>, set: string): Counted {
  const embedsIpv4 = (first: bigint) =>
    embeddings.some(({ prefix }) => prefix.first <= first && first <= prefix.last);
  const overlap = (range: AsnRange, first: bigint, last: bigint) => {
    const from = range.first > first ? range.first : first;
    const to = range.last < last ? range.last : last;
    return to < from ? 0n : to - from + 1n;
  };
  return countLeaves(made, set, { record: 0, depth: 0, first: 0n }, (first, last) => {
    if (embedsIpv4(first)) return 0;
    const addresses = made.asns.reduce((sum, range) => sum + overlap(range, first, last), 0n);
    return Number(addresses) / 2 ** 80;
  });
}

function shown({ countries, unlocated }: LoadTally["ipv4"], names: readonly string[]): Counted {
  const byName = (counts: Float64Array) =>
    Object.fromEntries(
      names.flatMap((name, number) => (counts[number] === 0 ? [] : [[name, counts[number]!]])),
    );
  const entries = countries.map(({ country, clients, first, listed }: CountryTally) => {
    return [country ?? "", { clients, first: byName(first), listed: byName(listed) }] as const;
  });
  return { countries: Object.fromEntries(entries), unlocated };
}

describe.each([
  ["blog-2021", ""],
  ["service-2026", "policy: {name: service-2026}\n"],
])("a forecast under %s", (name, policy) => {
  it("is what counting every leaf of the served files gives", () => {
    const made = compile(name, policy);
    const { index } = made;
    expect(index.rotations).toBe(name === "service-2026" ? 8 : 1);
    for (const [number, set] of index.sets.entries()) {
      const tally = tallyLoad(index, number);
      const ipv4 = countIpv4(made, set.name);
      expect(shown(tally.ipv4, index.mirrors), set.name).toEqual(ipv4);
      expect(shown(tally.ipv6, index.mirrors), set.name).toEqual(countIpv6(made, set.name));
      const clients = Object.values(ipv4.countries).reduce((sum, each) => sum + each.clients, 0);
      expect(clients + ipv4.unlocated).toBe(2 ** 32);
    }
    const { ipv4, ipv6 } = tallyLoad(index, 0);
    // That of the mirror whose network is all that is known.
    expect(ipv4.countries[0]).toMatchObject({ country: undefined, clients: 256 });
    expect(ipv6.unlocated).toBe(2);
  });
});
