/** A diagnostic in words: the catalogue's sentences with what they are filled with. */

import type { CatalogueEntry } from "./catalogue/entry.ts";
import { catalogue } from "./catalogue.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { INVISIBLE } from "./invisible.ts";

export interface Wording {
  readonly title: string;
  readonly message: string;
  /** Absent when no hint can be filled. */
  readonly hint?: string;
}

/** Plain text without control characters, whatever the arguments hold. */
export function wordingOf({ code, args }: Diagnostic): Wording {
  const entry: CatalogueEntry = catalogue[code];
  const hint = entry.hints.map((text) => fill(text, args)).find((text) => text !== null);
  return {
    title: entry.title,
    message: fill(entry.message, args) ?? entry.message,
    ...(hint && { hint }),
  };
}

/** Null when a placeholder has no argument. */
function fill(sentence: string, args: Diagnostic["args"]): string | null {
  let missing = false;
  const text = sentence.replace(/\{([A-Za-z]+)\}/g, (_, name: string) => {
    const value = args[name];
    if (value === undefined) missing = true;
    return visible(String(value));
  });
  return missing ? null : text;
}

/**
 * Text that cannot steer a terminal or turn the direction of writing: such characters, and those
 * that take no room, are shown as "\u{202e}". Line ends and tabs are left alone.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

const UNSAFE = new RegExp(`(?![\\n\\t])${INVISIBLE.source}`, "gu");
