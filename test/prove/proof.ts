/**
 * The whole proof of one generation: both families swept, the prefixes that embed IPv4 compared
 * with it, and the tree checked for being as small as it can be.
 */
import {
  type Address,
  embeddings,
  type PlainPrefix,
  type Range,
  toPrefix,
} from "../oracle/address.ts";
import type { AsnRange } from "../oracle/asn.ts";
import { answerOfLeaf, type ListTexts } from "../oracle/generation.ts";
import { type Judge, makeJudge, type OracleRule } from "../oracle/judge.ts";
import { dataOf, descend, leafCursor, type PlainDatabase, recordOf } from "../oracle/mmdb.ts";
import { placeOfRecord } from "../oracle/places.ts";
import { ClientCounts } from "./clients.ts";
import { blocksWithout, type FamilyTree, type SweepResult, sweep } from "./sweep.ts";

export interface ProofInput extends OracleRule {
  /** One database for both families, or one for each. */
  readonly city: readonly PlainDatabase[];
  /** Of the ASNs that mirrors declare, in address order. */
  readonly asn: readonly AsnRange[];
  /** All IPv6 networks that somebody announces, in address order; where not given, none. */
  readonly announced?: readonly Range[];
  readonly routes: PlainDatabase;
  readonly lists: ListTexts;
  progress(family: 4 | 6, intervals: number, at: Address): void;
}

export interface FamilyProof extends SweepResult {
  readonly family: 4 | 6;
  /** How many addresses there are to cover: of IPv6 all but those that embed IPv4. */
  readonly toCover: bigint;
  /** Distinct combinations of place, slot, ASN, subnets and override that this family added. */
  readonly combinations: number;
  readonly seconds: number;
}

export interface Proof {
  readonly families: readonly FamilyProof[];
  readonly aliases: readonly { readonly prefix: string; readonly verdict: string }[];
  /** What keeps the tree from being minimal; empty when nothing does. */
  readonly excess: readonly string[];
  readonly holds: boolean;
  readonly judge: Judge;
  /** How many clients get what. */
  readonly clients: ClientCounts;
}

export function prove(input: ProofInput): Proof {
  const judge = makeJudge(input);
  const textOf = routesTexts(input, judge);
  const clients = new ClientCounts(judge, input.world);
  const families = ([4, 6] as const).map((family) =>
    proveFamily(input, judge, textOf, clients, family),
  );
  const aliases = embeddings
    .filter(({ shift, prefix }) => shift !== 0n || prefix.first !== 0n)
    .map(({ prefix }) => ({
      prefix: prefixText(prefix),
      verdict: compareWithIpv4(input.routes, prefix, textOf),
    }));
  const excess = excessOf(input.routes, textOf);
  const holds =
    excess.length === 0 &&
    families.every((one) => one.mismatches === 0 && one.addresses === one.toCover) &&
    aliases.every(({ verdict }) => verdict.startsWith("same"));
  return { families, aliases, excess, holds, judge, clients };
}

function proveFamily(
  input: ProofInput,
  judge: Judge,
  textOf: (record: number) => number,
  clients: ClientCounts,
  family: 4 | 6,
): FamilyProof {
  const started = performance.now();
  const combinations = judge.combinations();
  const city = familyTree(input.city, family);
  const whole = toPrefix(family === 4 ? "0.0.0.0/0" : "::/0");
  const out = family === 4 ? [] : embeddings.map(({ prefix }) => prefix);
  const toCover = out.reduce(
    (left, { first, last }) => left - (last - first + 1n),
    whole.last + 1n,
  );
  const result = sweep({
    family,
    blocks: blocksWithout(whole, out),
    city,
    routes: { db: input.routes, offsetBits: family === 4 ? 96 : 0 },
    asn: input.asn.filter((range) => range.family === family),
    announced: family === 6 ? (input.announced ?? []) : [],
    edges: judge.edges(family),
    count: (interval) => clients.add(interval),
    judge,
    placeOf: placesOf(city?.db, judge),
    textOf,
    progress: (intervals, at) => input.progress(family, intervals, at),
  });
  return {
    ...result,
    family,
    toCover,
    combinations: judge.combinations() - combinations,
    seconds: (performance.now() - started) / 1000,
  };
}

function familyTree(city: readonly PlainDatabase[], family: 4 | 6): FamilyTree | undefined {
  const own = city.find(({ width }) => width === (family === 4 ? 32 : 128));
  if (own) return { db: own, offsetBits: 0 };
  const both = family === 4 ? city.find(({ width }) => width === 128) : undefined;
  return both && { db: both, offsetBits: 96 };
}

/** The place of a City record by number, each record decoded once. */
function placesOf(db: PlainDatabase | undefined, judge: Judge): (record: number) => number {
  const unknown = judge.placeId(null);
  if (db === undefined) return () => unknown;
  const known = new Int32Array(db.dataSize + 17).fill(-1);
  return (record) => {
    const slot = record - db.nodeCount;
    const place = known[slot];
    if (place === undefined) throw new Error(`a record beyond the data: ${record}`);
    if (place !== -1) return place;
    const found = judge.placeId(placeOfRecord(dataOf(db, record)));
    known[slot] = found;
    return found;
  };
}

/** What a leaf leads to, as the number of its text. */
function routesTexts({ routes, lists }: ProofInput, judge: Judge): (record: number) => number {
  const known = new Map<number, number>();
  return (record) => {
    const cached = known.get(record);
    if (cached !== undefined) return cached;
    const number = judge.answerId(answerOfLeaf(dataOf(routes, record), lists));
    known.set(record, number);
    return number;
  };
}

function prefixText({ first, bits }: PlainPrefix): string {
  const hex = first.toString(16).padStart(32, "0").slice(0, 24);
  return `${hex.replace(/(.{4})(?!$)/g, "$1:").replace(/(:0000)+$/, "")}::/${bits}`;
}

/** The same node, or at least the same leaves. */
function compareWithIpv4(
  db: PlainDatabase,
  prefix: PlainPrefix,
  textOf: (record: number) => number,
): string {
  const ipv4 = descend(db, 0n, 96);
  const path = prefix.first >> BigInt(128 - prefix.bits);
  const alias = descend(db, path, prefix.bits);
  if (alias.record === ipv4.record) return "same node";
  if (alias.record < db.nodeCount && ipv4.record < db.nodeCount) {
    const ours = leafCursor(db, ipv4.record, 0);
    const theirs = leafCursor(db, alias.record, 0);
    let equal = true;
    while (equal && ours.next()) {
      const paired = theirs.next() && ours.depth === theirs.depth;
      equal = paired && textOf(ours.record) === textOf(theirs.record);
    }
    if (equal) return "same leaves, stored twice";
  }
  return "DIFFERS from the IPv4 tree";
}

/** Minimal means: no node with equal leaves, none stored twice, none unreachable, no list twice. */
function excessOf(db: PlainDatabase, textOf: (record: number) => number): string[] {
  const { nodeCount } = db;
  const pairs = new Float64Array(nodeCount);
  const reached = new Uint8Array(nodeCount);
  const leaves = new Set<number>();
  reached[0] = 1;
  let equalLeaves = 0;
  let backwards = 0;
  for (let node = 0; node < nodeCount; node += 1) {
    const zero = recordOf(db, node, 0);
    const one = recordOf(db, node, 1);
    // Equal subtrees need their node, which takes a bit of the address; equal leaves do not, but
    // in a table of a single leaf.
    if (zero === one && zero >= nodeCount && nodeCount > 1) equalLeaves += 1;
    for (const record of [zero, one]) {
      if (record >= nodeCount) leaves.add(record);
      else reached[record] = 1;
      if (record <= node) backwards += 1;
    }
    pairs[node] = zero * 2 ** 26 + one;
  }
  pairs.sort();
  let twice = 0;
  for (let index = 1; index < nodeCount; index += 1) {
    if (pairs[index] === pairs[index - 1]) twice += 1;
  }
  const unreached = reached.filter((mark) => mark === 0).length;
  const texts = new Set([...leaves].map(textOf));
  return [
    [equalLeaves, "nodes with two equal leaves"],
    [twice, "nodes that repeat another"],
    [unreached, "nodes that nothing points to"],
    [backwards, "records that point back towards the root"],
    [leaves.size - texts.size, "data records that repeat another's lists"],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
}
