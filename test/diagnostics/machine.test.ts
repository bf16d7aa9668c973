import { expect, test } from "vitest";
import { diagnosticsJson, githubAnnotation } from "../../src/diagnostics/machine.ts";
import { problem } from "../../src/diagnostics/problem.ts";
import { inReadingOrder, renderSummary } from "../../src/diagnostics/summary.ts";

const file = { path: "mirrors/a,b:c%.yml", text: "a: 1\n東b: 100%\n" };
const range = { start: 6, end: 7 };
const diagnostic = problem("bad-email", { file, range }, { text: "100%\r\n::error::x" });

test("diagnosticsJson: its whole shape", () => {
  expect(diagnosticsJson([diagnostic])).toEqual({
    counts: { error: 0, warning: 1, note: 0 },
    codes: [{ code: "bad-email", severity: "warning", title: "not an email address", count: 1 }],
    diagnostics: [
      {
        code: "bad-email",
        severity: "warning",
        title: "not an email address",
        message: '"100%\\u{d}\n::error::x" is not an email address',
        hint: "write it as admin@mirror.example",
        file: "mirrors/a,b:c%.yml",
        line: 2,
        column: 2,
        endLine: 2,
        endColumn: 3,
        args: { text: "100%\\u{d}\n::error::x" },
      },
    ],
  });
});

test("githubAnnotation: one line, with everything escaped", () => {
  expect(githubAnnotation(diagnostic)).toBe(
    "::warning file=mirrors/a%2Cb%3Ac%25.yml,line=2,col=2,endLine=2,endColumn=3," +
      "title=not an email address [bad-email]::" +
      '"100%25\\u{d}%0A::error::x" is not an email address%0Awrite it as admin@mirror.example',
  );
});

test("githubAnnotation: a note is a notice, and without a file there is no place", () => {
  expect(githubAnnotation(problem("no-mirror-files", {}, { folder: "m" }))).toMatch(
    /^::error title=no mirror files \[no-mirror-files\]::/,
  );
  expect(githubAnnotation(problem("empty-value", { file, range }, { key: "a" }))).toMatch(
    /^::notice file=/,
  );
});

test("githubAnnotation: over several lines there is no end column", () => {
  const over = problem("bad-email", { file, range: { start: 0, end: 7 } }, { text: "x" });
  expect(githubAnnotation(over)).toContain("line=1,col=1,endLine=2,title=");
});

test("renderSummary: errors first, then by number", () => {
  const note = problem("empty-value", {}, { key: "a" });
  const error = problem("yaml-empty", {}, {});
  expect(renderSummary([note, note, error], { color: false, width: 80 })).toBe(
    ["error    1  yaml-empty   empty file", "note     2  empty-value  empty value"].join("\n"),
  );
});

test("inReadingOrder: by file, place and code", () => {
  const at = (path: string, start: number) =>
    problem("bad-email", { file: { path, text: "abc" }, range: { start, end: 3 } }, { text: "" });
  const [a, b, c] = [at("a.yml", 1), at("a.yml", 2), at("b.yml", 0)];
  expect(inReadingOrder([c, b, a])).toEqual([a, b, c]);
});
