import { describe, expect, it } from "vitest";
import { code, codeBlock, markdownTable } from "../../src/cli/markdown.ts";
import { given, joined, markdownText, phrase, plainText } from "../../src/cli/phrase.ts";
import { seededRandom } from "../support/random.ts";

/** What would be markup, a link, a mention, HTML or a command to a runner if it got through. */
const NASTY = [
  ..."`|\\*_[]()<>!#@&:~-+=\n\r\t \u0000\u001b\u202e\u200b\u2028",
  "```",
  "~~~",
  "\n::error::",
  "@octocat",
  "https://evil.example",
  "<img src=x onerror=1>",
  "&#96;",
  "\n\n# h",
  "a",
  "Ünïcode",
];

function nastyTexts(seed: number): readonly string[] {
  const random = seededRandom(seed);
  return Array.from({ length: 2000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 8) }, () => {
      return NASTY[Math.floor(random() * NASTY.length)];
    }).join(""),
  );
}

describe("code", () => {
  it("is one code span on one line and in one cell, whatever the text", () => {
    for (const text of nastyTexts(1)) {
      const span = code(text);
      // Between two single backticks nothing but backticks has a meaning, and in a table bars.
      if (span !== "-") expect(span, JSON.stringify(text)).toMatch(/^`[^`|\n\r\t]+`$/);
      expect(span).not.toMatch(/[\p{Cc}\u202e\u200b\u2028]/u);
    }
  });

  it.each([
    ["mirror.example", "`mirror.example`"],
    ["a `b` | c", "`a \\u{60}b\\u{60} \\u{7c} c`"],
    ["two\nlines", "`two lines`"],
    ["turned \u202eround", "`turned \\u{202e}round`"],
    ["", "-"],
    [" \n", "-"],
  ])("%j is %j", (text, span) => expect(code(text)).toBe(span));
});

describe("codeBlock", () => {
  it("ends at its last line and not before, whatever the text", () => {
    for (const text of nastyTexts(2)) {
      const lines = codeBlock(text).split("\n");
      const fence = /^(`{3,})text$/.exec(lines[0] ?? "")?.[1] ?? "";
      expect(lines.at(-2)).toBe(fence);
      expect(lines.at(-1)).toBe("");
      // CommonMark 4.5: a closing fence has at least as many backticks as the opening one.
      const inside = lines.slice(1, -2);
      expect(inside.filter((line) => line.includes(fence))).toEqual([]);
    }
  });
});

describe("markdownTable", () => {
  it("has as many cells in each row as in its header", () => {
    for (const text of nastyTexts(3).slice(0, 200)) {
      const table = markdownTable(
        [
          ["a", "b"],
          [code(text), "1"],
        ],
        { right: [1] },
      );
      const rows = table.trimEnd().split("\n");
      expect(rows).toHaveLength(3);
      expect(rows.map((row) => row.split("|").length)).toEqual([4, 4, 4]);
    }
  });
});

describe("phrase", () => {
  const words = phrase`in ${given("Graz | `x`")}, ${phrase`by ${given("@me")}`} ${"twice"}`;

  it("is plain on a terminal", () => {
    expect(plainText(words)).toBe("in Graz | `x`, by @me twice");
  });

  it("has what others wrote as code in Markdown, within phrases too", () => {
    expect(markdownText(words)).toBe("in `Graz \\u{7c} \\u{60}x\\u{60}`, by `@me` twice");
  });

  it("keeps on one line, and steers no terminal", () => {
    expect(plainText(phrase`${given("a\nb\u001b[31m")}`)).toBe("a b\\u{1b}[31m");
  });

  it("joins phrases with something between", () => {
    const list = joined([phrase`${given("a")}`, phrase`b`, phrase`c`], ", ");
    expect(plainText(list)).toBe("a, b, c");
    expect(plainText(joined([], ", "))).toBe("");
  });
});
