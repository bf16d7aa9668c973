/** The 530 real files: each trap of COMPAT.md's table that reading meets, with its count. */
import { basename } from "node:path";
import { expect, test } from "vitest";
import type { DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { addCloudNetworks } from "../../src/model/cloud.ts";
import { readConfig } from "../../src/model/config.ts";
import { checkNetwork, readMirror } from "../../src/model/mirrors.ts";
import { mirrorlistPaths } from "../../src/model/routing.ts";
import { readNetwork } from "../../src/sources/network.ts";
import { collect, placeOf } from "../support/reading.ts";
import { sharedData } from "../support/shared.ts";
import { describeShared } from "../support/shared-suite.ts";

describeShared("AlmaLinux's network", () => {
  const { value, diagnostics } = collect((report) => {
    const network = readNetwork(sharedData("almalinux", "config.yml"), report);
    const config = network && readConfig(network.config, report);
    if (!network || !config) throw new Error("config.yml could not be read");
    const mirrors = network.mirrors.flatMap(
      (document) => readMirror(document, config, report) ?? [],
    );
    const named = checkNetwork(mirrors, report);
    return { config, mirrors: addCloudNetworks(named, new Map(), report) };
  });
  const { config, mirrors } = value;
  const mirror = (name: string) => mirrors.find((each) => each.name === name);
  const of = (code: DiagnosticCode): readonly Diagnostic[] =>
    diagnostics.filter((diagnostic) => diagnostic.code === code);
  const filesOf = (code: DiagnosticCode): readonly string[] =>
    of(code).map(({ file }) => basename(file?.path ?? "", ".yml"));

  test("every file gives a mirror", () => {
    expect(mirrors).toHaveLength(530);
  });

  test.each<[DiagnosticCode, Diagnostic["severity"], number]>([
    ["duplicate-key", "error", 2],
    ["duplicate-key-same", "warning", 1],
    ["misspelt-key", "error", 1],
    ["unknown-key", "warning", 2],
    ["key-spelling", "warning", 1],
    ["country-alias", "warning", 4],
    ["country-by-name", "warning", 2],
    ["https-holds-http", "error", 3],
    ["http-holds-https", "warning", 4],
    ["url-wrong-scheme", "error", 2],
    ["rsync-module", "note", 5],
    ["url-credentials", "error", 1],
    // 33 files have no https:, but one of them has its https under http:.
    ["no-https", "warning", 32],
    ["no-http", "note", 22],
    ["file-name-differs", "note", 36],
    ["private-without-scope", "warning", 21],
    ["cloud-without-scope", "warning", 2],
    ["slow-update", "warning", 10],
    ["url-no-scheme", "warning", 5],
    ["empty-value", "note", 2],
  ])("%s is a %s, %i times", (code, severity, count) => {
    expect(of(code)).toHaveLength(count);
    expect(new Set(of(code).map((diagnostic) => diagnostic.severity))).toEqual(new Set([severity]));
  });

  test("nothing else is reported, and nothing without a place", () => {
    expect(diagnostics).toHaveLength(158);
    expect(diagnostics.filter((diagnostic) => placeOf(diagnostic) === "")).toEqual([]);
  });

  test("a key given twice: the last is used", () => {
    expect(filesOf("duplicate-key")).toEqual(["mirror.herza.id", "pkg.adfinis-on-exoscale.ch"]);
    expect(mirror("mirror.herza.id")?.location.city).toBe("Jakarta Timur");
    expect(mirror("pkg.adfinis-on-exoscale.ch")?.sponsor.url).toBe("https://www.exoscale.com/");
    expect(filesOf("duplicate-key-same")).toEqual(["mirror.cov.ukservers.com"]);
  });

  test("address_options: suggested, and left out", () => {
    const [misspelt] = of("misspelt-key");
    expect(misspelt && wordingOf(misspelt).message).toContain("did you mean address_optional?");
    expect(mirror("almalinux.mirror.sofia.incognet.io")?.modules.size).toBe(0);
    expect(mirrors.filter(({ modules }) => modules.has("kitten"))).toHaveLength(49);
  });

  test("countries, however written, are codes", () => {
    expect(mirrors.filter(({ location }) => location.country === "GB")).toHaveLength(13);
    expect(mirrors.filter(({ location }) => location.country === "NO")).toHaveLength(1);
    expect(mirrors.filter(({ location }) => location.country === "DE")).toHaveLength(20);
    expect(mirrors.filter(({ location }) => location.country !== undefined)).toHaveLength(449);
  });

  test("private in every spelling", () => {
    expect(mirrors.filter(({ reach }) => reach === "private")).toHaveLength(26);
    expect(mirrors.filter(({ reach }) => reach === "cloud")).toHaveLength(2);
    expect(mirrors.filter(({ monopoly }) => monopoly)).toHaveLength(3);
  });

  test("http: holding https:// is moved, https: holding http:// left out", () => {
    expect(mirror("ftp.tc.edu.tw")?.urls).not.toHaveProperty("http");
    expect(mirror("ftp.tc.edu.tw")?.urls.https).toBe("https://ftp.tc.edu.tw/Linux/almalinux/");
    expect(mirror("ge.mirror.cloud9.ge")?.urls).not.toHaveProperty("https");
    expect(mirror("mirror.init7.net")?.urls.rsync).toBe("rsync://mirror.init7.net/almalinux/");
  });

  test("every URL ends in a slash", () => {
    const urls = mirrors.flatMap(({ urls, modules }) =>
      [urls, ...modules.values()].flatMap((each) => Object.values(each)),
    );
    expect(urls.filter((url) => !url.endsWith("/"))).toEqual([]);
    expect(urls.length).toBeGreaterThan(1400);
  });

  test("all claims on networks are within the caps", () => {
    expect(mirrors.filter(({ asns }) => asns.length > 0)).toHaveLength(70);
    expect(mirrors.filter(({ subnets }) => subnets.length > 0)).toHaveLength(13);
    expect(mirrors.reduce((sum, { subnets }) => sum + subnets.length, 0)).toBe(38);
  });

  /** Counted by what a mirror serves: an alias such as "8" and the vault's versions do not count. */
  test("61 repositories, 42 valid pairs of a version and a repository", () => {
    const paths = mirrorlistPaths(config);
    expect(config.repos).toHaveLength(61);
    const pairs = paths.filter(
      ({ vault, version }) => !vault && !config.duplicatedVersions.has(version),
    );
    expect(pairs).toHaveLength(42);
    expect(new Set(paths.filter(({ vault }) => !vault).map(({ path }) => path)).size).toBe(42);
  });
});
