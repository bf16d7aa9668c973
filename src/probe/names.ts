/** What the resolver says of a mirror's host names: each is asked for once for all checks. */
import { parseAddress } from "../ip/address.ts";
import type { ProbeReason } from "../model/probe-reasons.ts";
import type { MirrorResult } from "../model/probe-state.ts";
import { ResolveError, type Resolver } from "../net/resolver.ts";
import type { Verdict } from "./verdict.ts";

/** The addresses of a host in one family, in text; or why they are not known. */
export type Named =
  | { readonly addresses: readonly string[] }
  | { readonly reason: Extract<ProbeReason, "dns" | "unanswered">; readonly detail: string };

/**
 * Asks each name of a family once, and remembers also that there was no answer; but not where whoever
 * asked first gave up.
 */
export function rememberNames(resolver: Resolver): Resolver {
  const asked = new Map<string, Promise<readonly string[]>>();
  return {
    ...resolver,
    resolve(host, family, signal) {
      const key = `${family} ${host}`;
      const answer = asked.get(key) ?? resolver.resolve(host, family, signal);
      asked.set(key, answer);
      answer.catch(() => {
        if (signal.aborted && asked.get(key) === answer) asked.delete(key);
      });
      return answer;
    },
  };
}

export async function lookUp(
  host: string,
  family: 4 | 6,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Named> {
  const literal = parseAddress(host);
  if (literal) return { addresses: literal.family === family ? [host] : [] };
  try {
    return { addresses: await resolver.resolve(host, family, signal) };
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error;
    const reason = error.kind === "missing" ? "dns" : "unanswered";
    return { reason, detail: error.message };
  }
}

/** Of a mirror with these names, in both families: one that has an address is enough. */
export function judgeNames(named: readonly Named[]): Verdict {
  if (named.some((each) => "addresses" in each && each.addresses.length > 0)) {
    return { reason: "ok" };
  }
  const failures = named.flatMap((each) => ("reason" in each ? each : []));
  // A name that our resolver could not look up may be the one that has an address.
  const failure = failures.find(({ reason }) => reason === "unanswered") ?? failures[0];
  return failure ?? { reason: "no-address", detail: "no address in either family" };
}

export function addressesOf(
  named: readonly { readonly family: 4 | 6; readonly is: Named }[],
): MirrorResult["addresses"] {
  const ofFamily = (wanted: 4 | 6) => {
    const all = named.flatMap(({ family, is }) =>
      family === wanted && "addresses" in is ? is.addresses : [],
    );
    // What is no address is refused where it would be connected to, and kept nowhere.
    return [...new Set(all.filter((text) => parseAddress(text)?.family === wanted))].sort();
  };
  return { ipv4: ofFamily(4), ipv6: ofFamily(6) };
}
