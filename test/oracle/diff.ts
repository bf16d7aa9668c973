/**
 * Two generations compared the slow way: the leaves of both routes.mmdb side by side, as ranges of
 * addresses, and the texts of the lists that they lead to.
 */
import { embeddings } from "./address.ts";
import type { AsnRange } from "./asn.ts";
import { type Answer, answerOfLeaf } from "./generation.ts";
import { dataOf, descend, leafCursor, type PlainDatabase } from "./mmdb.ts";

export interface PlainSide {
  readonly db: PlainDatabase;
  readonly texts: ReadonlyMap<string, string>;
}

export interface PlainChange {
  clients: number;
  first: number;
  list: number;
}

export interface PlainDiff {
  readonly ipv4: PlainChange;
  readonly ipv6: PlainChange;
  /** By country ("" for none), of the clients that have it now, or else had it. */
  readonly countries: Readonly<
    Record<string, { readonly ipv4: PlainChange; readonly ipv6: PlainChange }>
  >;
  /** IPv4 clients by how long their lists were and are, where these are shorter. */
  readonly shorter: Readonly<Record<string, number>>;
}

/** `announced` are IPv6 ranges, none over another; `set` is a list set of both. */
export function plainDiff(
  before: PlainSide,
  after: PlainSide,
  set: string,
  announced: readonly AsnRange[],
): PlainDiff {
  const fresh = () => ({ clients: 0, first: 0, list: 0 });
  const countries: Record<string, { ipv4: PlainChange; ipv6: PlainChange }> = {};
  const shorter: Record<string, number> = {};
  const whole = { ipv4: fresh(), ipv6: fresh() };
  const sides = [before, after].map((side) => ({ side, unknown: unknownText(side, set) }));
  const add = (family: "ipv4" | "ipv6", clients: number, answers: readonly Answer[]) => {
    const texts = answers.map((answer) => textsOf(answer, set));
    // Nobody knows anything of who has no country and the list of those that are nowhere.
    const isNowhere = answers.every(
      ({ country }, at) => country === undefined && texts[at]!.join() === sides[at]!.unknown,
    );
    if (clients === 0 || isNowhere) return;
    const country = answers[1]!.country ?? answers[0]!.country ?? "";
    countries[country] ??= { ipv4: fresh(), ipv6: fresh() };
    // Every client has one of so many equal parts of the hash that both numbers of orders divide.
    const steps = texts[0]!.length * texts[1]!.length;
    for (let step = 0; step < steps; step++) {
      const [old, now] = texts.map((own) =>
        own[Math.floor((step * own.length) / steps)]!.split("\n"),
      );
      for (const change of [whole[family], countries[country][family]]) {
        change.clients += clients / steps;
        if (old![0] !== now![0]) change.first += clients / steps;
        if (old!.join() !== now!.join()) change.list += clients / steps;
      }
      if (family === "ipv4" && now!.length < old!.length) {
        const key = `${old!.length - 1} to ${now!.length - 1}`;
        shorter[key] = (shorter[key] ?? 0) + clients / steps;
      }
    }
  };
  for (const { first, last, answers } of sideBySide(before, after, 96)) {
    add("ipv4", Number(last - first + 1n), answers);
  }
  for (const { first, last, answers } of sideBySide(before, after, 0)) {
    if (embeddings.some(({ prefix }) => prefix.first <= first && first <= prefix.last)) continue;
    const addresses = announced.reduce((sum, range) => sum + overlap(range, first, last), 0n);
    add("ipv6", Number(addresses) / 2 ** 80, answers);
  }
  return { ...whole, countries, shorter };
}

interface SharedRange {
  readonly first: bigint;
  readonly last: bigint;
  /** Before and after. */
  readonly answers: readonly Answer[];
}

/** The ranges in which both answer one thing, below so many zero bits. */
function* sideBySide(before: PlainSide, after: PlainSide, below: number): Generator<SharedRange> {
  const cursors = [before, after].map(({ db, texts }) => {
    const { record, depth } = descend(db, 0n, below);
    if (depth !== below) throw new Error("the tree ends above IPv4");
    const cursor = leafCursor(db, record, depth);
    const state = { end: 0n, answer: answerOfLeaf(undefined, texts) };
    const advance = () => {
      if (!cursor.next()) return;
      state.end += 1n << BigInt(128 - cursor.depth);
      state.answer = answerOfLeaf(dataOf(db, cursor.record), texts);
    };
    return { state, advance };
  });
  for (const { advance } of cursors) advance();
  const [old, now] = cursors;
  for (let at = 0n; at < 1n << BigInt(128 - below); ) {
    const [end] = [old!.state.end, now!.state.end].sort((a, b) => (a < b ? -1 : 1)) as [bigint];
    yield { first: at, last: end - 1n, answers: [old!.state.answer, now!.state.answer] };
    at = end;
    for (const { state, advance } of cursors) if (state.end === end) advance();
  }
}

function overlap(range: AsnRange, first: bigint, last: bigint): bigint {
  const from = range.first > first ? range.first : first;
  const to = range.last < last ? range.last : last;
  return to < from ? 0n : to - from + 1n;
}

function unknownText({ db, texts }: PlainSide, set: string): string {
  return textsOf(answerOfLeaf(dataOf(db, descend(db, 0n, 128).record), texts), set).join();
}

/** As names of hosts, so that another path or protocol of a mirror is no other mirror. */
function textsOf({ sets }: Answer, name: string): readonly string[] {
  const { texts } = sets.find(({ set }) => set === name)!;
  return texts.map((text) => text.replace(/^https?:\/\/([^/]*)\/.*$/gm, "$1"));
}
