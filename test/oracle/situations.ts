/**
 * Which subnets of mirrors and which override hold an address, for tens of thousands of subnets.
 *
 * Of two CIDR prefixes that share an address one holds the other. So the prefixes around an address
 * are known from the innermost: it, the innermost around it, and so on. All starts of prefixes and
 * all first addresses behind them cut the addresses into intervals, on each of which the innermost
 * prefix is the same; a walk in address order finds it with a stack of those that are open.
 */
import type { Address, PlainPrefix } from "./address.ts";
import type { OracleMirror, SubnetsHolding } from "./rank.ts";

export interface Situation<Override> {
  readonly subnets: SubnetsHolding;
  readonly override: Override | undefined;
}

export interface Situations<Override> {
  /** By number; situations that the rule cannot tell apart have one. 0 is none. */
  situation(id: number): Situation<Override>;
  idAt(address: Address): number;
  /** Where the situation may change, in one family, ascending. */
  edges(family: 4 | 6): readonly bigint[];
}

interface Holder<Override> {
  readonly network: PlainPrefix;
  readonly mirrors: string[];
  override?: Override;
}

export function makeSituations<Override extends { readonly network: PlainPrefix }>(
  mirrors: readonly OracleMirror[],
  overrides: readonly Override[],
): Situations<Override> {
  const situations: Situation<Override>[] = [{ subnets: new Map(), override: undefined }];
  const ids = new Map<string, number>([[keyOf([], -1), 0]]);
  const families = { 4: intervalsOf(4), 6: intervalsOf(6) };
  return {
    situation: (id) => situations[id] as Situation<Override>,
    idAt({ family, value }) {
      const { starts, ids: idsOfFamily } = families[family];
      return idsOfFamily[lastNotAfter(starts, value)] ?? 0;
    },
    edges: (family) => families[family].starts,
  };

  function intervalsOf(family: 4 | 6) {
    const starts: bigint[] = [];
    const idsOfFamily: number[] = [];
    const open: {
      readonly last: bigint;
      readonly id: number;
      readonly inside: Situation<Override>;
    }[] = [];
    const begin = (at: bigint) => {
      const id = open.at(-1)?.id ?? 0;
      if (starts.at(-1) === at) idsOfFamily[idsOfFamily.length - 1] = id;
      else idsOfFamily[starts.push(at) - 1] = id;
    };
    const closeBefore = (at: bigint) => {
      for (let top = open.at(-1); top !== undefined && top.last < at; top = open.at(-1)) {
        open.pop();
        begin(top.last + 1n);
      }
    };
    for (const { network, mirrors: names, override } of holdersOf(family)) {
      closeBefore(network.first);
      const outer = open.at(-1)?.inside ?? (situations[0] as Situation<Override>);
      const inside: Situation<Override> = {
        // Inner prefixes are longer, so the last one set for a mirror is its longest.
        subnets: new Map([...outer.subnets, ...names.map((name) => [name, network.bits] as const)]),
        override: override ?? outer.override,
      };
      open.push({ last: network.last, id: idOf(inside), inside });
      begin(network.first);
    }
    closeBefore(1n << 200n);
    return { starts, ids: idsOfFamily };
  }

  /** Every prefix once, in address order and the outer before the inner. */
  function holdersOf(family: 4 | 6): Holder<Override>[] {
    const byKey = new Map<string, Holder<Override>>();
    const holder = (network: PlainPrefix) => {
      const key = `${network.first}/${network.bits}`;
      const found = byKey.get(key) ?? { network, mirrors: [] };
      byKey.set(key, found);
      return found;
    };
    for (const { name, subnets } of mirrors) {
      for (const net of subnets) if (net.family === family) holder(net).mirrors.push(name);
    }
    for (const override of overrides) {
      // Of two overrides of one network the last holds.
      if (override.network.family === family) holder(override.network).override = override;
    }
    return [...byKey.values()].sort(
      (a, b) => compare(a.network.first, b.network.first) || a.network.bits - b.network.bits,
    );
  }

  function idOf(situation: Situation<Override>): number {
    // Of the lengths of prefixes the rule asks which of two is longer, and no more.
    const lengths = [...new Set(situation.subnets.values())].sort((a, b) => a - b);
    const subnets = [...situation.subnets]
      .map(([name, bits]) => `${name} ${lengths.indexOf(bits)}`)
      .sort();
    const key = keyOf(subnets, situation.override ? overrides.indexOf(situation.override) : -1);
    const id = ids.get(key) ?? situations.push(situation) - 1;
    ids.set(key, id);
    return id;
  }
}

function keyOf(subnets: readonly string[], override: number): string {
  return [override, ...subnets].join(" ");
}

/** The place of the last number that is at most `value`, by bisection; -1 when there is none. */
function lastNotAfter(ascending: readonly bigint[], value: bigint): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as bigint) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
