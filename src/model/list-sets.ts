/**
 * Which list sets there are. A list set is the same ranking over the mirrors that have what a URL
 * can ask for: a product (everything, or an optional module), by a protocol, and of that product a
 * version, repository and architecture that partial mirrors may lack.
 *
 * Questions that the same mirrors answer share a scope, so a network without partial mirrors has
 * one scope for each product, and at most three sets in it.
 */
import { answers } from "./carries.ts";
import type { NetworkConfig } from "./config.ts";
import type { Mirror } from "./mirror.ts";
import { type Question, questionsOf } from "./questions.ts";

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

export interface ListSets {
  /** The first is the set of everything, by any protocol. */
  readonly sets: readonly ListSet[];
  readonly scopes: readonly Scope[];
  /** Undefined for what no public mirror has, and for what config.yml does not have. */
  scopeOf(question: Question): Scope | undefined;
}

/** The product of what belongs to no module; by any protocol, the set that every network has. */
export const COMMON_PRODUCT = "all";

/** What a URL can ask for; `any` comes first, so that it gives the shortest name. */
const ASKED_PROTOCOLS = ["any", "http", "https"] as const;
type AskedProtocol = (typeof ASKED_PROTOCOLS)[number];

/** `mirrors` are those that take part; the names of sets depend on the order of config.yml alone. */
export function listSetsOf(config: NetworkConfig, mirrors: readonly Mirror[]): ListSets {
  const partial = mirrors.filter(({ carries }) => carries !== undefined);
  const sets: ListSet[] = [];
  const scopes: Scope[] = [];
  /** By product and the mirrors left out; null where nobody public is left. */
  const scopeByLack = new Map<string, Scope | null>();
  /** By product and the URLs of all mirrors: sets that nothing tells apart are one. */
  const setByUrls = new Map<string, string>();

  function lackingFor(question: Question): readonly Mirror[] {
    const product = productOf(question);
    return partial.filter((mirror) => {
      const isOffered = urlIn(mirror, product, "any") !== undefined;
      return isOffered && mirror.carries && !answers(mirror.carries, question, config);
    });
  }

  function addScope(product: string, lacking: readonly Mirror[]): void {
    const key = lackKey(product, lacking);
    if (scopeByLack.has(key)) return;
    const number = 1 + scopes.filter(({ name }) => name.replace(/\.\d+$/, "") === product).length;
    const scope = makeScope(number === 1 ? product : `${product}.${number}`, product, lacking);
    scopeByLack.set(key, scope);
    if (scope) scopes.push(scope);
  }

  function makeScope(name: string, product: string, lacking: readonly Mirror[]): Scope | null {
    const left = new Set(lacking.map((mirror) => mirror.name));
    const setNames: Partial<Record<AskedProtocol, string>> = {};
    for (const protocol of ASKED_PROTOCOLS) {
      const urlOf = (mirror: Mirror) =>
        left.has(mirror.name) ? undefined : urlIn(mirror, product, protocol);
      if (!mirrors.some((m) => m.reach === "public" && urlOf(m) !== undefined)) continue;
      const urls = [product, ...mirrors.map((mirror) => urlOf(mirror) ?? "")].join(" ");
      const setName = setByUrls.get(urls) ?? (protocol === "any" ? name : `${name}-${protocol}`);
      if (!setByUrls.has(urls)) sets.push({ name: setName, product, urlOf });
      setByUrls.set(urls, setName);
      setNames[protocol] = setName;
    }
    const { any, ...others } = setNames;
    return any === undefined ? null : { any, name, ...others };
  }

  // First all of each product, then what can be asked for in the order of config.yml: it names them.
  for (const product of [COMMON_PRODUCT, ...config.optionalModules.keys()]) addScope(product, []);
  if (partial.length > 0) {
    for (const question of questionsOf(config)) {
      addScope(productOf(question), lackingFor(question));
    }
  }
  return {
    sets,
    scopes,
    scopeOf: (question) =>
      scopeByLack.get(lackKey(productOf(question), lackingFor(question))) ?? undefined,
  };
}

function productOf({ module }: Question): string {
  return module ?? COMMON_PRODUCT;
}

function lackKey(product: string, lacking: readonly Mirror[]): string {
  return [product, ...lacking.map(({ name }) => name)].join(" ");
}

function urlIn(mirror: Mirror, product: string, protocol: AskedProtocol): string | undefined {
  const urls = product === COMMON_PRODUCT ? mirror.urls : mirror.modules.get(product);
  return protocol === "any" ? (urls?.http ?? urls?.https) : urls?.[protocol];
}
