/**
 * `nginx/paths.conf`: what a URL stands for, as nginx maps.
 *
 *     version             --> edition   "8", "8.10", "8.77" --> "8.10"
 *     edition             --> table     of what the edition has
 *     table, repository   --> group     of what is answered alike for every architecture
 *     group:arch          --> scope     of list sets: "all", "vault", "kitten.2"
 *     scope:protocol      --> set       "all-https"
 *     set                 --> list      by the client's address, or by the country it names
 *
 * Each step gives "" for what there is not, and the first that does decides what is said. The ISO
 * images of a version are a repository whose name no URL can have. Editions with the same
 * repositories share a table and keys are short, so the maps fit the hashes that nginx builds by
 * default. Nothing is looked up that a request does not need.
 */
import { askedVersions, type NetworkConfig } from "../model/config.ts";
import type { ListSets, Scope } from "../model/list-sets.ts";
import { type IsoPath, isoPaths, type MirrorlistPath, mirrorlistPaths } from "../model/routing.ts";
import { type Artifact, sha256Hex, textArtifact } from "./artifact.ts";
import { listLine } from "./lists.ts";
import { notFoundText, refusalMaps } from "./nginx-refusals.ts";
import { setVariables } from "./nginx-sets.ts";
import {
  type Edition,
  groupedBy,
  ISO_IMAGES,
  type ServedPath,
  sortedEntries,
  type Tables,
  tablesOf,
  VAULT,
} from "./nginx-tables.ts";
import {
  DOLLAR,
  nginxConstant,
  nginxMap,
  nginxMapKey,
  nginxPairKey,
  nginxPathKey,
  nginxPattern,
  nginxPatternName,
  nginxValue,
} from "./nginx-text.ts";

export interface PathsToEmit {
  /** Names of the list sets. */
  readonly sets: readonly string[];
  readonly scopes: readonly Scope[];
  readonly paths: readonly ServedPath[];
  /** Every version that stands for itself, served or not: no alias takes it over. */
  readonly versions: readonly string[];
  /** "8" -> "8.10": what begins with "8." and is no version of its own is version 8.10. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly modules: readonly string[];
  /** Base URL, ending in "/". Needed if any path is in the vault. */
  readonly vaultMirror?: string;
}

/** All that a network serves. What no public mirror has is not served. */
export function pathsOf(config: NetworkConfig, listSets: ListSets): PathsToEmit {
  const { duplicatedVersions, optionalModules, vaultMirror } = config;
  const images = groupedBy(isoPaths(config), ({ version }) => version);
  const paths = [
    ...mirrorlistPaths(config).map((path) =>
      repositoryPath(path, images.get(path.version) ?? [], listSets),
    ),
    ...Array.from(images.values(), (ofVersion) => isoImages(ofVersion, listSets)),
  ];
  return {
    sets: listSets.sets.map(({ name }) => name),
    scopes: listSets.scopes,
    paths: paths.filter(({ answers }) => answers.size > 0),
    versions: askedVersions(config),
    aliases: duplicatedVersions,
    modules: [...optionalModules.keys()],
    ...(vaultMirror !== undefined && { vaultMirror }),
  };
}

/** A path without `$basearch` is the same for every architecture that the version has. */
function repositoryPath(
  path: MirrorlistPath,
  images: readonly IsoPath[],
  { scopeOf }: ListSets,
): ServedPath {
  const { version, repo, directory, vault, architectures } = path;
  const below = path.path.slice(directory.length + 1);
  const usual = architectures[0];
  const isOpen = below.includes("$basearch");
  const ofVersion = images.map(({ arch }) => arch);
  const accepted = isOpen ? architectures : new Set([...architectures, ...ofVersion]);
  const scopeFor = (arch: string | undefined) =>
    vault ? VAULT : scopeOf({ ...path, arch: isOpen ? arch : usual })?.name;
  const ofArchitectures = Array.from(accepted, (arch) => [arch, scopeFor(arch)] as const);
  const answers = known([["", scopeFor(usual)], ...ofArchitectures]);
  return { version, repo, directory, below, answers };
}

function isoImages(ofVersion: readonly IsoPath[], { scopeOf }: ListSets): ServedPath {
  const [{ version, directory }] = ofVersion as readonly [IsoPath];
  const answers = known(
    ofVersion.map((image) => [image.arch, image.vault ? VAULT : scopeOf(image)?.name]),
  );
  return { version, repo: ISO_IMAGES, directory, below: "isos/$basearch", answers };
}

function known(answers: readonly (readonly [string, string | undefined])[]): Map<string, string> {
  return new Map(answers.flatMap(([arch, scope]) => (scope === undefined ? [] : [[arch, scope]])));
}

/** Throws when a name, a path or a URL is not fit for a URL and an nginx configuration. */
export function emitPaths(input: PathsToEmit): Artifact[] {
  const tables = tablesOf(input.paths);
  const hasVault = input.paths.some(({ answers }) => [...answers.values()].includes(VAULT));
  const vault = hasVault ? vaultList(input.vaultMirror) : null;
  return [
    textArtifact("nginx/paths.conf", pathsConfiguration(input, tables, vault?.id ?? "")),
    textArtifact("nginx/not-found.txt", notFoundText(tables.editions)),
    ...(vault === null ? [] : [vault.artifact]),
  ];
}

/**
 * The one-line list of the vault: a file like any list, so its URL stays out of the configuration.
 * Its name is no list's, also where a mirror has the same URL.
 */
function vaultList(vaultMirror: string | undefined): { id: string; artifact: Artifact } {
  if (vaultMirror === undefined) throw new Error("there are vault paths and no vault mirror");
  const line = listLine(vaultMirror);
  const id = `vault-${sha256Hex(line).slice(0, 12)}`;
  return { id, artifact: textArtifact(`lists/${id}`, line) };
}

function pathsConfiguration(input: PathsToEmit, served: Tables, vaultId: string): string {
  const { editions, tables, groups, below } = served;
  const architectures = new Set(groups.flatMap(({ answers }) => [...answers.keys()]));
  architectures.delete("");
  return [
    "# What the URLs stand for. Included by http.conf beside it.\n",
    `geo $${DOLLAR} { default "$"; }\n`,
    nginxMap("$mp_version", "$mp_edition", versionLines(input, editions)),
    nginxMap("$mp_edition", "$mp_directory", [
      "default $mp_edition;",
      ...editions
        .filter(({ name, directory }) => name !== directory)
        .map(({ name, directory }) => `${nginxMapKey(name)} ${nginxValue(directory)};`),
    ]),
    nginxMap("$mp_edition", "$mp_table", [
      'default "";',
      ...editions.map(({ name, table }) => `${nginxMapKey(name)} "${table.number}";`),
    ]),
    nginxMap("$mp_table", "$mp_group", [
      'default "";',
      ...tables.map(({ number }) => `"${number}" $mp_group_${number};`),
    ]),
    ...tables.map((table) =>
      nginxMap("$mp_repository", `$mp_group_${table.number}`, [
        'default "";',
        ...Array.from(table.groups, ([repo, { number }]) => `${repositoryKey(repo)} "${number}";`),
      ]),
    ),
    nginxMap('"$mp_group:$mp_arch"', "$mp_scope", [
      'default "";',
      ...groups.flatMap(({ number, answers }) =>
        Array.from(
          answers,
          ([arch, scope]) => `${nginxPairKey(String(number), arch)} ${nginxValue(scope)};`,
        ),
      ),
    ]),
    nginxMap('"$mp_scope:$arg_protocol"', "$mp_set", protocolLines(input)),
    nginxMap("$mp_set", "$mp_own_list", [
      'default "";',
      ...setVariables(input.sets).map(({ set, list }) => `${nginxMapKey(set)} ${list};`),
      `"${VAULT}" $mp_vault;`,
    ]),
    nginxConstant("$mp_vault", nginxValue(vaultId)),
    "# As it is written here, never as the request has it: keys are found in any case.",
    nginxMap("$mp_arch", "$mp_basearch", [
      'default "";',
      `"" ${nginxValue("$basearch")};`,
      ...[...architectures].toSorted().map((arch) => `${nginxMapKey(arch)} ${nginxValue(arch)};`),
    ]),
    nginxMap("$mp_repository", "$mp_below", [
      'default "";',
      ...Array.from(below, ([repo, path]) => `${repositoryKey(repo)} ${openPath(path)};`),
    ]),
    nginxMap("$uri", "$mp_page", pageLines(input.modules)),
    refusalMaps(served, setVariables(input.sets).find(({ set }) => set === "all")?.country),
  ].join("\n");
}

/** Exact keys win over patterns in nginx; patterns are tried in order, so longer aliases are first. */
function versionLines({ versions, aliases }: PathsToEmit, editions: readonly Edition[]): string[] {
  const names = new Map(
    editions.flatMap(({ name, versions }) => versions.map((version) => [version, name] as const)),
  );
  const unserved = versions.filter((version) => !names.has(version)).toSorted();
  const patterns = [...aliases]
    .filter(([, version]) => names.has(version))
    .toSorted(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
  return [
    'default "";',
    ...sortedEntries(names).map(
      ([version, name]) => `${nginxMapKey(version)} ${nginxValue(name)};`,
    ),
    ...unserved.map((version) => `${nginxMapKey(version)} "";`),
    ...patterns.map(([alias, version]) => {
      const pattern = `${nginxPatternName(alias)}\\.[A-Za-z0-9._-]+`;
      return `${nginxPattern(pattern)} ${nginxValue(names.get(version) ?? "")};`;
    }),
  ];
}

/** The vault is one mirror, which has what it has by whatever protocol. */
function protocolLines({ scopes }: PathsToEmit): string[] {
  const ofVault = ["", "http", "https"].map((protocol) => [VAULT, protocol, VAULT] as const);
  const ofScopes = scopes.flatMap((scope) => [
    [scope.name, "", scope.any] as const,
    [scope.name, "http", scope.http] as const,
    [scope.name, "https", scope.https] as const,
  ]);
  const lines = [...ofScopes, ...ofVault].flatMap(([scope, protocol, set]) =>
    set === undefined ? [] : [`${nginxPairKey(scope, protocol)} ${nginxValue(set)};`],
  );
  return ['default "";', ...lines];
}

function repositoryKey(repo: string): string {
  return repo === ISO_IMAGES ? `"${ISO_IMAGES}"` : nginxMapKey(repo);
}

/** `$basearch` is itself until a request names an architecture. */
function openPath(path: string): string {
  return nginxValue(path).replaceAll(`\${${DOLLAR}}basearch`, BASEARCH);
}

/** Pages of folders; those of one version and architecture have a location of their own. */
function pageLines(modules: readonly string[]): string[] {
  const pages = new Map([["/", "index.html"]]);
  const add = (paths: readonly string[], file: string) => {
    for (const path of paths) pages.set(path, file);
  };
  for (const folder of ["", ...modules.map((module) => `/${module}`)]) {
    if (folder !== "") add([folder, `${folder}/`], `${folder.slice(1)}.html`);
    const isos = `${folder}/isos`;
    add([isos, `${isos}/`, `${isos}.html`], `${isos.slice(1)}.html`);
  }
  return [
    'default "";',
    ...Array.from(pages, ([path, file]) => `${nginxPathKey(path)} ${nginxValue(file)};`),
  ];
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: nginx has the same syntax
const BASEARCH = "${mp_basearch}";
