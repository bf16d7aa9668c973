/**
 * The compiler on small random Internets: what it makes of them is walked as `npm run prove` walks a
 * whole one, so that every address is compared with the naive rule.
 */
import { describe, expect, it } from "vitest";
import { emitRoutesDatabase } from "../../src/emit/routes-database.ts";
import { familiesOf } from "../../src/generate/compile-inputs.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { prefixesOfRange } from "../../src/ip/range.ts";
import type { ListSet } from "../../src/model/list-sets.ts";
import { blog2021, type Policy } from "../../src/model/policy.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import { slotsByCountry } from "../../src/rank/blocks.ts";
import { announcedPlaces } from "../../src/routes/announced-places.ts";
import { compileRoutes } from "../../src/routes/compile.ts";
import { buildOverlay, type Mark } from "../../src/routes/overlay.ts";
import { type PlaceTree, WideCountryError } from "../../src/routes/pass.ts";
import type { RouteClass } from "../../src/routes/table.ts";
import {
  addressText,
  embeddings,
  type PlainPrefix,
  type Range,
  toPrefix,
} from "../oracle/address.ts";
import type { AsnRange } from "../oracle/asn.ts";
import { type Answer, listText } from "../oracle/generation.ts";
import type { OracleOverride, OracleRule } from "../oracle/judge.ts";
import { dataOf, descend, type PlainDatabase, plainDatabase, recordOf } from "../oracle/mmdb.ts";
import { type PlainPlace, placeOfRecord } from "../oracle/places.ts";
import type { OracleMirror } from "../oracle/rank.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { type Proof, prove } from "../prove/proof.ts";
import { asClientPlace, asPlaced } from "./placed.ts";
import {
  chances,
  facts,
  networkText,
  randomCoordinates,
  randomMirrors,
  randomPlace,
  randomPolicy,
  randomSets,
} from "./worlds.ts";

const INTERNETS = Number(process.env["WORLDS"] ?? 300);

interface SmallInternet extends OracleRule {
  readonly city: readonly PlainDatabase[];
  readonly asn: readonly AsnRange[];
}

/** Few bits differ, so that networks, ranges, subnets and overrides nest, touch and overlap. */
function smallInternet(seed: number): SmallInternet {
  const chance = chances(seed);
  const { pick, below } = chance;
  const coordinates = randomCoordinates(chance);
  const heads4 = [0n, 0xff00_0000n, 0xc000_0200n, 0x0a00_0000n];
  const heads6 = ["::", "2001:db8::", "2002::", "::ffff:0:0", "64:ff9b::", "fe00::"];
  const prefix = (family: 4 | 6): PlainPrefix => {
    const width = family === 4 ? 32 : 128;
    const start = family === 4 ? pick(heads4) : toPrefix(pick(heads6)).first;
    const value = start ^ (BigInt(below(16)) << BigInt(below(width - 4)));
    return toPrefix(`${addressText({ family, value })}/${1 + below(width)}`);
  };
  const families = [4, 6] as const;
  const places = Array.from({ length: 6 }, () => randomPlace(chance, coordinates) ?? {});
  /** What is known by its country alone is cut up, so it cannot be half of the Internet. */
  const placeIn = ({ family, bits }: PlainPrefix): PlainPlace => {
    const { countryOnly, ...place } = pick(places);
    const isNarrow = bits >= (family === 4 ? 6 : 24);
    return countryOnly && isNarrow ? { ...place, countryOnly } : place;
  };
  const networks = (family: 4 | 6) =>
    Array.from({ length: below(12) }, () => {
      const network = prefix(family);
      return [networkText(network), flatRecord(placeIn(network))] as const;
    });
  const city = chance.chance(0.3)
    ? [testDatabase({ ipVersion: 6, type: "City", networks: [...networks(6), ...networks(4)] })]
    : families.map((family) =>
        testDatabase({ ipVersion: family, type: "City", networks: networks(family) }),
      );

  const asn = families.flatMap((family) => {
    const limit = family === 4 ? 1n << 32n : 1n << 128n;
    const ends = Array.from({ length: 2 * below(4) }, () => {
      const { first, last } = prefix(family);
      return chance.chance(0.5) ? first : chance.chance(0.5) ? last : (last + 1n) % limit;
    });
    const sorted = [...new Set(ends)].sort((a, b) => (a < b ? -1 : 1));
    return sorted.slice(1).flatMap((last, index): AsnRange[] => {
      // Every other range, so that some touch a gap and, where `last` is kept, none overlap.
      const first = sorted[index] as bigint;
      return index % 2 === 0 ? [{ family, first, last, asn: pick([7, 8]) }] : [];
    });
  });
  const mirrors = randomMirrors(chance, {
    count: 1 + below(pick([3, 12, 30])),
    asns: [7, 8],
    // Now and then as many as a cloud has.
    subnets: () => Array.from({ length: pick([1, 1, 2, 3, 40]) }, () => prefix(pick(families))),
    coordinates,
  });
  const overrides = new Map(
    Array.from({ length: below(4) }, () => {
      const network = prefix(pick(families));
      const place = placeIn(network);
      const known = asClientPlace(place) === null ? null : place;
      return [networkText(network), { network, place: known }] as const;
    }),
  );
  return {
    world: { mirrors, countries: facts, policy: randomPolicy(chance) },
    sets: randomSets(chance, mirrors),
    overrides: [...overrides.values()],
    city: city.map(plainDatabase),
    asn,
  };
}

function flatRecord({ country, continent, latitude, longitude, countryOnly }: PlainPlace) {
  return {
    ...(country !== undefined && { country_code: country }),
    ...(continent !== undefined && { continent: { code: continent } }),
    ...(latitude !== undefined && { latitude }),
    ...(longitude !== undefined && { longitude }),
    ...(countryOnly ? { state1: "", city: "" } : { city: "Somewhere" }),
  };
}

describe("compileRoutes", () => {
  it("gives every address of small random Internets the lists of the naive rule", () => {
    for (let seed = 1; seed <= INTERNETS; seed += 1) {
      const proof = proofOf(smallInternet(seed));
      const [first] = proof.families.flatMap(({ shown }) => shown);
      const about = `seed ${seed}, from ${first && addressText(first.first)}`;
      if (first)
        expect(proof.judge.text(first.found), about).toBe(proof.judge.text(first.expected));
      expect(proof.aliases.map(({ verdict }) => verdict)).toEqual(Array(3).fill("same node"));
      expect(proof.excess, `seed ${seed}`).toEqual([]);
      expect(proof.holds, `seed ${seed}`).toBe(true);
    }
  }, 120_000);

  it("counts the announced networks of each country and answer as going through all does", () => {
    let counted = 0;
    for (let seed = 1; seed <= INTERNETS; seed += 1) {
      const internet = smallInternet(seed);
      const { overrides } = internet;
      const announced = announcedIn(internet);
      const { table, ipv6, answerOf, ...files } = compiled(internet);
      const rows = announcedPlaces(
        table,
        ipv6,
        overrides.map(({ network, place }) => ({
          network: asPrefix(network),
          place: { place: asClientPlace(place) },
        })),
        {
          count: announced.length,
          numberAt: () => 7,
          prefixesAt: (range) => [asPrefix(announced[range] as PlainPrefix)],
        },
      );
      const { judge, clients } = prove({ ...internet, ...files, announced, progress: () => {} });
      const expected = new Map<number, number>();
      for (const [id, units] of clients.answers) {
        if (units.announced > 0n) expected.set(id, Number(units.announced) / 2 ** 80);
      }
      const found = new Map<number, number>();
      for (let row = 0; row < rows.count; row += 1) {
        const ofClass = rows.classNumber[row] ?? -1;
        const record = rows.record[row] ?? -1;
        const override = rows.override[row];
        const own = record === -1 ? null : ipv6.placeOf(record);
        const place = override === undefined ? own : override.place;
        const { country } = table.classes[ofClass] ?? {};
        expect(place?.country, `seed ${seed}`).toBe(country);
        const id = judge.answerId(answerOf(ofClass));
        found.set(id, (found.get(id) ?? 0) + (rows.weight[row] ?? 0));
        counted += 1;
      }
      expect([...found.keys()].sort(), `seed ${seed}`).toEqual([...expected.keys()].sort());
      for (const [id, units] of found) {
        expect(units / (expected.get(id) ?? 0), `seed ${seed}`).toBeCloseTo(1, 9);
      }
    }
    expect(counted).toBeGreaterThan(INTERNETS);
  }, 120_000);

  it("cuts a network into blocks where only its country is known, and no other", () => {
    const nodes = (policy: Policy, record: PlainPlace): number => {
      const internet = inBlocks(policy, record, "10.0.0.0/12");
      expect(proofOf(internet).families[0]?.mismatches).toBe(0);
      return compiled(internet).routes.nodeCount;
    };
    const germany: PlainPlace = { country: "DE" };
    const onlyGermany: PlainPlace = { ...germany, countryOnly: true };
    const uncut = nodes(blog2021(), germany);
    expect(nodes(blog2021(), onlyGermany)).toBeGreaterThan(uncut);
    expect(nodes({ ...blog2021(), imprecise: "centroid" }, onlyGermany)).toBe(uncut);
  });

  it("refuses to cut up half of the Internet", () => {
    const place: PlainPlace = { country: "DE", countryOnly: true };
    expect(() => compiled(inBlocks(blog2021(), place, "8000::/1"))).toThrow(WideCountryError);
  });
});

/** As prefixes; what embeds IPv4 is counted as IPv4. */
function announcedIn({ asn }: SmallInternet): PlainPrefix[] {
  return asn
    .filter(({ family }) => family === 6)
    .flatMap((range) => [...prefixesOfRange(6, words(range, "first"), words(range, "last"))])
    .map(({ words: [a = 0, b = 0, c = 0, d = 0], bits }) => {
      const value = [a, b, c, d].reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
      return toPrefix(`${addressText({ family: 6, value })}/${bits}`);
    })
    .filter((net) => {
      return !embeddings.some(({ prefix }) => net.first <= prefix.last && prefix.first <= net.last);
    });
}

/** Five mirrors in Germany and one network. */
function inBlocks(policy: Policy, place: PlainPlace, network: string): SmallInternet {
  const chance = chances(1);
  const coordinates = { latitude: () => 50, longitude: chance.random };
  const all = randomMirrors(chance, { count: 5, asns: [], subnets: () => [], coordinates });
  const mirrors = all.map((mirror): OracleMirror => {
    const always = { disabled: false, reach: "public", monopoly: false } as const;
    return { ...mirror, ...always, country: "DE", only: undefined, never: undefined };
  });
  const { family } = toPrefix(network);
  const networks = [[network, flatRecord(place)]] as const;
  const names = mirrors.map(({ name }) => name);
  return {
    world: { mirrors, countries: facts, policy },
    sets: [
      {
        name: "all",
        product: { name: "all", mirrors: new Set(names) },
        urls: new Map(names.map((name) => [name, `http://${name}.example/`])),
      },
    ],
    overrides: [],
    city: ([4, 6] as const)
      .map((ipVersion) =>
        testDatabase({ ipVersion, type: "City", networks: ipVersion === family ? networks : [] }),
      )
      .map(plainDatabase),
    asn: [],
  };
}

function proofOf(internet: SmallInternet): Proof {
  const { routes, lists } = compiled(internet);
  return prove({ ...internet, routes, lists, progress: () => {} });
}

function compiled({ world, sets, overrides, city, asn }: SmallInternet) {
  const mirrors = world.mirrors.filter(({ disabled }) => !disabled);
  const placed = mirrors.map((mirror) => asPlaced(mirror, world.countries));
  const overlay = (family: 4 | 6) => buildOverlay(marks(family, asn, mirrors, overrides));
  const [own, other = own] = city;
  if (own === undefined || other === undefined) throw new Error("no City database");
  const ipv4Root = own.width === 32 ? 0 : descend(own, 0n, 96).record;
  const listSets = sets.map(({ name, product, urls }): ListSet => {
    return { name, product: product.name, urlOf: (mirror) => urls.get(mirror.name) };
  });
  const settings = { ...defaultSettings, policy: world.policy };
  const ipv6 = placeTree(other, 128, 0);
  const { table } = compileRoutes({
    ipv4: { tree: placeTree(own, 32, ipv4Root), overlay: overlay(4) },
    ipv6: { tree: ipv6, overlay: overlay(6) },
    sets: listSets.map(({ name }) => name),
    families: familiesOf(listSets, { mirrors: placed, settings }),
    slots: world.policy.imprecise === "spread" ? slotsByCountry(placed) : new Map(),
    alsoPlaces: [],
    mirrorsOfAsn: new Map(
      [7, 8].map((number) => [
        number,
        mirrors.flatMap(({ asns }, mirror) => (asns.includes(number) ? [mirror] : [])),
      ]),
    ),
  });
  const texts = table.sets.map(({ lists }, set) =>
    lists.map((list) =>
      listText(list.map((mirror) => sets[set]?.urls.get(mirrors[mirror]?.name ?? "") ?? "")),
    ),
  );
  const ids = texts.map((ofSet, set) => ofSet.map((_, list) => `set${set}list${list}`));
  const { bytes } = emitRoutesDatabase(table, { ids, builtAt: 1_780_000_000 });
  return {
    table,
    ipv6,
    answerOf(classNumber: number): Answer {
      const { country, groups } = table.classes[classNumber] as RouteClass;
      return {
        country,
        sets: table.sets.map(({ name, groups: ofSet }, set) => ({
          set: name,
          texts: (ofSet[groups[set] ?? -1] ?? []).map((list) => texts[set]?.[list] ?? ""),
        })),
      };
    },
    routes: plainDatabase(Buffer.from(bytes)),
    lists: new Map(
      texts.flatMap((ofSet, set) => ofSet.map((text, list) => [ids[set]?.[list] ?? "", text])),
    ),
  };
}

function* marks(
  family: 4 | 6,
  asn: readonly AsnRange[],
  mirrors: readonly OracleMirror[],
  overrides: readonly OracleOverride[],
): Generator<readonly [Prefix, Mark]> {
  for (const range of asn.filter((one) => one.family === family)) {
    for (const prefix of prefixesOfRange(family, words(range, "first"), words(range, "last"))) {
      yield [prefix, { kind: "asn", asn: range.asn }];
    }
  }
  for (const [mirror, { subnets }] of mirrors.entries()) {
    for (const net of subnets.filter((one) => one.family === family)) {
      yield [asPrefix(net), { kind: "subnet", mirror }];
    }
  }
  for (const { network, place } of overrides.filter((one) => one.network.family === family)) {
    yield [asPrefix(network), { kind: "override", place: { place: asClientPlace(place) } }];
  }
  if (family === 6) {
    for (const { prefix } of embeddings) yield [asPrefix(prefix), { kind: "ipv4" }];
  }
}

function asPrefix(net: PlainPrefix): Prefix {
  return { family: net.family, words: words(net, "first"), bits: net.bits };
}

function words(range: Range, end: "first" | "last"): number[] {
  const shifts = range.family === 4 ? [0n] : [96n, 64n, 32n, 0n];
  return shifts.map((shift) => Number((range[end] >> shift) & 0xffff_ffffn));
}

function placeTree(db: PlainDatabase, bits: 32 | 128, root: number): PlaceTree {
  const records = new Map<number, number>();
  const nodes = {
    nodeCount: db.nodeCount,
    left: 0,
    right: 0,
    read(node: number) {
      nodes.left = recordOf(db, node, 0);
      nodes.right = recordOf(db, node, 1);
    },
  };
  return {
    bits,
    nodes,
    root,
    recordCount: 1000,
    recordOf(value) {
      const number = records.get(value) ?? records.size;
      records.set(value, number);
      return number;
    },
    placeOf(record) {
      const value = [...records].find(([, number]) => number === record)?.[0] ?? db.nodeCount;
      return asClientPlace(placeOfRecord(dataOf(db, value)));
    },
  };
}
