import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { problem } from "../../src/diagnostics/problem.ts";
import { renderFrame } from "../../src/diagnostics/render.ts";
import { columnsOf } from "../../src/diagnostics/width.ts";

const plain = { color: false, width: 80 };

function pointAt(text: string, part: string): Diagnostic {
  const start = text.indexOf(part);
  const range = { start, end: start + part.length };
  return problem("bad-email", { file: { path: "m.yml", text }, range }, { text: "x" });
}

/** What stands above the carets, by columns of a terminal. */
function marked(frame: string): string {
  const lines = frame.split("\n");
  const caretLine = lines.find((line) => /\| +\^+$|\| \^+$/.test(line)) ?? "";
  const source = lines[lines.indexOf(caretLine) - 1] ?? "";
  const from = caretLine.indexOf("^");
  let shown = "";
  let column = 0;
  for (const character of source) {
    if (column >= from && column < caretLine.length) shown += character;
    column += columnsOf(character);
  }
  return shown;
}

test("renderFrame: the whole frame", () => {
  const text = "name: m.example\naddress:\n  http: http://m.example/\nemail: nobody\n";
  expect(renderFrame(pointAt(text, "nobody"), plain)).toBe(
    [
      'warning[bad-email]: "x" is not an email address',
      " --> m.yml:4:8",
      "  |",
      "4 | email: nobody",
      "  |        ^^^^^^",
      "  = help: write it as admin@mirror.example",
    ].join("\n"),
  );
});

test("renderFrame: the bar is aligned for lines of several digits", () => {
  const text = `${"\n".repeat(99)}email: nobody`;
  expect(renderFrame(pointAt(text, "nobody"), plain).split("\n").slice(1, 4)).toEqual([
    "   --> m.yml:100:8",
    "    |",
    "100 | email: nobody",
  ]);
});

test("renderFrame: without a range the file, without a file neither", () => {
  const file = { path: "m.yml", text: "" };
  const lines = (d: Diagnostic) => renderFrame(d, plain).split("\n");
  expect(lines(problem("yaml-empty", { file }, {}))[1]).toBe("--> m.yml");
  expect(lines(problem("no-mirror-files", {}, { folder: "mirrors" }))).toHaveLength(2);
});

describe("renderFrame: the caret stays under what it points at", () => {
  test.each([
    ["tabs", "\tsponsor:\tnobody\there", "nobody"],
    ["wide characters", "sponsor: 東京大学 nobody", "nobody"],
    ["emoji", "sponsor: 🚀🚀 nobody", "nobody"],
    ["combining marks", "sponsor: e\u0301e\u0301 nobody", "nobody"],
    ["wide characters inside", "sponsor: a 東京 b", "東京"],
    ["CRLF", "sponsor: x\r\nemail: nobody\r\n", "nobody"],
    ["the first line", "nobody", "nobody"],
  ])("after %s", (_, text, part) => {
    expect(marked(renderFrame(pointAt(text, part), plain))).toBe(part);
  });

  test("an empty range and the end of the file get one caret", () => {
    const file = { path: "m.yml", text: "a: b" };
    for (const start of [2, 4]) {
      const at = problem("bad-email", { file, range: { start, end: start } }, { text: "x" });
      expect(renderFrame(at, plain)).toMatch(/\| +\^\n/);
    }
  });
});

test("renderFrame: a wide character is two columns, a combining mark none, a tab goes to a stop of four", () => {
  const caretLine = (text: string) => renderFrame(pointAt(text, "x"), plain).split("\n")[4];
  expect(caretLine("東京x")).toBe("  |     ^");
  expect(caretLine("🚀x")).toBe("  |   ^");
  expect(caretLine("e\u0301x")).toBe("  |  ^");
  expect(caretLine("\tx")).toBe("  |     ^");
  expect(caretLine("abc\tx")).toBe("  |     ^");
  expect(caretLine("abcd\tx")).toBe("  |         ^");
});

describe("renderFrame: long lines are cut around what is pointed at", () => {
  const before = "before ".repeat(40);
  const after = " after".repeat(40);

  test.each([
    ["in the middle", `${before}nobody${after}`],
    ["at the start", `nobody${after}`],
    ["at the end", `${before}nobody`],
  ])("%s", (_, text) => {
    const frame = renderFrame(pointAt(text, "nobody"), plain);
    expect(marked(frame)).toBe("nobody");
    for (const line of frame.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(80);
    expect(frame).toContain("...");
  });

  test("when what is pointed at is itself too long", () => {
    const text = `a: ${"x".repeat(500)} b`;
    const frame = renderFrame(pointAt(text, "x".repeat(500)), plain);
    expect(marked(frame)).toMatch(/^x+$/);
    for (const line of frame.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(80);
  });

  test("whatever stands there, no line is wider than the terminal", () => {
    const character = fc.constantFrom("a", " ", "\t", "東", "🚀", "e\u0301", "\u202e", "\u0007");
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 200 }),
        fc.array(character, { maxLength: 40 }),
        fc.array(character, { maxLength: 200 }),
        fc.integer({ min: 30, max: 120 }),
        (left, middle, right, width) => {
          const [a, b, c] = [left.join(""), middle.join(""), right.join("")];
          const range = { start: a.length, end: a.length + b.length };
          const file = { path: "m.yml", text: a + b + c };
          const frame = renderFrame(problem("bad-email", { file, range }, { text: "x" }), {
            color: false,
            width,
          });
          const [source = "", carets = ""] = frame.split("\n").slice(3, 5);
          expect(columnsOf(source)).toBeLessThanOrEqual(width);
          expect(columnsOf(carets)).toBeLessThanOrEqual(width);
          expect(carets).toMatch(/^ {2}\| *\^+$/);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must be absent
          expect(frame).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("renderFrame: colours only when asked for, and never out of the input", () => {
  const diagnostic = pointAt("email: \u001b[31mnobody\u202e", "\u001b[31mnobody\u202e");
  const sequence = "\u001b[";
  expect(renderFrame(diagnostic, plain)).not.toContain(sequence);
  expect(renderFrame(diagnostic, plain)).toContain("\\u{1b}[31mnobody\\u{202e}");
  const coloured = renderFrame(diagnostic, { color: true, width: 80 });
  expect(coloured).toContain(sequence);
  expect(coloured).not.toContain(`${sequence}31mnobody`);
});
