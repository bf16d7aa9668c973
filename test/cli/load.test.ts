import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandContext } from "../../src/cli/context.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { type LoadOptions, load } from "../../src/cli/load.ts";
import type { LoadReport } from "../../src/cli/load-report.ts";
import { painter } from "../../src/cli/terminal.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { type ClassIndex, emitClasses } from "../../src/emit/classes.ts";

const ID = "20261122t114000z-0a1b2c3d";
const OLDER = "20261121t114000z-00000000";

const MIRRORS = ["campus.example", "east.example", "north.example", "idle.example"];

const INDEX: ClassIndex = {
  rotations: 2,
  ipv6: "announced",
  mirrors: MIRRORS,
  sets: [
    {
      name: "all",
      lists: [
        [0, 1],
        [1, 2],
        [2, 1],
        [1, 2, 3],
      ],
      groups: [
        [0, 0],
        [1, 2],
        [1, 1],
        [3, 3],
      ],
    },
    { name: "kitten", lists: [[2]], groups: [[0, 0]] },
  ],
  classes: [
    { country: "DE", groups: [0, 0], decisions: [{ rule: "asn", ipv4: 1000, ipv6: 0.5 }] },
    {
      country: "DE",
      groups: [1, 0],
      decisions: [
        { rule: "country", ipv4: 2000, ipv6: 0 },
        { rule: "country-spread", ipv4: 1000, ipv6: 0 },
      ],
    },
    { country: "FR", groups: [2, 0], decisions: [{ rule: "continent", ipv4: 4000, ipv6: 1.5 }] },
    {
      country: undefined,
      groups: [3, 0],
      decisions: [{ rule: "everyone", ipv4: 2 ** 32 - 8000, ipv6: 3 }],
    },
  ],
};

let output: string;

beforeAll(() => {
  output = mkdtempSync(join(tmpdir(), "mirrorpress-load-"));
  writeGeneration(ID, INDEX);
  writeGeneration(OLDER, { ...INDEX, mirrors: ["old.example", ...MIRRORS.slice(1)] });
  symlinkSync(`generations/${ID}`, join(output, "current"));
});
afterAll(() => rmSync(output, { recursive: true }));

function writeGeneration(id: string, index: ClassIndex): void {
  const decisions = index.classes.flatMap((each, classNumber) =>
    each.decisions.map((decision) => ({ classNumber, ...decision })),
  );
  const { path, bytes } = emitClasses(index.mirrors, index, { decisions, ipv6: index.ipv6 });
  const file = join(output, "generations", id, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

async function say(asked: LoadOptions, json = false): Promise<string> {
  let said = "";
  const options = {
    configPath: "config.yml",
    output,
    json,
    builtAt: 0,
    colour: false,
    quiet: false,
  };
  const terminal = {
    out: (text: string) => {
      said += text;
    },
    err: () => undefined,
    outPaint: painter(false),
    errPaint: painter(false),
    live: false,
    columns: 80,
  };
  const context: CommandContext = { options, terminal, command: "mirrorpress", clock: () => 0 };
  expect(await load(context, asked)).toBe(0);
  return said;
}

const report = async (asked: LoadOptions) => JSON.parse(await say(asked, true)) as LoadReport;

function weights(text: string): string {
  const path = join(output, "weights.csv");
  writeFileSync(path, text);
  return path;
}

describe("load", () => {
  it("shows who counts, the busiest mirrors, what decides, and the countries", async () => {
    expect(await say({})).toBe(`Load by the list set all of 20261122t114000z-0a1b2c3d
  IPv4  8,000  addresses whose place or network is known; 4,294,959,296 others are not counted
  IPv6      2  announced networks of /48 whose place or network is known; 3 others are not counted
  Each of the 2 orders of a list has an equal share.

The busiest mirrors of 3 that are listed, by first choices of IPv4
                     IPv4 first  in list  IPv6 first  in list
  1  east.example        68.75%     100%      75.00%     100%
  2  north.example       18.75%   87.50%          0%   75.00%
  3  campus.example      12.50%   12.50%      25.00%   25.00%

What decides who is first
                     IPv4    IPv6
  subnet               0%      0%  a mirror whose subnet holds the client
  ASN              12.50%  25.00%  a mirror in the client's ASN
  country          25.00%      0%  the nearest in the country
  country, spread  12.50%      0%  any of the country: GeoIP knows no more of the client
  continent        50.00%  75.00%  the nearest of the continent: none in the country
  elsewhere            0%      0%  the nearest elsewhere: none on the continent
  everyone             0%      0%  the full list: nothing else gives one

Countries
                 IPv4    IPv6  first for the most  of them
  FR  France   50.00%  75.00%  east.example           100%
  DE  Germany  50.00%  25.00%  east.example         37.50%
`);
  });

  it("shows one country's clients, and one mirror by country", async () => {
    const text = await say({ country: "Germany" });
    expect(text).toContain("Load from Germany by the list set all of ");
    expect(text).toContain("  IPv4  4,000  addresses whose place or network is known\n");
    expect(text).toContain("  1  east.example        37.50%     100%          0%     100%\n");
    expect(text).not.toContain("Countries");
    expect(await say({ mirror: "north.example" })).toContain(`
north.example
                  IPv4 first  in list  its part  IPv6 first  in list  its part
      everywhere      18.75%   87.50%                    0%   75.00%
  DE  Germany         37.50%   75.00%      100%          0%       0%        0%
  FR  France              0%     100%        0%          0%     100%        0%
`);
    const { mirror } = await report({ mirror: "north.example" });
    expect(mirror?.countries).toEqual([
      {
        code: "DE",
        name: "Germany",
        ipv4: { first: 0.375, listed: 0.75, part: 1 },
        ipv6: { first: 0, listed: 0, part: 0 },
      },
      {
        code: "FR",
        name: "France",
        ipv4: { first: 0, listed: 1, part: 0 },
        ipv6: { first: 0, listed: 1, part: 0 },
      },
    ]);
  });

  it("weighs countries as a table says", async () => {
    const text = await say({ weights: weights("DE,3,ipv4\nFR,1\nAQ,1,ipv6\n") });
    expect(text).toContain("Each country has its weight, spread evenly over its clients.");
    expect(text).toContain("The weight of AQ falls on no client in IPv6.");
    const { ipv4, ipv6, mirrors } = await report({ weights: weights("DE,3,ipv4\nFR,1,ipv4\n") });
    expect(ipv6.rules).toBeUndefined();
    expect(ipv4.rules).toMatchObject({ asn: 0.1875, continent: 0.25 });
    expect(mirrors[0]).toEqual({ name: "east.example", ipv4: { first: 0.53125, listed: 1 } });
    expect(await say({ weights: weights("DE,1,ipv6\n") })).toContain("by first choices of IPv6\n");
  });

  it("shows another list set, another generation, and every mirror", async () => {
    const text = await say({ set: "kitten" });
    expect(text).toContain("The busiest mirrors of 1 that are listed");
    expect(text).toContain("What decides who is first in the list set all\n");
    expect(await say({ generation: OLDER })).toContain("  3  old.example ");
    expect(await say({})).not.toContain("idle.example");
    expect(await say({ all: true })).toMatch(/All 4 mirrors[\s\S]*4 {2}idle\.example +0% +0%/);
  });

  it("gives as JSON all that the tables are made from", async () => {
    const { ipv4, ipv6, mirrors, countries, ...rest } = await report({});
    expect(rest).toEqual({
      generation: ID,
      set: "all",
      rulesOf: "all",
      rotations: 2,
      isWeighted: false,
    });
    expect(ipv4).toMatchObject({ unit: "addresses", clients: 8000, tenBusiest: 1 });
    expect(ipv4.clients + ipv4.unlocated).toBe(2 ** 32);
    expect(ipv6).toMatchObject({ unit: "announced networks", clients: 2, unlocated: 3 });
    expect(mirrors.map(({ name }) => name)).toEqual([
      "east.example",
      "north.example",
      "campus.example",
      "idle.example",
    ]);
    expect(countries[0]).toMatchObject({
      code: "FR",
      ipv4: { clients: 4000, share: 0.5, busiest: { name: "east.example", first: 1 } },
    });
  });

  it.each([
    ["a set that is not there", { set: "all-ftp" }, "the sets are all, kitten"],
    ["a mirror that is not there", { mirror: "nroth.example" }, "perhaps you mean north.example"],
    ["a country that is none", { country: "Atlantis" }, "write its code"],
    ["what is no id of a generation", { generation: "../current" }, "generations/"],
    ["a mirror within a country", { mirror: "north.example", country: "DE" }, "leave one"],
  ])("refuses %s", async (_what, asked, remedy) => {
    const error = await say(asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).remedy).toContain(remedy);
  });

  it("says what is wrong with a table, all at once", async () => {
    const error = await say({ weights: weights("DE\nXX,1\n") }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toBe("weights-bad-line, weights-unknown-country");
    await expect(say({ weights: join(output, "none.csv") })).rejects.toThrow("file-unreadable");
  });

  it("says what to do where nothing is published, or by another version", async () => {
    const missing = await say({ generation: "20261120t114000z-00000000" }).catch((e: unknown) => e);
    expect(missing).toBeInstanceOf(EnvironmentError);
    const id = "20261119t114000z-00000000";
    writeGeneration(id, INDEX);
    const file = join(output, "generations", id, "index", "classes.json");
    const other = readFileSync(file, "utf8").replace('"format":1', '"format":0');
    writeFileSync(file, other);
    await expect(say({ generation: id })).rejects.toThrow("another version");
    writeFileSync(file, other.slice(0, 100));
    await expect(say({ generation: id })).rejects.toThrow(EnvironmentError);
  });
});
