/** Comparisons of small networks against the leaves of the files that are served, by the oracle. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forecastLoad, tallyLoad } from "../../src/answers/load.ts";
import type { FamilyChange } from "../../src/compare/clients.ts";
import { diffGenerations, type NetworkDiff } from "../../src/compare/diff.ts";
import { type ComparedGeneration, openCompared } from "../../src/compare/generation.ts";
import { firstChoices } from "../../src/compare/shifts.ts";
import { makeGeneration } from "../../src/generate/make-generation.ts";
import { readInputs } from "../../src/inputs/inputs.ts";
import { type AsnRange, asnRanges } from "../oracle/asn.ts";
import { type PlainChange, type PlainSide, plainDiff } from "../oracle/diff.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { seededRandom } from "../support/random.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

type Files = Readonly<Record<string, string | Buffer>>;

const ASNS = `193.170.0.0,193.170.127.255,1853,"ACONET, Vienna"
193.171.128.0,193.171.255.255,57,University of Minnesota
2001:628::,2001:628:ffff:ffff:ffff:ffff:ffff:ffff,1853,"ACONET, Vienna"
2001:67c:2e8::,2001:67c:2e9:ffff:ffff:ffff:ffff:ffff,3333,RIPE
2400:8900:8000::,2400:8901::ffff,63949,Akamai
`;
/** Announced in some worlds only. */
const MORE_ASNS = "2a00::,2a00:0:0:ffff:ffff:ffff:ffff:ffff,65001,Nobody\n";

const SETTINGS = "geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}\n";
const at = (latitude: number, longitude: number) =>
  `coordinates: {latitude: ${latitude}, longitude: ${longitude}}\n`;

/** Another City database: Graz has moved to Tokyo, and a network of nobody is located. */
const city = (): Buffer =>
  testDatabase({
    ipVersion: 4,
    type: "DBIP-City-Lite",
    networks: (
      [
        ["18.9.0.0/16", "US", "Minneapolis", 44.9778, -93.265],
        ["193.0.0.0/21", "NL", "Amsterdam", 52.3717, 4.8852],
        ["193.170.0.0/15", "AT", "Vienna", 48.2082, 16.3738],
        ["193.171.0.0/17", "JP", "Tokyo", 35.6916, 139.768],
        ["203.0.112.0/20", "JP", "Tokyo", 35.6916, 139.768],
      ] as const
    ).map(([network, country_code, name, latitude, longitude]) => [
      network,
      { country_code, state1: "", city: name, latitude, longitude },
    ]),
  });

/** By name, what a network has besides, or instead. */
const WORLDS: Readonly<Record<string, () => Files>> = {
  base: () => ({}),
  "without Graz": () => ({
    "mirrors/graz.example.yml": mirrorFile("graz.example", "disabled: {reason: away}\n"),
  }),
  "with a monopoly": () => ({
    "mirrors/campus.example.yml": mirrorFile(
      "campus.example",
      `geolocation: {country: AT}\n${at(47.07, 15.44)}private: true\nmonopoly: true\nasn: 57\n`,
    ),
  }),
  "with eight orders": () => ({ "mirrorpress.yml": `${SETTINGS}policy: {name: service-2026}\n` }),
  "with three orders": () => ({
    "mirrorpress.yml": `${SETTINGS}policy: {spread: {within_km: 5000, rotations: 3}}\n`,
  }),
  "with short lists": () => ({
    "mirrorpress.yml": `${SETTINGS}policy: {length: 2, country_take: 1, on_net_minimum: 2}\n`,
  }),
  "with another database": () => ({ "city4.mmdb": city() }),
  "announced more": () => ({ "asn.csv": ASNS + MORE_ASNS }),
  ...Object.fromEntries([1, 2, 3, 4].map((seed) => [`drawn ${seed}`, () => drawn(seed)])),
};

/** Mirrors anywhere, and some without http. */
function drawn(seed: number): Files {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const names = ["amsterdam", "boston", "graz", "tokyo", "vienna", "zurich"];
  return Object.fromEntries(
    names.slice(0, 3 + below(4)).map((name) => {
      const country = ["AT", "NL", "US", "JP", "CH"][below(5)]!;
      const place = `geolocation: {country: ${country}}\n${at(below(120) - 60, below(340) - 170)}`;
      const subnet =
        random() < 0.3 ? `subnets: [193.${170 + below(2)}.${below(4) * 64}.0/18]\n` : "";
      const text = mirrorFile(`${name}.example`, place + subnet);
      const own = random() < 0.4 ? text.replace(/http: [^,]*, /, "") : text;
      return [`mirrors/${name}.example.yml`, own];
    }),
  );
}

interface World {
  readonly compared: ComparedGeneration;
  readonly plain: PlainSide;
  readonly asns: readonly AsnRange[];
}

let folder: string;
const worlds = new Map<string, World>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-diff-"));
  for (const [number, [name, filesOf]] of Object.entries(WORLDS).entries()) {
    const files = { "mirrorpress.yml": SETTINGS, "asn.csv": ASNS, ...filesOf() };
    const configPath = writeSmallNetwork(join(folder, String(number)), { files });
    const phase = <T>(_name: string, work: () => T) => work();
    const inputs = readInputs({ configPath, builtAt: BUILT_AT }, phase);
    try {
      const options = { builtAt: BUILT_AT + number, version: "0.1.0" };
      const { generation } = await makeGeneration(options, inputs, phase);
      const bytes = new Map(generation.files.map((file) => [file.path, file.bytes]));
      const lists = [...bytes].filter(([path]) => path.startsWith("lists/"));
      worlds.set(name, {
        compared: openCompared((path) => bytes.get(path) ?? null),
        plain: {
          db: plainDatabase(Buffer.from(bytes.get("routes.mmdb")!)),
          texts: new Map(lists.map(([path, text]) => [path.slice(6), String(text)])),
        },
        asns: asnRanges(String(files["asn.csv"]), null).filter(({ family }) => family === 6),
      });
    } finally {
      inputs.geoip.close();
    }
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function diffOf(before: string, after: string): NetworkDiff {
  return diffGenerations(worlds.get(before)!.compared, worlds.get(after)!.compared);
}

const PAIRS = [
  ...Object.keys(WORLDS).flatMap((name) =>
    name === "base" ? [] : [["base", name] as const, ["drawn 1", name] as const],
  ),
  ["with three orders", "with eight orders"] as const,
];

/** Parts of a client by its hash are eighths or thirds, which are no sums of halves. */
function rounded({ clients, first, list }: FamilyChange | PlainChange): PlainChange {
  const round = (count: number) => Math.round(count * 1000) / 1000;
  return { clients: round(clients), first: round(first), list: round(list) };
}

describe("firstChoices", () => {
  it.each(Object.keys(WORLDS))("gives the shares and countries that load gives, of %s", (name) => {
    const { index } = worlds.get(name)!.compared;
    for (const set of index.sets.keys()) {
      const tally = tallyLoad(index, set);
      const choices = firstChoices(index, set);
      for (const family of ["ipv4", "ipv6"] as const) {
        const { first } = forecastLoad(tally[family], tally.rotations)!;
        for (const [mirror, share] of first.entries()) {
          expect(choices.shares[family][mirror]).toBeCloseTo(share, 12);
          const countries = tally[family].countries.filter((each) => each.first[mirror]! > 0);
          expect(choices.countriesOf(family, mirror)).toEqual(
            countries.map(({ country = "" }) => country),
          );
        }
      }
    }
  });
});

describe("diffGenerations", () => {
  it.each(PAIRS)("counts what the leaves of both say, from %s to %s", (before, after) => {
    const diff = diffOf(before, after);
    const [old, now] = [worlds.get(before)!, worlds.get(after)!];
    const ranges = new Map([...old.asns, ...now.asns].map((range) => [String(range.first), range]));
    const same = diff.sets.filter(({ name, nameBefore }) => name === nameBefore);
    expect(same.length).toBeGreaterThan(0);
    for (const set of same) {
      const plain = plainDiff(old.plain, now.plain, set.name, [...ranges.values()]);
      expect([set.name, rounded(set.ipv4)]).toEqual([set.name, rounded(plain.ipv4)]);
      expect([set.name, rounded(set.ipv6)]).toEqual([set.name, rounded(plain.ipv6)]);
      const changed = Object.entries(plain.countries)
        .filter(([, { ipv4, ipv6 }]) => ipv4.list + ipv6.list > 0)
        .map(([country, { ipv4, ipv6 }]) => [country, rounded(ipv4), rounded(ipv6)]);
      const told = set.countries.map(({ country, ipv4, ipv6 }) => [
        country ?? "",
        rounded(ipv4),
        rounded(ipv6),
      ]);
      expect(told.sort()).toEqual(changed.sort());
      const shorter: Record<string, number> = {};
      for (const each of set.shorter) {
        const key = `${each.before} to ${each.after}`;
        if (each.ipv4 > 0) shorter[key] = (shorter[key] ?? 0) + each.ipv4;
      }
      expect(Object.keys(shorter).sort()).toEqual(Object.keys(plain.shorter).sort());
      for (const [key, count] of Object.entries(plain.shorter)) {
        expect(shorter[key]).toBeCloseTo(count, 3);
      }
    }
  });

  it.each(PAIRS)("mirrors when %s and %s are exchanged", (a, b) => {
    const [there, back] = [diffOf(a, b), diffOf(b, a)];
    expect(there.mirrors.added).toEqual(back.mirrors.removed);
    expect(there.mirrors.removed).toEqual(back.mirrors.added);
    expect(
      there.inputs.map(({ role, file, before, after }) => [role, file, before, after]).sort(),
    ).toEqual(
      back.inputs.map(({ role, file, before, after }) => [role, file, after, before]).sort(),
    );
    for (const set of there.sets) {
      const other = back.sets.find(
        (each) => each.name === set.nameBefore && each.nameBefore === set.name,
      )!;
      expect(rounded(other.ipv4)).toEqual(rounded(set.ipv4));
      expect(rounded(other.ipv6)).toEqual(rounded(set.ipv6));
      expect(other.countriesLost).toEqual(set.countriesGained);
      const exchanged = ({
        before,
        after,
        countriesBefore,
        countriesAfter,
      }: (typeof set.shifts)[number]["ipv4"]) => ({
        before: after,
        after: before,
        countriesBefore: countriesAfter,
        countriesAfter: countriesBefore,
      });
      expect(other.shifts).toEqual(
        set.shifts.map(({ name, ipv4, ipv6 }) => ({
          name,
          ipv4: exchanged(ipv4),
          ipv6: exchanged(ipv6),
        })),
      );
    }
  });

  it.each(Object.keys(WORLDS))("finds nothing between %s and itself", (name) => {
    const diff = diffOf(name, name);
    expect(diff.inputs).toEqual([]);
    expect([diff.lost, diff.gained, diff.dropped, diff.added]).toEqual([[], [], [], []]);
    for (const { ipv4, ipv6, shifts, countries, shorter, mirrors } of diff.sets) {
      expect([ipv4.first, ipv4.list, ipv6.first, ipv6.list]).toEqual([0, 0, 0, 0]);
      expect([shifts, countries, shorter, mirrors.added, mirrors.removed]).toEqual([
        [],
        [],
        [],
        [],
        [],
      ]);
    }
  });

  it("counts the same without walking where routes are the same, as with", () => {
    const { compared } = worlds.get("base")!;
    // The same routes under other bytes of the classes are walked.
    const other = { ...compared, classes: new Uint8Array([0]) };
    expect(diffGenerations(compared, other).sets).toEqual(diffGenerations(compared, compared).sets);
  });

  it("refuses classes that are not those of the routes", () => {
    const { compared } = worlds.get("base")!;
    const other = worlds.get("with another database")!.compared;
    expect(() => diffGenerations({ ...compared, routes: other.routes }, compared)).toThrow(
      "not of one generation",
    );
    // One class has the lists of another, in its own country.
    const { classes } = compared.index;
    const [first, ...others] = classes;
    const { groups } = others.find((each) => String(each.groups) !== String(first!.groups))!;
    const index = { ...compared.index, classes: [{ ...first!, groups }, ...others] };
    const torn = { ...compared, index, classes: new Uint8Array([0]) };
    expect(() => diffGenerations(torn, compared)).toThrow("not of one generation");
  });
});
