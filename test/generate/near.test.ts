import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NearList } from "../../src/emit/near.ts";
import { compileInputs } from "../../src/generate/compile-inputs.ts";
import { nearLists } from "../../src/generate/near.ts";
import { findClient } from "../../src/inputs/client.ts";
import { type Inputs, readInputs } from "../../src/inputs/inputs.ts";
import { parseAddress } from "../../src/ip/address.ts";
import type { ClientPlace } from "../../src/model/place.ts";
import { countAnnounced } from "../../src/routes/announced.ts";
import type { CompiledRoutes } from "../../src/routes/compile.ts";
import { numberedRanges } from "../../src/routes/marks.ts";
import { listsOf } from "../../src/routes/table.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

let folder: string;
let opened: Inputs | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-near-"));
});
afterEach(() => {
  opened?.geoip.close();
  opened = undefined;
  rmSync(folder, { recursive: true });
});

interface Compiled {
  readonly inputs: Inputs;
  readonly compiled: CompiledRoutes;
  readonly near: readonly NearList[];
}

/** The ids of lists are their numbers. */
function compile(settings = "", files: Readonly<Record<string, string>> = {}): Compiled {
  const geoip = "geoip:\n  city: [city4.mmdb, city6.mmdb]\n  asn: [asn.csv]\n";
  const configPath = writeSmallNetwork(folder, {
    files: { "mirrorpress.yml": geoip + settings, ...files },
  });
  const inputs = readInputs({ configPath, builtAt: BUILT_AT }, (_name, work) => work());
  opened = inputs;
  const compiled = compileInputs(inputs);
  const ids = compiled.table.sets[0]?.lists.map((_, number) => String(number)) ?? [];
  const counted = countAnnounced(compiled, numberedRanges(inputs.asns.ipv6));
  return { inputs, compiled, near: nearLists(inputs, compiled, ids, counted) };
}

const IN_GRAZ = `geo:
  overrides:
    - {network: 203.0.0.0/16, place: {country: AT, city: Graz}, reason: for the test}
`;

/** What a client with this address is told. */
function nearOf({ inputs, compiled, near }: Compiled, text: string): NearList | undefined {
  const address = parseAddress(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  const { family, words } = address;
  const { children, root, ipv4Root, classes } = compiled.table;
  let ref = family === 4 ? ipv4Root : root;
  for (let depth = 0; ref >= 0; depth++) {
    ref = children[ref * 2 + ((words[depth >> 5]! >>> (31 - (depth & 31))) & 1)]!;
  }
  const found = classes[-1 - ref]!;
  expect(found.country).toBe(findClient(address, inputs).place?.country);
  const [list] = listsOf(found, 0, compiled.table);
  const number = compiled.table.sets[0]?.lists.indexOf(list ?? []);
  return near.find(({ id, country }) => id === String(number) && country === found.country);
}

const shown = (near: NearList | undefined, { inputs }: Compiled) =>
  near?.entries.map(({ mirror, reason, seeded, distanceKm }) =>
    [
      inputs.mirrors[mirror]?.name,
      reason,
      ...(seeded ? [seeded] : []),
      distanceKm === undefined ? "?" : Math.round(distanceKm),
    ].join(" "),
  );

/** Row by row: the places with the most addresses of those that get the list; undefined is nowhere. */
function heaviestPlaces({ inputs, compiled }: Compiled, list: number, country: string | undefined) {
  const { table, classes, sightings } = compiled;
  for (const family of ["ipv4", "ipv6"] as const) {
    const { plain, others } = sightings[family];
    const rowsOf = (weights: typeof plain, placeAt: (row: number) => ClientPlace | null) =>
      Array.from({ length: weights.count }, (_, row) => ({
        found: classes[weights.classNumber[row]!]!,
        weight: weights.weight[row]!,
        place: placeAt(row) ?? undefined,
      })).filter(
        ({ found, weight }) =>
          weight > 0 &&
          found.country === country &&
          table.sets[0]?.groups[found.groups[0]!]?.includes(list),
      );
    const rows = [
      ...rowsOf(plain, (row) =>
        row === plain.count - 1 ? null : inputs.city[family].placeOf(row),
      ),
      ...rowsOf(others, (row) => {
        const record = others.record[row]!;
        const override = others.states[others.state[row]!]?.override;
        return override?.place ?? (record === -1 ? null : inputs.city[family].placeOf(record));
      }),
    ];
    const most = Math.max(...rows.map(({ weight }) => weight));
    if (rows.length > 0)
      return rows.filter(({ weight }) => weight === most).map(({ place }) => place);
  }
  return [undefined];
}

describe("nearLists", () => {
  it("explains the list of clients in a place, from where they are", () => {
    const small = compile();
    const near = nearOf(small, "192.41.192.1");
    expect(near?.seenFrom).toMatchObject({
      country: "JP",
      coordinates: { latitude: 35.6916, longitude: 139.768 },
    });
    // A /24, and 2400:8900::/32, which nobody announces.
    expect(near).toMatchObject({ ipv4Addresses: 256, ipv6Networks: 0 });
    expect(shown(near, small)?.[0]).toBe("tokyo.example country 0");
    expect(nearOf(small, "2400:8900::1")).toBe(near);
  });

  it("explains what is on-net, by network and by ASN, and what fills it up", () => {
    const lines = "geolocation: {country: JP}\nsubnets: [128.101.0.0/16]\n";
    const coordinates = "coordinates: {latitude: 35, longitude: 135}\n";
    const small = compile("", {
      "mirrors/kyoto.example.yml": mirrorFile("kyoto.example", lines + coordinates),
    });
    expect(shown(nearOf(small, "128.101.0.1"), small)?.slice(0, 2)).toEqual([
      expect.stringMatching(/^kyoto\.example subnet \d+$/),
      expect.stringMatching(/^boston\.example fill 180\d$/),
    ]);
    expect(shown(nearOf(small, "193.170.0.1"), small)?.[0]).toBe("aconet.example asn 1");
    expect(shown(nearOf(small, "193.171.200.1"), small)?.[0]).toBe("campus.example asn 145");
  });

  it("has the list of the unknown place, which has no distances", () => {
    const small = compile();
    const near = nearOf(small, "203.0.113.1");
    expect(near).toMatchObject({ country: undefined, seenFrom: undefined });
    expect(new Set(near?.entries.map(({ reason }) => reason))).toEqual(new Set(["everyone"]));
    expect(near?.entries.every(({ distanceKm }) => distanceKm === undefined)).toBe(true);
  });

  it("sees a country's list from its heaviest record, IPv4 before IPv6", () => {
    // Without aconet's ASN, campus and Graz, all of Austria gets the same list.
    const files = Object.fromEntries(
      ["aconet.example", "campus.example", "graz.example"].map((name) => [
        `mirrors/${name}.yml`,
        mirrorFile(name, "disabled: {reason: out for the test}\n"),
      ]),
    );
    const small = compile("", files);
    const austria = small.near.filter(({ country }) => country === "AT");
    expect(austria).toHaveLength(1);
    // Vienna has the /15 but for Graz's /17, and a /32 of IPv6.
    expect(austria[0]).toMatchObject({ ipv4Addresses: 131_072, ipv6Networks: 65_536 });
    expect(austria[0]?.seenFrom?.coordinates).toMatchObject({ latitude: 48.2082 });
  });

  it("sees what an override says in place of the record", () => {
    const settings = `geo:
  overrides:
    - network: 128.101.0.0/16
      place: {country: JP, city: Tokyo}
      reason: for the test
`;
    const small = compile(settings);
    const near = nearOf(small, "128.101.0.1");
    expect(near?.seenFrom?.country).toBe("JP");
    expect(near?.ipv4Addresses).toBe(65_536 + 256);
    expect(shown(near, small)?.[0]).toBe("tokyo.example country 0");
  });

  it.each([
    ["blog-2021", "", 1],
    ["service-2026", "policy: {name: service-2026}\n", 8],
    // Vienna and Graz have the same two mirrors in one order or the other: lists of both.
    ["service-2026, with most of Austria in Graz", `policy: {name: service-2026}\n${IN_GRAZ}`, 8],
  ])("has every list of every country that %s gives, once", (_name, settings, rotations) => {
    const small = compile(settings);
    const { compiled, near } = small;
    const { table } = compiled;
    expect(table.rotations).toBe(rotations);
    const { lists = [], groups = [] } = table.sets[0] ?? {};
    const given = table.classes.flatMap(({ country, groups: [group = 0] }) =>
      (groups[group] ?? []).map((list) => `${list} ${country}`),
    );
    const explained = near.map(({ id, country }) => `${id} ${country}`);
    expect(explained.toSorted()).toEqual([...new Set(given)].toSorted());
    for (const { id, entries } of near) {
      expect(entries.map(({ mirror }) => mirror)).toEqual(lists[Number(id)]);
    }
    for (const { id, country, seenFrom } of near) {
      expect(heaviestPlaces(small, Number(id), country)).toContainEqual(seenFrom);
    }
    // Every address is counted once, for its rotations together.
    const sum = near.reduce((total, { ipv4Addresses }) => total + ipv4Addresses, 0);
    expect(sum).toBeCloseTo(2 ** 32, 3);
  });

  it("says which mirrors were spread, where the country alone is known", () => {
    const near = ["a", "b", "c"].map((name) => [
      `mirrors/${name}.example.yml`,
      mirrorFile(
        `${name}.example`,
        "geolocation: {country: NL}\ncoordinates: {latitude: 52, longitude: 5}\n",
      ),
    ]);
    const networks = ["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "100.0.0.0/24"];
    const override = (network: string) =>
      `    - {network: ${network}, place: {country: NL}, reason: for the test}\n`;
    const settings = `geo:\n  overrides:\n${networks.map(override).join("")}`;
    const small = compile(settings, Object.fromEntries(near));
    // That each block's list is the rule's is seen to where it is explained.
    const seen = networks.map((network) => nearOf(small, network.replace("0/24", "7")));
    expect(new Set(seen).size).toBeGreaterThan(1);
    const lines = shown(seen[0], small) ?? [];
    expect(lines.filter((line) => line.includes(" country imprecise "))).toHaveLength(4);
    expect(lines[4]).toContain(" continent ");
  });

  it("refuses to explain a list that the rule does not give", () => {
    const { inputs, compiled } = compile();
    const counted = { decisions: compiled.decisions, ipv6: "located" } as const;
    const [all, ...others] = compiled.table.sets;
    const lists = all?.lists.map((list) => list.toReversed()) ?? [];
    const turned = { ...compiled.table, sets: [{ ...all!, lists }, ...others] };
    const ids = lists.map(String);
    expect(() => nearLists(inputs, { ...compiled, table: turned }, ids, counted)).toThrow(
      "disagree",
    );
  });
});
