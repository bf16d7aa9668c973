/**
 * The nightly run from its own file, night after night: the steps of nightly.yml as GitHub would run
 * them, with mirrors and MaxMind on the loopback and a folder for the server that rsync fills.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT, type FakeMaxmind, SECRETS, startMaxmind } from "../fetch/services.ts";
import { type Behaviour, type FakeMirrors, startFakeMirrors } from "../support/fake-mirrors.ts";
import type { World } from "./nightly-entry.ts";
import { NIGHTLY_MIRRORS, nightlyReleases, writeNightlyNetwork } from "./nightly-network.ts";
import { startPages } from "./pages.ts";
import { endRun, filesBelow, type JobResult, runJob, writePrograms } from "./runner.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const WORKFLOW = join(ROOT, ".github", "workflows", "nightly.yml");
const DIST = join(ROOT, "dist");
const ENTRY = join(DIST, "test", "workflows", "nightly-entry.js");
const NEEDED = ["nginx", "rsync", "zstd", "curl"];
const missing = NEEDED.filter((program) => spawnSync(program, ["-v"]).error !== undefined);
if (missing.length > 0) {
  if (process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")}`);
  process.stderr.write(`SKIPPED: the nightly run, because of ${missing.join(", ")}\n`);
}

/** 2026-11-22T03:23:00Z, in milliseconds. */
const FIRST_NIGHT = 1_795_317_780_000;
const DAY_MS = 86_400_000;

let folder: string;
let mirrors: FakeMirrors;
let maxmind: FakeMaxmind;
let now = FIRST_NIGHT;
let runId = 100;
let attempt = 1;
const behaviours = new Map<string, Behaviour>();
beforeAll(async () => {
  if (!existsSync(ENTRY)) throw new Error("compile first: npm run compile");
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-nights-"));
  for (const name of ["control.example", ...NIGHTLY_MIRRORS]) behaviours.set(name, "good");
  mirrors = await startFakeMirrors(behaviours, () => now);
  maxmind = await startMaxmind();
  for (const [edition, release] of await nightlyReleases(FIRST_NIGHT / 1000 - 86_400)) {
    maxmind.releases.set(edition, release);
  }
  writeNightlyNetwork(join(folder, "network"), mirrors.port);
  cpSync(join(ROOT, ".github"), join(folder, "network", ".github"), { recursive: true });
  writePrograms(join(folder, "bin"), join(folder, "store"), ENTRY);
  mkdirSync(join(folder, "server"));
});
afterAll(async () => {
  await mirrors?.close();
  await maxmind?.close();
  rmSync(folder, { recursive: true });
}, 60_000);

interface Inputs {
  readonly first?: boolean;
  readonly believe?: boolean;
  readonly accept?: boolean;
  readonly digest?: string;
}

/** A run of the workflow; by hand where there are inputs. Unless another day, the next one. */
async function night(inputs?: Inputs, { sameDay = false } = {}): Promise<JobResult> {
  now += sameDay ? 3_600_000 : DAY_MS;
  runId++;
  const result = await runAll(inputs ?? {});
  endRun(join(folder, "store"), runId, inputs ? "workflow_dispatch" : "schedule", result.ok);
  const told = result.log + result.summary;
  for (const secret of SECRETS) expect(told.includes(secret), "a secret was told").toBe(false);
  return result;
}

async function runAll(inputs: Inputs): Promise<JobResult> {
  const generated = await run("generate", inputs);
  if (!generated.ok) return generated;
  const { log, summary, commands } = generated;
  const published = await run("rsync", inputs);
  return {
    ...published,
    log: log + published.log,
    summary: summary + published.summary,
    commands: [...commands, ...published.commands],
  };
}

async function run(
  job: string,
  { first = false, believe = false, accept = false, digest = "" }: Inputs,
): Promise<JobResult> {
  const workspace = join(folder, `run-${runId}-${job}`);
  cpSync(join(folder, "network"), workspace, { recursive: true });
  const world: World = { now, maxmind: maxmind.base };
  writeFileSync(join(folder, "world.json"), JSON.stringify(world));
  const result = await runJob({
    workflow: WORKFLOW,
    job,
    workspace,
    store: join(folder, "store"),
    runId,
    prepared: ["npm ci", "npm run --silent compile", ".github/nightly/install-nginx.sh"],
    expressions: {
      "github.token": "the token",
      "inputs.first && 'yes' || ''": first ? "yes" : "",
      "inputs.believe && 'yes' || ''": believe ? "yes" : "",
      "inputs.accept && 'yes' || ''": accept ? "yes" : "",
      "inputs.digest": digest,
      "!inputs.accept && !inputs.digest": !accept && digest === "",
      "(!inputs.accept && !inputs.digest) || !steps.data.outputs.cache-matched-key":
        (!accept && digest === "") || !existsSync(join(folder, "store", "cache")),
      "vars.KEEP_DATA != 'no' && hashFiles('data/lock.json') != ''": () =>
        existsSync(join(workspace, "data", "lock.json")),
      "secrets.MAXMIND_ACCOUNT_ID": ACCOUNT.accountId,
      "secrets.MAXMIND_LICENSE_KEY": ACCOUNT.licenseKey,
      "github.run_attempt": String(attempt),
      "vars.PUBLISH_TO": "rsync",
      "vars.RSYNC_TARGET": join(folder, "server"),
      "vars.RSYNC_KNOWN_HOSTS": "",
      "secrets.RSYNC_SSH_KEY": "",
      "vars.S3_TARGET": "s3://bucket/lists",
      "vars.S3_REGION || 'us-east-1'": "us-east-1",
      "vars.S3_ENDPOINT": "",
      "secrets.S3_ACCESS_KEY_ID": "an id",
      "secrets.S3_SECRET_ACCESS_KEY": "a key",
    },
    env: {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      HOME: folder,
      GITHUB_REPOSITORY: "o/r",
      GITHUB_REF_NAME: "main",
      TEST_WORLD: join(folder, "world.json"),
      SOURCE_DATE_EPOCH: String(now / 1000),
      FAKE_S3: join(folder, "s3"),
    },
  });
  rmSync(workspace, { recursive: true });
  return result;
}

const server = (...path: readonly string[]) => join(folder, "server", ...path);
const live = () => readlinkSync(server("current")).replace("generations/", "");
/** Mirrors that are in a list of what is live. */
function listed(): readonly string[] {
  const lists = filesBelow(server("current", "lists"));
  expect(lists.length).toBeGreaterThan(30);
  const text = lists.map((path) => readFileSync(server("current", "lists", path), "utf8")).join("");
  return NIGHTLY_MIRRORS.filter((name) => text.includes(`http://${name}:`));
}
const turn = (names: readonly string[], behaviour: Behaviour) => {
  for (const name of names) behaviours.set(name, behaviour);
};

const DYING = "m03.example";
const SIX = ["m10", "m21", "m32", "m43", "m54", "m60"].map((name) => `${name}.example`);
const SIX_MORE = ["m12", "m23", "m34", "m40", "m51", "m62"].map((name) => `${name}.example`);
const SAME_DAY = { sameDay: true };
/** Of the night that was refused. */
let digest = "";

// In their order: each night goes on from the one before.
describe.runIf(missing.length === 0)("night after night", () => {
  it("stops where nothing is to be compared with, unless it is the first", async () => {
    const { ok, commands, log } = await night();
    expect(ok).toBe(false);
    expect(commands).toHaveLength(2);
    expect(log).toContain('by hand with "first" ticked');
    expect(existsSync(server("current"))).toBe(false);
  }, 60_000);

  it("publishes the first night, through every step of the workflow", async () => {
    const { ok, log, commands, summary } = await night({ first: true });
    expect(ok, log).toBe(true);
    const plain = commands.map((command) =>
      command.replace(/^\S*summarise\.sh (?:"\w+"|--markdown) | *["$>].*/g, ""),
    );
    expect(plain).toEqual([
      ".github/nightly/require-target.sh",
      ".github/nightly/recall.sh",
      "npx mirrorpress fetch",
      "npx mirrorpress probe",
      "npx mirrorpress build --canary",
      "npx mirrorpress diff --markdown",
      "tar --create --zstd --file output.tar.zst output",
      "tar --extract --zstd --file output.tar.zst",
      ".github/nightly/publish-rsync.sh output",
    ]);
    expect(listed()).toEqual(NIGHTLY_MIRRORS);
    for (const heading of ["Fetched", "Mirrors", "Built", "Published"])
      expect(summary).toContain(`### ${heading}`);
  }, 120_000);

  it("publishes the same to a bucket", async () => {
    cpSync(join(import.meta.dirname, "fake-aws.sh"), join(folder, "bin", "aws"));
    chmodSync(join(folder, "bin", "aws"), 0o755);
    mkdirSync(join(folder, "s3"));
    const bucket = await run("s3", {});
    expect(bucket.ok, bucket.log).toBe(true);
    const at = join(folder, "s3", "bucket", "lists");
    const pointer = readFileSync(join(at, "current.json"), "utf8");
    expect(pointer).toBe(`{"generation":"${live()}"}\n`);
    const files = filesBelow(server("current"));
    expect(filesBelow(join(at, "generations", live()))).toEqual(files);
  }, 60_000);

  it("publishes the same to Pages, where every link leads somewhere, and again at a second try", async () => {
    const site = await startPages(join(folder, "store", "pages"), "/the-lists");
    try {
      writeFileSync(join(folder, "store", "pages-address"), `${site.address}/\n`);
      const pages = await run("pages", {});
      expect(pages.ok, pages.log).toBe(true);
      const live = await fetch(`${site.address}/manifest.json`);
      expect(await live.text()).toBe(readFileSync(server("current", "manifest.json"), "utf8"));
      const data = /^(?:manifest\.json|routes\.mmdb|networks\.mmdb|(?:index|lists|near)\/.*)$/;
      const held = filesBelow(join(folder, "store", "pages"));
      const files = filesBelow(server("current"));
      expect(held.filter((path) => data.test(path))).toEqual(
        files.filter((path) => data.test(path)),
      );
      expect(held.filter((path) => path.startsWith("nginx"))).toEqual([]);
      const { followed, lost } = await site.follow("/");
      // Who is asking, and what is near, a host of files cannot know.
      expect(lost.filter((path) => !path.startsWith("/the-lists/isolist/"))).toEqual([]);
      expect(followed.filter((path) => path.endsWith(".css")).length).toBeGreaterThan(0);
      expect(followed.length).toBeGreaterThan(5);

      attempt = 2;
      const again = await run("pages", {});
      expect(again.ok, again.log).toBe(true);
    } finally {
      attempt = 1;
      await site.close();
    }
  }, 60_000);

  it("publishes the second night, with what changed in its summary", async () => {
    const before = live();
    const { ok, log, summary } = await night();
    expect(ok, log).toBe(true);
    expect(live() > before).toBe(true);
    expect(summary).toMatch(/^#+ .*/m);
    expect(summary).toContain(before);
    expect(filesBelow(server("generations")).length).toBeGreaterThan(100);
  }, 120_000);

  it("keeps a mirror that fails for the first time", async () => {
    turn([DYING], "broken");
    const { ok, log } = await night();
    expect(ok, log).toBe(true);
    expect(listed()).toEqual(NIGHTLY_MIRRORS);
  }, 120_000);

  it("publishes without a mirror that fails again, and says so", async () => {
    const { ok, log, summary } = await night();
    expect(ok, log).toBe(true);
    expect(listed()).toEqual(NIGHTLY_MIRRORS.filter((name) => name !== DYING));
    expect(summary).toContain(DYING);
  }, 120_000);

  it("has it back when it answered for two nights", async () => {
    turn([DYING], "good");
    expect((await night()).ok).toBe(true);
    expect(listed()).not.toContain(DYING);
    expect((await night()).ok).toBe(true);
    expect(listed()).toEqual(NIGHTLY_MIRRORS);
  }, 120_000);

  it("holds a night that would lose many mirrors, and leaves what is live", async () => {
    turn(SIX, "stale");
    expect((await night()).ok).toBe(true);
    const before = live();
    // Of another cause than the first six, or all twelve would look like a fault of the origin.
    turn(SIX_MORE, "broken");
    const held = await night();
    expect(held).toMatchObject({ ok: false, exitCode: 3 });
    expect(held.commands.at(-1)).toContain("npx mirrorpress build");
    expect(held.summary).toMatch(/ {4}Not published in place of/);
    expect(held.summary).toMatch(/Two ways on:/);
    expect(held.summary).toContain("exit code 3");
    expect(held.summary).toContain('run the workflow by hand, for what was held with "accept"');
    expect(live()).toBe(before);
    expect(listed()).toEqual(NIGHTLY_MIRRORS);
  }, 120_000);

  it("refuses what is worse yet: a night that was held is nothing to compare with", async () => {
    const before = live();
    const refused = await night();
    expect(refused).toMatchObject({ ok: false, exitCode: 3 });
    digest = / --accept ([0-9a-f]{16}) /.exec(refused.summary)?.[1] ?? "";
    expect(digest).not.toBe("");
    expect(live()).toBe(before);
  }, 120_000);

  it("publishes what was refused by its digest alone, and without asking anew", async () => {
    const before = live();
    const asked = mirrors.asked.length;
    turn([...SIX, ...SIX_MORE], "good");
    expect(await night({ accept: true }, SAME_DAY)).toMatchObject({ ok: false, exitCode: 3 });
    const other = digest.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    expect(await night({ digest: other }, SAME_DAY)).toMatchObject({ ok: false, exitCode: 3 });
    expect(live()).toBe(before);
    const { ok, log } = await night({ digest }, SAME_DAY);
    expect(ok, log).toBe(true);
    expect(mirrors.asked.length).toBe(asked);
    const gone = new Set([...SIX, ...SIX_MORE]);
    expect(listed()).toEqual(NIGHTLY_MIRRORS.filter((name) => !gone.has(name)));
  }, 180_000);

  it("changes nothing when its own network is suspect", async () => {
    const before = live();
    turn(NIGHTLY_MIRRORS, "broken");
    turn(["control.example"], "broken");
    const suspect = await night();
    expect(suspect).toMatchObject({ ok: false, exitCode: 3 });
    expect(suspect.summary).toContain("suspect");
    expect(live()).toBe(before);
    turn(["control.example", ...NIGHTLY_MIRRORS], "good");
  }, 180_000);

  it("goes by the last good databases when MaxMind fails, and says so", async () => {
    maxmind.before = {
      door: (_, response) => {
        response.writeHead(503).end();
        return true;
      },
    };
    const { ok, log, summary } = await night();
    expect(ok, log).toBe(true);
    expect(summary).toMatch(/GeoLite2-City[^\n]*kept|kept[^\n]*GeoLite2-City/);
  }, 120_000);

  it("builds nothing where those are lost too, rather than with other databases", async () => {
    const before = live();
    rmSync(join(folder, "store", "cache"), { recursive: true });
    const { ok, summary } = await night();
    expect(ok).toBe(false);
    expect(summary).toContain("wants GeoLite2-City of MaxMind");
    expect(live()).toBe(before);
    maxmind.before = {};
    // Twelve mirrors are back, which is held. Who accepts it has the databases brought anew.
    const accepted = await night({ accept: true }, SAME_DAY);
    expect(accepted.ok, accepted.log).toBe(true);
    expect(accepted.summary).toMatch(/GeoLite2-City[^\n]*new/);
    expect(listed()).toEqual(NIGHTLY_MIRRORS);
  }, 120_000);

  it("takes many mirrors that fail together for our fault, unless told to believe it", async () => {
    const before = live();
    const together = NIGHTLY_MIRRORS.filter((_, at) => at % 4 === 0);
    turn(together, "broken");
    const suspect = await night();
    expect(suspect).toMatchObject({ ok: false, exitCode: 3 });
    expect(suspect.summary).toContain('with "believe" ticked');
    expect(live()).toBe(before);
    const believed = await night({ believe: true });
    expect(believed.ok, believed.log).toBe(true);
    expect(believed.commands.some((each) => each.includes("--accept"))).toBe(true);
    expect(live()).not.toBe(before);
    turn(together, "good");
  }, 180_000);
});
