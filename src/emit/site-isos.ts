/** The pages of ISO images: which there are, and for each of them every mirror that has it. */
import type { PlacedMirror } from "../model/mirror.ts";
import { type Html, html, isLinkable, link } from "./html.ts";
import { compareText, counted, countryName, type Page } from "./site-layout.ts";
import { NEAREST_SCRIPT } from "./site-scripts.ts";

/** The images of one version and architecture. */
export interface IsoImages {
  /** The folder on the mirrors: "9.8", "10-kitten". */
  readonly directory: string;
  readonly arch: string;
  /** Those that have them. */
  readonly mirrors: readonly PlacedMirror[];
  /** Where a mirror has them. */
  readonly urlOf: (mirror: PlacedMirror) => string;
}

/** Of one product. `folder` is where its pages are: "" or "/kitten". */
export interface IsoSection {
  readonly folder: string;
  readonly title: string;
  readonly images: readonly IsoImages[];
}

/** Architectures by versions, in the order of config.yml. */
export function isoTablePage({ folder, title, images }: IsoSection): Page {
  const versions = [...new Set(images.map(({ directory }) => directory))];
  const architectures = [...new Set(images.map(({ arch }) => arch))];
  const cell = (arch: string, version: string) =>
    images.some((image) => image.arch === arch && image.directory === version)
      ? html`<td><a href="${pagePath(folder, arch, version)}" aria-label="${`${version} for ${arch}`}">${version}</a></td>`
      : html`<td class="none">none</td>`;
  return {
    path: `${folder}/isos`,
    title,
    content: html`<p class="lead">Choose a version and an architecture to see the mirrors nearest to you.</p>
<table class="isos">
<caption>ISO images by architecture and version</caption>
<thead><tr><th scope="col">Architecture</th>${versions.map((version) => html`<th scope="col">${version}</th>`)}</tr></thead>
<tbody>
${architectures.map((arch) => html`<tr><th scope="row">${arch}</th>${versions.map((version) => cell(arch, version))}</tr>\n`)}</tbody>
</table>
`,
  };
}

/** The nearest are filled in by the script; without it there is a link to them. */
export function isoPage({ folder, title }: IsoSection, images: IsoImages): Page {
  const { directory, arch, mirrors } = images;
  const nearest = `/isolist/${directory}/${arch}`;
  return {
    path: pagePath(folder, arch, directory),
    section: `${folder}/isos`,
    title: `${title}: ${directory} for ${arch}`,
    script: { file: "nearest.js", text: NEAREST_SCRIPT },
    content: html`<p><a href="${`${folder}/isos`}">All versions and architectures</a></p>
<section aria-labelledby="nearest-heading">
<h2 id="nearest-heading">Nearest to you</h2>
<div id="nearest" data-list="${nearest}" aria-live="polite">
<p><a href="${nearest}">List of the mirrors nearest to you</a>, as JSON</p>
</div>
</section>
<h2>All ${counted(mirrors.length, "mirror")} by country</h2>
<div class="countries">
${byCountry(mirrors).map(([country, members]) => countrySection(country, members, images))}</div>
`,
  };
}

function pagePath(folder: string, arch: string, directory: string): string {
  return `${folder}/isos/${arch}/${directory}.html`;
}

/** By the country's name; mirrors that say none come last. */
function byCountry(
  mirrors: readonly PlacedMirror[],
): readonly (readonly [string, readonly PlacedMirror[]])[] {
  const groups = new Map<string | undefined, PlacedMirror[]>();
  for (const mirror of mirrors) {
    const name = countryName(mirror.location.country);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [mirror]);
    else group.push(mirror);
  }
  return [...groups]
    .toSorted(([a = "\uffff"], [b = "\uffff"]) => compareText(a, b))
    .map(([name = "Country not stated", group]) => [name, group]);
}

function countrySection(
  country: string,
  mirrors: readonly PlacedMirror[],
  { urlOf }: IsoImages,
): Html {
  const items = mirrors.map((mirror) => {
    const url = urlOf(mirror);
    const name = isLinkable(url) ? link(url, mirror.name) : html`${mirror.name}`;
    return html`<li>${name} <bdi>${mirror.sponsor.name}</bdi></li>\n`;
  });
  return html`<section><h3>${country}</h3><ul>
${items}</ul></section>
`;
}
