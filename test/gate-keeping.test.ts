/** Builds of a small network over a generation in place, with something planted in between. */
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildNetwork } from "../src/build.ts";
import { type Acceptance, GatesRefusedError } from "../src/gate-keeping.ts";
import { testDatabase } from "./oracle/write-mmdb.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "./support/small-network.ts";

type Files = Readonly<Record<string, string | Buffer>>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-gates-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

let minute = 0;

/** Builds a minute later than the last time, unless a time is given. */
async function build(
  files: Files = {},
  more: {
    readonly accepted?: Acceptance;
    readonly dryRun?: boolean;
    readonly builtAt?: number;
  } = {},
) {
  const configPath = writeSmallNetwork(folder, { files });
  minute += 60;
  const options = { configPath, builtAt: BUILT_AT + minute, version: "0.1.0", clock: () => 0 };
  return buildNetwork({ ...options, ...more }, () => {});
}

async function refusalOf(...args: Parameters<typeof build>): Promise<GatesRefusedError> {
  const outcome = await build(...args).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(GatesRefusedError);
  return outcome as GatesRefusedError;
}

const current = () => readlinkSync(join(folder, "output", "current"));
const gatesOf = ({ report: { findings } }: GatesRefusedError) =>
  findings.map(({ gate, verdict }) => `${verdict}: ${gate}`);

const away = (...names: readonly string[]): Files =>
  Object.fromEntries(
    names.map((name) => [
      `mirrors/${name}.example.yml`,
      mirrorFile(`${name}.example`, "disabled: {reason: away}\n"),
    ]),
  );
const MOST = away("amsterdam", "aconet", "boston", "nowhere");

/** What a City database of so many networks would be: those of the small network, and these. */
function cityOf(count: number, builtAt = 1_780_000_000): Buffer {
  return testDatabase({
    ipVersion: 4,
    type: "DBIP-City-Lite",
    builtAt,
    networks: [
      ["18.9.0.0/16", place("US", "Minneapolis", 44.9778, -93.265)],
      ["128.101.0.0/16", place("US", "Minneapolis", 44.9778, -93.265)],
      ["192.41.192.0/24", place("JP", "Tokyo", 35.6916, 139.768)],
      ["193.0.0.0/21", place("NL", "Amsterdam", 52.3717, 4.8852)],
      ["193.170.0.0/15", place("AT", "Vienna", 48.2082, 16.3738)],
      ["193.171.0.0/17", place("AT", "Graz", 47.0707, 15.4395)],
      ...Array.from(
        { length: count },
        (_, at) =>
          [`9.${at}.0.0/16`, place("US", "Minneapolis", 44.9778, -93.265 + at / 100)] as const,
      ),
    ],
  });
}

function place(country_code: string, city: string, latitude: number, longitude: number) {
  return { country_code, state1: "", city, latitude, longitude };
}

describe("a build over a generation in place", () => {
  it("publishes the same inputs again at any time, however old the databases are", async () => {
    await build();
    const first = current();
    const { gates } = await build();
    expect(current()).not.toBe(first);
    expect(gates.findings).toEqual([]);
    expect(gates.against).toBe(first.slice("generations/".length));
  });

  it("has no gates where nothing is in place", async () => {
    const { gates } = await build(MOST);
    expect(gates).toEqual({ findings: [] });
  });

  it("passes one mirror more, and one less, in a small network", async () => {
    await build(away("graz"));
    await build();
    await build(away("amsterdam"));
    const { gates } = await build();
    expect(gates.findings).toEqual([]);
  });

  it("refuses when many mirrors are gone, and publishes nothing", async () => {
    await build();
    const before = current();
    const refused = await refusalOf(MOST);
    expect(gatesOf(refused)).toContain("refuse: mirrors");
    expect(current()).toBe(before);
    const found = refused.report.findings.find(({ gate }) => gate === "mirrors")!;
    expect(found.found).toBe("mirrors (and another list set): 7 before, 3 now, 57.1% fewer");
    expect(found.cause).toBe("4 of the 4 that went have one cause: disabled: away");
    expect(refused.remedy).toContain(`--accept ${refused.report.digest}`);
  });

  it("takes the exact digest for what is refused, at any minute, and nothing less", async () => {
    await build();
    const { report } = await refusalOf(MOST);
    expect((await refusalOf(MOST)).report.digest).toBe(report.digest);
    expect(gatesOf(await refusalOf(MOST, { accepted: true }))).toContain("refuse: mirrors");
    const wrong = await refusalOf(MOST, { accepted: "0123456789abcdef" });
    expect(wrong.message).toContain("0123456789abcdef is not the digest");
    // Another mirror is gone as well: that is not what was accepted.
    await refusalOf({ ...MOST, ...away("tokyo") }, { accepted: report.digest! });
    const { gates } = await build(MOST, { accepted: report.digest! });
    expect(gates.findings.length).toBeGreaterThan(0);
  });

  it("takes a digest for nothing but the generation that it was told of", async () => {
    await build();
    const { report } = await refusalOf(MOST);
    await build(away("graz"));
    await refusalOf(MOST, { accepted: report.digest! });
  });

  it("takes the operator's word for what is held", async () => {
    await build({ "city4.mmdb": cityOf(80) });
    const fewer = { "city4.mmdb": cityOf(40) };
    expect(gatesOf(await refusalOf(fewer))).toEqual(["hold: geoip-size"]);
    const { gates, published } = await build(fewer, { accepted: true });
    expect(gates.findings.map(({ gate }) => gate)).toEqual(["geoip-size"]);
    expect(published.unchanged).toBe(false);
    expect((await build(fewer)).gates.findings).toEqual([]);
  });

  it("refuses a City database that halves, and one that is older than the last", async () => {
    await build({ "city4.mmdb": cityOf(80) });
    expect(gatesOf(await refusalOf({ "city4.mmdb": cityOf(5) }))).toContain("refuse: geoip-size");
    const older = await refusalOf({ "city4.mmdb": cityOf(80, 1_779_900_000) });
    expect(gatesOf(older)).toEqual(["refuse: geoip-older"]);
  });

  it("holds databases that grow old, once, by the age that is set", async () => {
    const fresh = {
      "city4.mmdb": cityOf(9, BUILT_AT),
      "city6.mmdb": testDatabase({
        ipVersion: 6,
        type: "DBIP-City-Lite",
        builtAt: BUILT_AT,
        networks: [["2001:628::/32", place("AT", "Vienna", 48.2, 16.4)]],
      }),
    };
    const day = (days: number) => ({ builtAt: BUILT_AT + days * 86_400 });
    await build(fresh, day(1));
    await build(fresh, day(13));
    expect(gatesOf(await refusalOf(fresh, day(14)))).toEqual(["hold: geoip-age"]);
    await build(fresh, { ...day(14), accepted: true });
    await build(fresh, day(15));
    expect(gatesOf(await refusalOf(fresh, day(28)))).toEqual(["hold: geoip-age"]);
    const geoip = "geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv], max_age_days: 40}\n";
    await build({ ...fresh, "mirrorpress.yml": geoip }, day(29));
  });

  it("goes by the limits of mirrorpress.yml", async () => {
    await build();
    const settings = `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
gates:
  mirrors: {hold: 40, refuse: 200}
  first_changed: {hold: 200, refuse: 200}
  largest_share: {hold: 200, refuse: 200}
`;
    const found = gatesOf(await refusalOf({ ...MOST, "mirrorpress.yml": settings }));
    expect(found).toContain("hold: mirrors");
    expect(found).not.toContain("hold: first-changed");
  });

  it("refuses a policy whose lists are too short", async () => {
    await build();
    const settings = `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
policy: {length: 2, country_take: 2, on_net_minimum: 2}
`;
    expect(gatesOf(await refusalOf({ "mirrorpress.yml": settings }))).toContain("refuse: lists");
  });

  it("lets a private mirror have its own network alone", async () => {
    await build();
    const { gates } = await build({
      "mirrors/campus.example.yml": mirrorFile(
        "campus.example",
        "geolocation: {country: AT}\ncoordinates: {latitude: 47.07, longitude: 15.44}\nprivate: true\nmonopoly: true\nasn: 57\n",
      ),
    });
    expect(gates.findings).toEqual([]);
    expect(gates.diff!.sets[0]!.shorter).not.toEqual([]);
  });

  it("holds where the generation in place cannot be compared with", async () => {
    await build();
    rmSync(join(folder, "output", "current", "index", "classes.json"));
    const refused = await refusalOf();
    expect(gatesOf(refused)).toEqual(["hold: comparison"]);
    expect(refused.message).toContain("there is no index/classes.json");
    await build({}, { accepted: true });
  });

  it("holds where the files in place do not fit together", async () => {
    await build();
    const classes = join(folder, "output", "current", "index", "classes.json");
    rmSync(classes);
    const none =
      '{"format":1,"rotations":1,"ipv6":"announced","mirrors":[],"rules":["subnet","asn","country","country-spread","continent","world","everyone"],"sets":[{"name":"all","lists":[]}],"classes":[]}';
    writeFileSync(classes, none);
    expect(gatesOf(await refusalOf())).toEqual(["hold: comparison"]);
  });
});

describe("a dry run", () => {
  it("does all but publish", async () => {
    const { isDryRun, canary } = await build({}, { dryRun: true });
    expect(isDryRun).toBe(true);
    expect(canary).toEqual({ skipped: "nothing was published" });
    expect(() => current()).toThrow("ENOENT");
    await build();
    const before = current();
    const report = await build(away("graz"), { dryRun: true });
    expect(current()).toBe(before);
    expect(report.gates.diff!.mirrors.removed).toEqual(["graz.example"]);
    expect(report.published.replaced).toBe(before.slice("generations/".length));
  });

  it("is refused as a build would be", async () => {
    await build();
    await refusalOf(MOST, { dryRun: true });
  });
});
