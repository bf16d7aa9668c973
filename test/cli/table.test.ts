import { describe, expect, test } from "vitest";
import { renderTable, visibleWidth } from "../../src/cli/table.ts";
import { painter } from "../../src/cli/terminal.ts";

describe("renderTable", () => {
  test("puts numbers to the right, text to the left, nothing at the end of a line", () => {
    expect(
      renderTable([
        ["mirrors", 89, "in 58 countries"],
        ["networks", 14_812_345, undefined],
      ]),
    ).toEqual(["mirrors           89  in 58 countries", "networks  14,812,345"]);
  });

  test("puts a column of text to the right when asked, and indents", () => {
    expect(
      renderTable(
        [
          ["a", "1 ms"],
          ["bb", "12.3 s"],
        ],
        { indent: 2, right: [1] },
      ),
    ).toEqual(["  a     1 ms", "  bb  12.3 s"]);
  });

  test("does not count colours and combining marks as width", () => {
    const red = painter(true).red("ab");
    expect(visibleWidth(red)).toBe(2);
    expect(visibleWidth("Sa\u0303o")).toBe(3);
    expect(
      renderTable([
        [red, 1],
        ["abc", 2],
      ])[0],
    ).toBe(`${red}   1`);
  });

  test("of no rows is no line", () => expect(renderTable([])).toEqual([]));
});
