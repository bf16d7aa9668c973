/**
 * HTML, with one way for text to get into it: a hole of the template tag `html`. What a hole may
 * hold and how it is written follows from where it stands:
 *
 *     <li title="${words}">            attribute: text
 *     <a href="${url}">                attribute: a web address, or a path of this site
 *     <b>${words}</b>                  text, or markup that `html` made
 *
 * Anywhere else (in a tag's name, an attribute without double quotes, a script, a handler) a hole
 * is a mistake in this program, and throws.
 */
import { INVISIBLE } from "../diagnostics/invisible.ts";

/** Markup that `html` made; nothing else can make it. */
export type Html = Markup;

export type Fragment = string | number | Html | readonly Html[];

class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export function html(strings: TemplateStringsArray, ...holes: readonly Fragment[]): Html {
  let text = strings[0] ?? "";
  let isInTag = endsInTag(text, false);
  for (let i = 0; i < holes.length; i++) {
    const before = strings[i] ?? "";
    const after = strings[i + 1] ?? "";
    text += isInTag
      ? attributeValue(holes[i] ?? "", before, after)
      : contentOf(holes[i] ?? "", before);
    text += after;
    isInTag = endsInTag(after, isInTag);
  }
  return new Markup(text);
}

/** Nothing, where a hole may stay empty. */
export const NOTHING: Html = html``;

/** A link, or the words alone where the address is none that a page may lead to. */
export function link(url: string | undefined, words: string): Html {
  return url !== undefined && isLinkable(url)
    ? html`<a href="${url}">${words}</a>`
    : html`${words}`;
}

/** Plain text in which web addresses become links. */
export function withLinks(text: string): readonly Html[] {
  return text
    .split(/(https?:\/\/[^\s()<>"',;]*[^\s()<>"',;.])/)
    .map((part, i) => (i % 2 === 1 ? link(part, part) : html`${part}`));
}

/**
 * Web addresses, those of rsync and FTP, and absolute paths of this site. Printable ASCII only:
 * what a browser would drop from an address before reading its scheme is not in it.
 */
export function isLinkable(url: string): boolean {
  return LINKABLE.test(url);
}

const LINKABLE =
  /^(?:(?:https?|rsync|ftp):\/\/|\/(?![/\\]))[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]*$/;

/** Templates of ours have no "<" or ">" in an attribute's value. */
function endsInTag(markup: string, wasInTag: boolean): boolean {
  const opened = markup.lastIndexOf("<");
  const closed = markup.lastIndexOf(">");
  return opened === closed ? wasInTag : opened > closed;
}

function attributeValue(value: Fragment, before: string, after: string): string {
  const [, name] = /\s([a-z-]+)="$/.exec(before) ?? [];
  if (name === undefined || !after.startsWith('"')) throw new HoleError(before);
  if (/^(?:on|style$|src(?:set|doc)$)/.test(name)) throw new HoleError(before);
  if (typeof value === "object") throw new HoleError(before);
  const text = String(value);
  if (/^(?:href|src|action|formaction)$/.test(name) && !isLinkable(text)) {
    throw new Error(`no address for a page to lead to: ${JSON.stringify(text)}`);
  }
  return escaped(text);
}

function contentOf(value: Fragment, before: string): string {
  if (/<(?:script|style|!--)[^>]*>?[^<]*$/i.test(before)) throw new HoleError(before);
  if (typeof value !== "object") return escaped(String(value));
  return Array.isArray(value) ? value.map(markupOf).join("") : markupOf(value);
}

/** What the types promise, asked again: an object that JSON.parse gave could hold anything. */
function markupOf(value: unknown): string {
  if (value instanceof Markup) return value.toString();
  throw new Error("a page was given something else than markup");
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (c) => ENTITIES[c] ?? "\ufffd") : text;
}

/** Characters that would steer the page or the direction of its text show as U+FFFD. */
const SPECIAL = new RegExp(`[&<>"'\`]|${INVISIBLE.source}`, "u");
const SPECIALS = new RegExp(SPECIAL.source, "gu");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

class HoleError extends Error {
  constructor(before: string) {
    super(`nothing can be put here in HTML: ${JSON.stringify(before.slice(-40))}`);
    this.name = "HoleError";
  }
}
