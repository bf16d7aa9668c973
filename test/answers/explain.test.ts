import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Explanation, explainQuery } from "../../src/answers/explain.ts";
import { buildNetwork } from "../../src/build.ts";
import { renderProbeState } from "../../src/model/probe-state-file.ts";
import { ASKED_AT, stateFailing } from "../support/probe-state.ts";
import { BUILT_AT, MIRROR_NAMES, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "dist", "src", "cli.js");

const folder = mkdtempSync(join(tmpdir(), "mirrorpress-explain-"));
const configPath = join(folder, "config.yml");
beforeAll(async () => {
  writeSmallNetwork(folder);
  const options = { configPath, builtAt: BUILT_AT, version: "0.0.0", clock: () => 0 };
  await buildNetwork(options, () => {});
});
afterAll(() => rmSync(folder, { recursive: true }));

const explain = (query: string, more: { mirror?: string; output?: string } = {}) =>
  explainQuery({ configPath, builtAt: BUILT_AT, query, ...more });
const reasons = ({ list }: Explanation) =>
  list.map(({ mirror, reason }) => `${mirror.replace(".example", "")}: ${reason}`);

describe("explainQuery of an address", () => {
  it("says where it is and why each mirror is in its list", async () => {
    const explanation = await explain("193.171.1.1");
    expect(explanation).toMatchObject({
      query: "193.171.1.1",
      network: "193.171.0.0/17",
      place: { country: "AT", city: "Graz", source: expect.stringContaining("city4.mmdb") },
      published: { same: true },
    });
    expect(explanation.asn).toBeUndefined();
    expect(reasons(explanation)).toEqual([
      "graz: country",
      "aconet: country",
      "amsterdam: continent",
      "boston: elsewhere",
      "tokyo: elsewhere",
    ]);
    expect(explanation.list[0]?.distanceKm).toBe(0);
    expect(explanation.list[1]?.distanceKm).toBeCloseTo(143.8, 0);
  });

  it("puts a mirror of its ASN first and fills up with the nearest others", async () => {
    const explanation = await explain("193.170.1.1");
    expect(explanation.asn).toEqual({ number: 1853, name: "ACONET, Vienna" });
    expect(reasons(explanation)).toEqual([
      "aconet: ASN 1853",
      "graz: fill",
      "amsterdam: fill",
      "boston: fill",
      "tokyo: fill",
    ]);
  });

  it("names the subnet that holds it", async () => {
    const explanation = await explain("18.9.255.255");
    expect(reasons(explanation)[0]).toBe("boston: subnet 18.9.0.0/16");
    expect(reasons(explanation)).not.toContain("tokyo: fill");
  });

  it("tells an unknown place of everyone who is public", async () => {
    const explanation = await explain("198.51.100.1");
    expect(explanation.place).toBeUndefined();
    expect(new Set(explanation.list.map(({ reason }) => reason))).toEqual(new Set(["everyone"]));
    expect(reasons(explanation)).toContain("nowhere: everyone");
    expect(reasons(explanation)).not.toContain("campus: everyone");
  });

  it("is of IPv6 too", async () => {
    const explanation = await explain("2001:67c:2e8:22::c100:68b");
    expect(explanation).toMatchObject({
      network: "2001:67c:2e8::/48",
      place: { city: "Amsterdam", source: expect.stringContaining("city6.mmdb") },
      published: { same: true },
    });
  });

  it.each(["::ffff:193.171.1.1", "64:ff9b::193.171.1.1", "2002:c1ab:0101::1"])(
    "sees the IPv4 address that %s embeds",
    async (query) => {
      const [embedded, plain] = [await explain(query), await explain("193.171.1.1")];
      expect({ ...embedded, query: "" }).toEqual({ ...plain, query: "" });
    },
  );

  it("does without anything published", async () => {
    const explanation = await explain("193.171.1.1", { output: join(folder, "nothing") });
    expect(explanation.published).toBeUndefined();
    expect(explanation.list).toHaveLength(5);
  });
});

describe("explainQuery of more than one address", () => {
  it("of a network gives the list of its first address, and how many others have it", async () => {
    const { standsFor, published, list } = await explain("193.170.0.0/15");
    // Vienna's list is the same in AS1853 and out of it; Graz and AS57 have others.
    expect(standsFor).toEqual({ address: "193.170.0.0", share: 0.5 });
    expect(published?.same).toBe(true);
    expect(list[0]?.reason).toBe("ASN 1853");
    expect((await explain("193.171.0.0/18")).standsFor?.share).toBe(1);
    expect((await explain("193.171.128.0/17")).list[0]?.mirror).toBe("campus.example");
  });

  it("of a country gives the list that most of its addresses have", async () => {
    for (const query of ["AT", "austria", "at"]) {
      const { standsFor, place, published } = await explain(query);
      expect(place?.country).toBe("AT");
      expect(published?.same).toBe(true);
      expect(standsFor?.addresses).toBe(2 ** 17);
      expect(standsFor?.share).toBeGreaterThan(0.24);
    }
  });

  it.each(["AS1853", "as1853", "1853", "ASN 1853"])("knows %s for an ASN", async (query) => {
    const { standsFor, list, asn } = await explain(query);
    expect(asn?.number).toBe(1853);
    expect(standsFor).toMatchObject({ addresses: 2 ** 15, share: 1 });
    expect(list[0]?.mirror).toBe("aconet.example");
  });

  it("of a country or ASN says what is missing when nothing is published", async () => {
    const asked = explain("AT", { output: join(folder, "nothing") });
    await expect(asked).rejects.toMatchObject({ remedy: expect.stringContaining("build first") });
  });

  it("says so when the databases have no such addresses", async () => {
    for (const query of ["IS", "AS64500"]) {
      await expect(explain(query)).rejects.toThrow("the databases have none");
    }
  });
});

describe("explainQuery with a mirror", () => {
  const because = async (query: string, mirror: string) =>
    (await explain(query, { mirror })).mirror;

  it("gives its place in the list and why it has it", async () => {
    expect(await because("193.170.1.1", "aconet.example")).toMatchObject({
      position: 1,
      because: "AS1853 is the client's network, and the mirror's",
    });
    expect(await because("193.171.1.1", "amsterdam.example")).toMatchObject({
      position: 3,
      because: expect.stringContaining("nearest of the continent"),
      distanceKm: expect.closeTo(936, -2),
    });
  });

  it.each([
    ["193.171.1.1", "campus.example", "it is private, and not on-net for the client"],
    ["193.171.1.1", "nowhere.example", "nothing says where it is"],
    ["128.101.1.1", "tokyo.example", "its only: or never: leaves out clients in United States"],
    ["193.171.1.1", "under-water.example", "it is disabled: the flood"],
  ])("to %s, %s is not listed: %s", async (query, mirror, reason) => {
    const answer = await because(query, mirror);
    expect(answer?.position).toBeUndefined();
    expect(answer?.because).toBe(reason);
  });

  it("knows no mirror of another name, and says which is like it", async () => {
    const answer = because("193.171.1.1", "gratz.example");
    await expect(answer).rejects.toMatchObject({
      message: "there is none of that name",
      remedy: expect.stringContaining("perhaps graz.example"),
    });
  });

  it("names the last mirror that is in the list, to compare with", async () => {
    const answer = await because("193.171.1.1", "nowhere.example");
    expect(answer?.last).toMatchObject({ name: "tokyo.example", distanceKm: expect.any(Number) });
  });
});

describe("mirrorpress explain", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [PROGRAM, "explain", "--config", configPath, ...args], {
      encoding: "utf8",
      env: {},
    });

  it.each(["nonsense", "1.2.3", "193.170.1.1/33", "AS99999999999", "fe80::1%eth0", ""])(
    "ends with 2 and says what can be asked, at %j",
    (query) => {
      const { status, stdout, stderr } = run(query);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("neither an address, nor a network, a country or an ASN");
      expect(stderr).toContain("help: Give an address (81.2.69.142)");
    },
  );

  it.each([
    ["fe80::1%eth0", "Without its zone: fe80::1."],
    ["193.170.1.1/33", "An IPv4 network ends in /0 to /32."],
    ["2001:db8::/129", "An IPv6 network ends in /0 to /128."],
    ["graz.example", "To ask about a mirror: explain ADDRESS --mirror NAME."],
  ])("says what is closest to %s", async (query, hint) => {
    await expect(explain(query)).rejects.toMatchObject({ remedy: expect.stringContaining(hint) });
  });

  it("forgives the blanks of a pasted query", async () => {
    expect((await explain(" 193.170.1.1\n")).network).toBe("193.170.0.0/16");
  });

  it("--json prints the explanation as it is", async () => {
    const { status, stdout, stderr } = run(
      ...["--json", "--built-at", String(BUILT_AT), "--mirror", "graz.example", "193.171.1.1"],
    );
    expect([status, stderr]).toEqual([0, ""]);
    const explanation = await explain("193.171.1.1", { mirror: "graz.example" });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(explanation)));
  });

  it("prints who it is, the mirror asked for and the list", () => {
    const { stdout } = run("193.171.1.1", "--mirror", "campus.example");
    expect(stdout).toMatch(/^193\.171\.1\.1\n {2}network +193\.171\.0\.0\/17\n/);
    expect(stdout).toContain(
      "campus.example (0.1 km away) is not in the list, because it is private",
    );
    expect(stdout).toMatch(
      /\n {2}1 {2}graz\.example +0\.0 km {2}country +http:\/\/graz\.example\//,
    );
  });
});

describe("explainQuery under a policy that spreads", () => {
  const spread = mkdtempSync(join(tmpdir(), "mirrorpress-explain-spread-"));
  const config = join(spread, "config.yml");
  const ask = (query: string, more: { set?: string; mirror?: string } = {}) =>
    explainQuery({ configPath: config, builtAt: BUILT_AT, query, ...more });
  beforeAll(async () => {
    writeSmallNetwork(spread, {
      files: {
        "mirrorpress.yml": `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
policy: {name: service-2026, imprecise: spread, spread: {within_km: 300, rotations: 4}}
geo:
  overrides:
    - {network: 193.0.0.0/21, place: {country: AT}, reason: nobody knows where in Austria}
`,
      },
    });
    const options = { configPath: config, builtAt: BUILT_AT, version: "0.0.0", clock: () => 0 };
    await buildNetwork(options, () => {});
  });
  afterAll(() => rmSync(spread, { recursive: true }));

  it("says which rotation an address has, and what is near", async () => {
    const rotations = new Set<number>();
    const firsts = new Set<string>();
    for (let host = 1; host < 40; host++) {
      const { rotation, list, published } = await ask(`193.171.0.${host}`);
      expect(rotation?.of).toBe(4);
      expect(published?.same).toBe(true);
      expect(list.slice(0, 2).map(({ reason }) => reason)).toEqual([
        "country, near",
        "country, near",
      ]);
      expect(list[2]?.reason).toBe("elsewhere");
      rotations.add(rotation?.number ?? 0);
      firsts.add(list[0]?.mirror ?? "");
    }
    expect(rotations).toEqual(new Set([1, 2, 3, 4]));
    expect(firsts.size).toBe(2);
  }, 60_000);

  it("says what is done where the country is all that is known", async () => {
    const { place, list, published, mirror } = await ask("193.0.0.1", { mirror: "graz.example" });
    expect(place?.imprecise).toBe("spread");
    expect(list.slice(0, 2).map(({ reason }) => reason)).toEqual([
      "country, spread",
      "country, spread",
    ]);
    expect(published?.same).toBe(true);
    expect(mirror?.because).toContain("nothing finer than Austria is known");
  });

  it("of a country stands for those who get the very list that is shown", async () => {
    const { standsFor, published } = await ask("AT");
    const index = readFileSync(join(spread, "output/current/index/countries.json"), "utf8");
    const { list, ipv4 } = JSON.parse(index).AT;
    expect(published).toEqual({ id: list, same: true });
    expect(standsFor?.share).toBe(ipv4.exact);
    // Of the country's list in another set nothing is published.
    expect((await ask("AT", { set: "all-https" })).standsFor?.share).toBeUndefined();
  });

  it("explains another list set, and names those there are", async () => {
    const { set, list, published } = await ask("193.171.0.1", { set: "all-https" });
    expect(set).toBe("all-https");
    expect(list.every(({ url }) => url.startsWith("https://"))).toBe(true);
    expect(published?.same).toBe(true);
    await expect(ask("193.171.0.1", { set: "all-gopher" })).rejects.toMatchObject({
      remedy: expect.stringContaining("all-https"),
    });
  });
});

describe("explainQuery where no mirror has a place", () => {
  const unplaced = mkdtempSync(join(tmpdir(), "mirrorpress-explain-unplaced-"));
  afterAll(() => rmSync(unplaced, { recursive: true }));

  it("does not say that the client's is unknown", async () => {
    const out = MIRROR_NAMES.filter((name) => name !== "nowhere.example").map((name) => [
      `mirrors/${name}.yml`,
      mirrorFile(name, "disabled: {reason: out for the test}\n"),
    ]);
    const configPath = writeSmallNetwork(unplaced, { files: Object.fromEntries(out) });
    const { list, mirror } = await explainQuery({
      ...{ configPath, builtAt: BUILT_AT, query: "193.171.1.1", mirror: "nowhere.example" },
    });
    expect(list.map(({ reason }) => reason)).toEqual(["everyone"]);
    expect(mirror?.because).toMatch(/^no mirror that may serve the client has a place/);
  });
});

describe("explainQuery after mirrors were asked", () => {
  const asked = mkdtempSync(join(tmpdir(), "mirrorpress-explain-asked-"));
  const config = join(asked, "config.yml");
  beforeAll(() => {
    const state = renderProbeState({
      probedAt: ASKED_AT,
      allowedOutdateSeconds: 43_200,
      mirrors: {
        "graz.example": stateFailing(["http/ipv4", "https/ipv4"], "down"),
        "aconet.example": stateFailing(["https/ipv4"], "tls"),
      },
    });
    writeSmallNetwork(asked, { files: { "state/probe.json": state } });
  });
  afterAll(() => rmSync(asked, { recursive: true }));
  const because = async (mirror: string, set?: string) => {
    const output = join(asked, "nothing");
    const query = { query: "193.171.1.1", mirror, output, ...(set !== undefined && { set }) };
    return (await explainQuery({ configPath: config, builtAt: BUILT_AT, ...query })).mirror
      ?.because;
  };

  it("says why a mirror is out, and since when", async () => {
    expect(await because("graz.example")).toBe(
      "when asked, it does not accept connections; out since 2026-11-22 03:00 UTC",
    );
    expect(await because("aconet.example")).toBe("it is among the nearest in Austria");
    expect(await because("aconet.example", "all-https")).toBe(
      "it offers nothing in the list set all-https: asked for https/ipv4, its certificate cannot be trusted; so since 2026-11-22 03:00 UTC",
    );
  });
});
