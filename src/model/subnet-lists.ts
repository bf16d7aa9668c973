/**
 * The networks behind the URLs that mirrors give as their subnets, as `fetch` stored them: one a
 * line. A mirror may claim no more by a URL than by its own file.
 */
import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { formatPrefix, type Prefix } from "../ip/prefix.ts";
import { describeSpecialPurpose } from "../ip/special.ts";
import { inOrder, MAX_SUBNETS, refusedClaim, type SubnetsUrl } from "./claims.ts";
import type { Mirror } from "./mirror.ts";
import { shorten } from "./values.ts";

/** A stored list, or why there is none. */
export type SubnetList =
  | { readonly networks: readonly Prefix[] }
  | { readonly unusable: string }
  | "not-fetched";

export interface SubnetLists {
  /** By URL, of those on allowed hosts. */
  readonly lists: ReadonlyMap<string, SubnetList>;
  readonly allowedHosts: readonly string[];
}

/** The URLs that mirrors name on allowed hosts, in code-point order. */
export function allowedSubnetUrls(
  mirrors: readonly Mirror[],
  allowedHosts: readonly string[],
): readonly string[] {
  const urls = mirrors.flatMap(({ subnetsFrom }) => subnetsFrom ?? []).map(({ url }) => url);
  return [...new Set(urls)].filter((url) => allowedHosts.includes(hostOf(url))).sort();
}

/** The mirrors in their order, those with URLs of networks with these among their subnets. */
export function addSubnetLists(
  mirrors: readonly Mirror[],
  { lists, allowedHosts }: SubnetLists,
  report: Report,
): readonly Mirror[] {
  return mirrors.map((mirror) => {
    const { subnetsFrom, disabled } = mirror;
    if (subnetsFrom === undefined) return mirror;
    // Of a mirror that is out of every list anyway, nothing has to be mended.
    const reportOf: Report = disabled === undefined ? report : () => undefined;
    const found = subnetsFrom.flatMap((from) => {
      const host = hostOf(from.url);
      const place = { file: mirror.file, range: from.range };
      const url = shorten(from.url);
      if (!allowedHosts.includes(host)) {
        reportOf(problem("subnets-host", place, { url, host }));
        return [];
      }
      const list = lists.get(from.url) ?? "not-fetched";
      if (list === "not-fetched") {
        reportOf(problem("subnets-not-fetched", place, { url }));
        return [];
      }
      if ("networks" in list) return allowedNetworks(list.networks, mirror, from, reportOf);
      reportOf(problem("subnets-list", place, { url, reason: list.unusable }));
      return [];
    });
    const all = inOrder([...mirror.subnets, ...found]);
    const range = subnetsFrom[0]?.range;
    if (all.length > MAX_SUBNETS) {
      const args = { count: all.length, limit: MAX_SUBNETS };
      reportOf(problem("too-many-subnets", { file: mirror.file, range }, args));
    }
    const subnets = all.slice(0, MAX_SUBNETS);
    if (mirror.reach === "private" && mirror.asns.length === 0 && subnets.length === 0) {
      reportOf(problem("private-without-scope", { file: mirror.file, range }, {}));
    }
    return { ...mirror, subnets };
  });
}

/** Without what no mirror may claim; how much that is, is reported once for each URL. */
function allowedNetworks(
  networks: readonly Prefix[],
  { file }: Mirror,
  { url, range }: SubnetsUrl,
  report: Report,
): readonly Prefix[] {
  let count = 0;
  let first: { readonly network: string; readonly reason: string } | undefined;
  const allowed = networks.filter((prefix) => {
    const refusal = refusedClaim(prefix);
    if (refusal === null) return true;
    count++;
    first ??= {
      network: formatPrefix(prefix),
      reason:
        refusal.kind === "wide"
          ? `it is wider than /${refusal.limit}`
          : `it overlaps ${describeSpecialPurpose(refusal.special)}`,
    };
    return false;
  });
  if (first)
    report(problem("subnets-entries", { file, range }, { count, url: shorten(url), ...first }));
  return allowed;
}

/** Without a port, which says nothing of whose the host is. */
function hostOf(url: string): string {
  return new URL(url).hostname;
}
