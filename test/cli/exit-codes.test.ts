/**
 * How each command ends, as a process on a network of eight mirrors: its exit code, and with --json
 * one document on stdout, whatever comes of it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/errors.ts";
import { BUILT_AT, MIRROR_NAMES, writeSmallNetwork } from "../support/small-network.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "dist", "src", "cli.js");
if (!existsSync(PROGRAM)) throw new Error("compile first: npm run compile");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-exit-"));
  const copyOf = (name: string) => {
    cpSync(join(folder, "net"), join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const config = writeSmallNetwork(join(folder, "net"));
  const wrong = "name: wrong.example\naddress: {http: gopher://wrong.example/}\n";
  writeFileSync(join(copyOf("wrong"), "mirrors", "wrong.example.yml"), wrong);
  writeFileSync(join(copyOf("blind"), "mirrorpress.yml"), "geoip: {city: none.mmdb}\n");
  rmSync(join(copyOf("empty"), "mirrors"), { recursive: true });
  const built = run("build", "--config", config, "--no-canary");
  expect(built.status, built.stderr).toBe(0);
  const leave = (network: string, kept: readonly string[]) => {
    const mirrors = join(copyOf(network), "mirrors");
    for (const name of MIRROR_NAMES.filter((each) => !kept.includes(each))) {
      rmSync(join(mirrors, `${name}.yml`));
    }
  };
  leave("thinned", ["amsterdam.example", "nowhere.example"]);
  leave("drowned", ["under-water.example"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: readonly string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], SOURCE_DATE_EPOCH: String(BUILT_AT) },
  });
}

/** The command line behind `mirrorpress`, the exit code, and words of what is said. */
const ENDINGS: readonly (readonly [string, number, string])[] = [
  ["generations --config net/config.yml", 0, '"generations"'],
  ["check --config net/config.yml", 0, '"error": 0'],
  ["check net", 0, '"error": 0'],
  ["check net/mirrorpress.yml", 0, '"diagnostics": []'],
  ["explain 193.170.1.1 --config net/config.yml", 0, "ACONET"],
  ["explain AT --config net/config.yml", 0, "graz.example"],
  ["load --config net/config.yml", 0, "tokyo.example"],
  ["diff --config net/config.yml", 0, '"before": null'],
  ["diff --without tokyo.example --config net/config.yml", 0, "tokyo.example"],
  ["build --dry-run --no-canary --config net/config.yml", 0, '"generation"'],
  ["prune --config net/config.yml", 0, '"kept"'],
  ["review net/mirrors --no-probe --config net/config.yml", 0, '"files"'],
  ["probe --schema", 0, "mirrorpress state/probe.json"],
  ["fetch --schema", 0, "mirrorpress data/lock.json"],
  ["check wrong", 1, "url-wrong-scheme"],
  ["build --config drowned/config.yml", 1, "empty-list"],
  ["build --config none/config.yml", 2, "there is no such file"],
  ["build --config empty/config.yml", 2, "no-mirror-files"],
  ["build --config blind/config.yml", 2, "none.mmdb"],
  ["check none.yml", 2, "there is no"],
  ["explain nobody --config net/config.yml", 2, "neither an address"],
  ["explain AT --set none --config net/config.yml", 2, "list set"],
  ["load --mirror none --config net/config.yml", 2, "there is no mirror"],
  ["load --output none", 2, "Run mirrorpress build first"],
  ["diff a b --config net/config.yml", 2, "generation"],
  ["diff --without none --config net/config.yml", 2, "there is no mirror"],
  ["diff --set foo=5 --config net/config.yml", 2, "there is no setting"],
  ["rollback --config net/config.yml", 2, "before the current one"],
  ["rollback none --config net/config.yml", 2, "not the id of a generation"],
  ["prune --keep some --config net/config.yml", 2, "--keep"],
  ["review none --config net/config.yml", 2, "no such folder"],
  ["preview --port http --config net/config.yml", 2, "is not a port"],
  ["preview --output none", 2, "Run mirrorpress build first"],
  ["probe none --config net/config.yml", 2, "there is no mirror"],
  ["fetch none --config net/config.yml", 2, "there is nothing to fetch"],
  ["build --accept yes --config net/config.yml", 2, "is not a digest"],
  ["build --built-at soon", 2, "is not a time"],
  ["biuld", 2, "Did you mean build?"],
  ["explain", 2, "missing required argument"],
  ["build --config thinned/config.yml --output net/output", 3, '"published": false'],
];

describe("exit codes", () => {
  test.each(ENDINGS)("mirrorpress %s --json: %d", (line, exitCode, words) => {
    const { status, stdout, stderr } = run(...line.split(" "), "--json");
    expect(stdout + stderr).toContain(words);
    expect(status, stderr).toBe(exitCode);
    const document: unknown = JSON.parse(stdout);
    expect(keysOf(document).filter((key) => !KEY.test(key))).toEqual([]);
    if (exitCode !== EXIT.usage) return;
    expect(document).toMatchObject({ error: { kind: expect.any(String) }, exitCode });
    // People are told as well.
    expect(stderr).toMatch(/^error/m);
  });

  test("what failed has no result, in words", () => {
    expect(run("explain", "nobody")).toMatchObject({ status: 2, stdout: "" });
  });

  test("annotations keep check's", () => {
    const { status, stdout } = run("check", "--github", "wrong");
    expect(stdout).toContain("::error file=wrong/mirrors/wrong.example.yml,line=2");
    expect(status).toBe(1);
  });
});

/** `country-spread` is the name of a rule; the others are names of fields. */
const KEY = /^(?:\$?[a-z][A-Za-z0-9]*|country-spread)$/;

describe("a reader that has left", () => {
  const shell = (line: string) =>
    spawnSync("bash", ["--norc", "-c", `${line}; echo "exit codes \${PIPESTATUS[*]}"`], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], RUN: `${process.execPath} ${PROGRAM}` },
    });

  test("keeps no build from publishing", () => {
    const line = "$RUN build --no-canary --config net/config.yml --output left 2>&1 | head -n 1";
    const { stdout } = shell(line);
    expect(stdout).toContain("exit codes 0 0");
    expect(existsSync(join(folder, "left", "current", "manifest.json"))).toBe(true);
  });

  test("changes no exit code", () => {
    const { stdout, stderr } = shell("$RUN check wrong | head -c 1");
    expect(stdout).toContain("exit codes 1 0");
    expect(stderr).toBe("");
  });

  test.runIf(existsSync("/dev/full"))("is not a disk that is full", () => {
    const { stdout, stderr } = shell("$RUN generations --config net/config.yml >/dev/full");
    expect(stderr).toMatch(/^error: .*ENOSPC.*\n {2}while writing the result\n$/);
    expect(stdout).toContain("exit codes 2");
  });

  test.runIf(existsSync("/dev/full"))("of what is said besides is not missed", () => {
    const { stdout } = shell("$RUN explain nobody --config net/config.yml 2>/dev/full");
    expect(stdout).toContain("exit codes 2");
  });
});

/** Keys at any depth. */
function keysOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}
