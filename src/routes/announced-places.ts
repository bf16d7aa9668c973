/**
 * Which places the announced IPv6 networks are in, and what they get there. The City trie, the route
 * table and a trie of the overrides are walked at once, below each announced network.
 */

import { bitsInCommon, type Prefix } from "../ip/prefix.ts";
import { type ClassWeights, type NumberedRanges, unitsIn } from "./aggregate.ts";
import type { NetworkOverride } from "./marks.ts";
import { buildOverlay, type OverriddenPlace } from "./overlay.ts";
import type { PlaceTree } from "./pass.ts";
import { classOf, type Ref, type RouteTable } from "./table.ts";

/** Weights are networks of /48, with their fractions. */
export interface AnnouncedPlaces extends ClassWeights {
  /** The City record, -1 where there is none. */
  readonly record: Int32Array;
  /** What holds instead of the record. */
  readonly override: readonly (OverriddenPlace | undefined)[];
}

export function announcedPlaces(
  { children, root, classes }: Pick<RouteTable, "children" | "root" | "classes">,
  { nodes, root: cityRoot, recordCount, recordOf }: PlaceTree,
  overrides: readonly NetworkOverride[],
  ranges: NumberedRanges,
): AnnouncedPlaces {
  const { nodeCount } = nodes;
  const overlay = buildOverlay(
    overrides
      .filter(({ network }) => network.family === 6)
      .map(({ network, place }) => [network, { kind: "override", place }]),
  );
  const record: number[] = [];
  const classNumber: number[] = [];
  const override: (OverriddenPlace | undefined)[] = [];
  const weight: number[] = [];
  /** By record, 1 + the row that came up first; nearly every record has no other. */
  const firstRow = new Int32Array(recordCount + 1);
  const otherRows = new Map<number, number>();

  /** The last record is for "no record". */
  function rowOf(ofRecord: number, ofClass: number, state: number): number {
    const first = firstRow[ofRecord]! - 1;
    if (state === 0 && first !== -1 && classNumber[first] === ofClass) return first;
    const key = (state * (recordCount + 1) + ofRecord) * classes.length + ofClass;
    const known = otherRows.get(key);
    if (known !== undefined) return known;
    const row = weight.push(0) - 1;
    record.push(ofRecord === recordCount ? -1 : ofRecord);
    classNumber.push(ofClass);
    override.push(overlay.states[state]!.override);
    if (state === 0 && first === -1) firstRow[ofRecord] = row + 1;
    else otherRows.set(key, row);
    return row;
  }

  /** As deep as an address is long. `node` is 0 where no override is below. */
  function count(value: number, ref: Ref, node: number, above: number, units: number): void {
    const state = node === 0 ? above : overlay.stateAt[node]!;
    const zeroNode = node === 0 ? 0 : overlay.children[node * 2]!;
    const oneNode = node === 0 ? 0 : overlay.children[node * 2 + 1]!;
    if (value >= nodeCount && ref < 0 && zeroNode === 0 && oneNode === 0) {
      weight[rowOf(value === nodeCount ? recordCount : recordOf(value), classOf(ref), state)]! +=
        units;
      return;
    }
    let left = value;
    let right = value;
    if (value < nodeCount) {
      nodes.read(value);
      left = nodes.left;
      right = nodes.right;
    }
    const half = units / 2;
    count(left, ref < 0 ? ref : children[ref * 2]!, zeroNode, state, half);
    count(right, ref < 0 ? ref : children[ref * 2 + 1]!, oneNode, state, half);
  }

  /** By depth, of the prefix before: in address order, most of the way down is the same. */
  const values = new Float64Array(129).fill(cityRoot);
  const refs = new Int32Array(129).fill(root);
  const overlayNodes = new Int32Array(129);
  const states = new Int32Array(129).fill(overlay.stateAt[0]!);
  let before: Prefix = { family: 6, words: [0, 0, 0, 0], bits: 0 };

  function descend({ words, bits }: Prefix): void {
    const same = Math.min(before.bits, bits, bitsInCommon(words, before.words));
    for (let depth = same; depth < bits; depth++) {
      const side = (words[depth >> 5]! >>> (31 - (depth & 31))) & 1;
      let value = values[depth]!;
      if (value < nodeCount) {
        nodes.read(value);
        value = side === 0 ? nodes.left : nodes.right;
      }
      values[depth + 1] = value;
      const ref = refs[depth]!;
      refs[depth + 1] = ref < 0 ? ref : children[ref * 2 + side]!;
      // Only the root is node 0 and has something below it.
      const isOverlaid = depth === 0 || overlayNodes[depth] !== 0;
      const node = isOverlaid ? overlay.children[overlayNodes[depth]! * 2 + side]! : 0;
      overlayNodes[depth + 1] = node;
      states[depth + 1] = node === 0 ? states[depth]! : overlay.stateAt[node]!;
    }
  }

  for (let range = 0; range < ranges.count; range++) {
    for (const prefix of ranges.prefixesAt(range)) {
      descend(prefix);
      before = prefix;
      const { family, bits } = prefix;
      count(values[bits]!, refs[bits]!, overlayNodes[bits]!, states[bits]!, unitsIn(family, bits));
    }
  }
  return {
    count: weight.length,
    record: Int32Array.from(record),
    override,
    classNumber: Int32Array.from(classNumber),
    weight: Float64Array.from(weight),
  };
}
