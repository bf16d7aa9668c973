import { describe, expect, it } from "vitest";
import type { NetworkDiff, SetDiff } from "../../src/compare/diff.ts";
import type { GateFinding, GateName } from "../../src/compare/gate-finding.ts";
import { checkGates } from "../../src/compare/gates.ts";
import type { ShorterLists } from "../../src/compare/shorter.ts";
import { defaultGateSettings } from "../../src/model/gate-settings.ts";

const DAY = 86_400;
const NOW = 1_795_347_600;

type Figures = NetworkDiff["before"];

const FIGURES: Figures = {
  id: "20261122t114000z-00000000",
  builtAt: NOW,
  policy: "blog-2021",
  rotations: 1,
  sets: 3,
  classes: 1000,
  lists: 1000,
  files: 20_000,
  bytes: 100_000_000,
  countries: Array.from({ length: 50 }, (_, number) => `C${number}`),
  geoip: {
    ipv4Nodes: 1_000_000,
    ipv6Nodes: 1_000_000,
    asnRanges: 100_000,
    cityAt: NOW,
    asnAt: NOW,
  },
};

const NONE = { clients: 1000, first: 0, list: 0 };

function setOf(fields: Partial<SetDiff> = {}): SetDiff {
  return {
    name: "all",
    nameBefore: "all",
    mirrors: { before: 100, after: 100, added: [], removed: [] },
    ipv4: NONE,
    ipv6: NONE,
    countries: [],
    shorter: [],
    shifts: [],
    countriesLost: [],
    countriesGained: [],
    ...fields,
  };
}

interface Planted {
  readonly before?: Partial<Figures>;
  readonly after?: Partial<Figures>;
  readonly set?: Partial<SetDiff>;
  readonly others?: readonly SetDiff[];
  readonly lost?: readonly string[];
}

function diffOf({ before, after, set, others = [], lost = [] }: Planted): NetworkDiff {
  const own = setOf(set);
  return {
    before: { ...FIGURES, ...before },
    after: { ...FIGURES, ...after },
    ipv6: "announced",
    inputs: [],
    mirrors: own.mirrors,
    sets: [own, ...others],
    lost,
    gained: [],
    dropped: [],
    added: [],
  };
}

function findings(planted: Planted, causeOf = (_name: string): string | undefined => undefined) {
  return checkGates(diffOf(planted), { settings: defaultGateSettings, causeOf });
}

/** "hold", "refuse", or "pass" where the gate finds nothing; no other gate may find anything. */
function verdictOf(gate: GateName, planted: Planted): string {
  const found = findings(planted);
  expect(found.filter((each) => each.gate !== gate)).toEqual([]);
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.verdict ?? "pass";
}

function only(found: readonly GateFinding[]): GateFinding {
  expect(found.length).toBe(1);
  return found[0]!;
}

const gone = (count: number, of = 100) => ({
  set: {
    mirrors: {
      before: of,
      after: of - count,
      added: [],
      removed: Array.from({ length: count }, (_, number) => `m${number}.example`),
    },
  },
});

it("checkGates finds nothing where nothing changed", () => {
  expect(findings({})).toEqual([]);
});

describe("the gate of mirrors", () => {
  it.each([
    [0, 100, "pass"],
    [9, 100, "pass"],
    [10, 100, "hold"],
    [24, 100, "hold"],
    [25, 100, "refuse"],
    [52, 530, "pass"],
    [53, 530, "hold"],
    // Of a few mirrors two fail in one night by chance, some nights a year.
    [2, 19, "pass"],
    [3, 19, "hold"],
    [3, 6, "hold"],
    [4, 6, "refuse"],
    // But half of all is more than chance.
    [1, 2, "pass"],
    [2, 3, "hold"],
    [2, 4, "hold"],
    [2, 5, "pass"],
  ])("says of %i mirrors less of %i: %s", (count, of, verdict) => {
    expect(verdictOf("mirrors", gone(count, of))).toBe(verdict);
  });

  it("passes mirrors that come", () => {
    expect(verdictOf("mirrors", gone(-60))).toBe("pass");
  });

  it("suspects the prober's own network where most went for one cause", () => {
    const found = only(
      findings(gone(30), (name) => (name < "m28" ? "no answer in time" : undefined)),
    );
    expect(found.cause).toBe(
      "21 of the 30 that went have one cause: no answer in time. Mirrors rarely fail alike: the prober's own network is suspect",
    );
    expect(found.check).toContain("from another network");
  });

  it("suspects nothing where the causes differ", () => {
    const causes = ["no answer in time", "its copy is too old"];
    let next = 0;
    const found = only(findings(gone(30), () => causes[next++ % 2]));
    expect(found.cause).toBeUndefined();
    expect(found.found).toBe("mirrors: 100 before, 70 now, 30.0% fewer");
    expect(found.limit).toBe("held from 10% on, refused from 25% on");
  });

  it("watches every list set, and names the one", () => {
    const https = setOf({ ...gone(30).set, name: "all-https" });
    expect(only(findings({ others: [https] })).found).toContain(
      "mirrors in the list set all-https",
    );
  });
});

describe("the gate of lists", () => {
  const shorter = (fields: Partial<ShorterLists>): Planted => ({
    set: {
      shorter: [
        {
          before: 10,
          after: 9,
          kindBefore: "place",
          kindAfter: "place",
          ipv4: 65_536,
          ipv6: 12,
          countries: ["AT", ""],
          ...fields,
        },
      ],
    },
  });

  it.each([
    [10, 9, "pass"],
    [10, 6, "pass"],
    [10, 5, "hold"],
    [10, 3, "hold"],
    [10, 2, "refuse"],
    [3, 2, "refuse"],
    // There were no three before.
    [2, 1, "hold"],
  ])("says of a list of %i that has %i: %s", (before, after, verdict) => {
    expect(verdictOf("lists", shorter({ before, after }))).toBe(verdict);
  });

  it("takes one mirror less for no more than that where there are few", () => {
    const of = (before: number, mirrors: number) => {
      const { set } = shorter({ before, after: 1 });
      const few = { before: mirrors, after: mirrors - 1, added: [], removed: ["a"] };
      return verdictOf("lists", { set: { ...set, mirrors: few } });
    };
    expect([of(2, 3), of(2, 19), of(2, 20), of(3, 3)]).toEqual(["pass", "pass", "hold", "hold"]);
  });

  it("passes a client who comes into the network of a mirror, or is located at last", () => {
    const alone = { before: 10, after: 1, kindAfter: "on-net" } as const;
    expect(verdictOf("lists", shorter(alone))).toBe("pass");
    expect(verdictOf("lists", shorter({ before: 10, after: 5, kindAfter: "on-net" }))).toBe("pass");
    expect(verdictOf("lists", shorter({ ...alone, before: 5, kindBefore: "on-net" }))).toBe("pass");
    expect(verdictOf("lists", shorter({ before: 530, after: 10, kindBefore: "everyone" }))).toBe(
      "pass",
    );
  });

  it("passes short lists where no three mirrors are left to be had", () => {
    const few = { before: 3, after: 2, added: [], removed: ["gone.example"] };
    const { set } = shorter({ before: 3, after: 2 });
    expect(verdictOf("lists", { set: { ...set, mirrors: few } })).toBe("pass");
  });

  it("says whose lists, and how short", () => {
    expect(only(findings(shorter({ after: 2 }))).found).toBe(
      "lists: 65,536 IPv4 addresses and 12 IPv6 networks in AT, an unknown country had 10 mirrors and would have 2",
    );
  });
});

it("the gate of questions refuses what nobody answers any more", () => {
  expect(verdictOf("unanswered", { lost: ["repo:9.8/nfv/s390x"] })).toBe("refuse");
});

describe("the gate of first mirrors that are others", () => {
  const changed = (first: number, mirrors = 100): Planted => ({
    set: {
      ipv4: { clients: 1000, first, list: first },
      mirrors: { before: mirrors, after: mirrors, added: [], removed: [] },
    },
  });

  it.each([
    [199, 100, "pass"],
    [200, 100, "hold"],
    [399, 100, "hold"],
    [400, 100, "refuse"],
    // Below thirty mirrors one moves more: of ten, three times as much.
    [599, 10, "pass"],
    [600, 10, "hold"],
    [1000, 10, "hold"],
    [1000, 5, "pass"],
    [200, 30, "hold"],
    [200, 29, "pass"],
  ])("says of %i clients in 1000 of %i mirrors: %s", (first, mirrors, verdict) => {
    expect(verdictOf("first-changed", changed(first, mirrors))).toBe(verdict);
  });

  it("says that the policy is another", () => {
    const planted = { ...changed(500), after: { policy: "service-2026" } };
    expect(only(findings(planted)).cause).toBe("the policy was blog-2021, is service-2026");
  });
});

describe("the gate of one mirror's share", () => {
  const shift = (before: number, after: number, mirrors = 100): Planted => {
    const none = { before: 0, after: 0, countriesBefore: [], countriesAfter: [] };
    return {
      set: {
        mirrors: { before: mirrors, after: mirrors, added: [], removed: [] },
        shifts: [{ name: "big.example", ipv4: { ...none, before, after }, ipv6: none }],
      },
    };
  };

  it.each([
    [0.1, 0.149, "pass"],
    [0.1, 0.15, "hold"],
    [0.1, 0.299, "hold"],
    [0.1, 0.3, "refuse"],
    // It was so before, and has not grown by much.
    [0.16, 0.2, "pass"],
    [0.16, 0.21, "hold"],
    [0.29, 0.31, "refuse"],
    [0.35, 0.36, "pass"],
    [0.5, 0.2, "pass"],
  ])("says of a share of %f that is %f: %s", (before, after, verdict) => {
    expect(verdictOf("largest-share", shift(before, after))).toBe(verdict);
  });

  it.each([
    [0.15, 0.186, 26, "pass"],
    [0.15, 0.24, 26, "hold"],
    [0.14, 0.186, 40, "hold"],
  ])("says of a share of %f that is %f, of %i mirrors: %s", (before, after, mirrors, verdict) => {
    expect(verdictOf("largest-share", shift(before, after, mirrors))).toBe(verdict);
  });

  it("lets a network of three mirrors be", () => {
    expect(verdictOf("largest-share", shift(0.3, 0.9, 3))).toBe("pass");
  });
});

describe("the gates of GeoIP", () => {
  const nodes = (ipv4Nodes: number) => ({ after: { geoip: { ...FIGURES.geoip, ipv4Nodes } } });

  it.each([
    [850_001, "pass"],
    [850_000, "hold"],
    [600_001, "hold"],
    [600_000, "refuse"],
    [2_000_000, "pass"],
  ])("say of %i nodes after a million: %s", (count, verdict) => {
    expect(verdictOf("geoip-size", nodes(count))).toBe(verdict);
  });

  it.each([
    [1, "pass"],
    [2, "hold"],
    [9, "hold"],
    [10, "refuse"],
  ])("say of %i countries that are gone: %s", (count, verdict) => {
    const after = { countries: FIGURES.countries.slice(count) };
    expect(verdictOf("countries", { after })).toBe(verdict);
  });

  it.each(["ipv4Nodes", "ipv6Nodes", "asnRanges"] as const)("know each database: %s", (key) => {
    const halved = { ...FIGURES.geoip, [key]: FIGURES.geoip[key]! / 2 };
    expect(verdictOf("geoip-size", { after: { geoip: halved } })).toBe("refuse");
  });

  const aged = (daysBefore: number, days: number): Planted => ({
    before: { builtAt: NOW - DAY, geoip: { cityAt: NOW - DAY - daysBefore * DAY } },
    after: { geoip: { cityAt: NOW - days * DAY } },
  });

  it.each([
    // The same database, a day later.
    [12, 13, "pass"],
    [13, 14, "hold"],
    [14, 15, "pass"],
    [27, 28, "hold"],
    // A newer one that is old all the same is better than before.
    [40, 20, "pass"],
    [0, 13.99, "pass"],
  ])("say of a database that was %f days old and is %f: %s", (before, after, verdict) => {
    const found = findings(aged(before, after)).filter(({ gate }) => gate === "geoip-age");
    expect(found[0]?.verdict ?? "pass").toBe(verdict);
  });

  it("hold an old ASN database just as an old City database", () => {
    const geoip = (days: number) => ({ geoip: { ...FIGURES.geoip, asnAt: NOW - days * DAY } });
    const planted = { before: { builtAt: NOW - DAY, ...geoip(14) }, after: geoip(14) };
    const [found] = findings(planted);
    expect(found).toMatchObject({ gate: "geoip-age", verdict: "hold" });
    expect(found?.found).toBe(
      "the ASN database is 14 days old; in the generation in place it was 13",
    );
  });

  it("refuse a database that is older than the last one, however little", () => {
    const geoip = { ...FIGURES.geoip, asnAt: NOW - 1 };
    expect(verdictOf("geoip-older", { after: { geoip } })).toBe("refuse");
    expect(verdictOf("geoip-older", { before: { geoip } })).toBe("pass");
  });
});

it("the gates of size say what multiplies the lists, or else what moves clients", () => {
  const causeOf = (after: Partial<Figures>) =>
    findings({ after: { files: 40_000, ...after } }).find(({ gate }) => gate === "files")?.cause;
  expect(causeOf({ rotations: 8, sets: 6 })).toBe(
    "rotations: 1 before, 8 now; list sets: 3 before, 6 now",
  );
  expect(causeOf({ policy: "service-2026" })).toBe("the policy was blog-2021, is service-2026");
});

describe("the gates of size", () => {
  it.each([
    ["files", 18_001, "pass"],
    ["files", 18_000, "hold"],
    ["files", 22_000, "hold"],
    ["files", 10_001, "hold"],
    ["files", 10_000, "refuse"],
    ["files", 30_000, "refuse"],
    ["bytes", 75_000_001, "pass"],
    ["bytes", 75_000_000, "hold"],
    ["bytes", 125_000_000, "hold"],
    ["bytes", 50_000_000, "refuse"],
    ["bytes", 150_000_000, "refuse"],
  ] as const)("say of %s that are %i: %s", (gate, count, verdict) => {
    expect(verdictOf(gate, { after: { [gate]: count } })).toBe(verdict);
  });

  it("let small networks double", () => {
    const before = { files: 60, bytes: 300_000 };
    expect(findings({ before, after: { files: 160, bytes: 900_000 } })).toEqual([]);
  });
});

it("checkGates tells of what is refused before what is held", () => {
  const found = findings({ ...gone(10), lost: ["repo:9.8/nfv/s390x"] });
  expect(found.map(({ gate, verdict }) => [gate, verdict])).toEqual([
    ["unanswered", "refuse"],
    ["mirrors", "hold"],
  ]);
});
