/**
 * TypeScript's text taken apart just far enough to say what a file imports and which words are code:
 * comments, strings, templates and regular expressions are told apart from the rest.
 */

export interface SourceText {
  /** The text with comments and the insides of strings and regular expressions blanked. */
  readonly code: string;
  /** Module specifiers of `import`, `export ... from` and `import()`, in file order. */
  readonly imports: readonly ImportOf[];
}

export interface ImportOf {
  readonly specifier: string;
  /** The text between `import` or `export` and `from`: what is taken. */
  readonly clause: string;
}

/** Throws when the text ends inside a string or a comment: then it was misread. */
export function readSourceText(text: string): SourceText {
  const { code, withStrings } = blank(text);
  const imports: (ImportOf & { readonly at: number })[] = [];
  const statement =
    /(?<![.\w$])(?:import|export)\b(?<clause>[\w\s{},*$]*?)(?:\bfrom\s*)?(?<quote>["'])(?<specifier>[^"']*)\k<quote>/g;
  const dynamic = /(?<![.\w$])import\s*\(\s*(?<quote>["'])(?<specifier>[^"']*)\k<quote>/g;
  for (const pattern of [statement, dynamic]) {
    for (const match of withStrings.matchAll(pattern)) {
      const { clause = "", specifier = "" } = match.groups ?? {};
      // A sentence inside a string may read like an import; its first word is blank in the code.
      if (!/^(?:import|export)/.test(code.slice(match.index))) continue;
      imports.push({ specifier, clause: clause.trim(), at: match.index });
    }
  }
  imports.sort((a, b) => a.at - b.at);
  return { code, imports: imports.map(({ specifier, clause }) => ({ specifier, clause })) };
}

/**
 * What may stand right before a "/" that opens a regular expression and not a division; a "!" behind
 * a value asserts that it is there.
 */
const BEFORE_REGEX =
  /(?:^|[(,=:[&|?{};+\-*%~^<>]|(?<![\w\])])!|\b(?:return|typeof|case|in|of|do|else))\s*$/;

type Kind = "code" | "comment" | "string";

function blank(text: string): { readonly code: string; readonly withStrings: string } {
  let code = "";
  let withStrings = "";
  let index = 0;
  /** Braces open in the code of each template that is being read, innermost last. */
  const templates: number[] = [];

  const spaces = (part: string): string => part.replace(/[^\n]/g, " ");
  const take = (length: number, kind: Kind): void => {
    const part = text.slice(index, index + length);
    code += kind === "code" ? part : spaces(part);
    withStrings += kind === "comment" ? spaces(part) : part;
    index += length;
  };
  const takeMatch = (pattern: RegExp, kind: Kind): void => {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    if (match === null) throw new Error(`unfinished ${kind} at offset ${index}`);
    take(match[0].length, kind);
  };
  const takeTemplate = (): void => {
    takeMatch(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y, "string");
    if (text[index] === "`") {
      take(1, "string");
    } else if (text.startsWith("${", index)) {
      take(2, "string");
      templates.push(0);
    } else {
      throw new Error(`unfinished template at offset ${index}`);
    }
  };

  while (index < text.length) {
    const two = text.slice(index, index + 2);
    const one = text[index];
    const depth = templates.at(-1);
    if (two === "//" || (two === "#!" && index === 0)) takeMatch(/[^\n]*/y, "comment");
    else if (two === "/*") takeMatch(/\/\*[\s\S]*?\*\//y, "comment");
    else if (one === '"') takeMatch(/"(?:[^"\\\n]|\\[\s\S])*"/y, "string");
    else if (one === "'") takeMatch(/'(?:[^'\\\n]|\\[\s\S])*'/y, "string");
    else if (one === "/" && BEFORE_REGEX.test(code.slice(-80))) {
      takeMatch(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y, "string");
    } else if (one === "`") {
      take(1, "string");
      takeTemplate();
    } else if (one === "}" && depth === 0) {
      templates.pop();
      take(1, "string");
      takeTemplate();
    } else {
      if (depth !== undefined && one === "{") templates[templates.length - 1] = depth + 1;
      if (depth !== undefined && one === "}") templates[templates.length - 1] = depth - 1;
      takeMatch(/[^/"'`{}]+|[\s\S]/y, "code");
    }
  }
  if (templates.length > 0) throw new Error("unfinished template at the end");
  return { code, withStrings };
}
