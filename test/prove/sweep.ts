/**
 * The interval merge: every leaf of the City tree, every ASN range and every edge of a subnet or an
 * override is laid against every leaf of `routes.mmdb` in address order, so that each address
 * lies in exactly one compared interval. Where blocks of addresses can be answered differently, no
 * interval goes over the end of one.
 */
import type { Address, PlainPrefix, Range } from "../oracle/address.ts";
import type { AsnRange } from "../oracle/asn.ts";
import type { Judge, Question } from "../oracle/judge.ts";
import { descend, leafCursor, type PlainDatabase } from "../oracle/mmdb.ts";

/** A tree and where in it the addresses of a family start. */
export interface FamilyTree {
  readonly db: PlainDatabase;
  /** Zero bits before an address: 96 for IPv4 in an IPv6 tree, else 0. */
  readonly offsetBits: number;
}

export interface SweepInput {
  readonly family: 4 | 6;
  /** CIDR blocks in address order; together they are what is to be covered. */
  readonly blocks: readonly PlainPrefix[];
  readonly city: FamilyTree | undefined;
  readonly routes: FamilyTree;
  /** Of this family, in address order, only ASNs that some mirror declares. */
  readonly asn: readonly AsnRange[];
  /** What else intervals are cut at: of this family, in address order. */
  readonly announced: readonly Range[];
  /** Where subnets and overrides of this family begin, and one after they end, ascending. */
  readonly edges: readonly bigint[];
  readonly judge: Judge;
  /** The number of a place by the record of the City tree. */
  placeOf(record: number): number;
  /** The number of a list's text by the record of the routes tree. */
  textOf(record: number): number;
  /** Called for each interval. */
  count(interval: SweptInterval): void;
  /** Called about every million intervals, with the share of the sweep that is done. */
  progress(intervals: number, at: Address): void;
}

export interface SweptInterval {
  readonly question: Question;
  /** Of the City tree. */
  readonly record: number;
  readonly expected: number;
  readonly addresses: bigint;
  readonly isAnnounced: boolean;
}

export interface Mismatch {
  readonly first: Address;
  readonly last: Address;
  readonly place: number;
  readonly asn: number;
  readonly expected: number;
  readonly found: number;
}

export interface SweepResult {
  readonly intervals: number;
  readonly addresses: bigint;
  readonly mismatches: number;
  /** The first few of them. */
  readonly shown: readonly Mismatch[];
}

const SHOWN = 5;

export function sweep(input: SweepInput): SweepResult {
  const { family, judge } = input;
  const asn = rangeStream(input.asn, ({ asn: number }) => number);
  const announced = rangeStream(input.announced, () => 1);
  const edges = edgeStream(input.edges);
  const shown: Mismatch[] = [];
  let intervals = 0;
  let addresses = 0n;
  let mismatches = 0;

  for (const block of input.blocks) {
    const city = leafStream(input.city, block);
    const routes = leafStream(input.routes, block);
    const blockEnd = block.last + 1n;
    let situation = -1;
    let at = block.first;
    while (at < blockEnd) {
      if (city.end <= at) city.next();
      if (routes.end <= at) routes.next();
      asn.moveTo(at);
      announced.moveTo(at);
      if (edges.moveTo(at)) situation = -1;
      if (situation === -1) situation = judge.situationId({ family, value: at });

      const change = [city.end, routes.end, asn.end, announced.end, edges.end].reduce(earlier);
      const place = input.placeOf(city.record);
      const isOneBlock = judge.dependsOnBlock(place, situation);
      const end = earlier(earlier(change, blockEnd), isOneBlock ? endOfBlock(family, at) : BEYOND);

      const question = { place, asn: asn.value, situation, address: { family, value: at } };
      const expected = judge.expected(question);
      const found = input.textOf(routes.record);
      if (expected !== found) {
        mismatches += 1;
        if (shown.length < SHOWN) {
          const { address } = question;
          const last = { family, value: end - 1n };
          shown.push({ first: address, last, place, asn: asn.value, expected, found });
        }
      }
      input.count({
        question,
        record: city.record,
        expected,
        addresses: end - at,
        isAnnounced: announced.value === 1,
      });
      intervals += 1;
      addresses += end - at;
      if (intervals % 1_000_000 === 0) input.progress(intervals, question.address);
      at = end;
    }
  }
  return { intervals, addresses, mismatches, shown };
}

/** The blocks of a family but for those left out, in address order. */
export function blocksWithout(whole: PlainPrefix, out: readonly PlainPrefix[]): PlainPrefix[] {
  const inside = out.filter(({ first, last }) => whole.first <= first && last <= whole.last);
  if (inside.length === 0) return [whole];
  if (inside.some(({ bits }) => bits === whole.bits)) return [];
  const bits = whole.bits + 1;
  const middle = (whole.first + whole.last + 1n) / 2n;
  const { family } = whole;
  return [
    ...blocksWithout({ family, bits, first: whole.first, last: middle - 1n }, inside),
    ...blocksWithout({ family, bits, first: middle, last: whole.last }, inside),
  ];
}

interface LeafStream {
  readonly record: number;
  /** One after the last address of the leaf. */
  readonly end: bigint;
  next(): void;
}

/** The record -1 stands for a family that no database knows. */
function leafStream(tree: FamilyTree | undefined, block: PlainPrefix): LeafStream {
  const blockEnd = block.last + 1n;
  if (tree === undefined) return { record: -1, end: blockEnd, next: endOfStream };
  const width = block.family === 4 ? 32 : 128;
  const path = block.first >> BigInt(width - block.bits);
  const top = descend(tree.db, path, tree.offsetBits + block.bits);
  if (top.record >= tree.db.nodeCount) {
    return { record: top.record, end: blockEnd, next: endOfStream };
  }
  const leaves = leafCursor(tree.db, top.record, top.depth);
  const sizes = Array.from({ length: width + 1 }, (_, depth) => 1n << BigInt(width - depth));
  const stream = { record: -1, end: block.first, next };
  next();
  return stream;

  function next(): void {
    if (!leaves.next()) endOfStream();
    stream.record = leaves.record;
    stream.end += sizes[leaves.depth - (tree as FamilyTree).offsetBits] as bigint;
  }
}

function endOfStream(): never {
  throw new Error("a tree ended before its block did");
}

/** One after the last address of the /16 or /32 that holds an address: those that `blockOf` numbers. */
function endOfBlock(family: 4 | 6, value: bigint): bigint {
  const hostBits = family === 4 ? 16n : 96n;
  return ((value >> hostBits) + 1n) << hostBits;
}

function earlier(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

const BEYOND = 1n << 200n;

/** Ranges and the gaps between them; the value of a gap is 0. */
function rangeStream<T extends Range>(ranges: readonly T[], numberOf: (range: T) => number) {
  let index = 0;
  const stream = { value: 0, end: 0n, moveTo };
  return stream;

  function moveTo(at: bigint): void {
    if (at < stream.end) return;
    while (index < ranges.length && (ranges[index] as T).last < at) index += 1;
    const range = ranges[index];
    const inside = range !== undefined && range.first <= at;
    stream.value = inside ? numberOf(range) : 0;
    stream.end = range === undefined ? BEYOND : inside ? range.last + 1n : range.first;
  }
}

function edgeStream(edges: readonly bigint[]) {
  let index = 0;
  const stream = { end: 0n, moveTo };
  return stream;

  /** True when an edge was crossed. */
  function moveTo(at: bigint): boolean {
    if (at < stream.end) return false;
    while (index < edges.length && (edges[index] as bigint) <= at) index += 1;
    stream.end = edges[index] ?? BEYOND;
    return true;
  }
}
