/** The table of public mirrors: of everything, or of those that have a module. */
import { CONTINENTS } from "../geo/countries.ts";
import type { FailingMirror } from "../model/health.ts";
import type { Carries, MirrorUrls, PlacedMirror } from "../model/mirror.ts";
import { isRepositoryCheck } from "../model/probe-checks.ts";
import { PROTOCOLS } from "../model/url.ts";
import { type Html, html, isLinkable, link, NOTHING } from "./html.ts";
import { compareText, counted, countryName, type Page } from "./site-layout.ts";
import { MIRRORS_SCRIPT } from "./site-scripts.ts";

export interface MirrorTable {
  /** The page's own: "/", "/kitten". */
  readonly path: string;
  readonly title: string;
  /** Of those that the page is about, public ones only. */
  readonly mirrors: readonly PlacedMirror[];
  /** Shown below, with the reasons. */
  readonly failing: readonly FailingMirror[];
  readonly urlsOf: (mirror: PlacedMirror) => MirrorUrls;
  /** Names of modules to tell the mirrors apart by. */
  readonly modules: readonly string[];
}

/** Works without its script, which brings sorting and filtering. */
export function mirrorTablePage(table: MirrorTable): Page {
  const { path, title, mirrors, failing, modules } = table;
  const sorted = mirrors.toSorted(byCountryThenName);
  return {
    path,
    title,
    script: { file: "mirrors.js", text: MIRRORS_SCRIPT },
    content: html`${summary(mirrors)}
${filters(mirrors, modules)}
<p id="count" role="status">${counted(mirrors.length, "mirror")}</p>
<table id="mirrors">
<caption>Public mirrors by country</caption>
<thead><tr><th scope="col">Mirror</th><th scope="col">Sponsor</th><th scope="col" aria-sort="ascending">Country</th><th scope="col">Protocols</th><th scope="col">Updated every</th><th scope="col">Remarks</th></tr></thead>
<tbody>
${sorted.map((mirror) => row(mirror, table))}</tbody>
</table>
${failing.length === 0 ? NOTHING : failingTable(failing)}`,
  };
}

function failingTable(failing: readonly FailingMirror[]): Html {
  return html`<table id="failing">
<caption>Not offered at present</caption>
<thead><tr><th scope="col">Mirror</th><th scope="col">Why</th></tr></thead>
<tbody>
${failing.map(({ name, reason }) => html`<tr><th scope="row">${name}</th><td>${reason}</td></tr>\n`)}</tbody>
</table>
`;
}

function byCountryThenName(a: PlacedMirror, b: PlacedMirror): number {
  const name = ({ location }: PlacedMirror) => countryName(location.country) ?? "\uffff";
  return compareText(name(a), name(b)) || compareText(a.name, b.name);
}

function summary(mirrors: readonly PlacedMirror[]): Html {
  const countries = new Set(mirrors.flatMap(({ location }) => location.country ?? []));
  const continents = continentsOf(mirrors).map(
    ([code, name, count]) => html`<li data-in="${code}"><b>${count}</b> ${name}</li>\n`,
  );
  return html`<p class="lead">${counted(mirrors.length, "public mirror")} in ${counted(countries.size, "country", "countries")}.</p>
<ul class="counts" aria-label="Mirrors by continent">
${continents}</ul>`;
}

/** Those that have mirrors: code, name and how many, the most first. */
function continentsOf(mirrors: readonly PlacedMirror[]): readonly [string, string, number][] {
  const of = (code: string) => mirrors.filter((mirror) => continentOf(mirror) === code).length;
  const all = [...CONTINENTS, [NOWHERE, NOT_STATED] as const];
  return Array.from(all, ([code, name]): [string, string, number] => [code, name, of(code)])
    .filter(([, , count]) => count > 0)
    .toSorted(([, a, inA], [, b, inB]) => inB - inA || compareText(a, b));
}

/** What stands for the continent of a mirror without a country. */
const NOWHERE = "none";
const NOT_STATED = "country not stated";

function continentOf({ continent }: PlacedMirror): string {
  return continent ?? NOWHERE;
}

/** Shown by the script, without which it would do nothing. */
function filters(mirrors: readonly PlacedMirror[], modules: readonly string[]): Html {
  const continents = continentsOf(mirrors)
    .map(([code, name]) => ({ code, name }))
    .toSorted((a, b) => compareText(a.name, b.name));
  return html`<form id="filter" role="search" aria-label="Mirrors" hidden>
<label>Search <input type="search" name="words" autocomplete="off" spellcheck="false" placeholder="Name, sponsor, country, city"></label>
<label>Continent <select name="in"><option value="">All</option>
${continents.map(({ code, name }) => html`<option value="${code}">${name}</option>\n`)}</select></label>
<label>Offers <select name="has"><option value="">Anything</option>
${[...PROTOCOLS, ...modules].map((has) => html`<option>${has}</option>\n`)}</select></label>
</form>`;
}

function row(mirror: PlacedMirror, { urlsOf, modules }: MirrorTable): Html {
  const { name, sponsor, updateFrequencySeconds: age } = mirror;
  const urls = urlsOf(mirror);
  const offered = PROTOCOLS.filter((protocol) => isOffered(urls[protocol]));
  const links = offered.map((protocol) => html`${link(urls[protocol], protocol)} `);
  const has = modules.filter((module) => mirror.modules.has(module));
  const remarks = [...has, ...(mirror.carries ? [carriesWords(mirror.carries)] : [])];
  return html`<tr data-in="${continentOf(mirror)}" data-has="${[...offered, ...has].join(" ")}"><th scope="row">${name}</th><td>${link(sponsor.url, sponsor.name)}</td>${placeCell(mirror)}<td>${links}</td>${ageCell(age)}<td>${remarks.join("; ")}</td></tr>
`;
}

function placeCell({ location }: PlacedMirror): Html {
  const country = countryName(location.country);
  // Nothing to sort by: such mirrors come last.
  if (country === undefined) return html`<td data-sort=""><small>${NOT_STATED}</small></td>`;
  const where = [location.city, location.subdivision].find((text) => text !== undefined);
  return html`<td>${country}${where === undefined ? NOTHING : html` <small>${where}</small>`}</td>`;
}

function isOffered(url: string | undefined): boolean {
  return url !== undefined && isLinkable(url);
}

function ageCell(seconds: number | undefined): Html {
  return seconds === undefined
    ? html`<td></td>`
    : html`<td data-sort="${seconds}">${durationWords(seconds)}</td>`;
}

/** In the largest unit that leaves a whole number: "30 min", "36 h", "1 day". */
function durationWords(seconds: number): string {
  if (seconds % 86_400 === 0) return counted(seconds / 86_400, "day");
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** A repository counts once for each version and architecture. */
function lacksByKind(lacks: ReadonlySet<string>): { images: number; repositories: number } {
  const repositories = [...lacks].filter(isRepositoryCheck).length;
  return { images: lacks.size - repositories, repositories };
}

/** "only 9, 10-kitten; only x86_64; no ISO images" */
function carriesWords({ versions, architectures, repositories, isos, lacks }: Carries): string {
  const lists = [versions, architectures, repositories].flatMap((list) =>
    list === undefined ? [] : `only ${list.join(", ")}`,
  );
  const found = lacksByKind(lacks ?? new Set());
  const noImages = isos === false || found.images > 0 ? ["no ISO images"] : [];
  const noRepositories =
    found.repositories > 0
      ? [`lacks ${counted(found.repositories, "repository", "repositories")}`]
      : [];
  return [...lists, ...noImages, ...noRepositories].join("; ");
}
