import { describe, expect, it } from "vitest";
import type { Aggregates } from "../../src/generate/aggregates.ts";
import { emptyLists, requireNoLeak } from "../../src/generate/safety.ts";
import { blog2021 } from "../../src/model/policy.ts";
import { createFamilyRanker } from "../../src/rank/family-ranker.ts";
import { listChoice, sharesByKey } from "../../src/routes/aggregate.ts";
import { compileRoutes } from "../../src/routes/compile.ts";
import { openClasses, openLists } from "../../src/routes/open-classes.ts";
import { buildOverlay, type Mark } from "../../src/routes/overlay.ts";
import { plainMirror } from "../support/mirrors.ts";
import { MemoryPlaceTree } from "../support/place-tree.ts";

const AT = { latitude: 50, longitude: 8 };
const GERMANY = { country: "DE", continent: "EU", coordinates: AT };
const MIRRORS = [
  plainMirror("open.example", { location: { country: "DE" }, placed: { at: AT, by: "city" } }),
  plainMirror("own.example", { reach: "private", asns: [64] }),
];

/** Three quarters of IPv4 are in AS 64, whose private mirror they get. */
function compile(mirrors = MIRRORS) {
  const mark: Mark = { kind: "asn", asn: 64 };
  return compileRoutes({
    ipv4: {
      tree: new MemoryPlaceTree(32, [GERMANY], [[-2, -2]]),
      overlay: buildOverlay([
        [{ family: 4, words: [0], bits: 1 }, mark],
        [{ family: 4, words: [0x8000_0000], bits: 2 }, mark],
      ]),
    },
    ipv6: { tree: new MemoryPlaceTree(128, [GERMANY], [[-2, -2]]), overlay: buildOverlay([]) },
    sets: ["all"],
    families: [
      {
        sets: [0],
        ranker: createFamilyRanker(mirrors, [() => true], blog2021(), () => true),
      },
    ],
    slots: new Map(),
    mirrorsOfAsn: new Map([[64, [1]]]),
    alsoPlaces: [null],
  });
}

function aggregatesOf(country: number, asn: number, key = 64): Aggregates {
  const share = (list: number) => ({ list, addresses: 1, exact: 1 });
  return {
    subdivisions: [],
    countries: [{ key: "DE", ipv4: share(country), ipv6: null }],
    continents: [],
    asns: [{ key, ipv4: share(asn), ipv6: null }],
    listsOfCountry: () => [country],
    serving: [],
  };
}

const compiled = compile();
const [closedClass] = compiled.sightings.ipv4.others.classNumber;
const [openClass] = compiled.sightings.ipv4.plain.classNumber;
const listOf = (classNumber: number | undefined) =>
  compiled.table.sets[0]!.groups[compiled.classes[classNumber!]!.groups[0]!]![0]!;
const [closedList, openList] = [listOf(closedClass), listOf(openClass)];

describe("openLists", () => {
  const open = openLists(MIRRORS, compiled.table.sets[0]!);

  it("keeps a list with a private mirror for those who are on-net for it", () => {
    expect(open.isOpen(openList)).toBe(true);
    expect(open.isOpen(closedList)).toBe(false);
    expect(open.isOpenTo(64, closedList)).toBe(true);
    expect(open.isOpenTo(65, closedList)).toBe(false);
    const isOpen = openClasses(MIRRORS, compiled);
    expect([isOpen(openClass!), isOpen(closedClass!)]).toEqual([true, false]);
  });

  it("lets a country have an open list though most of its addresses have another", () => {
    const { plain, others } = compiled.sightings.ipv4;
    const parts = [plain, others].map((rows) => ({ ...rows, keys: new Int32Array(rows.count) }));
    const choice = listChoice(compiled.table, 0, open.isOpen);
    const [shares] = sharesByKey(parts, 1, compiled.classes.length, [choice]);
    expect(shares).toEqual([{ list: openList, addresses: 2 ** 32, exact: 0.25 }]);
  });
});

describe("requireNoLeak", () => {
  it("passes what is offered to those who may have it", () => {
    const aggregates = aggregatesOf(openList, closedList);
    expect(() => requireNoLeak({ mirrors: MIRRORS }, compiled, aggregates)).not.toThrow();
  });

  it("refuses a country's entry that names a private mirror", () => {
    const aggregates = aggregatesOf(closedList, closedList);
    expect(() => requireNoLeak({ mirrors: MIRRORS }, compiled, aggregates)).toThrow(
      "offered to DE",
    );
  });

  it("refuses an ASN's entry that names another ASN's private mirror", () => {
    const aggregates = aggregatesOf(openList, closedList, 65);
    expect(() => requireNoLeak({ mirrors: MIRRORS }, compiled, aggregates)).toThrow("AS65");
  });

  it("refuses a private mirror for an ASN that it is not on-net for", () => {
    const elsewhere = [MIRRORS[0]!, { ...MIRRORS[1]!, asns: [65], ownAsns: [64] }];
    const aggregates = aggregatesOf(openList, openList);
    expect(() => requireNoLeak({ mirrors: elsewhere }, compiled, aggregates)).toThrow("record 0");
  });

  it("refuses a private mirror in a list by place", () => {
    const closed = MIRRORS.map((mirror) => ({ ...mirror, reach: "cloud" as const }));
    const aggregates = aggregatesOf(openList, closedList);
    expect(() => requireNoLeak({ mirrors: closed }, compiled, aggregates)).toThrow("not public");
  });
});

describe("emptyLists", () => {
  it("finds nothing where a public mirror serves everybody", () => {
    expect(emptyLists(compiled)).toEqual([]);
  });

  it("names the clients who would get nothing", () => {
    const none = compile([{ ...MIRRORS[0]!, reach: "private" }, MIRRORS[1]!]);
    expect(emptyLists(none).map(({ code, args }) => [code, args["clients"]])).toEqual([
      ["empty-list", "clients in an unknown place"],
    ]);
  });
});
