/**
 * Which mirrors are in which list set. The sets of everything that a product has are named here anew;
 * where partial mirrors make more of them, their names are the program's: it is asked which set
 * answers a question, and who is in it is worked out here.
 */
import type { ReadMirror } from "./mirrors.ts";
import type { OracleProduct, OracleSet } from "./rank.ts";

export interface OracleQuestion {
  /** Absent for what belongs to no module. */
  readonly module?: string;
  /** A folder on the mirrors: "9.8". */
  readonly directory: string;
  /** Absent for the ISO images. */
  readonly repo?: string;
  readonly arch?: string | undefined;
}

/** By the protocol that is asked for, the name of the set that answers. */
export interface NamedSets {
  readonly any?: string;
  readonly http?: string;
  readonly https?: string;
}

export interface ListSetInput {
  readonly mirrors: readonly ReadMirror[];
  readonly modules: readonly string[];
  /** Keys of `duplicated_versions`: "9". */
  readonly lines: readonly string[];
  /** All that a URL can ask for, but for the vault. */
  readonly questions: readonly OracleQuestion[];
  /** The program's. */
  nameOf(question: OracleQuestion): NamedSets | undefined;
}

const PROTOCOLS = ["any", "http", "https"] as const;

/** Throws where the program gives two questions one name and not the same mirrors have both. */
export function oracleSets({
  mirrors,
  modules,
  lines,
  questions,
  nameOf,
}: ListSetInput): OracleSet[] {
  const active = mirrors.filter(({ disabled }) => !disabled);
  const sets = new Map<string, OracleSet>();
  const products = ["all", ...modules].map((name): OracleProduct => {
    const members = active.filter((mirror) => urlOf(mirror, name, "any") !== undefined);
    return { name, mirrors: new Set(members.map((mirror) => mirror.name)) };
  });
  for (const product of products) {
    const whole = PROTOCOLS.map((protocol) => ({
      name: protocol === "any" ? product.name : `${product.name}-${protocol}`,
      product,
      urls: urlsOf(product, protocol, active),
    }));
    whole.filter(isOffered).forEach((set, index, offered) => {
      if (!offered.slice(0, index).some((earlier) => isSame(earlier, set))) sets.set(set.name, set);
    });
  }
  for (const question of questions) {
    const names = nameOf(question) ?? {};
    const product = products.find(({ name }) => name === (question.module ?? "all"));
    const having = active.filter((mirror) => carries(mirror, question, lines));
    for (const protocol of PROTOCOLS) {
      const name = names[protocol];
      if (product === undefined) throw new Error(`no product ${question.module}`);
      const set = { name: name ?? "", product, urls: urlsOf(product, protocol, having) };
      const asked = `${protocol} ${JSON.stringify(question)}`;
      if (isOffered(set) !== (name !== undefined)) {
        throw new Error(`${asked} is answered by ${name}, but ${[...set.urls.keys()]} have it`);
      }
      const known = sets.get(set.name);
      if (known !== undefined && !isSame(known, set)) {
        throw new Error(`${asked} is answered by ${name}, but ${[...set.urls.keys()]} have it`);
      }
      if (name !== undefined) sets.set(name, set);
    }
  }
  return [...sets.values()];

  function isOffered({ urls }: OracleSet): boolean {
    return active.some(({ name, reach }) => reach === "public" && urls.has(name));
  }
}

function urlsOf(
  { name: product }: OracleProduct,
  protocol: (typeof PROTOCOLS)[number],
  mirrors: readonly ReadMirror[],
): ReadonlyMap<string, string> {
  return new Map(
    mirrors.flatMap((mirror) => {
      const url = urlOf(mirror, product, protocol);
      return url === undefined ? [] : [[mirror.name, url] as const];
    }),
  );
}

/** http if there is one, else https, unless one of them is asked for. */
function urlOf(
  { urls }: ReadMirror,
  product: string,
  protocol: (typeof PROTOCOLS)[number],
): string | undefined {
  const { http, https } = urls.get(product) ?? {};
  return protocol === "any" ? (http ?? https) : protocol === "http" ? http : https;
}

function isSame(a: OracleSet, b: OracleSet): boolean {
  const text = ({ urls }: OracleSet) => JSON.stringify([...urls].sort());
  return a.product === b.product && text(a) === text(b);
}

/** A mirror that names no version of a module is not thought to lack any. */
function carries(
  { carries: { versions, architectures, repositories, isos }, lacks }: ReadMirror,
  { module, directory, repo, arch }: OracleQuestion,
  lines: readonly string[],
): boolean {
  const images = module === undefined ? "isos" : `${module}:isos`;
  const check = repo === undefined ? images : `repo:${directory}/${repo}/${arch ?? ""}`;
  if (lacks?.has(check)) return false;
  const named = versions?.filter((version) => {
    return module === undefined || version.endsWith(`-${module}`);
  });
  const isOfLine = (version: string) =>
    lines.includes(version) && directory.startsWith(`${version}.`);
  const hasVersion =
    named === undefined ||
    (module !== undefined && named.length === 0) ||
    named.some((version) => version === directory || isOfLine(version));
  const hasContent = repo === undefined ? isos : (repositories?.includes(repo) ?? true);
  return (
    hasVersion && hasContent && (arch === undefined || (architectures?.includes(arch) ?? true))
  );
}
