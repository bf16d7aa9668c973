/**
 * What asking mirrors has shown, applied plainly: read straight from the file, and mirrors lose what
 * they fail. What so few lack that the program leaves them out of more is not known here.
 */
import { type Address, toAddress } from "./address.ts";
import type { AsnRange } from "./asn.ts";
import type { ProtocolUrls, ReadMirror } from "./mirrors.ts";

interface WrittenState {
  readonly mirrors: Readonly<Record<string, WrittenMirror>>;
}

interface WrittenMirror {
  readonly addresses: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  readonly checks: Readonly<Record<string, { readonly good: boolean }>>;
}

export interface HealthContext {
  /** All of them. */
  readonly asns: readonly AsnRange[];
  /** Whether the rule counts the ASNs of a mirror's addresses among its own. */
  readonly countsOwn: boolean;
  /** The countries of mirrors whose files name none, where the program has placed them. */
  readonly countries: ReadonlyMap<string, string>;
}

export function withProbeResults(
  mirrors: readonly ReadMirror[],
  stateText: string,
  { asns, countsOwn, countries }: HealthContext,
): ReadMirror[] {
  const state = JSON.parse(stateText) as WrittenState;
  return mirrors.map((mirror) => {
    const known = state.mirrors[mirror.name];
    if (known === undefined || mirror.reach !== "public") return mirror;
    const fails = (check: string) => known.checks[check]?.good === false;
    const urls = new Map(
      [...mirror.urls].map(([product, { http, https }]): [string, ProtocolUrls] => {
        const module = product === "all" ? "" : `${product}:`;
        return [
          product,
          {
            http: fails(`${module}http/ipv4`) ? undefined : http,
            https: fails(`${module}https/ipv4`) ? undefined : https,
          },
        ];
      }),
    );
    const isGone = [...urls.values()].every(({ http, https }) => !http && !https);
    const ownAsns = [...known.addresses.ipv4, ...known.addresses.ipv6].flatMap((text) =>
      asnsOf(toAddress(text), asns),
    );
    return {
      ...mirror,
      urls,
      disabled: mirror.disabled || isGone,
      country: mirror.country ?? countries.get(mirror.name),
      lacks: new Set(Object.keys(known.checks).filter(fails)),
      ownAsns,
      asns: countsOwn ? [...mirror.asns, ...ownAsns] : mirror.asns,
    };
  });
}

function asnsOf({ family, value }: Address, asns: readonly AsnRange[]): number[] {
  return asns
    .filter((range) => range.family === family && range.first <= value && value <= range.last)
    .map(({ asn }) => asn);
}
