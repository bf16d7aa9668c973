import { describe, expect, test } from "vitest";
import { describeError, EXIT, UsageError } from "../../src/cli/errors.ts";
import { painter, plainText } from "../../src/cli/terminal.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";

const plain = painter(false);

describe("describeError", () => {
  test("says a wrong command line with its remedy", () => {
    expect(describeError(new UsageError("no", "write yes"), "build", plain)).toEqual({
      text: "error: no\n  help: write yes\n",
      exitCode: EXIT.usage,
    });
  });

  test("says what was being done when the environment refused", () => {
    const cause = new Error("ENOENT: no such file or directory, open 'x'");
    const error = new EnvironmentError("reading x", "check the path", cause);
    expect(describeError(error, "build", plain)).toEqual({
      text: "error: ENOENT: no such file or directory, open 'x'\n  while reading x\n  help: check the path\n",
      exitCode: EXIT.usage,
    });
    expect(error.cause).toBe(cause);
  });

  test("calls anything else a bug of ours and gives what a report needs", () => {
    const { text, exitCode } = describeError(new RangeError("boom"), "build --json", plain);
    expect(exitCode).toBe(EXIT.bug);
    expect(text).toContain("a bug in this program");
    expect(text).toContain("command: build --json");
    expect(text).toContain("RangeError: boom");
    expect(text).toMatch(/\n +at /);
  });

  test("survives a thrown value that is no error", () => {
    expect(describeError("boom", "", plain).text).toContain("boom");
  });
});

test("plainText takes out what could rewrite a terminal", () => {
  expect(plainText("a\u001b[31mb\u001b]0;title\u0007c\u202ed\r\ne\u0000")).toBe("abcde");
});
