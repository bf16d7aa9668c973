import { expect, it } from "vitest";
import { emitRoutesDatabase } from "../../src/emit/routes-database.ts";
import { COUNTRIES } from "../../src/geo/countries.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { prefixesOfRange } from "../../src/ip/range.ts";
import { placeOfRecord as placeOf } from "../../src/model/place.ts";
import { blog2021 } from "../../src/model/policy.ts";
import { createRanker } from "../../src/rank/rank.ts";
import { compileRoutes, type PlaceTree } from "../../src/routes/compile.ts";
import { buildOverlay, type Mark } from "../../src/routes/overlay.ts";
import {
  addressText,
  embeddings,
  type PlainPrefix,
  type Range,
  toPrefix,
} from "../oracle/address.ts";
import type { AsnRange } from "../oracle/asn.ts";
import { listText } from "../oracle/generation.ts";
import type { OracleOverride } from "../oracle/judge.ts";
import { dataOf, descend, type PlainDatabase, plainDatabase, recordOf } from "../oracle/mmdb.ts";
import { type PlainPlace, placeOfRecord } from "../oracle/places.ts";
import { blog2021 as numbers, type OracleMirror, type OracleWorld } from "../oracle/rank.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { prove } from "../prove/proof.ts";
import { seededRandom } from "../support/random.ts";
import { asPlaced } from "./placed.ts";

/** Few bits differ, so that networks, ranges, subnets and overrides nest, touch and overlap. */
function smallInternet(seed: number) {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const below = (limit: number): number => Math.floor(random() * limit);
  const chance = (share: number): boolean => random() < share;

  const heads4 = [0n, 0xff00_0000n, 0xc000_0200n, 0x0a00_0000n];
  const heads6 = ["::", "2001:db8::", "2002::", "::ffff:0:0", "64:ff9b::", "fe00::"];
  function prefix(family: 4 | 6): PlainPrefix {
    const width = family === 4 ? 32 : 128;
    const tail = (value: bigint) => value ^ (BigInt(below(16)) << BigInt(below(width - 4)));
    const start = family === 4 ? pick(heads4) : toPrefix(pick(heads6)).first;
    return toPrefix(`${addressText({ family, value: tail(start) })}/${1 + below(width)}`);
  }
  const families = [4, 6] as const;
  const places: readonly PlainPlace[] = Array.from({ length: 5 }, () => ({
    ...(chance(0.8) && { country: pick(["DE", "FR", "US", "ZZ"]) }),
    ...(chance(0.7) && { latitude: below(5) * 10, longitude: below(5) * 10 }),
  }));
  const record = ({ country, latitude, longitude }: PlainPlace) => ({
    ...(country !== undefined && { country_code: country }),
    ...(latitude !== undefined && { latitude }),
    ...(longitude !== undefined && { longitude }),
  });
  const networks = (family: 4 | 6) =>
    Array.from({ length: below(12) }, () => {
      const { bits, first } = prefix(family);
      return [`${addressText({ family, value: first })}/${bits}`, record(pick(places))] as const;
    });
  const isOneFile = chance(0.3);
  const city = isOneFile
    ? [testDatabase({ ipVersion: 6, type: "City", networks: [...networks(6), ...networks(4)] })]
    : families.map((family) =>
        testDatabase({ ipVersion: family, type: "City", networks: networks(family) }),
      );

  const asn = families.flatMap((family) => {
    const limit = family === 4 ? 1n << 32n : 1n << 128n;
    const ends = Array.from({ length: 2 * below(4) }, () => {
      const { first, last } = prefix(family);
      return chance(0.5) ? first : chance(0.5) ? last : (last + 1n) % limit;
    });
    const sorted = [...new Set(ends)].sort((a, b) => (a < b ? -1 : 1));
    return sorted.slice(1).flatMap((last, index): AsnRange[] => {
      // Every other range, so that some touch a gap and, where `last` is kept, none overlap.
      const first = sorted[index] as bigint;
      return index % 2 === 0 ? [{ family, first, last, asn: pick([7, 8]) }] : [];
    });
  });
  const mirrors = Array.from({ length: 1 + below(8) }, (_, index): OracleMirror => {
    const isPrivate = chance(0.3);
    return {
      name: `m${index}`,
      url: `http://m${index}.example/`,
      country: pick(["DE", "FR", "US", undefined]),
      coordinates: chance(0.9) ? { latitude: below(5) * 10, longitude: below(5) * 10 } : undefined,
      asns: chance(0.4) ? [pick([7, 8])] : [],
      subnets: Array.from({ length: chance(0.5) ? 1 + below(3) : 0 }, () => prefix(pick(families))),
      reach: isPrivate ? "private" : "public",
      monopoly: isPrivate && chance(0.3),
      disabled: false,
      only: chance(0.1) ? ["DE"] : undefined,
      never: chance(0.1) ? ["US"] : undefined,
    };
  });
  const overrides = new Map(
    Array.from({ length: below(4) }, () => {
      const network = prefix(pick(families));
      return [
        JSON.stringify([network.family, String(network.first), network.bits]),
        { network, place: pick(places) },
      ];
    }),
  );
  return { city: city.map(plainDatabase), asn, mirrors, overrides: [...overrides.values()] };
}

const countries: OracleWorld["countries"] = new Map(COUNTRIES.map((one) => [one.code, one]));

it("compileRoutes gives every address of small random Internets the list of the naive rule", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const { city, asn, mirrors, overrides } = smallInternet(seed);
    const sets = [{ name: "all", world: { mirrors, countries, numbers } }];
    const compiled = compiledRoutes(city, asn, mirrors, overrides);
    const { lists, routes } = compiled;
    const proof = prove({ sets, overrides, city, asn, routes, lists, progress: () => {} });
    const shown = proof.families.flatMap((family) => family.shown);
    const [first] = shown;
    expect(
      first && `${addressText(first.first)} ${proof.judge.text(first.expected)}`,
      `seed ${seed}`,
    ).toBe(first && `${addressText(first.first)} ${proof.judge.text(first.found)}`);
    expect(proof.aliases.map(({ verdict }) => verdict)).toEqual(Array(3).fill("same node"));
    expect(proof.excess, `seed ${seed}`).toEqual([]);
    expect(proof.holds).toBe(true);
  }
});

function compiledRoutes(
  city: readonly PlainDatabase[],
  asn: readonly AsnRange[],
  mirrors: readonly OracleMirror[],
  overrides: readonly OracleOverride[],
) {
  const overlay = (family: 4 | 6) => buildOverlay(marks(family, asn, mirrors, overrides));
  const [own, other = own] = city;
  if (own === undefined || other === undefined) throw new Error("no City database");
  const ipv4Root = own.width === 32 ? 0 : descend(own, 0n, 96).record;
  const { table } = compileRoutes({
    ipv4: { tree: placeTree(own, 32, ipv4Root), overlay: overlay(4) },
    ipv6: { tree: placeTree(other, 128, 0), overlay: overlay(6) },
    sets: [
      {
        name: "all",
        ranker: createRanker(
          mirrors.map((mirror) => asPlaced(mirror, countries)),
          () => true,
          blog2021(),
        ),
      },
    ],
    alsoPlaces: [],
    mirrorsOfAsn: new Map(
      [7, 8].map((number) => [
        number,
        mirrors.flatMap(({ asns }, mirror) => (asns.includes(number) ? [mirror] : [])),
      ]),
    ),
  });
  const texts = (table.sets[0]?.lists ?? []).map((list) =>
    listText(list.map((mirror) => mirrors[mirror]?.url ?? "")),
  );
  const ids = texts.map((_, list) => `list${list}`);
  const { bytes } = emitRoutesDatabase(table, { ids: [ids], builtAt: 1_780_000_000 });
  return {
    routes: plainDatabase(Buffer.from(bytes)),
    lists: new Map(texts.map((text, list) => [`all/list${list}`, text])),
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
    const found = placeOf({ latitude: Number.NaN, longitude: Number.NaN, ...place });
    yield [asPrefix(network), { kind: "override", place: { place: found } }];
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
      const place = placeOfRecord(dataOf(db, value));
      return placeOf({ latitude: Number.NaN, longitude: Number.NaN, ...place });
    },
  };
}
