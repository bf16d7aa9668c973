/** Sentences in which our own words and text that others wrote stay told apart. */
import { visible } from "../diagnostics/wording.ts";
import { code } from "./markdown.ts";

interface Given {
  readonly given: string;
}

export type Phrase = readonly (string | Given)[];

/**
 * phrase`placed in ${given(city)}`; what is not marked as given is ours, such as numbers, or a
 * phrase.
 */
export function phrase(
  words: TemplateStringsArray,
  ...values: readonly (string | Given | Phrase)[]
): Phrase {
  return words.flatMap((word, at) => {
    const value = values[at];
    return value === undefined ? [word] : [word, ...(Array.isArray(value) ? value : [value])];
  });
}

/** Text that a contributor or a server wrote. */
export function given(text: string): Given {
  return { given: text };
}

/** With something between them. */
export function joined(phrases: readonly Phrase[], between: string): Phrase {
  return phrases.flatMap((each, at) => (at === 0 ? each : [between, ...each]));
}

export function plainText(words: Phrase): string {
  return words
    .map((word) => (typeof word === "string" ? word : visible(word.given).replace(/[\n\t]/g, " ")))
    .join("");
}

export function markdownText(words: Phrase): string {
  return words.map((word) => (typeof word === "string" ? word : code(word.given))).join("");
}
