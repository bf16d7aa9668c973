import { describe, expect, it } from "vitest";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import type { ClientPlace } from "../../src/model/place.ts";
import { BLOG_2021_NUMBERS, blog2021 } from "../../src/model/policy.ts";
import type { Client } from "../../src/rank/client.ts";
import { createRanker } from "../../src/rank/rank.ts";
import { mirrorsOf, plainMirror } from "../support/mirrors.ts";

const BERLIN: ClientPlace = {
  country: "DE",
  continent: "EU",
  coordinates: { latitude: 52.5, longitude: 13.4 },
};

/** A public mirror in Germany, `degrees` east of Berlin. */
function german(name: string, degrees: number, fields: Partial<PlacedMirror> = {}): PlacedMirror {
  return at(name, "DE", "EU", 13.4 + degrees, fields);
}

function at(
  name: string,
  country: string,
  continent: string,
  longitude: number,
  fields: Partial<PlacedMirror> = {},
): PlacedMirror {
  return plainMirror(name, {
    location: { country },
    continent,
    placed: { at: { latitude: 52.5, longitude }, by: "coordinates" },
    ...fields,
  });
}

function series(prefix: string, count: number, make: (name: string, i: number) => PlacedMirror) {
  return Array.from({ length: count }, (_, i) => make(`${prefix}${String(i).padStart(2, "0")}`, i));
}

function names(mirrors: readonly PlacedMirror[], client: Partial<Client>, policy = blog2021()) {
  const sorted = [...mirrors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const numberOf = (name: string) => sorted.findIndex((mirror) => mirror.name === name);
  const ranker = createRanker(sorted, () => true, policy);
  const asked = {
    place: BERLIN,
    subnetMatches: [],
    asnMatches: [],
    ...client,
  };
  const found = mirrorsOf(ranker.rank(asked)).map((number) => sorted[number]!.name);
  expect(ranker.explain(asked).map((entry) => sorted[entry.mirror]!.name)).toEqual(found);
  return { found, numberOf, explained: ranker.explain(asked) };
}

/** Says which mirrors match, by name, in a network whose mirrors are in name order. */
function matches(mirrors: readonly PlacedMirror[], wanted: readonly string[]): number[] {
  const sorted = mirrors.map((mirror) => mirror.name).sort();
  return wanted.map((name) => sorted.indexOf(name));
}

describe("blog-2021 by place", () => {
  it("lists the ten nearest of the country before anything nearer abroad", () => {
    const mirrors = [
      ...series("de", 12, (name, i) => german(name, 3 + i / 100)),
      at("pl", "PL", "EU", 13.5),
    ];
    expect(names(mirrors, {}).found).toEqual(mirrors.slice(0, 10).map((m) => m.name));
  });

  it("goes on with the continent, then with the rest, until there are ten", () => {
    const mirrors = [
      ...series("de", 2, (name, i) => german(name, i)),
      ...series("eu", 3, (name, i) => at(name, "FR", "EU", 2 - i)),
      ...series("us", 9, (name, i) => at(name, "US", "NA", -74 - i)),
    ];
    const { found, explained } = names(mirrors, {});
    expect(found).toEqual([
      "de00",
      "de01",
      "eu00",
      "eu01",
      "eu02",
      "us00",
      "us01",
      "us02",
      "us03",
      "us04",
    ]);
    expect(explained.map((entry) => entry.reason).join(" ")).toBe(
      "country country continent continent continent world world world world world",
    );
  });

  it("settles equal distances by name", () => {
    const mirrors = ["b", "a", "d", "c"].map((name) => german(name, 1));
    expect(names(mirrors, {}).found).toEqual(["a", "b", "c", "d"]);
  });

  it("lists neither private nor cloud mirrors, nor those without a place", () => {
    const mirrors = [
      german("cloud", 0, { reach: "cloud" }),
      german("private", 0, { reach: "private" }),
      plainMirror("nowhere"),
      german("public", 5),
    ];
    expect(names(mirrors, {}).found).toEqual(["public"]);
  });

  it("keeps to `only` and `never`", () => {
    const mirrors = [
      german("never-de", 0, { never: ["DE"] }),
      german("only-fr", 0, { only: ["FR"] }),
      german("only-de", 1, { only: ["DE"] }),
    ];
    expect(names(mirrors, {}).found).toEqual(["only-de"]);
    expect(names(mirrors, { place: null }).found).toEqual(["never-de"]);
  });

  it("has numbers that can be set", () => {
    const mirrors = [
      ...series("de", 5, (name, i) => german(name, i)),
      ...series("eu", 5, (name, i) => at(name, "FR", "EU", 2 - i)),
      ...series("us", 5, (name, i) => at(name, "US", "NA", -74 - i)),
    ];
    const policy = blog2021({
      ...BLOG_2021_NUMBERS,
      countryTake: 1,
      continentTake: 2,
      worldTake: 3,
      length: 5,
    });
    // What a band did not take is open to the next: de01 and de02 are Europe's nearest left.
    expect(names(mirrors, {}, policy).found).toEqual(["de00", "de01", "de02", "de03", "de04"]);
  });

  it("gives every public mirror by name to a client in an unknown place", () => {
    const mirrors = [
      german("b", 0),
      plainMirror("c"),
      german("a", 9),
      german("p", 0, { reach: "private" }),
    ];
    expect(names(mirrors, { place: null }).found).toEqual(["a", "b", "c"]);
  });
});

describe("blog-2021 on-net", () => {
  const near = series("near", 6, (name, i) => german(name, i / 10));

  it("puts subnets first, the most specific first, then ASNs, nearest first within each", () => {
    const mirrors = [
      ...near,
      german("asn-far", 8),
      german("asn-near", 7),
      german("net16", 1),
      german("net24-far", 4),
      german("net24-near", 3),
    ];
    const [net16, far, close] = matches(mirrors, ["net16", "net24-far", "net24-near"]);
    const { found, explained } = names(mirrors, {
      subnetMatches: [
        { mirror: net16!, bits: 16 },
        { mirror: far!, bits: 24 },
        { mirror: close!, bits: 24 },
      ],
      asnMatches: matches(mirrors, ["asn-far", "asn-near", "net16"]),
    });
    expect(found).toEqual(["net24-near", "net24-far", "net16", "asn-near", "asn-far"]);
    expect(explained.map((entry) => entry.reason)).toEqual([
      "subnet",
      "subnet",
      "subnet",
      "asn",
      "asn",
    ]);
  });

  it("fills up to five with the nearest other public mirrors of any country", () => {
    const mirrors = [
      german("de-far", 30),
      german("mine", 40, { reach: "private" }),
      at("pl", "PL", "EU", 14),
      at("cz", "CZ", "EU", 15),
      at("us", "US", "NA", -74),
      at("jp", "JP", "AS", 139),
    ];
    const { found, explained } = names(mirrors, { asnMatches: matches(mirrors, ["mine"]) });
    expect(found).toEqual(["mine", "pl", "cz", "de-far", "us"]);
    expect(explained[1]).toMatchObject({ reason: "fill" });
  });

  it("keeps more than five matches", () => {
    const asnMatches = near.map((_, i) => i);
    expect(names(near, { asnMatches }).found).toHaveLength(6);
  });

  it("returns a matching monopoly mirror alone, even behind better matches", () => {
    const mirrors = [...near, german("mono", 50, { reach: "private", monopoly: true })];
    const [mono, other] = matches(mirrors, ["mono", "near00"]);
    const client = { subnetMatches: [{ mirror: other!, bits: 24 }], asnMatches: [mono!] };
    expect(names(mirrors, client).found).toEqual(["mono"]);
  });

  it("fills by name where the place is unknown", () => {
    const mirrors = [german("z", 0), plainMirror("a"), german("b", 90)];
    const client = { place: null, asnMatches: matches(mirrors, ["z"]) };
    expect(names(mirrors, client).found).toEqual(["z", "a", "b"]);
  });

  it("puts a match without a place behind those with one", () => {
    const mirrors = [plainMirror("a"), german("b", 90), ...near];
    const client = { asnMatches: matches(mirrors, ["a", "b"]) };
    expect(names(mirrors, client).found.slice(0, 2)).toEqual(["b", "a"]);
  });
});

describe("createRanker", () => {
  it("refuses mirrors out of name order, on which ties depend", () => {
    const unordered = [plainMirror("b"), plainMirror("a")];
    expect(() => createRanker(unordered, () => true, blog2021())).toThrow("name order");
  });

  it("answers alike whatever was asked before", () => {
    const mirrors = series("de", 9, (name, i) => german(name, i));
    const ranker = createRanker(mirrors, () => true, blog2021());
    const client = { place: BERLIN, subnetMatches: [], asnMatches: [] };
    const first = mirrorsOf(ranker.rank(client));
    ranker.rank({ ...client, asnMatches: [8, 7], place: null });
    expect(mirrorsOf(ranker.rank(client))).toEqual(first);
  });
});
