/** The program as a process: what the shell and the reader of a pipe see of it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { version } from "../../src/cli/version.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PROGRAM = join(ROOT, "dist", "src", "cli.js");
if (!existsSync(PROGRAM)) throw new Error("compile first: npm run compile");

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: join(ROOT, "test"),
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
  });
  return { status, stdout, stderr };
}

describe("mirrorpress", () => {
  test("--version says package.json's", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(version).toBe(manifest.version);
    expect(run(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("--help names every command, option and exit code on stdout", () => {
    const { status, stdout, stderr } = run(["--help"]);
    expect(status).toBe(0);
    expect(stderr).toBe("");
    for (const word of [
      "build",
      "check",
      "explain",
      "load",
      "preview",
      "probe",
      "rollback",
      "prune",
      "generations",
      "--config",
      "--built-at",
      "70",
    ]) {
      expect(stdout).toContain(word);
    }
  });

  test("without a command shows its help and fails", () => {
    expect(run([])).toMatchObject({ status: 2, stdout: "" });
  });

  test.each([
    ["an unknown command, with the one that was meant", ["biuld"], "Did you mean build?"],
    ["an unknown option, with the one that was meant", ["build", "--jsn"], "Did you mean --json?"],
    ["an argument too many", ["build", "x"], "too many arguments"],
    ["a missing argument", ["explain"], "missing required argument"],
    ["a time that is none", ["build", "--built-at", "soon"], '--built-at "soon" is not a time'],
    ["a port that is none", ["preview", "--port", "http"], "is not a port"],
  ])("refuses %s", (_what, args, words) => {
    const { status, stdout, stderr } = run(args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(words);
  });

  test("takes its options before and after the command", () => {
    for (const args of [
      ["--built-at", "soon", "explain", "FR"],
      ["explain", "FR", "--built-at", "soon"],
    ]) {
      expect(run(args).stderr).toContain("is not a time");
    }
  });

  test("colours nothing in a pipe, whatever the environment asks", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(run(["build", "--built-at", "x"], { FORCE_COLOR: "1" }).stderr).not.toMatch(/\u001b/);
  });

  test("ends quietly when the reader of its output has left", () => {
    const script = `"${process.execPath}" "${PROGRAM}" --help | head -c 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^U0\n$/);
  });
});
