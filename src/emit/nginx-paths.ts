/**
 * `nginx/paths.conf`: what a version and a repository in a URL stand for, as nginx maps.
 *
 *     version --> edition       "8", "8.10", "8.77" --> "8.10"
 *     edition --> answers       a table of its repositories: "baseos" --> "all BaseOS/…/os/"
 *     answer  --> file, path    of list set "all", and "8.10/BaseOS/$basearch/os/"
 *
 * Editions with the same repositories share a table, so thirty vault versions cost thirty lines.
 * A table's keys are repositories alone: short keys, few to a map, fit the hash that nginx builds
 * by default, and whoever mounts this need not raise any limit.
 */
import { askedVersions, type NetworkConfig } from "../model/config.ts";
import { mirrorlistPaths } from "../model/routing.ts";
import { type Artifact, sha256Hex, textArtifact } from "./artifact.ts";
import { listLine } from "./lists.ts";
import {
  DOLLAR,
  listVariable,
  nginxMapKey,
  nginxPattern,
  nginxPatternName,
  nginxValue,
} from "./nginx-text.ts";

/** A valid pair of version and repository, as a client may write them. */
export interface ServedPath {
  readonly version: string;
  readonly repo: string;
  /** The list set that answers; the one named "all" when absent. */
  readonly module?: string;
  /** Answered with the one line of the vault mirror. */
  readonly vault: boolean;
  /** What follows the base URL: the version's directory, "/", the path of the repository. */
  readonly path: string;
}

export interface PathsToEmit {
  /** Names of the list sets; a path of a module that has none is not served. */
  readonly sets: readonly string[];
  readonly paths: readonly ServedPath[];
  /** Every version that stands for itself, served or not: no alias takes it over. */
  readonly versions: readonly string[];
  /** "8" -> "8.10": what begins with "8." and is no version of its own is version 8.10. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Base URL, ending in "/". Needed if any path is in the vault. */
  readonly vaultMirror?: string;
}

/** All that a network serves. */
export function pathsOf(config: NetworkConfig, sets: readonly string[]): PathsToEmit {
  const { duplicatedVersions, vaultMirror } = config;
  return {
    sets,
    paths: mirrorlistPaths(config),
    versions: askedVersions(config),
    aliases: duplicatedVersions,
    ...(vaultMirror !== undefined && { vaultMirror }),
  };
}

/** The list set of what belongs to no module. */
const COMMON_SET = "all";
/** The folder of the vault's one list; no list set has this name. */
const VAULT = "vault";

/** Throws when a name, a path or a URL is not fit for a URL and an nginx configuration. */
export function emitPaths(input: PathsToEmit): Artifact[] {
  if (input.sets.includes(VAULT)) throw new Error(`no list set can be called ${VAULT}`);
  const paths = input.paths.filter(
    ({ vault, module }) => vault || input.sets.includes(module ?? COMMON_SET),
  );
  const editions = groupEditions(paths);
  const vault = paths.some((served) => served.vault) ? vaultList(input.vaultMirror) : null;
  const text = pathsConfiguration(input, editions, vault?.path ?? "");
  return [
    textArtifact("nginx/paths.conf", text),
    textArtifact("nginx/not-found.txt", notFoundText(editions)),
    ...(vault === null ? [] : [vault]),
  ];
}

/** Versions that are answered alike in everything: names of the same directory. */
interface Edition {
  /** One of `versions`, the directory's own name if it is among them. */
  readonly name: string;
  readonly versions: string[];
  readonly directory: string;
  readonly table: RepositoryTable;
}

interface RepositoryTable {
  readonly number: number;
  /** By repository, its list set, a space and its path below the version's directory. */
  readonly answers: ReadonlyMap<string, string>;
}

function groupEditions(paths: readonly ServedPath[]): Edition[] {
  const tables = new Map<string, RepositoryTable>();
  const editions = new Map<string, Edition>();
  for (const [version, served] of byVersion(paths)) {
    const directory = directoryOf(served[0]?.path ?? "");
    const answers = new Map<string, string>();
    for (const { repo, vault, module = COMMON_SET, path } of served) {
      if (directoryOf(path) !== directory || !SERVED_PATH.test(path)) {
        throw new Error(`not a path below the directory of version ${version}: ${path}`);
      }
      answers.set(repo, `${vault ? VAULT : module} ${path.slice(directory.length + 1)}`);
    }
    const tableKey = JSON.stringify([...answers]);
    const table = tables.get(tableKey) ?? { number: tables.size + 1, answers };
    tables.set(tableKey, table);

    const editionKey = `${directory} ${table.number}`;
    const edition = editions.get(editionKey);
    if (edition === undefined) {
      editions.set(editionKey, { name: version, versions: [version], directory, table });
    } else {
      edition.versions.push(version);
      if (version === directory) editions.set(editionKey, { ...edition, name: version });
    }
  }
  return [...editions.values()];
}

/** Both levels sorted; throws where two names differ in case alone, for nginx cannot tell them apart. */
function byVersion(paths: readonly ServedPath[]): Map<string, readonly ServedPath[]> {
  const versions = new Map<string, Map<string, ServedPath>>();
  const spellings = new Map<string, string>();
  for (const served of paths) {
    for (const name of [`version ${served.version}`, `repository ${served.repo}`]) {
      const spelling = spellings.get(name.toLowerCase()) ?? name;
      if (spelling !== name) throw new Error(`${spelling} and ${name} differ in case alone`);
      spellings.set(name.toLowerCase(), name);
    }
    const repos = versions.get(served.version) ?? new Map<string, ServedPath>();
    if (repos.has(served.repo)) throw new Error(`${served.version}/${served.repo} is given twice`);
    versions.set(served.version, repos.set(served.repo, served));
  }
  return new Map(
    sortedEntries(versions).map(([version, repos]) => [
      version,
      sortedEntries(repos).map(([, served]) => served),
    ]),
  );
}

function directoryOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

/** The one-line list of the vault: a file like any list, so its URL stays out of the configuration. */
function vaultList(vaultMirror: string | undefined): Artifact {
  if (vaultMirror === undefined) throw new Error("there are vault paths and no vault mirror");
  const line = listLine(vaultMirror);
  return textArtifact(`lists/${VAULT}/${sha256Hex(line).slice(0, 12)}`, line);
}

function pathsConfiguration(input: PathsToEmit, editions: readonly Edition[], vaultFile: string) {
  const tables = [...new Map(editions.map(({ table }) => [table.number, table])).values()];
  return [
    "# Which versions and repositories there are. Included by http.conf beside it.\n",
    `geo $${DOLLAR} { default "$"; }\n`,
    map("$mirrorpress_version", "$mirrorpress_edition", versionLines(input, editions)),
    map("$mirrorpress_edition", "$mirrorpress_directory", [
      "default $mirrorpress_edition;",
      ...editions
        .filter(({ name, directory }) => name !== directory)
        .map(({ name, directory }) => `${nginxMapKey(name)} ${nginxValue(directory)};`),
    ]),
    map("$mirrorpress_edition", "$mirrorpress_answer", [
      'default "";',
      ...editions.map(({ name, table }) => `${nginxMapKey(name)} ${answerVariable(table)};`),
    ]),
    ...tables.map((table) =>
      map("$mirrorpress_repository", answerVariable(table), [
        'default "";',
        ...[...table.answers].map(
          ([repo, answer]) => `${nginxMapKey(repo)} ${nginxValue(answer)};`,
        ),
      ]),
    ),
    map("$mirrorpress_answer", "$mirrorpress_file", [
      'default "";',
      ...input.sets.map((set) => `"~^${set} " "lists/${set}/${listVariable(set)}";`),
      ...(vaultFile === "" ? [] : [`"~^${VAULT} " ${nginxValue(vaultFile)};`]),
    ]),
    map("$mirrorpress_answer", "$mirrorpress_path", [
      'default "";',
      '"~^[a-z0-9]+ (?<mirrorpress_below>.+)\\z" "$mirrorpress_directory/$mirrorpress_below";',
    ]),
  ].join("\n");
}

/** Exact keys win over patterns in nginx; patterns are tried in order, so longer aliases are first. */
function versionLines({ versions, aliases }: PathsToEmit, editions: readonly Edition[]): string[] {
  const names = new Map<string, string>();
  for (const { name, versions } of editions) {
    for (const version of versions) names.set(version, name);
  }
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

function map(source: string, target: string, lines: readonly string[]): string {
  return `map ${source} ${target} {\n${lines.map((line) => `    ${line}\n`).join("")}}\n`;
}

function answerVariable(table: RepositoryTable): string {
  return `$mirrorpress_answer_${table.number}`;
}

/** Served with status 404: which versions and repositories do exist. */
function notFoundText(editions: readonly Edition[]): string {
  const byTable = new Map<RepositoryTable, string[]>();
  for (const { table, versions } of editions) {
    byTable.set(table, [...(byTable.get(table) ?? []), ...versions]);
  }
  return [
    "There is no such mirror list. The address is /mirrorlist/<version>/<repository>.\n",
    ...[...byTable].map(([table, versions]) => {
      const repos = [...table.answers.keys()];
      return `Version ${versions.join(", ")}:\n  ${repos.join(" ")}\n`;
    }),
  ].join("\n");
}

function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([a], [b]) => compareAsCounted(a, b));
}

/** "9.9" before "9.10": numbers by value, the rest by code point. */
function compareAsCounted(a: string, b: string): number {
  const [ofA, ofB] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (const [index, part] of ofA.entries()) {
    const other = ofB[index];
    if (other === undefined) return 1;
    const difference = index % 2 === 1 ? Number(part) - Number(other) : 0;
    if (difference !== 0) return difference;
    if (part !== other) return part < other ? -1 : 1;
  }
  return ofA.length - ofB.length;
}

/** Letters, digits and a few marks that mean nothing in a URL's path; no "//" and no "..". */
const SERVED_PATH =
  /^(?:(?!\.{1,2}\/)(?:[A-Za-z0-9._~+-]|\$basearch)+\/)+(?:[A-Za-z0-9._~+-]|\$basearch)*$/;
