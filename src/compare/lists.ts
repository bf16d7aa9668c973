/**
 * The lists of a set before and after, compared. All that comparing reads is in typed arrays: between
 * generations that differ in nearly everything some twenty million pairs of lists are looked at, most
 * of them no further than to their first mirrors, which therefore stand together.
 */
import type { ClassIndex } from "../emit/classes.ts";

/** A list that is shorter than before. */
export interface ShorterPart {
  /** How many mirrors are in it. */
  readonly before: number;
  readonly after: number;
  /** Of those that a client of both groups has. */
  readonly shares: number;
}

export class ListComparer {
  /** How many equal shares a client has: each has one list before, and one after. */
  readonly shares: number;
  /** Of the groups compared last: how many shares have another first mirror, and another list. */
  first = 0;
  list = 0;
  /** Whether any of them has a shorter list. */
  isShorter = false;
  readonly #before: FlatLists;
  readonly #after: FlatLists;
  readonly #overlaps: readonly Overlap[];

  /** `sets` are the numbers of one list set, before and after. */
  constructor(
    before: ClassIndex,
    after: ClassIndex,
    sets: readonly [before: number, after: number],
  ) {
    const names = new Map<string, number>();
    this.#before = flatLists(before, sets[0], names);
    this.#after = flatLists(after, sets[1], names);
    this.shares = before.rotations * after.rotations;
    this.#overlaps = overlapsOf(before.rotations, after.rotations);
  }

  compare(group: number, other: number): void {
    const old = this.#before;
    const now = this.#after;
    const { firsts, lengths } = old;
    const { firsts: firstsNow, lengths: lengthsNow } = now;
    const from = group * old.rotations;
    const fromNow = other * now.rotations;
    let first = 0;
    let list = 0;
    let isShorter = false;
    for (const { before, after, shares } of this.#overlaps) {
      const a = from + before;
      const b = fromNow + after;
      if (firsts[a] !== firstsNow[b]) first += shares;
      else if (!isSameList(old, a, now, b)) list += shares;
      if (lengthsNow[b]! < lengths[a]!) isShorter = true;
    }
    this.first = first;
    this.list = first + list;
    this.isShorter = isShorter;
  }

  /** Of two groups, the lists that are shorter. */
  shorter(group: number, other: number): readonly ShorterPart[] {
    const [old, now] = [this.#before, this.#after];
    const parts: { before: number; after: number; shares: number }[] = [];
    for (const { before, after, shares } of this.#overlaps) {
      const was = old.lengths[group * old.rotations + before]!;
      const is = now.lengths[other * now.rotations + after]!;
      if (is >= was) continue;
      // Rotations of a group mostly have one length.
      const last = parts.at(-1);
      if (last?.before === was && last.after === is) last.shares += shares;
      else parts.push({ before: was, after: is, shares });
    }
    return parts;
  }
}

interface FlatLists {
  readonly rotations: number;
  /** By group and rotation, its list's first mirror, its length, and where it starts in `mirrors`. */
  readonly firsts: Int32Array;
  readonly lengths: Int32Array;
  readonly starts: Int32Array;
  /** Numbers that both sides share, and `END` behind each list. */
  readonly mirrors: Int32Array;
}

const END = -1;

/** Adds to the numbers that names have those of its own. */
function flatLists(
  { mirrors: names, sets, rotations }: ClassIndex,
  set: number,
  numbers: Map<string, number>,
): FlatLists {
  const numberOf = Int32Array.from(names, (name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
  const { lists, groups } = sets[set]!;
  const mirrors = new Int32Array(lists.reduce((sum, { length }) => sum + length + 1, 0));
  const startOf = new Int32Array(lists.length);
  let end = 0;
  for (const [number, list] of lists.entries()) {
    startOf[number] = end;
    for (const mirror of list) mirrors[end++] = numberOf[mirror]!;
    mirrors[end++] = END;
  }
  const firsts = new Int32Array(groups.length * rotations);
  const lengths = new Int32Array(firsts.length);
  const starts = new Int32Array(firsts.length);
  for (const [group, ofGroup] of groups.entries()) {
    if (ofGroup.length !== rotations) throw new Error("a group has a list too few or too many");
    for (const [rotation, list] of ofGroup.entries()) {
      const at = group * rotations + rotation;
      firsts[at] = mirrors[startOf[list]!]!;
      lengths[at] = lists[list]!.length;
      starts[at] = startOf[list]!;
    }
  }
  return { rotations, firsts, lengths, starts, mirrors };
}

/** `a` and `b` are of a group and a rotation. */
function isSameList(old: FlatLists, a: number, now: FlatLists, b: number): boolean {
  const [start, startNow] = [old.starts[a]!, now.starts[b]!];
  for (let at = 0; old.mirrors[start + at] === now.mirrors[startNow + at]; at++) {
    if (old.mirrors[start + at] === END) return true;
  }
  return false;
}

/** A rotation before and one after that some clients have both, and how many of their shares. */
interface Overlap {
  readonly before: number;
  readonly after: number;
  readonly shares: number;
}

/**
 * The client's hash picks the rotation, as one of equal intervals. With 2 of them and then 3, a client
 * has six shares: (0, 0) has two, (0, 1) one, (1, 1) one, (1, 2) two.
 */
function overlapsOf(before: number, after: number): readonly Overlap[] {
  const overlaps: Overlap[] = [];
  const whole = before * after;
  for (let from = 0; from < whole; ) {
    const [i, j] = [Math.floor(from / after), Math.floor(from / before)];
    const to = Math.min((i + 1) * after, (j + 1) * before);
    overlaps.push({ before: i, after: j, shares: to - from });
    from = to;
  }
  return overlaps;
}
