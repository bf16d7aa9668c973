/**
 * A package manager that nobody wrote for us asks our nginx for a mirror list, and the mirrors in
 * it for a package. What the mirrors were asked counts, by their own logs: that the package arrived
 * does not say from where.
 */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildNetwork } from "../../src/build.ts";
import { type Preview, startPreview } from "../../src/cli/preview.ts";
import { hasNginx } from "../serve/mounted-nginx.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";
import { type Architecture, cachedMirrorlist, type DnfEnd, hasDnf, runDnf } from "./dnf.ts";
import { type MirrorServer, startMirror } from "./mirror-server.ts";
import { makeRepositories, PACKAGE, PACKAGE_FILE } from "./package-repository.ts";

/** Addresses of clients, by what the network below makes of them. */
const CLIENT = {
  /** In a network of ACONET: its mirror, then the nearest others, Graz first. */
  onNet: "193.170.1.1",
  /** GeoIP says Vienna. */
  byPlace: "193.170.200.1",
  /** GeoIP says Vienna, and an override Graz. */
  overridden: "193.170.201.1",
  ofMonopoly: "193.171.7.7",
} as const;

const NETWORK = {
  "config.yml": `config_version: 3
allowed_outdate: 12h
mirrors_dir: mirrors
versions: ["9", "9.8"]
duplicated_versions: {"9": "9.8"}
required_protocols: [http, https]
arches: {"9": [x86_64, aarch64]}
repos:
  - {name: baseos, path: BaseOS/$basearch/os/}
`,
  "mirrorpress.yml": `geoip:
  city: [city4.mmdb, city6.mmdb]
  asn: [asn.csv]
geo:
  overrides:
    - network: 193.170.201.0/24
      place: {country: AT, city: Graz}
      reason: It has moved.
`,
  "mirrors/campus.example.yml": mirrorFile(
    "campus.example",
    "private: true\nmonopoly: true\nsubnets: [193.171.0.0/17]\n",
  ),
};

/** Where the mirrors are that clients of the tests are sent to. The others do not exist. */
const HOSTS = {
  "aconet.example": "127.0.0.2",
  "graz.example": "127.0.0.3",
  "campus.example": "127.0.0.4",
} as const;
type MirrorName = keyof typeof HOSTS;

const architectures: readonly Architecture[] = ["x86_64", "aarch64"];
const below = (architecture: Architecture) => `/linux/9.8/BaseOS/${architecture}/os`;

describe.skipIf(!hasNginx() || !hasDnf())("dnf with nginx and its mirrors", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "mirrorpress-dnf-")));
  const content = join(folder, "content");
  const mirrors = new Map<MirrorName, MirrorServer>();
  let preview: Preview;

  beforeAll(async () => {
    makeRepositories(
      folder,
      architectures.map((architecture) => join(content, below(architecture))),
    );
    for (const [name, host] of Object.entries(HOSTS)) {
      mirrors.set(name as MirrorName, await startMirror(host, content));
    }
    const configPath = writeSmallNetwork(join(folder, "network"), { files: NETWORK });
    const output = join(folder, "output");
    const options = { configPath, output, builtAt: BUILT_AT, version: "0.0.0", clock: () => 0 };
    await buildNetwork(options, () => {});
    resolveNames(output, mirrors);
    preview = await startPreview(output);
  }, 30_000);
  beforeEach(() => {
    for (const mirror of mirrors.values()) {
      mirror.log.length = 0;
      mirror.failing = false;
    }
  });
  afterAll(async () => {
    await preview?.nginx.stop();
    for (const mirror of mirrors.values()) await mirror.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const mirror = (name: MirrorName): MirrorServer => {
    const found = mirrors.get(name);
    if (found === undefined) throw new Error(`no mirror ${name}`);
    return found;
  };
  /** In order of paths: dnf asks for two files at once. */
  const logs = () =>
    Object.fromEntries([...mirrors].map(([name, { log }]) => [name, log.toSorted()]));

  /** A client that never asked before: nothing is in its cache. */
  function client(address: string, architecture: Architecture = "x86_64", query = "") {
    const own = mkdtempSync(join(folder, "client-"));
    const mirrorlist = `${preview.nginx.url}/mirrorlist/$releasever/baseos?ip=${address}${query}`;
    const dnf = { folder: own, mirrorlist, release: "9", architecture };
    const downloads = join(own, "downloads");
    return {
      makecache: () => runDnf(dnf, ["makecache"]),
      download: () => runDnf(dnf, ["download", `--destdir=${downloads}`, PACKAGE]),
      downloaded: () => readFileSync(join(downloads, PACKAGE_FILE)),
      mirrorlist: () => cachedMirrorlist(dnf),
    };
  }
  const original = () => readFileSync(join(content, below("x86_64"), "Packages", PACKAGE_FILE));

  /** What a mirror is asked for that gives a client everything, in order of paths. */
  const everything = (architecture: Architecture = "x86_64") => [
    `200 ${below(architecture)}/Packages/${PACKAGE_FILE}`,
    ...metadata(architecture),
  ];
  const metadata = (architecture: Architecture = "x86_64") =>
    ["filelists.xml.gz", "primary.xml.gz", "repomd.xml"].map(
      (file) => `200 ${below(architecture)}/repodata/${file}`,
    );
  const done = (end: DnfEnd) => expect([end.code, end.said]).toEqual([0, expect.any(String)]);

  it("makes its cache from the first mirror of the list", async () => {
    const { code, said } = await client(CLIENT.onNet).makecache();
    expect([code, said]).toEqual([0, expect.stringContaining("Metadata cache created.")]);
    expect(logs()).toEqual({
      "aconet.example": metadata(),
      "graz.example": [],
      "campus.example": [],
    });
  });

  it("gets the package, byte for byte", async () => {
    const { download, downloaded } = client(CLIENT.onNet);
    done(await download());
    expect(downloaded()).toEqual(original());
    expect(logs()).toEqual({
      "aconet.example": everything(),
      "graz.example": [],
      "campus.example": [],
    });
  });

  it.each(architectures)("fills in $basearch, for %s as for any other", async (architecture) => {
    const { download, downloaded, mirrorlist } = client(CLIENT.byPlace, architecture);
    done(await download());
    expect(downloaded()).toEqual(original());
    expect(logs()["aconet.example"]).toEqual(everything(architecture));
    expect(mirrorlist()).toContain("/linux/9.8/BaseOS/$basearch/os/\n");
  });

  it.each(architectures)("has it filled in for %s when it says so", async (architecture) => {
    const query = "&arch=$basearch";
    const { download, downloaded, mirrorlist } = client(CLIENT.byPlace, architecture, query);
    done(await download());
    expect(downloaded()).toEqual(original());
    expect(logs()["aconet.example"]).toEqual(everything(architecture));
    expect(mirrorlist()).toContain(`/linux/9.8/BaseOS/${architecture}/os/\n`);
    expect(mirrorlist()).not.toContain("$basearch");
  });

  it("goes to another mirror where an override says that the client is elsewhere", async () => {
    done(await client(CLIENT.overridden).download());
    expect(logs()).toEqual({
      "aconet.example": [],
      "graz.example": everything(),
      "campus.example": [],
    });
  });

  it("goes on to the second mirror when the first one fails", async () => {
    mirror("aconet.example").failing = true;
    const { download, downloaded } = client(CLIENT.onNet);
    done(await download());
    expect(downloaded()).toEqual(original());
    expect(logs()).toEqual({
      // As often as it likes to ask again.
      "aconet.example": expect.arrayContaining([`503 ${below("x86_64")}/repodata/repomd.xml`]),
      "graz.example": everything(),
      "campus.example": [],
    });
    expect(mirror("aconet.example").log.filter((line) => !line.startsWith("503 "))).toEqual([]);
  });

  it("knows one mirror alone where a monopoly is, whether it answers or not", async () => {
    done(await client(CLIENT.ofMonopoly).download());
    expect(logs()).toEqual({
      "aconet.example": [],
      "graz.example": [],
      "campus.example": everything(),
    });

    mirror("campus.example").failing = true;
    const { code, said } = await client(CLIENT.ofMonopoly).download();
    expect([code, said]).toEqual([1, expect.stringContaining("All mirrors were tried")]);
    expect(mirror("aconet.example").log).toEqual([]);
    expect(mirror("graz.example").log).toEqual([]);
  });

  // The last test: nothing brings the first mirror back.
  it("goes on to the second mirror when the first one is gone", async () => {
    await mirror("aconet.example").stop();
    const { download, downloaded } = client(CLIENT.onNet);
    done(await download());
    expect(downloaded()).toEqual(original());
    expect(logs()).toEqual({
      "aconet.example": [],
      "graz.example": everything(),
      "campus.example": [],
    });
  });
});

/**
 * Writes loopback addresses in place of the mirrors' names into the lists that are served, as a
 * resolver of names would answer: no mirror's file may hold such an address.
 */
function resolveNames(output: string, mirrors: ReadonlyMap<MirrorName, MirrorServer>): void {
  const lists = join(output, "current", "lists");
  for (const entry of readdirSync(lists, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    let text = readFileSync(path, "utf8");
    for (const [name, { origin }] of mirrors) text = text.replaceAll(`http://${name}`, origin);
    // What is published cannot be written to.
    rmSync(path);
    writeFileSync(path, text);
  }
}
