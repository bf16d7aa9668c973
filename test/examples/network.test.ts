/** The example network shows what a network can have, so it must really have it, and be sound. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { Family } from "../../src/ip/address.ts";
import { formatPrefix } from "../../src/ip/prefix.ts";
import { readConfig } from "../../src/model/config.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { checkNetwork, readMirror } from "../../src/model/mirrors.ts";
import { mirrorlistPaths } from "../../src/model/routing.ts";
import { readSettings } from "../../src/model/settings.ts";
import { defaultGeoipPaths } from "../../src/sources/geoip.ts";
import { readNetwork } from "../../src/sources/network.ts";
import { type AsnLine, asnsWithin, readAsnLines } from "./asn-lines.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const problems: Diagnostic[] = [];
const report = (diagnostic: Diagnostic): void => void problems.push(diagnostic);
const network = readNetwork(join(ROOT, "config.yml"), report);
const config = network && readConfig(network.config, report);
if (!network?.settings || !config) throw new Error("the example network cannot be read");
const settings = readSettings(network.settings, report);
const mirrors: readonly Mirror[] = checkNetwork(
  network.mirrors.flatMap((document) => readMirror(document, config, report) ?? []),
  report,
);

const named = (name: string): Mirror => {
  const mirror = mirrors.find((candidate) => candidate.name === name);
  if (!mirror) throw new Error(`the example network has no ${name}`);
  return mirror;
};
const count = (has: (mirror: Mirror) => unknown): number => mirrors.filter(has).length;

describe("the example network", () => {
  test("has nothing to complain of but mirrors without one of the two protocols, a place, or a known cloud", () => {
    const others = problems.filter(
      ({ code }) => !["no-https", "no-http", "no-geolocation", "unknown-cloud"].includes(code),
    );
    expect(others.map(({ code, file, args }) => ({ code, path: file?.path, args }))).toEqual([]);
  });

  test("spans the world", () => {
    expect(mirrors.length).toBeGreaterThanOrEqual(60);
    expect(network.mirrors.length).toBe(mirrors.length);
    const countries = new Set(mirrors.flatMap(({ location }) => location.country ?? []));
    expect(countries.size).toBeGreaterThanOrEqual(35);
    const folders = new Set(mirrors.map(({ file }) => dirname(file.path)));
    expect(folders.size).toBeGreaterThan(20);
  });

  test("speaks of nobody real: every URL, address and name is under .example", () => {
    for (const { name, urls, modules, sponsor, email } of mirrors) {
      const all = [urls, ...modules.values()].flatMap((set) => Object.values(set));
      const hosts = [...all, sponsor.url].map((url) => new URL(String(url)).hostname);
      for (const host of [name, ...hosts, email?.split("@")[1]]) expect(host).toMatch(/\.example$/);
    }
  });

  test("has every kind of mirror", () => {
    expect(count(({ urls }) => !urls.http)).toBeGreaterThanOrEqual(2);
    expect(count(({ urls }) => !urls.https)).toBeGreaterThanOrEqual(2);
    expect(count(({ urls }) => urls.rsync)).toBeGreaterThan(10);
    expect(count(({ urls }) => urls.ftp)).toBeGreaterThan(3);
    expect(count(({ modules }) => modules.has("kitten"))).toBeGreaterThan(3);
    expect(count(({ asns }) => asns.length > 0)).toBeGreaterThan(20);
    expect(count(({ asns }) => asns.length > 1)).toBeGreaterThanOrEqual(2);
    expect(count(({ subnets }) => subnets.some(({ family }) => family === 4))).toBeGreaterThan(5);
    expect(count(({ subnets }) => subnets.some(({ family }) => family === 6))).toBeGreaterThan(3);
    expect(count(({ reach }) => reach === "private")).toBeGreaterThanOrEqual(5);
    expect(count(({ reach }) => reach === "cloud")).toBe(1);
    expect(count(({ monopoly }) => monopoly)).toBe(2);
    expect(count(({ location }) => !location.country)).toBe(2);
    expect(count(({ weight }) => weight !== 1)).toBe(1);
    expect(named("mirror.mcmurdo-hut.example").coordinates?.latitude).toBe(-77.8419);
    expect(count(({ carries }) => carries)).toBe(1);
    expect(named("mirror.mcmurdo-hut.example").carries).toEqual({
      versions: ["9", "10"],
      architectures: ["x86_64"],
      isos: false,
    });
    expect(named("mirror.marinabend.example").never).toEqual(["CN"]);
    expect(named("mirror.lakeside.example").disabled).toEqual({
      reason: "The basement flooded; the disks are drying.",
      // To the end of the day that is written.
      until: Date.UTC(2027, 2, 2) / 1000,
    });
  });

  test("has a list set for what its partial mirror lacks", () => {
    const { sets } = listSetsOf(config, mirrors);
    expect(sets.map(({ name }) => name)).toEqual([
      ...["all", "all-http", "all-https", "kitten", "kitten-https"],
      ...["all.2", "all.2-http", "all.2-https"],
    ]);
  });

  test("has aliases, modules and a vault in its config", () => {
    const paths = mirrorlistPaths(config);
    const find = (version: string, repo: string) =>
      paths.find((path) => path.version === version && path.repo === repo);
    expect(find("9", "baseos")?.path).toBe("9.8/BaseOS/$basearch/os/");
    expect(find("9.5", "baseos")).toMatchObject({ vault: true });
    expect(find("10", "baseos-source")).toMatchObject({ vault: true, path: "10.2/BaseOS/Source/" });
    expect(find("10-kitten", "appstream")).toMatchObject({ module: "kitten" });
    expect(find("8", "crb")).toBeUndefined();
  });

  test("takes the databases at hand, whatever their age, and has one override and local proxies", () => {
    const [override] = settings.geo.overrides;
    expect(settings.geo.overrides.length).toBe(1);
    expect(override && formatPrefix(override.network)).toBe("151.217.0.0/16");
    expect(override?.reason).not.toBe("");
    expect(override?.until).toBeGreaterThan(0);
    expect(settings.serve.trustedProxies.map(formatPrefix)).toEqual(["127.0.0.0/8", "::1/128"]);
    expect([...settings.geoip.city, ...settings.geoip.asn]).toEqual([]);
    expect(settings.geoip.maxAgeDays).toBe(365);
  });
});

describe("the example network's claims", () => {
  const lines = new Map<Family, readonly AsnLine[]>();
  beforeAll(() => {
    for (const path of defaultGeoipPaths(ROOT).asn) {
      const family = path.includes("ipv6") ? 6 : 4;
      lines.set(family, readAsnLines(readFileSync(path, "utf8")));
    }
  });

  test("name autonomous systems that exist", () => {
    const registered = new Set([...lines.values()].flatMap((all) => all.map(({ asn }) => asn)));
    expect(registered.size).toBeGreaterThan(80_000);
    const claimed = mirrors.flatMap(({ asns }) => asns);
    expect(claimed.filter((asn) => !registered.has(asn))).toEqual([]);
  });

  test("name subnets that one system announces, the mirror's own if it gives any", () => {
    const claims = mirrors.flatMap(({ name, asns, subnets }) =>
      subnets.map((subnet) => ({ name, asns, subnet })),
    );
    expect(claims.length).toBeGreaterThan(10);
    for (const { name, asns, subnet } of claims) {
      const announced = asnsWithin(lines.get(subnet.family) ?? [], subnet);
      expect(announced, `${name} ${formatPrefix(subnet)}`).toHaveLength(1);
      if (asns.length > 0) expect(asns).toContain(announced[0]);
    }
  });
});
