/** Checks of mirrors and spans of time in few words. */
import { visible } from "../diagnostics/wording.ts";
import { isRepositoryCheck } from "../model/probe-checks.ts";
import type { CheckId } from "../model/probe-state.ts";
import { formatCount } from "./format.ts";

/** A way to a product: the timestamp over a protocol and a family. */
export interface Access {
  /** "" for what belongs to no module. */
  readonly module: string;
  readonly protocol: "http" | "https";
  readonly family: "ipv4" | "ipv6";
}

/** Null for a check of another kind. */
export function accessOf(check: CheckId): Access | null {
  const [, module = "", protocol, family] = /^(?:([^:]+):)?(https?)\/(ipv[46])$/.exec(check) ?? [];
  if (protocol === undefined) return null;
  return { module, protocol: protocol as "http", family: family as "ipv4" };
}

/** One check by its own words: "http over IPv4", "9.8/baseos/x86_64", "kitten ISOs". */
export function describeCheck(check: CheckId): string {
  const access = accessOf(check);
  if (access) return `${access.module} ${describeWay(access)}`.trimStart();
  if (check === "dns") return "DNS";
  if (isRepositoryCheck(check)) return check.slice("repo:".length).replace(/\/$/, "");
  return check.replace(/^([^:]+):isos$/, "$1 ISOs").replace(/^isos$/, "ISOs");
}

/**
 * What some checks of a mirror are about, of all those that it has: "everything" where no way to
 * the mirror is left, "https", "IPv6", "2 repositories", "kitten".
 */
export function describeChecks(some: readonly CheckId[], all: readonly CheckId[]): string {
  const repositories = some.filter(isRepositoryCheck);
  const others = some.filter((check) => !isRepositoryCheck(check) && accessOf(check) === null);
  const ways = modulesOf(some).flatMap((module) => describeWays(module, some, all));
  // A name without an address is no more than the cause of all ways being closed.
  const named = ways.includes("everything") ? others.filter((check) => check !== "dns") : others;
  return [...ways, ...named.map(describeCheck), ...describeRepositories(repositories)].join(", ");
}

function modulesOf(checks: readonly CheckId[]): readonly string[] {
  return [...new Set(checks.flatMap((check) => accessOf(check)?.module ?? []))].sort();
}

function describeWays(
  module: string,
  some: readonly CheckId[],
  all: readonly CheckId[],
): readonly string[] {
  const ofModule = (checks: readonly CheckId[]) =>
    checks.flatMap((check) => {
      const access = accessOf(check);
      return access?.module === module ? [access] : [];
    });
  const asked = ofModule(all);
  const meant = ofModule(some);
  if (meant.length === asked.length) return [module === "" ? "everything" : module];
  const words: string[] = [];
  let rest = meant;
  // Whole protocols and families first; what is left is named way by way.
  for (const [word, is] of WHOLES) {
    const isWhole = meant.filter(is).length === asked.filter(is).length;
    if (!isWhole || !rest.some(is)) continue;
    words.push(word);
    rest = rest.filter((access) => !is(access));
  }
  return [...words, ...rest.map(describeWay)].map((word) => `${module} ${word}`.trimStart());
}

const WHOLES: readonly (readonly [word: string, is: (access: Access) => boolean])[] = [
  ["https", ({ protocol }) => protocol === "https"],
  ["http", ({ protocol }) => protocol === "http"],
  ["IPv6", ({ family }) => family === "ipv6"],
  ["IPv4", ({ family }) => family === "ipv4"],
];

function describeWay({ protocol, family }: Access): string {
  return `${protocol} over ${family === "ipv4" ? "IPv4" : "IPv6"}`;
}

/** "9.8/baseos/x86_64", "3 repositories of 9.8, s390x", "12 repositories". */
function describeRepositories(checks: readonly CheckId[]): readonly string[] {
  if (checks.length < 2) return checks.map(describeCheck);
  const parts = checks.map((check) => describeCheck(check).split("/"));
  const common = [0, 2].flatMap((position) => {
    const [value = "", ...more] = new Set(parts.map((part) => part[position]));
    return more.length > 0 || value === "" ? [] : value;
  });
  const of = common.length === 0 ? "" : ` of ${common.join(", ")}`;
  return [`${formatCount(checks.length)} repositories${of}`];
}

/** Text of strangers as a part of a line. */
export function oneLine(text: string): string {
  return visible(text).replace(/[\n\t]/g, " ");
}

/** What is said of a mirror in a line that begins with its name, where there is little room. */
export function aboutItself(detail: string, name: string): string {
  const short = detail
    .replace(/^the certificate of (\S+) cannot be trusted: it /, "$1 has a certificate that ")
    .replace(/^(\S+) \((?:\S+, )?port \d+\) /, "$1 ");
  return short.startsWith(`${name} `) ? `it ${short.slice(name.length + 1)}` : short;
}

const STEPS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, "day"],
  [3600, "h"],
  [60, "min"],
];

/** A span in its largest fitting unit, which is at least two of them: 7300 -> "2 h", 86_400 -> "24 h". */
export function formatSpan(seconds: number): string {
  const [size, unit] = STEPS.find(([step]) => seconds >= 2 * step) ?? [1, "s"];
  const count = Math.max(0, Math.floor(seconds / size));
  return `${formatCount(count)} ${unit}${unit === "day" ? "s" : ""}`;
}
