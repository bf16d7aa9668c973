/** The rules of ARCHITECTURE.md that a file can be held to by reading it. */
import { posix } from "node:path";
import { readSourceText } from "./source-text.ts";

/** What a folder may import of ours: folders, or single files of one. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  ip: [],
  mmdb: ["ip"],
  geo: [],
  diagnostics: [],
  sources: ["mmdb", "ip", "diagnostics"],
  gazetteer: ["geo"],
  model: ["gazetteer", "ip", "geo", "diagnostics"],
  rank: ["model", "ip", "geo"],
  routes: ["rank", "model", "ip"],
  emit: ["routes", "model", "ip", "geo"],
  net: ["ip"],
  probe: ["net", "model", "ip", "diagnostics"],
  fetch: ["net", "ip", "diagnostics"],
  compare: ["emit", "routes", "model", "mmdb", "ip"],
  canary: ["publish", "sources", "emit", "mmdb", "ip", "diagnostics"],
  publish: ["emit/artifact.ts", "diagnostics/environment.ts", "diagnostics/refusal.ts"],
  inputs: [
    ...["sources", "routes", "rank", "model", "gazetteer", "geo", "mmdb", "ip", "diagnostics"],
  ],
  generate: ["inputs", "sources", "emit", "routes", "rank", "model", "geo", "ip", "diagnostics"],
  refresh: [
    "inputs",
    "fetch",
    "probe",
    "net",
    "publish",
    "sources",
    "model",
    "mmdb",
    "diagnostics",
  ],
  answers: [
    ...["generate", "refresh", "inputs", "compare", "probe", "sources", "emit", "routes", "rank"],
    ...["model", "geo", "ip", "diagnostics"],
  ],
};

/** Files that may import more than their folder. */
const MAY_ALSO_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "emit/html.ts": ["diagnostics/invisible.ts"],
  "net/failure.ts": ["diagnostics/invisible.ts"],
  "emit/routes-database.ts": ["mmdb"],
  "emit/networks-database.ts": ["mmdb"],
  "publish/nginx.ts": ["emit/nginx-text.ts"],
};

/** These reach files, the network and the process; the command line alone has clock and console. */
const IMPURE = new Set([
  ...["sources", "net", "probe", "fetch", "refresh", "publish", "canary", "cli"],
  // These have the others reach them.
  ...["inputs", "answers", ""],
]);

/** What only the folders that reach files, the network and the process may import. */
const REACHING_BUILTIN =
  /^node:(?:fs|net|tls|https?2?|dns|dgram|child_process|worker_threads|cluster)(?:\/|$)/;
const REACH_THROUGH_OTHERS = new Set(["inputs", "answers", ""]);

/** Modules of Node that a pure folder may use, and what of them. */
const PURE_BUILTINS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  compare: { "node:crypto": /^\{ createHash \}$/ },
  diagnostics: { "node:util": /^\{ styleText \}$/ },
  emit: { "node:crypto": /^\{ createHash \}$/ },
  generate: { "node:path": /^/ },
  mmdb: { "node:buffer": /^\{ isUtf8 \}$/ },
};

const IMPURE_WORDS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["process", /(?<![.\w$])process\s*[.[]/],
  ["Date.now", /\bDate\s*\.\s*now\b/],
  ["new Date()", /\bnew\s+Date\s*(?:\(\s*\)|(?=[;,)\s]*$)|(?![\s(]))/m],
  ["performance", /(?<![.\w$])performance\s*\./],
  ["Math.random", /\bMath\s*\.\s*random\b/],
  ["console", /(?<![.\w$])console\s*[.[]/],
  ["a timer", /(?<![.\w$])set(?:Timeout|Interval|Immediate)\s*\(/],
  ["fetch", /(?<![.\w$])fetch\s*\(/],
];

const FORBIDDEN_WORDS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["a default export", /(?<![.\w$])export\s+default\b/],
  ["a re-export", /(?<![.\w$])export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/],
  ["an enum", /(?<![.\w$])enum\s+\w/],
  ["any", /(?:[:<,|&(]|\bas|=>)\s*any\b(?!\s*:)/],
];

/**
 * What a source breaks, one sentence each. `path` is below src/, with "/": "ip/prefix.ts",
 * "build.ts".
 */
export function violations(path: string, text: string): readonly string[] {
  const { code, imports } = readSourceText(text);
  const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
  const found: string[] = [];
  const reachesThroughOthers = REACH_THROUGH_OTHERS.has(folder) && path !== "cli.ts";
  const pure = !IMPURE.has(folder);
  for (const { specifier, clause } of imports) {
    if (specifier.startsWith(".")) {
      const target = posix.normalize(posix.join(posix.dirname(path), specifier));
      if (!mayImport(path, folder, target)) found.push(`${path} must not import ${target}`);
    } else if (pure && specifier.startsWith("node:")) {
      const allowed = PURE_BUILTINS[folder]?.[specifier];
      if (!allowed?.test(clause)) found.push(`${path} is pure and must not import ${specifier}`);
    } else if (reachesThroughOthers && REACHING_BUILTIN.test(specifier)) {
      found.push(`${path} must reach the world through others, and not import ${specifier}`);
    }
  }
  const inCommandLine = folder === "cli" || path === "cli.ts";
  for (const [name, pattern] of IMPURE_WORDS) {
    // The folders that reach the world have their reasons; time still comes as an argument.
    const held = pure || (!inCommandLine && /Date|random|console/.test(name));
    if (held && pattern.test(code)) found.push(`${path} must not use ${name}`);
  }
  for (const [name, pattern] of FORBIDDEN_WORDS) {
    if (pattern.test(code)) found.push(`${path} has ${name}`);
  }
  return found;
}

function mayImport(path: string, folder: string, target: string): boolean {
  if (target.startsWith("..")) return false;
  const targetFolder = target.includes("/") ? target.slice(0, target.indexOf("/")) : "";
  if (path === "cli.ts" || folder === "cli") return target !== "cli.ts";
  if (folder === "") return targetFolder !== "cli" && target !== "cli.ts";
  if (targetFolder === folder) return true;
  const allowed = [...(MAY_IMPORT[folder] ?? []), ...(MAY_ALSO_IMPORT[path] ?? [])];
  return allowed.some((item) => item === target || item === targetFolder);
}
