/** What every page has around its content, and the words that several of them use. */
import { countryByCode } from "../geo/countries.ts";
import { sha256Hex } from "./artifact.ts";
import { type Html, html, NOTHING, withLinks } from "./html.ts";
import { STYLE } from "./site-style.ts";

/** What pages have in common. */
export interface SiteFrame {
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** Sentences that must go with the data. */
  readonly attribution: readonly string[];
  readonly navigation: readonly PageLink[];
}

export interface PageLink {
  readonly path: string;
  readonly words: string;
}

export interface Page {
  /** Where the page is, as in the navigation. */
  readonly path: string;
  /** The page of the navigation that it is below. */
  readonly section?: string;
  readonly title: string;
  readonly script?: { readonly file: string; readonly text: string };
  readonly content: Html;
}

/**
 * Everything that a page loads is a file of this site, by an absolute path: the same page is served
 * under several. The names of those files change with their content, so they may be cached.
 */
export function renderPage(page: Page, frame: SiteFrame): string {
  const { title, script, content } = page;
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cg fill='%230f7b6c'%3E%3Crect x='1' y='2' width='14' height='3' rx='1'/%3E%3Crect x='1' y='6.5' width='14' height='3' rx='1' opacity='.75'/%3E%3Crect x='1' y='11' width='14' height='3' rx='1' opacity='.5'/%3E%3C/g%3E%3C/svg%3E">
<link rel="stylesheet" href="${assetUrl("style.css", STYLE)}">
${script === undefined ? NOTHING : html`<script src="${assetUrl(script.file, script.text)}" defer></script>`}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><nav aria-label="Pages"><ul>
${frame.navigation.map((item) => navigationItem(item, page))}</ul></nav></header>
<main id="content">
<h1>${title}</h1>
${content}</main>
<footer>
<p>Generated on ${timeOf(frame.builtAt)}. For programs: <a href="/mirrors.json">mirrors.json</a>.</p>
${frame.attribution.map((sentence) => html`<p>${withLinks(sentence)}</p>\n`)}</footer>
</body>
</html>
`;
  return text.toString();
}

function assetUrl(file: string, text: string): string {
  return `/site/${file}?${sha256Hex(text).slice(0, 8)}`;
}

function navigationItem({ path, words }: PageLink, page: Page): Html {
  const current = path === page.path ? "page" : String(path === page.section);
  return html`<li><a href="${path}" aria-current="${current}">${words}</a></li>\n`;
}

/** "22 November 2026, 11:40 UTC", the same in every locale. */
function timeOf(seconds: number): Html {
  const iso = new Date(seconds * 1000).toISOString();
  const [, year, month, day, time] = /^(.{4})-(..)-(..)T(.{5})/.exec(iso) ?? [];
  const words = `${Number(day)} ${MONTHS[Number(month) - 1] ?? ""} ${year ?? ""}, ${time ?? ""} UTC`;
  return html`<time datetime="${iso}">${words}</time>`;
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** Undefined for a mirror without a country, and for one of which we know no name. */
export function countryName(code: string | undefined): string | undefined {
  return code === undefined ? undefined : countryByCode(code)?.name;
}

/** "1 mirror", "530 mirrors". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** By code point, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
