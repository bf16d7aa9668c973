import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fillBlocks } from "./blocks.ts";

const block = (name: string, text: string) =>
  `<!-- output: ${name} -->\n\`\`\`\n${text}\`\`\`\n<!-- /output -->`;

it("fillBlocks replaces the blocks named and nothing else", () => {
  const page = (text: string) => `before\n${block("a", text)}\n${block("b", "kept\n")}\nafter\n`;
  expect(fillBlocks(page(""), new Map([["a", "$& new\n"]]))).toBe(page("$& new\n"));
  expect(fillBlocks(page("old\n"), new Map([["a", "new\n\n"]]))).toBe(page("new\n"));
  expect(() => fillBlocks(page(""), new Map([["c", ""]]))).toThrow("no block for c");
});

it("README.md shows the output of each command it promises", () => {
  const readme = readFileSync("README.md", "utf8");
  const blocks = [...readme.matchAll(/<!-- output: (.+?) -->\n```\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  for (const [, name, text] of blocks) expect([name, text]).not.toEqual([name, ""]);
});
