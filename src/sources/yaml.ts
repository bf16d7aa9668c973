/**
 * YAML text into what was written. Every scalar is text (YAML's failsafe schema), every key is a
 * scalar, and anchors, aliases and tags are refused: no value is longer than what stands there.
 */
import {
  Composer,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLError,
} from "yaml";
import type { Report, SourceFile, SourceRange } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type {
  WrittenDocument,
  WrittenEntry,
  WrittenScalar,
  WrittenValue,
} from "../diagnostics/written.ts";

export interface YamlLimits {
  /** Levels of nesting. It also bounds the recursion of the composer and of this file. */
  readonly depth: number;
  /** Lexical parts: keys, values, colons, dashes, line ends, stretches of space. */
  readonly lexemes: number;
}

/** At most a quarter of a second's work. Of 530 real mirror files the largest has 230 lexemes, five deep. */
export const MIRROR_LIMITS: YamlLimits = { depth: 32, lexemes: 30_000 };
/** At most a second's work. AlmaLinux's config.yml has 2,848 lexemes, six deep. */
export const CONFIG_LIMITS: YamlLimits = { depth: 32, lexemes: 300_000 };

/** At most this many syntax errors of one file: the later ones mostly follow from the first. */
const MAX_SYNTAX_ERRORS = 3;

/** Null when the file holds no value or cannot be read as YAML; the reason is reported. */
export function parseYaml(
  file: SourceFile,
  report: Report,
  limits: YamlLimits,
): WrittenDocument | null {
  const tokens = tokensOf(file, report, limits);
  if (!tokens) return null;
  const composer = new Composer({
    schema: "failsafe",
    merge: false,
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document, second] = composer.compose(tokens, true, file.text.length);
  if (!document) return null;

  if (document.errors.length > 0) {
    for (const error of document.errors.slice(0, MAX_SYNTAX_ERRORS)) {
      reportSyntax(file, error, report);
    }
    return null;
  }
  if (second) {
    const start = file.text.lastIndexOf("---", second.contents?.range[0] ?? second.range[1]);
    const range = { start: Math.max(0, start), end: Math.max(0, start) + 3 };
    report(problem("yaml-many-documents", { file, range }, {}));
  }
  const root: Node | null = document.contents;
  if (!root || (isScalar(root) && textOf(root.value) === "")) {
    report(problem("yaml-empty", { file }, {}));
    return null;
  }
  const refused = firstRefused(root);
  if (refused) {
    const place = { file, range: rangeOf(refused.node) };
    report(problem("yaml-alias", place, { what: refused.what }));
    return null;
  }
  return { file, root: writtenOf(root) };
}

/**
 * The document's syntax tree, or null when it exceeds a limit. The parser keeps its open
 * collections on a stack of its own, so its length is watched between lexemes; only the composer,
 * which recurses, would fail on deep nesting (a fatal error of V8, not an exception).
 */
function tokensOf(file: SourceFile, report: Report, limits: YamlLimits) {
  const parser = new Parser();
  const tokens = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(file.text)) {
    tokens.push(...parser.next(lexeme));
    lexemes++;
    const deep = parser.stack.length > limits.depth;
    if (deep || lexemes > limits.lexemes) {
      const range = { start: parser.offset, end: parser.offset + 1 };
      const args = deep
        ? { limit: limits.depth, what: "levels" }
        : { limit: limits.lexemes, what: "parts" };
      report(problem("yaml-too-deep", { file, range }, args));
      return null;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

function reportSyntax(file: SourceFile, error: YAMLError, report: Report): void {
  const start = Math.min(error.pos[0], file.text.length);
  const range = { start, end: Math.min(Math.max(error.pos[1], start + 1), file.text.length) };
  const lineStart = file.text.lastIndexOf("\n", start - 1) + 1;
  const indent = /^[ \t]*/.exec(file.text.slice(lineStart))?.[0] ?? "";
  if (error.code === "TAB_AS_INDENT" || indent.includes("\t")) {
    const tab = lineStart + Math.max(0, indent.indexOf("\t"));
    const place = { file, range: { start: tab, end: lineStart + Math.max(indent.length, 1) } };
    const spaces = indent.length > 0 ? 2 * (indent.match(/\t/g)?.length ?? 1) : undefined;
    report(problem("yaml-tab", place, { spaces }));
    return;
  }
  const detail = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const remedy = SYNTAX_REMEDIES[error.code];
  report(problem("yaml-syntax", { file, range }, { detail, remedy }));
}

const SYNTAX_REMEDIES: Readonly<Record<string, string>> = {
  BAD_INDENT: "give all keys of one level the same indentation",
  BAD_SCALAR_START: "put the value in quotes",
  BLOCK_AS_IMPLICIT_KEY: 'put a value that holds ": " in quotes',
  MISSING_CHAR: "close the quote or bracket, or put a space after the colon",
  MULTILINE_IMPLICIT_KEY: 'write "key: value" on each line',
  UNEXPECTED_TOKEN: "look for a stray character on this line or the one before",
  BLOCK_IN_FLOW: "close the bracket before the next line",
};

interface Refused {
  readonly node: Node;
  readonly what: string;
}

/** In the order of the text. */
function firstRefused(root: Node): Refused | null {
  const open: Node[] = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (!isScalar(node) && !isCollection(node)) return { node, what: "an alias" };
    if (node.anchor) return { node, what: `an anchor ("&${node.anchor}")` };
    if (node.tag) return { node, what: "a tag" };
    if (isMap<Node, Node | null>(node)) {
      for (const { key, value } of node.items.toReversed()) {
        if (value) open.push(value);
        open.push(key);
      }
    } else if (isSeq<Node>(node)) {
      open.push(...node.items.toReversed());
    }
  }
  return null;
}

function writtenOf(node: Node): WrittenValue {
  const range = rangeOf(node);
  if (isMap<Node, Node | null>(node)) {
    const entries = node.items.map(({ key, value }): WrittenEntry => {
      const written = scalarOf(key);
      const empty = { start: written.range.end, end: written.range.end };
      return { key: written, value: value ? writtenOf(value) : emptyScalar(empty) };
    });
    return { kind: "map", range, entries };
  }
  if (isSeq<Node>(node)) return { kind: "list", range, items: node.items.map(writtenOf) };
  return scalarOf(node);
}

function scalarOf(node: Node): WrittenScalar {
  if (!isScalar(node)) return emptyScalar(rangeOf(node));
  const quoted = node.type === "QUOTE_SINGLE" || node.type === "QUOTE_DOUBLE";
  return { kind: "scalar", range: rangeOf(node), text: textOf(node.value), quoted };
}

function emptyScalar(range: SourceRange): WrittenScalar {
  return { kind: "scalar", range, text: "", quoted: false };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function rangeOf(node: Node): SourceRange {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
