/** For every code the smallest input that brings it about. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { readCloudMirrors } from "../../src/inputs/cloud-mirrors.ts";
import { withAddresses } from "../../src/inputs/mirror-addresses.ts";
import { openCityPlaces } from "../../src/inputs/place-trees.ts";
import { readProbeResults } from "../../src/inputs/probe-results.ts";
import { readSubnetMirrors } from "../../src/inputs/subnet-mirrors.ts";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import { defaultConfig } from "../../src/model/config.ts";
import { readFetchLock } from "../../src/model/fetch-lock.ts";
import { applyHealth } from "../../src/model/health.ts";
import { readLoadWeights } from "../../src/model/load-weights.ts";
import { checkNetwork } from "../../src/model/mirrors.ts";
import { readProbeState, renderProbeState } from "../../src/model/probe-state-file.ts";
import { currentOverrides, defaultSettings } from "../../src/model/settings.ts";
import { readAsnRanges } from "../../src/sources/asn.ts";
import { DATA_FOLDER, subnetListPath } from "../../src/sources/fetched.ts";
import { MIRROR_LIMITS, parseYaml } from "../../src/sources/yaml.ts";
import { plainMirror } from "../support/mirrors.ts";
import { stateFailing, stateOf } from "../support/probe-state.ts";
import {
  mirrorText,
  readConfigText,
  readMirrorText,
  readSettingsText,
} from "../support/reading.ts";

export type Sample =
  | { readonly mirror: string; readonly path?: string }
  | { readonly config: string }
  | { readonly settings: string }
  /** A folder with these files, read as a network; "LINK path" makes a symbolic link. */
  | {
      readonly folder: Readonly<Record<string, string | Uint8Array>>;
      /** Then only the files are looked for. */
      readonly maxFiles?: number;
    }
  | { readonly run: (report: (diagnostic: Diagnostic) => void) => void };

const mirror = (lines: string, without?: string): Sample => ({
  mirror: mirrorText(lines, without === undefined ? {} : { without }),
});
const address = (urls: string): Sample => mirror(`address: {${urls}}`, "address");

const CONFIG = `
allowed_outdate: 12h
mirrors_dir: mirrors.d
versions: ["1.0"]
repos: [{name: base, path: base/}]
`;
const config = (lines: string, without?: string): Sample => {
  const kept = CONFIG.split("\n").filter(
    (line) => without === undefined || !line.startsWith(without),
  );
  return { config: `${kept.join("\n")}${lines}\n` };
};
const override = (lines: string): Sample => ({ settings: `geo: {overrides: [{${lines}}]}` });
const weights = (text: string): Sample => ({
  run: (report) => void readLoadWeights({ path: "weights.csv", text }, report),
});
const IN_FRANCE = "network: 192.0.2.0/24, reason: moved, place: {country: FR}";

/** Mirrors that were asked for ten repositories, with the checks that each of them fails. */
const asked = (count: number, failing: (number: number) => readonly string[]): Sample => ({
  run: (report) => {
    const repos = Array.from({ length: 10 }, (_, n) => `{name: r${n}, path: r${n}/$basearch/}`);
    const { value } = readConfigText(`
allowed_outdate: 12h
mirrors_dir: mirrors.d
versions: ["1.0"]
arches: {"1.0": [x]}
repos: [${repos.join(", ")}]
`);
    const names = Array.from({ length: count }, (_, number) => `m${number}.example`);
    applyHealth(
      names.map((name) => plainMirror(name)),
      {
        probedAt: 0,
        allowedOutdateSeconds: 43_200,
        mirrors: Object.fromEntries(
          names.map((name, number) => [name, stateFailing(failing(number), "missing-repo")]),
        ),
      },
      value ?? defaultConfig,
      report,
    );
  },
});

/** A mirror of a network that has one version and architecture, and a repository on the vault. */
const carrying = (lines: string): Sample => ({
  run: (report) => {
    const { value } = readConfigText(`${CONFIG}vault_mirror: http://vault.example/
arches: {"1.0": [x86_64], "0.9": [ppc]}
vault_versions: ["0.9"]
`);
    if (!value) throw new Error("no config");
    const read = readMirrorText(mirrorText(`carries: {${lines}}`), { config: value });
    for (const diagnostic of read.diagnostics) report(diagnostic);
  },
});

/** A mirror whose subnets are behind a URL, and what was fetched of it. */
const ofSubnetsUrl = ({
  allowed = true,
  stored,
}: {
  allowed?: boolean;
  stored?: string;
}): Sample => ({
  run: (report) => {
    const url = "https://lists.example/networks";
    const { value } = readMirrorText(mirrorText(`subnets: ${url}`));
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-subnets-"));
    try {
      const path = join(folder, DATA_FOLDER, subnetListPath(url));
      mkdirSync(dirname(path), { recursive: true });
      if (stored !== undefined) writeFileSync(path, stored);
      const subnetsHosts = allowed ? ["lists.example"] : [];
      const settings = { fetch: { ...defaultSettings.fetch, subnetsHosts } };
      readSubnetMirrors(value ? [value] : [], settings, folder, report);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});

/** A cloud mirror, and the file of its provider where there is one. */
const ofCloud = (lines: string, feed?: string, region = "all"): Sample => ({
  run: (report) => {
    const { value } = readMirrorText(
      mirrorText(`cloud_type: aws\ncloud_regions: [${region}]\n${lines}`),
    );
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-cloud-"));
    try {
      if (feed !== undefined) writeFileSync(join(folder, "aws.json"), feed);
      const cloud = feed === undefined ? {} : { aws: "aws.json" };
      readCloudMirrors(value ? [value] : [], { cloud }, folder, report);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});
const awsFeed = (...networks: readonly string[]): string =>
  JSON.stringify({ prefixes: networks.map((ip_prefix) => ({ ip_prefix, region: "us-east-1" })) });

/** The codes that come of reading files; those of GeoIP and of placing are in their own files. */
export const samples = {
  "file-unreadable": { folder: { "config.yml": CONFIG, "mirrors.d/a.yml": "LINK ../config.yml" } },
  "file-not-read": { folder: { "config.yml": CONFIG, "mirrors.d/M.EXAMPLE.YML": mirrorText() } },
  "file-too-large": {
    folder: { "config.yml": CONFIG, "mirrors.d/a.yml": `# ${"x".repeat(70_000)}` },
  },
  "file-not-utf8": {
    folder: { "config.yml": CONFIG, "mirrors.d/a.yml": new Uint8Array([0x61, 0x3a, 0x20, 0xe9]) },
  },
  "too-many-files": { folder: { "a.yml": "", "b.yml": "" }, maxFiles: 1 },
  "no-mirror-files": { folder: { "config.yml": CONFIG } },
  "yaml-syntax": { mirror: 'name: "m.example\n' },
  "yaml-tab": { mirror: "address:\n\thttp: http://m.example/\n" },
  "yaml-many-documents": { mirror: `${mirrorText()}---\nname: n.example\n` },
  "yaml-alias": mirror("email: &mail a@m.example"),
  "yaml-too-deep": {
    run: (report) => {
      parseYaml({ path: "m.yml", text: "[".repeat(40) }, report, MIRROR_LIMITS);
    },
  },
  "yaml-empty": { mirror: "# nothing\n" },
  "duplicate-key": mirror("sponsor: Another"),
  "duplicate-key-same": mirror("sponsor: Example"),
  "unknown-key": mirror("colour: blue"),
  "key-spelling": mirror("ASN: 24940"),
  "misspelt-key": mirror("address_options: {}"),
  "missing-key": mirror("", "name"),
  "wrong-shape": mirror("email: [a@m.example]"),
  "empty-value": mirror("email:"),
  "bad-boolean": mirror("private: perhaps"),
  "bad-number": mirror("weight: 0"),
  "unknown-choice": { settings: "policy: {distances: exactly}" },
  "bad-duration": mirror("update_frequency: 3 hours", "update_frequency"),
  "bad-date": mirror("disabled: {reason: moving, until: 2026-02-31}"),
  "control-character": mirror('sponsor: "A\\u202eB"', "sponsor"),
  "text-too-long": mirror(`sponsor: ${"x".repeat(201)}`, "sponsor"),
  "bad-name": mirror("name: M.example", "name"),
  "duplicate-name": {
    run: (report) => {
      const { value } = readMirrorText(mirrorText());
      if (value) checkNetwork([value, value], report);
    },
  },
  "host-of-another": {
    run: (report) => {
      const { value } = readMirrorText(mirrorText());
      if (value) checkNetwork([value, { ...value, name: "other.example" }], report);
    },
  },
  "file-name-differs": { mirror: mirrorText(), path: "mirrors/other.yml" },
  "slow-update": mirror("update_frequency: 12h", "update_frequency"),
  "bad-asn": mirror("asn: AS24940 Hetzner"),
  "reserved-asn": mirror("asn: 64512"),
  "bad-subnet": mirror("subnets: [8.8.8.0/33]"),
  "subnet-host-bits": mirror("subnets: [8.8.8.1/24]"),
  "subnet-too-wide": mirror("subnets: [8.0.0.0/15]"),
  "subnet-reserved": mirror("subnets: [10.1.0.0/16]"),
  "subnets-url": mirror("subnets: http://m.example/ranges.json"),
  "subnets-host": ofSubnetsUrl({ allowed: false }),
  "subnets-not-fetched": ofSubnetsUrl({}),
  "subnets-list": ofSubnetsUrl({ stored: "<html>\n" }),
  "subnets-entries": ofSubnetsUrl({ stored: "8.8.8.0/24\n10.0.0.0/8\n" }),
  "too-many-subnets": mirror(`subnets: [${"8.8.8.8,".repeat(4001)}]`),
  "private-without-scope": mirror("private: yes"),
  "unknown-cloud": mirror("cloud_type: cumulus\ncloud_regions: [all]"),
  "cloud-without-scope": ofCloud(""),
  "cloud-feed-missing": ofCloud("asn: 64"),
  "cloud-feed-unusable": ofCloud("", "{}"),
  "cloud-feed-entries": ofCloud("", awsFeed("20.0.0.0/16", "20.0.0.1/16")),
  "cloud-feed-networks": ofCloud("", awsFeed("20.0.0.0/16", "10.0.0.0/16")),
  "unknown-cloud-region": ofCloud("asn: 64", awsFeed("20.0.0.0/16"), "us-eats-1"),
  "monopoly-not-private": mirror("monopoly: true"),
  "cloud-incomplete": mirror("cloud_type: aws"),
  "carries-unknown": carrying("architectures: [x86_46, x86_64]"),
  "carries-vault": carrying('versions: ["0.9", "1.0"]'),
  "carries-empty": carrying("repositories: []"),
  "carries-nothing": carrying("architectures: [ppc]"),
  "disabled-shape": mirror("disabled: true"),
  "only-and-never": mirror("only: [DE, FR]\nnever: FR"),
  "bad-email": mirror("email: nobody"),
  "unknown-module": mirror("address_optional: {kittens: {http: http://m.example/k/}}"),
  "bad-url": address("http: //m.example"),
  "url-not-canonical": address("http: http://M.example/"),
  "url-credentials": address("http: http://me@m.example/"),
  "url-empty-port": address('http: "http://m.example:/"'),
  "url-query": address('http: "http://m.example/?a=b"'),
  "url-local-host": address("http: http://169.254.169.254/"),
  "urls-swapped": address("http: https://m.example/, https: http://m.example/"),
  "https-holds-http": address("https: http://m.example/"),
  "http-holds-https": address("http: https://m.example/"),
  "url-wrong-scheme": address("http: http://m.example/, ftp: http://m.example/"),
  "url-no-scheme": mirror("sponsor_url: sponsor.example", "sponsor_url"),
  "rsync-module": address('http: http://m.example/, rsync: "m.example::alma"'),
  "no-https": address("http: http://m.example/"),
  "no-http": address("https: https://m.example/"),
  "no-urls": address("ftp: ftp://m.example/"),
  "country-unknown": mirror("geolocation: {country: Atlantis}"),
  "country-alias": mirror("geolocation: {country: UK}"),
  "country-by-name": mirror("geolocation: {country: Germany}"),
  "bad-coordinates": mirror("coordinates: [139.7, 35.7]"),
  "config-version": config("config_version: 4"),
  "bad-version": config('vault_versions: ["../etc"]'),
  "bad-module": config('optional_module_versions: {all: ["1"]}'),
  "unknown-version": config('duplicated_versions: {"1": "1.1"}'),
  "given-twice": config('versions: ["1.0", "1.0"]', "versions"),
  "unknown-protocol": config("required_protocols: [http, gopher]"),
  "bad-repo-name": config("repos: [{name: Base OS, path: base/}]", "repos"),
  "bad-repo-path": config("repos: [{name: base, path: ../base/}]", "repos"),
  "duplicate-repo": config("repos: [{name: a, path: a/}, {name: a, path: b/}]", "repos"),
  "unknown-arch": config("repos: [{name: a, path: a/, arches: [vax]}]", "repos"),
  "no-vault-mirror": config('vault_versions: ["0.9"]'),
  "proxies-too-wide": { settings: 'serve: {trusted_proxies: ["::/0"]}' },
  "gate-never-holds": { settings: "gates: {mirrors: {hold: 30, refuse: 20}}" },
  "bad-root": { settings: "serve: {root: srv/mirrorpress}" },
  "unknown-policy": { settings: "policy: {name: blog-2020}" },
  "policy-name": { settings: "policy: {name: My Rule, steps: [everyone]}" },
  "policy-steps-of-preset": { settings: "policy: {name: service-2026, steps: [everyone]}" },
  "policy-number": { settings: "policy: {name: service-2026, country_take: 5}" },
  "unknown-step": { settings: "policy: {steps: [on_nett, everyone]}" },
  "step-out-of-order": { settings: "policy: {steps: [everyone, on_net]}" },
  "no-usable-step": { settings: "policy: {steps: [nobody]}" },
  "no-everyone-step": { settings: "policy: {steps: [on_net]}" },
  "fill-without-place": { settings: "policy: {steps: [on_net: {fill: by_place}, everyone]}" },
  "band-out-of-order": {
    settings: `policy:
  steps:
    - by_place: {bands: [{from: world, take: 5}, {from: country, take: 5}]}
    - everyone`,
  },
  "spread-without-place": { settings: "policy: {spread: true, steps: [everyone]}" },
  "bad-file-path": { settings: "probe: {freshness: {file: ../TIME}}" },
  "fetch-geoip": { settings: "fetch: {geoip: GeoLite2_City}" },
  "fetch-host": { settings: "fetch: {subnets_hosts: [https://lists.example/]}" },
  "fetch-lock": {
    run: (report) => void readFetchLock({ path: "data/lock.json", text: "[]" }, report),
  },
  "bad-resolver": { settings: "probe: {resolvers: dns.example}" },
  "probe-state-unusable": {
    run: (report) => void readProbeState({ path: "state/probe.json", text: '{"for' }, report),
  },
  "probe-state-old": {
    run: (report) => {
      const folder = mkdtempSync(join(tmpdir(), "mirrorpress-probe-"));
      try {
        const path = join(folder, "probe.json");
        const state = { probedAt: 0, allowedOutdateSeconds: 43_200, mirrors: {} };
        writeFileSync(path, renderProbeState(state));
        readProbeResults(path, 10 * 86_400, report);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  // Ten mirrors that lack a repository each; one of four has any at all.
  "probe-widened": asked(10, (number) => [`repo:1.0/r${number}/x`]),
  "addresses-many-asns": {
    run: (report) => {
      const numbers = [1, 2, 3, 4, 5];
      const table = numbers.map((n) => `11.${n}.0.0,11.${n}.255.255,${n},A\n`).join("");
      const source = bytesInMemory("asn.csv", new TextEncoder().encode(table));
      const asns = readAsnRanges([{ kind: "csv", source }], report);
      const where = { city: openCityPlaces({ ipv4: null, ipv6: null }), overrides: [], asns };
      const mirrors = { a: stateOf({}, { ipv4: numbers.map((n) => `11.${n}.0.1`) }) };
      const state = { probedAt: 0, allowedOutdateSeconds: 43_200, mirrors };
      withAddresses([plainMirror("a")], state, defaultSettings.policy, where, report);
    },
  },
  "probe-hardly-any": asked(4, (number) => (number === 0 ? [] : ["repo:1.0/r1/x"])),
  "override-incomplete": override("network: 192.0.2.0/24, reason: moved, place: {city: Lyon}"),
  "override-twice": {
    settings: `geo: {overrides: [{${IN_FRANCE}}, {${IN_FRANCE}}]}`,
  },
  "override-expired": {
    run: (report) => {
      const { value } = readSettingsText(`geo: {overrides: [{${IN_FRANCE}, until: 2026-01-01}]}`);
      currentOverrides(value?.geo.overrides ?? [], 1_800_000_000, report);
    },
  },
  "weights-bad-line": weights("DE,many\n"),
  "weights-unknown-country": weights("Germny,1\n"),
  "weights-given-twice": weights("DE,1\nDE,2,ipv6\n"),
  "weights-empty": weights("country,weight\nDE,0\n"),
} as const satisfies Partial<Record<DiagnosticCode, Sample>>;
