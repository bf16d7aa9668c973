import { describe, expect, test } from "vitest";
import { EXIT, UsageError } from "../../src/cli/errors.ts";
import { describeError } from "../../src/cli/failure.ts";
import { painter } from "../../src/cli/terminal.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { problem } from "../../src/diagnostics/problem.ts";
import { RefusedError } from "../../src/diagnostics/refusal.ts";

const plain = { errPaint: painter(false), columns: 80 };

describe("describeError", () => {
  test("says a wrong command line with its remedy", () => {
    expect(describeError(new UsageError("no", "write yes"), "build", plain)).toEqual({
      text: "error: no\n  help: write yes\n",
      json: { error: { kind: "usage", message: "no", remedy: "write yes" }, exitCode: 2 },
      exitCode: EXIT.usage,
    });
  });

  test("says what a safeguard found, and how to go on", () => {
    const error = new RefusedError("older\nthan \u001b[2J now", "Roll back.");
    expect(describeError(error, "build", plain)).toMatchObject({
      text: "refused: older\n  than \\u{1b}[2J now\n  help: Roll back.\n",
      exitCode: EXIT.refused,
    });
  });

  test("says what was being done when the environment refused", () => {
    const cause = new Error("ENOENT: no such file or directory, open 'x'");
    const error = new EnvironmentError("reading x", "check the path", cause);
    const message = "ENOENT: no such file or directory, open 'x'";
    expect(describeError(error, "build", plain)).toEqual({
      text: `error: ${message}\n  while reading x\n  help: check the path\n`,
      json: {
        error: { kind: "environment", message, remedy: "check the path", doing: "reading x" },
        exitCode: 2,
      },
      exitCode: EXIT.usage,
    });
    expect(error.cause).toBe(cause);
  });

  test("shows the input's errors where they are", () => {
    const file = { path: "config.yml", text: "config_version: 9\n" };
    const range = { start: 16, end: 17 };
    const error = new InputError([problem("config-version", { file, range }, { text: "9" })]);
    const { text, json, exitCode } = describeError(error, "build", plain);
    expect(exitCode).toBe(EXIT.findings);
    expect(json).toMatchObject({
      error: { kind: "input", counts: { error: 1 }, diagnostics: [{ code: "config-version" }] },
      exitCode: 1,
    });
    expect(text).toContain("error[config-version]");
    expect(text).toContain("--> config.yml:1:17");
  });

  test("tells what is missing from what is wrong by the exit code", () => {
    const missing = problem("geoip-unreadable", {}, { path: "a.mmdb", reason: "no such file" });
    expect(describeError(new InputError([missing]), "build", plain).exitCode).toBe(EXIT.usage);
  });

  test("calls anything else a bug of ours and gives what a report needs", () => {
    const { text, exitCode } = describeError(new RangeError("boom"), "build --json", plain);
    expect(exitCode).toBe(EXIT.bug);
    expect(text).toContain("a bug in this program");
    expect(text).toContain("command: build --json");
    expect(text).toContain("RangeError: boom");
    expect(text).toMatch(/\n +at /);
  });

  test("lets nothing that was typed steer the terminal", () => {
    const { text } = describeError(new UsageError('no "\u001b[2J\u202e"', ""), "", plain);
    expect(text).toBe('error: no "\\u{1b}[2J\\u{202e}"\n');
  });

  test("survives a thrown value that is no error", () => {
    expect(describeError("boom", "", plain).text).toContain("boom");
  });
});
