/**
 * The overlay: a small trie of everything that can change an answer besides the place. It is zipped
 * with the City trie, so only prefixes that matter are in it: networks of ASNs that some mirror is
 * on-net for, the mirrors' subnets, the operator's overrides, and the IPv6 prefixes that embed IPv4.
 */
import type { Prefix } from "../ip/prefix.ts";
import type { ClientPlace } from "../model/place.ts";
import type { Client, SubnetMatch } from "../rank/client.ts";

/** One fact about one prefix. Facts of different kinds do not disturb each other. */
export type Mark =
  | { readonly kind: "asn"; readonly asn: number }
  | { readonly kind: "subnet"; readonly mirror: number }
  | { readonly kind: "override"; readonly place: OverriddenPlace }
  | { readonly kind: "ipv4" };

/** What an override says instead of the City record; with the subdivision that it counts for. */
export interface OverriddenPlace {
  readonly place: ClientPlace | null;
  readonly subdivision?: string;
}

/** What holds at one point of the walk down: the innermost mark of each kind. */
export interface OnNetState {
  readonly asn: number | undefined;
  /**
   * Every mirror whose subnets hold this point, ascending. For `bits` the lengths' ranks stand, from
   * 1 for the widest: the rule asks only which is longer, and a cloud's tens of thousands of
   * networks would else be thousands of states.
   */
  readonly subnets: readonly SubnetMatch[];
  readonly override: OverriddenPlace | undefined;
}

/** Node 0 is the root; a child of 0 means there is none, since no child leads back to the root. */
export interface Overlay {
  readonly children: Int32Array;
  /** By node: what holds from here on down, given the state above; see `states`. */
  readonly stateAt: Int32Array;
  /** By node: this prefix is looked up as the IPv4 address it embeds. */
  readonly isIpv4: Uint8Array;
  /** State 0 is "nothing on-net, nothing overridden". */
  readonly states: readonly OnNetState[];
}

/** Nothing on-net, nothing overridden. */
export const PLAIN_STATE: OnNetState = { asn: undefined, subnets: [], override: undefined };

/** The client at a point where a state holds; `located` is what GeoIP says, and the block. */
export function clientUnder(
  { asn, subnets, override }: OnNetState,
  { place, hasRecord, block }: Required<Pick<Client, "place" | "hasRecord" | "block">>,
  mirrorsOfAsn: ReadonlyMap<number, readonly number[]>,
): Client {
  return {
    place: override === undefined ? place : override.place,
    hasRecord: override === undefined && hasRecord,
    block,
    subnetMatches: subnets,
    asnMatches: (asn !== undefined && mirrorsOfAsn.get(asn)) || [],
    asn,
  };
}

/**
 * Builds the overlay of one family. Where prefixes of one kind nest, the innermost wins, except
 * subnets: each mirror whose subnet holds the client counts. Among equal prefixes of one kind the
 * last given wins.
 */
export function buildOverlay(marks: Iterable<readonly [Prefix, Mark]>): Overlay {
  const children: number[] = [0, 0];
  const marksAt: (Mark[] | undefined)[] = [undefined];
  for (const [prefix, mark] of marks) {
    let node = 0;
    for (let depth = 0; depth < prefix.bits; depth++) {
      const side = (prefix.words[depth >> 5]! >>> (31 - (depth & 31))) & 1;
      let child = children[node * 2 + side]!;
      if (child === 0) {
        child = marksAt.length;
        children[node * 2 + side] = child;
        children.push(0, 0);
        marksAt.push(undefined);
      }
      node = child;
    }
    const here = marksAt[node];
    if (here === undefined) marksAt[node] = [mark];
    else here.push(mark);
  }

  const states: OnNetState[] = [PLAIN_STATE];
  const numbers = new Map<string, number>([[keyOf(PLAIN_STATE, new Map()), 0]]);
  const overrideNumbers = new Map<OverriddenPlace, number>();
  const stateAt = new Int32Array(marksAt.length);
  const isIpv4 = new Uint8Array(marksAt.length);
  const pending: [node: number, depth: number, above: number][] = [[0, 0, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, depth, above] = next;
    let number = above;
    const here = marksAt[node];
    if (here !== undefined) {
      let state = states[above]!;
      for (const mark of here) {
        if (mark.kind === "ipv4") isIpv4[node] = 1;
        else state = applyMark(state, mark);
      }
      state = { ...state, subnets: rankedByLength(state.subnets) };
      const key = keyOf(state, overrideNumbers);
      number = numbers.get(key) ?? states.push(state) - 1;
      numbers.set(key, number);
    }
    stateAt[node] = number;
    for (const side of [1, 0]) {
      const child = children[node * 2 + side]!;
      if (child !== 0) pending.push([child, depth + 1, number]);
    }
  }
  return { children: Int32Array.from(children), stateAt, isIpv4, states };
}

/** Of all prefixes that hold a point, those of its own node are the longest. */
const LONGEST = Number.POSITIVE_INFINITY;

function applyMark(state: OnNetState, mark: Exclude<Mark, { kind: "ipv4" }>): OnNetState {
  switch (mark.kind) {
    case "asn":
      return { ...state, asn: mark.asn };
    case "override":
      return { ...state, override: mark.place };
    case "subnet": {
      const others = state.subnets.filter((match) => match.mirror !== mark.mirror);
      return { ...state, subnets: [...others, { mirror: mark.mirror, bits: LONGEST }] };
    }
  }
}

function rankedByLength(subnets: readonly SubnetMatch[]): readonly SubnetMatch[] {
  const lengths = [...new Set(subnets.map(({ bits }) => bits))].sort((a, b) => a - b);
  return subnets
    .map(({ mirror, bits }) => ({ mirror, bits: lengths.indexOf(bits) + 1 }))
    .sort((a, b) => a.mirror - b.mirror);
}

function keyOf(state: OnNetState, overrideNumbers: Map<OverriddenPlace, number>): string {
  let override = "";
  if (state.override !== undefined) {
    const number = overrideNumbers.get(state.override) ?? overrideNumbers.size;
    overrideNumbers.set(state.override, number);
    override = String(number);
  }
  const subnets = state.subnets.map((match) => `${match.mirror}/${match.bits}`);
  return `${state.asn ?? ""};${subnets.join(",")};${override}`;
}
