/**
 * What paths.conf is made of: versions that are answered alike, tables of what they have, and
 * groups of what is answered alike for every architecture.
 */

/** Something that a client can ask for, as it may write it. */
export interface ServedPath {
  readonly version: string;
  /** A repository's name, or `ISO_IMAGES`. */
  readonly repo: string;
  /** The folder of the version on the mirrors: "8.10". */
  readonly directory: string;
  /** What follows it: "BaseOS/$basearch/os/". */
  readonly below: string;
  /** By architecture, "" being that of a client that does not say: the scope, or `VAULT`. */
  readonly answers: ReadonlyMap<string, string>;
}

/** Stands for a repository; none has that name, and no URL can have it. */
export const ISO_IMAGES = "isos/";
/** The scope, and the set, of what the vault mirror alone has; a set's own name has no "_" first. */
export const VAULT = "_vault";

/** Versions that are answered alike in everything: names of the same directory. */
export interface Edition {
  /** One of `versions`, the directory's own name if it is among them. */
  readonly name: string;
  readonly versions: readonly string[];
  readonly directory: string;
  readonly table: RepositoryTable;
}

export interface RepositoryTable {
  readonly number: number;
  readonly groups: ReadonlyMap<string, AnswerGroup>;
}

export interface AnswerGroup {
  readonly number: number;
  readonly answers: ReadonlyMap<string, string>;
}

export interface Tables {
  readonly editions: readonly Edition[];
  readonly tables: readonly RepositoryTable[];
  readonly groups: readonly AnswerGroup[];
  /** By repository, what follows the version's directory. */
  readonly below: ReadonlyMap<string, string>;
}

/**
 * Numbers go by the order of versions and repositories, whatever the order of the paths. Throws on
 * paths that contradict each other.
 */
export function tablesOf(paths: readonly ServedPath[]): Tables {
  const groups = new Map<string, AnswerGroup>();
  const tables = new Map<string, RepositoryTable>();
  const editions = new Map<string, Edition>();
  const below = new Map<string, string>();

  function groupOf(path: ServedPath): AnswerGroup {
    const answers = new Map(sortedEntries(path.answers));
    return internNumbered(groups, JSON.stringify([...answers]), (number) => ({ number, answers }));
  }

  function tableOf(served: readonly ServedPath[]): RepositoryTable {
    const own = new Map(served.map((path) => [path.repo, groupOf(path)]));
    const key = [...own].map(([repo, { number }]) => `${repo} ${number}`).join("\n");
    return internNumbered(tables, key, (number) => ({ number, groups: own }));
  }

  for (const [version, served] of byVersion(paths)) {
    const directory = served[0]?.directory ?? "";
    for (const path of served) {
      checkPath(path, directory);
      if ((below.get(path.repo) ?? path.below) !== path.below) {
        throw new Error(`${path.repo} is at ${path.below} and at ${below.get(path.repo)}`);
      }
      below.set(path.repo, path.below);
    }
    const table = tableOf(served);
    const key = `${directory} ${table.number}`;
    const { name, versions } = editions.get(key) ?? { name: version, versions: [] };
    editions.set(key, {
      name: version === directory ? version : name,
      versions: [...versions, version],
      directory,
      table,
    });
  }
  return {
    editions: [...editions.values()],
    tables: [...tables.values()],
    groups: [...groups.values()],
    below: new Map(sortedEntries(below)),
  };
}

function internNumbered<T>(known: Map<string, T>, key: string, make: (number: number) => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(known.size + 1);
  known.set(key, made);
  return made;
}

/** Both levels sorted; throws where two names differ in case alone, for nginx cannot tell them apart. */
function byVersion(paths: readonly ServedPath[]): ReadonlyMap<string, readonly ServedPath[]> {
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

function checkPath({ version, directory, below }: ServedPath, expected: string): void {
  if (directory !== expected) {
    throw new Error(`version ${version} is in the folders ${expected} and ${directory}`);
  }
  if (!SERVED_PATH.test(`${directory}/${below}`)) {
    throw new Error(`not a path below the directory of version ${version}: ${below}`);
  }
}

/** Letters, digits and a few marks that mean nothing in a URL's path; no "//" and no "..". */
const SERVED_PATH =
  /^(?:(?!\.{1,2}\/)(?:[A-Za-z0-9._~+-]|\$basearch)+\/)+(?:[A-Za-z0-9._~+-]|\$basearch)*$/;

export function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** The entries of a map in the order in which people count: "9.9" before "9.10". */
export function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
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
