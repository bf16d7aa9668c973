/**
 * YAML text into what was written. Every scalar is text (YAML's failsafe schema), every key is a
 * scalar, and anchors, aliases and tags are refused: no value is longer than what stands there.
 */
import { Composer, isCollection, isMap, isScalar, isSeq, Lexer, type Node, Parser } from "yaml";
import type { Report, SourceFile, SourceRange } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type {
  WrittenDocument,
  WrittenEntry,
  WrittenScalar,
  WrittenValue,
} from "../diagnostics/written.ts";
import { reportSyntax } from "./yaml-syntax.ts";

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

/** Null when the file holds no value or cannot be read as YAML; the reason is reported. */
export function parseYaml(
  file: SourceFile,
  report: Report,
  limits: YamlLimits,
): WrittenDocument | null {
  const lexed = tokensOf(file, report, limits);
  if (!lexed) return null;
  const { tokens, openQuote } = lexed;
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
    reportSyntax(file, { errors: document.errors, openQuote }, report);
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
  const refused = firstRefused(root, file.text);
  if (refused) {
    const { range, what } = refused;
    report(problem("yaml-alias", { file, range }, { what }));
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
  let openQuote: number | undefined;
  for (const lexeme of new Lexer().lex(file.text)) {
    if (/^["']/.test(lexeme) && (lexeme.length < 2 || !lexeme.endsWith(lexeme.charAt(0)))) {
      openQuote ??= parser.offset;
    }
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
  return { tokens, openQuote };
}

interface Refused {
  readonly range: SourceRange;
  readonly what: string;
}

/** In the order of the text. */
function firstRefused(root: Node, text: string): Refused | null {
  const open: Node[] = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (!isScalar(node) && !isCollection(node)) return { range: rangeOf(node), what: "an alias" };
    if (node.anchor) {
      const range = propertyBefore(node, text, `&${node.anchor}`);
      return { range, what: `an anchor ("&${node.anchor}")` };
    }
    if (node.tag) return { range: propertyBefore(node, text, "!"), what: "a tag" };
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

/** An anchor or a tag; a node's own range begins behind them, perhaps on the next line. */
function propertyBefore(node: Node, text: string, mark: string): SourceRange {
  const range = rangeOf(node);
  const at = text.lastIndexOf(mark, range.start);
  if (at < 0) return range;
  const start = at - (/[^\s,[{]*$/.exec(text.slice(Math.max(0, at - 100), at))?.[0].length ?? 0);
  return { start, end: at + (/^[^\s,\]}]*/.exec(text.slice(at, at + 100))?.[0].length ?? 1) };
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
