/**
 * Which list sets there are. A list set is the same ranking over the mirrors that have what a URL
 * can ask for: a product (everything, or an optional module), by a protocol, and of that product a
 * version, repository and architecture that partial mirrors may lack.
 *
 * Questions that the same mirrors answer share a scope, so a network without partial mirrors has
 * one scope for each product, and at most three sets in it.
 */
import type { NetworkConfig } from "./config.ts";
import type { Carries, Mirror } from "./mirror.ts";
import { isoPaths, lineOf, mirrorlistPaths } from "./routing.ts";

/** The same ranking over the mirrors that have something a URL can ask for. */
export interface ListSet {
  /** `[a-z0-9][a-z0-9._-]*`: "all", "all-https", "kitten", "all.2-http". */
  readonly name: string;
  /** "all", or the optional module. Sets of one product rank the same mirrors, or fewer. */
  readonly product: string;
  /** The mirror's base URL in this set; undefined for a mirror that is not in it. */
  readonly urlOf: (mirror: Mirror) => string | undefined;
}

/** The names of the sets that answer a question, by the protocol that it asks for. */
export interface Scope {
  readonly name: string;
  /** http where the mirror has it, else https. */
  readonly any: string;
  /** Absent where no public mirror offers it. */
  readonly http?: string;
  readonly https?: string;
}

export interface Question {
  readonly module?: string;
  /** A folder on the mirrors: "9.8", "10-kitten". */
  readonly directory: string;
  /** A repository's name; absent for the ISO images. */
  readonly repo?: string;
  /** A client that does not say its own is taken for one of the first of the repository's. */
  readonly arch: string | undefined;
}

export interface ListSets {
  /** The first is the set of everything, by any protocol. */
  readonly sets: readonly ListSet[];
  readonly scopes: readonly Scope[];
  /** Undefined for what no public mirror has. */
  scopeOf(question: Question): Scope | undefined;
}

/** The product of what belongs to no module. */
export const COMMON_PRODUCT = "all";

const PROTOCOLS = ["any", "http", "https"] as const;

/** `mirrors` are those that take part; the names of sets depend on the order of config.yml alone. */
export function listSetsOf(config: NetworkConfig, mirrors: readonly Mirror[]): ListSets {
  const partial = mirrors.filter(({ carries }) => carries !== undefined);
  const sets: ListSet[] = [];
  const scopes: Scope[] = [];
  /** By product and the mirrors left out; null where nobody public is left. */
  const known = new Map<string, Scope | null>();

  function scopeWithout(product: string, lacking: readonly Mirror[]): Scope | null {
    const key = [product, ...lacking.map(({ name }) => name)].join(" ");
    const found = known.get(key);
    if (found !== undefined) return found;
    const number = scopes.filter(({ name }) => name.replace(/\.\d+$/, "") === product).length + 1;
    const name = number === 1 ? product : `${product}.${number}`;
    const scope = addScope(name, product, new Set(lacking));
    known.set(key, scope);
    return scope;
  }

  function addScope(name: string, product: string, lacking: ReadonlySet<Mirror>): Scope | null {
    const names: Partial<Record<(typeof PROTOCOLS)[number], string>> = {};
    const columns = new Map<string, string>();
    for (const protocol of PROTOCOLS) {
      const urlOf = (mirror: Mirror) =>
        lacking.has(mirror) ? undefined : urlIn(mirror, product, protocol);
      const isOffered = mirrors.some((m) => m.reach === "public" && urlOf(m) !== undefined);
      if (!isOffered) continue;
      // Sets that nothing tells apart are one set.
      const column = mirrors.map((mirror) => urlOf(mirror) ?? "").join(" ");
      const setName = columns.get(column) ?? (protocol === "any" ? name : `${name}-${protocol}`);
      if (!columns.has(column)) {
        columns.set(column, setName);
        sets.push({ name: setName, product, urlOf });
      }
      names[protocol] = setName;
    }
    const { any, ...others } = names;
    if (any === undefined) return null;
    const scope = { name, any, ...others };
    scopes.push(scope);
    return scope;
  }

  function scopeOf(question: Question): Scope | undefined {
    const lacking = partial.filter(({ carries }) => carries && !has(carries, question, config));
    return scopeWithout(question.module ?? COMMON_PRODUCT, lacking) ?? undefined;
  }

  // First all of each product, then what can be asked for in the order of config.yml: it names them.
  for (const product of [COMMON_PRODUCT, ...config.optionalModules.keys()]) {
    scopeWithout(product, []);
  }
  if (partial.length > 0) for (const question of questionsOf(config)) scopeOf(question);
  return { sets, scopes, scopeOf };
}

function urlIn(
  mirror: Mirror,
  product: string,
  protocol: (typeof PROTOCOLS)[number],
): string | undefined {
  const urls = product === COMMON_PRODUCT ? mirror.urls : mirror.modules.get(product);
  return protocol === "any" ? (urls?.http ?? urls?.https) : urls?.[protocol];
}

/** A list of versions says nothing of modules unless it names a version of one. */
function has(carries: Carries, question: Question, config: NetworkConfig): boolean {
  const { directory, module, repo, arch } = question;
  const { versions, architectures, repositories, isos } = carries;
  const line = lineOf(config, directory);
  const hasVersion =
    versions === undefined ||
    versions.includes(directory) ||
    (line !== undefined && versions.includes(line)) ||
    (module !== undefined && !versions.some((version) => version.endsWith(`-${module}`)));
  const hasContent =
    repo === undefined ? isos !== false : repositories === undefined || repositories.includes(repo);
  const hasArch = architectures === undefined || arch === undefined || architectures.includes(arch);
  return hasVersion && hasContent && hasArch;
}

function questionsOf(config: NetworkConfig): readonly Question[] {
  const ofRepositories = mirrorlistPaths(config)
    .filter(({ vault }) => !vault)
    .flatMap((path) => path.architectures.map((arch): Question => ({ ...path, arch })));
  const ofIsos = isoPaths(config).filter(({ vault }) => !vault);
  return [...ofRepositories, ...ofIsos];
}
