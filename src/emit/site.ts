/**
 * `site/`: what people look at. Static pages that read well without a script, load nothing from
 * elsewhere, and name public mirrors alone.
 *
 * | file | served as |
 * |---|---|
 * | index.html, `<module>`.html | /, /`<module>` |
 * | isos.html, `<module>`/isos.html | /isos, /`<module>`/isos |
 * | isos/`<arch>`/`<version>`.html, and below the module | the same |
 * | mirrors.json | /mirrors.json |
 * | style.css, mirrors.js, nearest.js | /site/… |
 */
import type { NetworkConfig } from "../model/config.ts";
import type { FailingMirror } from "../model/health.ts";
import type { ListSets } from "../model/list-sets.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import { isoPaths } from "../model/routing.ts";
import { type Artifact, textArtifact } from "./artifact.ts";
import { emitMirrorsJson } from "./mirrors-json.ts";
import { type IsoImages, type IsoSection, isoPage, isoTablePage } from "./site-isos.ts";
import { type Page, type PageLink, renderPage, type SiteFrame } from "./site-layout.ts";
import { mirrorTablePage } from "./site-mirrors.ts";
import { MIRRORS_SCRIPT, NEAREST_SCRIPT } from "./site-scripts.ts";
import { STYLE } from "./site-style.ts";

export interface SiteToEmit {
  readonly config: NetworkConfig;
  /** Those that take part, in name order. */
  readonly mirrors: readonly PlacedMirror[];
  readonly listSets: ListSets;
  /** Public mirrors that were asked and failed, in name order. */
  readonly failing: readonly FailingMirror[];
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** Sentences that must go with the data. */
  readonly attribution: readonly string[];
}

export function emitSite({
  config,
  mirrors: all,
  listSets,
  failing,
  builtAt,
  attribution,
}: SiteToEmit): Artifact[] {
  // Whoever is not public is not there for anything below.
  const mirrors = all.filter(({ reach }) => reach === "public");
  const modules = [...config.optionalModules.keys()].filter((module) =>
    mirrors.some((mirror) => mirror.modules.has(module)),
  );
  const tables = [
    mirrorTablePage({ ...EVERYTHING, mirrors, failing, modules, urlsOf: ({ urls }) => urls }),
    ...modules.map((module) =>
      mirrorTablePage({
        path: `/${module}`,
        title: `Mirrors of ${module}`,
        mirrors: mirrors.filter((mirror) => mirror.modules.has(module)),
        failing: [],
        modules: [],
        urlsOf: (mirror) => mirror.modules.get(module) ?? {},
      }),
    ),
  ];
  const sections = [undefined, ...modules]
    .map((module) => isoSection(module, { config, mirrors, listSets }))
    .filter(({ images }) => images.length > 0);
  const frame: SiteFrame = { builtAt, attribution, navigation: navigationOf(modules, sections) };
  const pages = [
    ...tables,
    ...sections.flatMap((section) => [
      isoTablePage(section),
      ...section.images.map((images) => isoPage(section, images)),
    ]),
  ];
  return [
    ...pages.map((page) => textArtifact(fileOf(page), renderPage(page, frame))),
    emitMirrorsJson({ mirrors, builtAt, attribution }),
    textArtifact("site/style.css", STYLE),
    textArtifact("site/mirrors.js", MIRRORS_SCRIPT),
    textArtifact("site/nearest.js", NEAREST_SCRIPT),
  ];
}

const EVERYTHING = { path: "/", title: "Mirrors" } as const;

/** "/" is index.html, "/kitten" kitten.html. */
function fileOf({ path }: Page): string {
  return path === "/" ? "site/index.html" : `site${path.replace(/\.html$/, "")}.html`;
}

function isoSection(
  module: string | undefined,
  { config, mirrors, listSets }: Pick<SiteToEmit, "config" | "mirrors" | "listSets">,
): IsoSection {
  // A version that has an alias is there under both names; its folder is what the page is of.
  const asked = new Map(
    isoPaths(config)
      .filter((path) => !path.vault && path.module === module)
      .map((path) => [path.path, path] as const),
  );
  const images = Array.from(asked.values(), ({ directory, arch, path }): IsoImages => {
    const scope = listSets.scopeOf({ ...(module !== undefined && { module }), directory, arch });
    const set = listSets.sets.find(({ name }) => name === scope?.any);
    const baseOf = (mirror: PlacedMirror) => set?.urlOf(mirror);
    return {
      directory,
      arch,
      mirrors: mirrors.filter((mirror) => baseOf(mirror) !== undefined),
      urlOf: (mirror) => `${baseOf(mirror) ?? ""}${path}/`,
    };
  });
  return {
    folder: module === undefined ? "" : `/${module}`,
    title: module === undefined ? "ISO images" : `ISO images of ${module}`,
    images: images.filter((image) => image.mirrors.length > 0),
  };
}

function navigationOf(
  modules: readonly string[],
  sections: readonly IsoSection[],
): readonly PageLink[] {
  const inOrder: readonly (string | undefined)[] = [undefined, ...modules];
  const tables = inOrder.map((module): PageLink => {
    return module === undefined
      ? { path: EVERYTHING.path, words: EVERYTHING.title }
      : { path: `/${module}`, words: module };
  });
  const isos = sections.map(
    ({ folder, title }): PageLink => ({ path: `${folder}/isos`, words: title }),
  );
  return [...tables, ...isos];
}
