/** One family's walk over its City trie and overlay: networks become leaves, leaves become nodes. */
import type { ClientPlace } from "../model/place.ts";
import { BLOCK_BITS, MOST_SLOTS, slotOf } from "../rank/blocks.ts";
import { type ClassWeights, unitsIn } from "./aggregate.ts";
import type { Classifier } from "./classify.ts";
import { clientUnder, type OnNetState, type Overlay } from "./overlay.ts";
import { RULES, type Rule, type RulesOfRows } from "./rules.ts";
import { classOf, leafOf, type Ref, type TableBuilder } from "./table.ts";

/**
 * The nodes of a City trie. A value below `nodeCount` is a node, `nodeCount` is "no record", and
 * one above it is a record. The depth is known to be at most the family's bits (the file was
 * verified), which also bounds the recursion here.
 */
export interface NodeReader {
  readonly nodeCount: number;
  /** Puts a node's two values into `left` and `right`, where the next read replaces them. */
  read(node: number): void;
  readonly left: number;
  readonly right: number;
}

/** A City trie of one family, and what its records say. */
export interface PlaceTree {
  readonly bits: 32 | 128;
  readonly nodes: NodeReader;
  /** The value at the family's root: a node, or a record that holds for all of the family. */
  readonly root: number;
  readonly recordCount: number;
  /** The dense number of a record, from its value. */
  recordOf(value: number): number;
  placeOf(record: number): ClientPlace | null;
}

/**
 * How the addresses of a family came to their classes. Weights are IPv4 addresses, or IPv6 networks
 * of /48 with their fractions; 0 for a record that no network has.
 */
export interface Sightings {
  /** By the record's place alone. The row of a record is its number, and the last is for "no record". */
  readonly plain: ClassWeights;
  /** On-net, overridden, or spread by block. */
  readonly others: OtherSightings;
}

export interface OtherSightings extends ClassWeights {
  /** The City record, -1 where there is none. */
  readonly record: Int32Array;
  /** Number of what is on-net and overridden; see `states`. */
  readonly state: Int32Array;
  readonly states: readonly OnNetState[];
  /** One of the blocks that have the row's slot; 0 where blocks do not matter. */
  readonly block: Float64Array;
}

/** Thrown where a database gives nothing but a country for so much that it cannot be cut up. */
export class WideCountryError extends Error {}

/** Nodes that cutting networks into blocks may add in a family: of real databases some thousands. */
export const MOST_CUTS = 2 ** 20;

/** What a pass asks besides its trie and overlay. */
export interface PassContext {
  /** Numbers of the mirrors that are on-net for an ASN. */
  readonly mirrorsOfAsn: ReadonlyMap<number, readonly number[]>;
  /**
   * By country, how many slots its blocks of addresses have where the country is all that is known;
   * empty where the policy does not spread them.
   */
  readonly slots: ReadonlyMap<string, number>;
}

export interface Pass {
  run(): Ref;
  /** Ends the pass: its leaves become the classes of the sightings. */
  sightings(finalOf: readonly number[]): Sightings;
  rules(): RulesOfRows;
}

/** Leaves that depend on more than the record, and how many addresses they have. */
interface Cell {
  readonly record: number;
  readonly state: number;
  readonly block: number;
  readonly leaf: Ref;
  readonly rule: Rule;
  units: number;
}

/** A record that is known by its country alone, and whose networks are spread by block. */
interface BlockRecord {
  readonly record: number;
  readonly place: ClientPlace;
  readonly slotCount: number;
  /** By slot; undefined where none of its networks has come up. */
  readonly cells: (Cell | undefined)[];
}

/**
 * One family's walk. `ipv4Ref` is what prefixes marked as embedding IPv4 lead to. Networks there
 * are not counted again.
 *
 * Until it is as deep as a block of addresses is, the walk carries the path from the root, which
 * then is the block's number. Networks wider than a block are cut into blocks where their records
 * are spread by block; all others are never cut.
 */
export function createPass(
  { mirrorsOfAsn, slots }: PassContext,
  { tree, overlay }: { readonly tree: PlaceTree; readonly overlay: Overlay },
  builder: TableBuilder,
  classifier: Classifier,
  ipv4Ref: Ref,
): Pass {
  const { nodes, recordCount } = tree;
  const { nodeCount } = nodes;
  const { children, stateAt, isIpv4, states } = overlay;
  const family = tree.bits === 32 ? 4 : 6;
  const blockBits = BLOCK_BITS[family];
  /** Units in a network of a prefix length. */
  const unitsAt = Float64Array.from({ length: tree.bits + 1 }, (_, bits) => unitsIn(family, bits));
  /**
   * By record number its leaf, 0 where that is not yet known, or, where it depends on the block, 1 +
   * its number in `blockRecords`. The last entry is for "no record".
   */
  const plainLeaf = new Int32Array(recordCount + 1);
  const plainUnits = new Float64Array(recordCount + 1);
  const plainRule = new Uint8Array(recordCount + 1);
  const blockRecords: BlockRecord[] = [];
  /** All leaves that depend on more than a record; on-net ones by state, then by record and slot. */
  const cells: Cell[] = [];
  const cellsOfState: (Map<number, Cell> | undefined)[] = [];
  /** The block that is being converted, below its depth. */
  let block = 0;
  let cuts = 0;

  const recordAt = (value: number) => (value === nodeCount ? recordCount : tree.recordOf(value));
  const placeAt = (record: number) => (record === recordCount ? null : tree.placeOf(record));

  /** 1 for a client whose block does not matter. */
  function slotsOf(place: ClientPlace | null): number {
    return place?.countryOnly ? (slots.get(place.country ?? "") ?? 1) : 1;
  }

  function addCell(record: number, state: number, place: ClientPlace | null): Cell {
    const located = { place, hasRecord: record !== recordCount, block };
    const { classNumber, rule } = classifier.classify(
      clientUnder(states[state]!, located, mirrorsOfAsn),
    );
    const cell = { record, state, block, leaf: leafOf(classNumber), rule, units: 0 };
    cells.push(cell);
    return cell;
  }

  /** At or below the depth of a block. */
  function leafPlain(value: number, depth: number): Ref {
    const record = recordAt(value);
    const leaf = plainLeaf[record]!;
    if (leaf < 0) {
      plainUnits[record]! += unitsAt[depth]!;
      return leaf;
    }
    return leaf === 0
      ? leafAtFirst(record, depth, block)
      : leafByBlock(blockRecords[leaf - 1]!, depth, block);
  }

  function leafAtFirst(record: number, depth: number, path: number): Ref {
    const place = placeAt(record);
    const slotCount = slotsOf(place);
    if (place !== null && slotCount > 1) {
      const blockRecord: BlockRecord = { record, place, slotCount, cells: [] };
      plainLeaf[record] = blockRecords.push(blockRecord);
      return leafByBlock(blockRecord, depth, path);
    }
    const hasRecord = record !== recordCount;
    const client = { place, hasRecord, subnetMatches: [], asnMatches: [] };
    const { classNumber, rule } = classifier.classify(client);
    plainLeaf[record] = leafOf(classNumber);
    plainRule[record] = RULES.indexOf(rule);
    plainUnits[record]! += unitsAt[depth]!;
    return plainLeaf[record]!;
  }

  /** Cut into blocks where it is wider than one. */
  function leafByBlock(from: BlockRecord, depth: number, path: number): Ref {
    if (depth < blockBits) {
      countCut();
      const zero = leafByBlock(from, depth + 1, path * 2);
      return builder.node(zero, leafByBlock(from, depth + 1, path * 2 + 1));
    }
    block = path;
    const slot = slotOf(path, from.slotCount);
    from.cells[slot] ??= addCell(from.record, 0, from.place);
    const cell = from.cells[slot];
    cell.units += unitsAt[depth]!;
    return cell.leaf;
  }

  /** On-net or overridden, and cut into blocks where they matter. */
  function leafMarked(value: number, depth: number, path: number, state: number): Ref {
    const record = recordAt(value);
    const { override } = states[state]!;
    const place = override === undefined ? placeAt(record) : override.place;
    const slotCount = slotsOf(place);
    if (slotCount > 1 && depth < blockBits) {
      countCut();
      const zero = leafMarked(value, depth + 1, path * 2, state);
      return builder.node(zero, leafMarked(value, depth + 1, path * 2 + 1, state));
    }
    block = slotCount > 1 ? path : 0;
    const slot = slotCount > 1 ? slotOf(path, slotCount) : 0;
    cellsOfState[state] ??= new Map();
    const key = record * MOST_SLOTS + slot;
    let cell = cellsOfState[state].get(key);
    if (cell === undefined) {
      cell = addCell(record, state, place);
      cellsOfState[state].set(key, cell);
    }
    cell.units += unitsAt[depth]!;
    return cell.leaf;
  }

  function countCut(): void {
    if (++cuts > MOST_CUTS) throw new WideCountryError();
  }

  function convertPlain(node: number, depth: number): Ref {
    nodes.read(node);
    const { left, right } = nodes;
    const below = depth + 1;
    const zero = left < nodeCount ? convertPlain(left, below) : leafPlain(left, below);
    const one = right < nodeCount ? convertPlain(right, below) : leafPlain(right, below);
    return builder.node(zero, one);
  }

  /** Above the depth of a block. */
  function convertTop(value: number, depth: number, path: number): Ref {
    if (depth === blockBits) {
      block = path;
      return value < nodeCount ? convertPlain(value, depth) : leafPlain(value, depth);
    }
    if (value >= nodeCount) {
      const record = recordAt(value);
      const leaf = plainLeaf[record]!;
      return leaf < 0
        ? leafPlain(value, depth)
        : leaf === 0
          ? leafAtFirst(record, depth, path)
          : leafByBlock(blockRecords[leaf - 1]!, depth, path);
    }
    nodes.read(value);
    const { left, right } = nodes;
    const zero = convertTop(left, depth + 1, path * 2);
    return builder.node(zero, convertTop(right, depth + 1, path * 2 + 1));
  }

  function convertMarked(value: number, depth: number, path: number, state: number): Ref {
    if (value >= nodeCount) return leafMarked(value, depth, path, state);
    nodes.read(value);
    const { left, right } = nodes;
    const zero = convertMarked(left, depth + 1, below(path, depth, 0), state);
    return builder.node(zero, convertMarked(right, depth + 1, below(path, depth, 1), state));
  }

  /** Below an overlay node the City trie may have ended already; its leaf then holds for both sides. */
  function zip(value: number, overlayNode: number, depth: number, path: number): Ref {
    if (isIpv4[overlayNode] === 1) return ipv4Ref;
    const zeroOverlay = children[overlayNode * 2]!;
    const oneOverlay = children[overlayNode * 2 + 1]!;
    const state = stateAt[overlayNode]!;
    if (zeroOverlay === 0 && oneOverlay === 0) return convert(value, depth, path, state);
    let left = value;
    let right = value;
    if (value < nodeCount) {
      nodes.read(value);
      left = nodes.left;
      right = nodes.right;
    }
    const zeroPath = below(path, depth, 0);
    const zero =
      zeroOverlay === 0
        ? convert(left, depth + 1, zeroPath, state)
        : zip(left, zeroOverlay, depth + 1, zeroPath);
    const onePath = below(path, depth, 1);
    const one =
      oneOverlay === 0
        ? convert(right, depth + 1, onePath, state)
        : zip(right, oneOverlay, depth + 1, onePath);
    return builder.node(zero, one);
  }

  function convert(value: number, depth: number, path: number, state: number): Ref {
    if (state !== 0) return convertMarked(value, depth, path, state);
    if (depth < blockBits) return convertTop(value, depth, path);
    block = path;
    return value < nodeCount ? convertPlain(value, depth) : leafPlain(value, depth);
  }

  function below(path: number, depth: number, side: 0 | 1): number {
    return depth < blockBits ? path * 2 + side : path;
  }

  return {
    run: () => zip(tree.root, 0, 0, 0),
    rules: () => ({
      plain: plainRule,
      others: Uint8Array.from(cells, ({ rule }) => RULES.indexOf(rule)),
    }),
    sightings(finalOf) {
      const finalClass = (leaf: Ref) => finalOf[classOf(leaf)]!;
      for (let row = 0; row <= recordCount; row++) {
        plainLeaf[row] = plainLeaf[row]! < 0 ? finalClass(plainLeaf[row]!) : 0;
      }
      return {
        plain: { count: recordCount + 1, classNumber: plainLeaf, weight: plainUnits },
        others: {
          count: cells.length,
          record: Int32Array.from(cells, ({ record }) => (record === recordCount ? -1 : record)),
          state: Int32Array.from(cells, ({ state }) => state),
          states,
          block: Float64Array.from(cells, (cell) => cell.block),
          classNumber: Int32Array.from(cells, ({ leaf }) => finalClass(leaf)),
          weight: Float64Array.from(cells, ({ units }) => units),
        },
      };
    },
  };
}
