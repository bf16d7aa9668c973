/** The report on a pull request from the workflow's own file, on a good and on a hostile contribution. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Behaviour, type FakeMirrors, startFakeMirrors } from "../support/fake-mirrors.ts";
import { BUILT_AT, vienneseMirror, writeSmallNetwork } from "../support/small-network.ts";
import type { World } from "./nightly-entry.ts";
import { readWorkflow } from "./rules.ts";
import { type JobResult, runJob, writePrograms } from "./runner.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const WORKFLOW = join(ROOT, ".github", "workflows", "pull-request.yml");
const ENTRY = join(ROOT, "dist", "test/workflows/nightly-entry.js");
const NOW = BUILT_AT * 1000;

let folder: string;
let mirrors: FakeMirrors;
const behaviours = new Map<string, Behaviour>();
beforeEach(async () => {
  if (!existsSync(ENTRY)) throw new Error("compile first: npm run compile");
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-pull-"));
  behaviours.clear();
  behaviours.set("control.example", "good").set("wien.example", "good");
  mirrors = await startFakeMirrors(behaviours, () => NOW);
  const settings = `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
probe: {control: ["http://control.example:${mirrors.port}/"], isos: [], request_time: 2s}
`;
  writeSmallNetwork(join(folder, "base"), { files: { "mirrorpress.yml": settings } });
  cpSync(join(folder, "base"), join(folder, "head"), { recursive: true });
  writePrograms(join(folder, "bin"), join(folder, "store"), ENTRY);
});
afterEach(async () => {
  await mirrors.close();
  rmSync(folder, { recursive: true });
});

/** A file of the pull request; one that ends in "/" is what the head is a link to. */
function contribute(path: string, text: string): void {
  const file = join(folder, "head", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const viennese = (name: string, more?: string) => vienneseMirror(name, mirrors.port, more);

const head = () => join(folder, "head");

function git(...args: readonly string[]): string {
  const own = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "safe.directory=*"];
  const ended = spawnSync("git", [...own, ...args], { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return ended.stdout.trim();
}

/** The base and, made with it, the merge; the hash of each. */
function commitBoth(): { readonly base: string; readonly merge: string } {
  const commit = (message: string) => {
    git("-C", head(), "add", "--all");
    git("-C", head(), "commit", "--quiet", "--allow-empty", "--message", message);
    return git("-C", head(), "rev-parse", "HEAD");
  };
  git("init", "--quiet", join(folder, "base"));
  cpSync(join(folder, "base", ".git"), join(head(), ".git"), { recursive: true });
  git("-C", head(), "--work-tree", join(folder, "base"), "add", "--all");
  git("-C", head(), "commit", "--quiet", "--message", "the base");
  const base = git("-C", head(), "rev-parse", "HEAD");
  rmSync(join(folder, "base", ".git"), { recursive: true });
  return { base, merge: commit("the merge") };
}

/** What a checkout by the workflow's inputs takes, by git itself. */
function checkoutSparsely(path: string, to: string): void {
  const { with: inputs } =
    readWorkflow(readFileSync(WORKFLOW, "utf8")).jobs["review"]?.steps.find(
      (step) => step.with?.["path"] === path,
    ) ?? {};
  const depth = String(inputs?.["fetch-depth"] ?? 1);
  git("clone", "--quiet", "--no-checkout", "--depth", depth, `file://${head()}`, to);
  const patterns = String(inputs?.["sparse-checkout"]).trim().split("\n");
  expect(inputs?.["sparse-checkout-cone-mode"]).toBe(false);
  git("-C", to, "sparse-checkout", "set", "--no-cone", ...patterns);
  git("-C", to, "checkout", "--quiet");
}

async function run(): Promise<JobResult> {
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  const { base, merge } = commitBoth();
  const world: World = { now: NOW };
  writeFileSync(join(folder, "world.json"), JSON.stringify(world));
  return runJob({
    workflow: WORKFLOW,
    job: "review",
    workspace,
    store: join(folder, "store"),
    runId: 1,
    prepared: ["npm ci", "npm run --silent compile"],
    expressions: { "github.sha": merge },
    env: {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      HOME: folder,
      TEST_WORLD: join(folder, "world.json"),
    },
    checkout: (path, ref) => {
      expect(ref).toBe(path === "" ? base : merge);
      if (path !== "") return checkoutSparsely(path, join(workspace, path));
      // An action empties the folder of a checkout that was none.
      rmSync(workspace, { recursive: true });
      cpSync(join(folder, "base"), workspace, { recursive: true });
    },
  });
}

describe("the workflow of pull requests", () => {
  it("says what a good mirror file would do, and ends green", async () => {
    contribute("mirrors/europe/wien.example.yml", viennese("wien.example", "asn: 1853\n"));
    const { ok, log, summary } = await run();
    expect(ok, log).toBe(true);
    expect(summary).toContain("### `mirrors/europe/wien.example.yml`: added");
    expect(summary).toMatch(/^\| answers \| yes \(/m);
    expect(summary).toMatch(/^\| placed \| `Vienna`, Austria, 48\.21, 16\.37: by its city/m);
    expect(summary).toMatch(
      /^\| effect \| becomes first choice for \d+\.\d\d% of IPv4 in Austria/m,
    );
    expect(summary).toMatch(/### These mirrors lose load\n[^#]*`aconet\.example`/);
  });

  it("points at what is wrong beside the lines, and ends red", async () => {
    behaviours.set("wien.example", "stale");
    contribute("mirrors/wien.example.yml", viennese("wien.example", "subnets: [10.0.0.0/8]\n"));
    const { ok, exitCode, log, summary } = await run();
    expect([ok, exitCode]).toEqual([false, 1]);
    expect(log).toMatch(/^::error file=mirrors\/wien\.example\.yml,line=7,/m);
    expect(log).toContain("something is to be mended: the report says what\n");
    expect(summary).toContain("its copy is out of date");
    expect(summary).toContain("error[subnet-reserved]");
  });

  it("runs nothing of a hostile contribution, reads nothing but its mirror files", async () => {
    const trap = (name: string) => `touch ${join(folder, "trapped")}-${name}`;
    const manifest = {
      name: "mirrorpress",
      bin: { mirrorpress: "trap.sh" },
      scripts: { preinstall: trap("npm"), compile: trap("compile") },
    };
    contribute("package.json", JSON.stringify(manifest));
    contribute(".npmrc", "script-shell=./trap.sh\n");
    for (const path of [
      "trap.sh",
      "node_modules/.bin/mirrorpress",
      ".github/nightly/summarise.sh",
    ]) {
      contribute(path, `#!/bin/sh\n${trap("program")}\n`);
      chmodSync(join(folder, "head", path), 0o755);
    }
    contribute("mirrors/package.json", JSON.stringify(manifest));
    contribute("mirrors/.gitattributes", "*.yml filter=trap\n");
    contribute("config.yml", "mirrors_dir: /etc\nversions: [1]\n");
    contribute("mirrorpress.yml", "geoip: {city: /etc/passwd}\nprobe: {state: /tmp/state}\n");
    contribute("mirrors/wien.example.yml", viennese("wien.example"));
    symlinkSync("/etc/passwd", join(folder, "head", "mirrors", "passwd.yml"));
    symlinkSync("/etc", join(folder, "head", "mirrors", "etc"));
    contribute("mirrors/ctrl\n::error::\u001b[2J`<b>`.yml", viennese("other.example"));
    contribute("mirrors/large.yml", `name: a\n#${"x".repeat(70_000)}\n`);
    contribute("mirrors/deep.yml", `a: ${"[".repeat(5000)}\n`);

    const { ok, exitCode, log, summary } = await run();
    expect([ok, exitCode], log).toEqual([false, 1]);
    const taken = join(folder, "workspace", "contribution");
    expect(existsSync(join(taken, "mirrors", "wien.example.yml"))).toBe(true);
    for (const path of [
      "package.json",
      "config.yml",
      ".npmrc",
      "trap.sh",
      "mirrors/package.json",
    ]) {
      expect(existsSync(join(taken, path)), path).toBe(false);
    }
    for (const name of ["npm", "compile", "program"]) {
      expect(existsSync(join(folder, `trapped-${name}`)), name).toBe(false);
    }
    expect(summary).toContain("`mirrors/wien.example.yml`: added");
    expect(summary).toContain("it is a link to outside the mirrors' folder");
    expect(log + summary).not.toContain("root:");
    // Annotations are the one kind of command that the log has, and each is ours.
    const commands = log.split("\n").filter((line) => /^\s*::|##\[/.test(line));
    expect(commands.length).toBeGreaterThan(3);
    expect(
      commands.every((line) => /^::(?:error|warning|notice) file=mirrors\/[^\n]*title=/.test(line)),
    ).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(log + summary).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    const ours = summary.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, "").replace(/`[^`\n]*`/g, "");
    expect(ours).not.toMatch(/[<>@`]|https?:|::/);
  });

  it("takes a folder of mirrors that is a link for none", async () => {
    rmSync(join(folder, "head", "mirrors"), { recursive: true });
    symlinkSync("/etc", join(folder, "head", "mirrors"));
    const { ok, exitCode, log } = await run();
    expect([ok, exitCode], log).toEqual([false, 2]);
    expect(log).toContain("there is no such folder");
  });
});
