import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../src/diagnostics/catalogue.ts";
import { violations } from "./support/architecture.ts";
import { readSourceText } from "./support/source-text.ts";

const SRC = join(import.meta.dirname, "..", "src");

const TEST = import.meta.dirname;
const sources = typescriptFiles(SRC);

describe("the architecture", () => {
  test("holds in every file", () => {
    expect(sources.length).toBeGreaterThan(40);
    const found = sources.flatMap((path) =>
      violations(path, readFileSync(join(SRC, path), "utf8")),
    );
    expect(found).toEqual([]);
  });

  test("has no circular import", () => {
    const graph = new Map(
      sources.map((path) => [
        path,
        readSourceText(readFileSync(join(SRC, path), "utf8"))
          .imports.filter(({ specifier }) => specifier.startsWith("."))
          .map(({ specifier }) => join(path, "..", specifier)),
      ]),
    );
    expect(findCycle(graph)).toBeNull();
  });
});

describe("every diagnostic code", () => {
  const textOf = (folder: string, path: string) => readFileSync(join(folder, path), "utf8");
  const code = sources
    .filter((path) => !path.startsWith("diagnostics/"))
    .map((path) => textOf(SRC, path))
    .join("\n");
  // The example network's test names codes that it lets pass.
  const tests = typescriptFiles(TEST)
    .filter((path) => !path.startsWith("examples/"))
    .map((path) => textOf(TEST, path))
    .join("\n");
  const mentions = (text: string, word: string) =>
    text.includes(`"${word}"`) || text.includes(`\n  ${word}: `);

  test("is reported by some stage", () => {
    const unused = Object.keys(catalogue).filter((name) => !mentions(code, name));
    expect(unused).toEqual([]);
  });

  test("has a sample: a test that brings it about by name", () => {
    const untried = Object.keys(catalogue).filter((name) => !mentions(tests, name));
    expect(untried).toEqual([]);
  });
});

describe("the checker of the architecture catches", () => {
  test.each([
    ["an import against the table", "ip/a.ts", 'import { x } from "../mmdb/tree.ts";'],
    ["one of a type", "geo/a.ts", 'import type { X } from "../ip/prefix.ts";'],
    ["one over several lines", "rank/a.ts", 'import {\n  a,\n  b,\n} from "../routes/table.ts";'],
    ["one for its effect", "model/a.ts", 'import "../sources/yaml.ts";'],
    ["a dynamic one", "routes/a.ts", 'await import("../emit/lists.ts");'],
    [
      "one of the databases outside emit/routes-database.ts",
      "emit/a.ts",
      'import { x } from "../mmdb/write.ts";',
    ],
    [
      "more of emit than artifacts in publish",
      "publish/a.ts",
      'import { x } from "../emit/lists.ts";',
    ],
    ["the command line below itself", "build.ts", 'import { x } from "./cli/table.ts";'],
    ["an import from outside of src", "build.ts", 'import { x } from "../test/a.ts";'],
    ["files in a pure folder", "emit/a.ts", 'import { readFileSync } from "node:fs";'],
    [
      "randomness of node:crypto",
      "emit/a.ts",
      'import { createHash, randomBytes } from "node:crypto";',
    ],
    ["files where others read them", "inputs/a.ts", 'import { existsSync } from "node:fs";'],
    ["files in the pipeline", "build.ts", 'import { readFileSync } from "node:fs";'],
    ["a process where others run them", "answers/a.ts", 'import "node:child_process";'],
    ["a question of the pipeline", "answers/a.ts", 'import { x } from "../build.ts";'],
    ["the network in a pure folder", "ip/a.ts", 'import net from "node:net";'],
    ["the process", "rank/a.ts", "const x = process.env.HOME;"],
    ["the process by brackets", "rank/a.ts", 'const x = process["env"];'],
    ["the clock", "routes/a.ts", "const t = Date.now();"],
    ["the clock by a constructor", "emit/a.ts", "const t = new Date();"],
    ["the clock by a bare constructor", "emit/a.ts", "const t = new Date;"],
    ["the clock where files are read", "sources/a.ts", "const t = Date.now();"],
    ["the clock in the pipeline", "build.ts", "const t = Date.now();"],
    ["randomness", "geo/a.ts", "const r = Math.random();"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the text under test
    ["the console in a template", "model/a.ts", "const s = `a ${console.log(1)} b`;"],
    ["a default export", "ip/a.ts", "export default 1;"],
    ["a barrel", "ip/a.ts", 'export * from "./prefix.ts";'],
    ["a re-export by name", "ip/a.ts", 'export { a } from "./prefix.ts";'],
    ["an enum", "ip/a.ts", "const enum Family { Four }"],
    ["any", "ip/a.ts", "function f(x: any) {}"],
    ["an array of any", "ip/a.ts", "let x: Array<any>;"],
    ["a cast to any", "ip/a.ts", "f(x as any);"],
  ])("%s", (_what, path, text) => expect(violations(path, text)).toHaveLength(1));

  test("a circular import", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["a"]],
    ]);
    expect(findCycle(graph)).toEqual(["a", "b", "c", "a"]);
  });
});

describe("the checker of the architecture lets pass", () => {
  test.each([
    ["what the table allows", "rank/a.ts", 'import type { Mirror } from "../model/mirror.ts";'],
    [
      "the writer of databases for routes",
      "emit/routes-database.ts",
      'import { x } from "../mmdb/write.ts";',
    ],
    ["hashes in emit", "emit/a.ts", 'import { createHash } from "node:crypto";'],
    ["files where files are read", "sources/a.ts", 'import { openSync } from "node:fs";'],
    ["a date that is given", "emit/a.ts", "const d = new Date(seconds * 1000);"],
    ["words in comments", "ip/a.ts", "// process.env, Date.now(), any\n/* console.log */"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the text under test
    ["words in strings", "ip/a.ts", "const s = \"a 'bug' : any\" + `console.log ${1} Date.now()`;"],
    [
      "words in a regular expression",
      "ip/a.ts",
      "const r = /[\"'/]process.x/;\nconst q = a / b / c;",
    ],
    ["a division after an assertion", "ip/a.ts", "const q = a[0]! / b! / f()! / 'x';"],
    ["a negated regular expression", "ip/a.ts", "const q = !/'any/.test(a) || !/\"/.test(b);"],
    ["an import in a string", "ip/a.ts", "const s = 'import { x } from \"../mmdb/tree.ts\"';"],
    ["a member called process", "ip/a.ts", "this.process.run();"],
    ["the clock of the command line", "cli.ts", "const t = Date.now();"],
  ])("%s", (_what, path, text) => expect(violations(path, text)).toEqual([]));
});

/** A path that returns to its start, or null. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): readonly string[] | null => {
    if (finished.has(node)) return null;
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    finished.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle) return cycle;
  }
  return null;
}

/** Paths below a folder, in code-point order. */
function typescriptFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .sort();
}
