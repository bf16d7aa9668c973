import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Mirror } from "../../src/model/mirror.ts";
import { defaultProbeSettings } from "../../src/model/probe-settings.ts";
import { openPlanner } from "../../src/probe/plan.ts";
import { plainMirror } from "../support/mirrors.ts";
import { readConfigText } from "../support/reading.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { CONFIG } from "./fakes.ts";

const settings = { isos: ["CHECKSUM"] };

function planOf(fields: Partial<Mirror> = {}, config = CONFIG) {
  return openPlanner(config, settings)(plainMirror("m.example", fields));
}

describe("openPlanner", () => {
  it("asks for each folder, repository and architecture once, aliases and the vault left out", () => {
    const [product] = planOf().products;
    expect(product?.repositories.map(({ check, path }) => [check, path])).toEqual([
      ["repo:8.10/baseos/x86_64", "8.10/BaseOS/x86_64/os/repodata/repomd.xml"],
      ["repo:8.10/appstream/x86_64", "8.10/AppStream/x86_64/os/repodata/repomd.xml"],
      ["repo:9.8/baseos/x86_64", "9.8/BaseOS/x86_64/os/repodata/repomd.xml"],
      ["repo:9.8/baseos/aarch64", "9.8/BaseOS/aarch64/os/repodata/repomd.xml"],
      ["repo:9.8/appstream/x86_64", "9.8/AppStream/x86_64/os/repodata/repomd.xml"],
      ["repo:9.8/appstream/aarch64", "9.8/AppStream/aarch64/os/repodata/repomd.xml"],
      ["repo:9.8/crb/x86_64", "9.8/CRB/x86_64/os/repodata/repomd.xml"],
      ["repo:9.8/crb/aarch64", "9.8/CRB/aarch64/os/repodata/repomd.xml"],
    ]);
    expect(product?.isos).toEqual([
      "8.10/isos/x86_64/CHECKSUM",
      "9.8/isos/x86_64/CHECKSUM",
      "9.8/isos/aarch64/CHECKSUM",
    ]);
  });

  it("asks a module's own addresses for the module", () => {
    const { products } = planOf({
      modules: new Map([["kitten", { https: "https://k.example/" }]]),
    });
    expect(products.map(({ module }) => module)).toEqual(["", "kitten"]);
    expect(products[1]?.bases).toEqual([
      { protocol: "https", url: "https://k.example/", host: "k.example" },
    ]);
    expect(products[1]?.repositories.map(({ check }) => check)).toEqual([
      "repo:10-kitten/baseos/x86_64",
      "repo:10-kitten/baseos/aarch64",
      "repo:10-kitten/appstream/x86_64",
      "repo:10-kitten/appstream/aarch64",
    ]);
    expect(products[1]?.isos).toEqual([
      "10-kitten/isos/x86_64/CHECKSUM",
      "10-kitten/isos/aarch64/CHECKSUM",
    ]);
  });

  it("asks a partial mirror for what it carries", () => {
    const carries = {
      versions: ["9"],
      architectures: ["aarch64"],
      repositories: ["crb"],
      isos: false,
    };
    const [product] = planOf({ carries }).products;
    expect(product?.repositories.map(({ check }) => check)).toEqual(["repo:9.8/crb/aarch64"]);
    expect(product?.isos).toEqual([]);
  });

  it("leaves out what only a client could fill in, and asks for what has no architecture once", () => {
    const repos = [
      { name: "common", path: "common/os/", vault: false },
      { name: "odd", path: "$releasever/$basearch/", vault: false },
    ];
    const [product] = planOf({}, { ...CONFIG, repos }).products;
    expect(product?.repositories.map(({ check, path }) => [check, path])).toEqual([
      ["repo:8.10/common/x86_64", "8.10/common/os/repodata/repomd.xml"],
      ["repo:9.8/common/x86_64", "9.8/common/os/repodata/repomd.xml"],
      ["repo:9.8/common/aarch64", "9.8/common/os/repodata/repomd.xml"],
    ]);
  });

  it("puts https before http, and knows addresses and ports", () => {
    const urls = { http: "http://[2001:db8::1]:8080/a/", https: "https://m.example/a/" };
    const { products, rsync } = planOf({ urls: { ...urls, rsync: "rsync://r.example:8730/m/" } });
    expect(products[0]?.bases.map(({ protocol, host }) => [protocol, host])).toEqual([
      ["https", "m.example"],
      ["http", "2001:db8::1"],
    ]);
    expect(rsync).toEqual({ host: "r.example", port: 8730 });
    expect(planOf({ urls: { rsync: "rsync://r.example/m/" } }).rsync?.port).toBe(873);
    expect(planOf({ urls: { rsync: "rsync://[2001:db8::2]:80/m/" } }).rsync).toEqual({
      host: "2001:db8::2",
      port: 80,
    });
  });

  it("fills version and architecture into the names of images", () => {
    const isos = ["CHECKSUM", "Examplix-{version}-{arch}-dvd.iso"];
    const plan = openPlanner(CONFIG, { isos })(plainMirror("m.example"));
    expect(plan.products[0]?.isos).toContain("9.8/isos/aarch64/Examplix-9.8-aarch64-dvd.iso");
    expect(plan.products[0]?.isos).toHaveLength(6);
  });
});

describe.runIf(hasSharedData())("openPlanner of AlmaLinux's network", () => {
  it("asks each mirror for some 150 files", () => {
    const { value: config } = readConfigText(
      readFileSync(sharedData("almalinux", "config.yml"), "utf8"),
    );
    if (!config) throw new Error("config.yml could not be read");
    const plan = openPlanner(config, defaultProbeSettings)(plainMirror("m.example"));
    const [product] = plan.products;
    expect(product?.repositories.length).toBeGreaterThan(100);
    expect(product?.repositories.length).toBeLessThan(200);
    const paths = new Set(product?.repositories.map(({ path }) => path));
    expect(paths.size).toBe(product?.repositories.length);
    expect([...paths].filter((path) => /Source|debug|\$/.test(path))).toEqual([]);
  });
});
