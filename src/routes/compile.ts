/**
 * Compiles the route table: the City tries zipped with the overlays, every distinct combination of
 * record and on-net state ranked once, equal siblings merged on the way back up.
 *
 * The tries are walked in address order and never inserted into; one pass makes the nodes of the
 * result in the order in which they are completed.
 */
import type { ClientPlace } from "../model/place.ts";
import type { Ranker } from "../rank/rank.ts";
import { type ClassWeights, unitsIn } from "./aggregate.ts";
import { SequenceInterner } from "./intern.ts";
import { type OnNetState, type Overlay, type OverriddenPlace, PLAIN_STATE } from "./overlay.ts";
import {
  classOf,
  leafOf,
  type Ref,
  type RouteClass,
  type RouteTable,
  TableBuilder,
} from "./table.ts";

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

export interface ListSetRanker {
  readonly name: string;
  readonly ranker: Ranker;
}

export interface CompileInput {
  readonly ipv4: { readonly tree: PlaceTree; readonly overlay: Overlay };
  readonly ipv6: { readonly tree: PlaceTree; readonly overlay: Overlay };
  readonly sets: readonly ListSetRanker[];
  /** Numbers of the mirrors that are on-net for an ASN. */
  readonly mirrorsOfAsn: ReadonlyMap<number, readonly number[]>;
  /** Places that need a class even if no network is in them: countries without addresses. */
  readonly alsoPlaces: readonly (ClientPlace | null)[];
}

/**
 * How the addresses of a family came to their classes. Weights are IPv4 addresses, or IPv6 networks
 * of /48 with their fractions; 0 for a record that no network has.
 */
export interface Sightings {
  /** By place alone. The row of a record is its number, and the last is for "no record". */
  readonly plain: ClassWeights;
  /** On-net or overridden. */
  readonly marked: MarkedSightings;
}

export interface MarkedSightings extends ClassWeights {
  /** The City record, -1 where there is none. */
  readonly record: Int32Array;
  /** What an override says instead of the record, by row. */
  readonly overrides: ReadonlyMap<number, OverriddenPlace>;
}

export interface CompiledRoutes {
  readonly table: RouteTable;
  /**
   * The table's classes, and behind them those that only `alsoPlaces` have; a class number may
   * name any of them.
   */
  readonly classes: readonly RouteClass[];
  /** The class of each of `alsoPlaces`. */
  readonly alsoClasses: readonly number[];
  readonly sightings: { readonly ipv4: Sightings; readonly ipv6: Sightings };
  /** Combinations of record and on-net state that were ranked. */
  readonly rankings: number;
}

export function compileRoutes(input: CompileInput): CompiledRoutes {
  const maxNodes =
    input.ipv4.tree.nodes.nodeCount +
    input.ipv6.tree.nodes.nodeCount +
    input.ipv4.overlay.stateAt.length * 2 +
    input.ipv6.overlay.stateAt.length * 2;
  const builder = new TableBuilder(maxNodes);
  const classifier = createClassifier(input.sets, input.mirrorsOfAsn);

  const ipv4 = createPass(input.ipv4, builder, classifier, leafOf(0));
  const ipv4Ref = ipv4.run();
  const ipv6 = createPass(input.ipv6, builder, classifier, ipv4Ref);
  const rootRef = ipv6.run();

  // Classes were numbered as records came up; number them by their place in the finished table,
  // so that tables which answer alike are equal to the last bit.
  const children = builder.finish();
  const finalOf: number[] = [];
  const order: number[] = [];
  const finalLeaf = (ref: Ref): Ref => {
    if (ref >= 0) return ref;
    const found = classOf(ref);
    finalOf[found] ??= order.push(found) - 1;
    return leafOf(finalOf[found]);
  };
  for (let i = 0; i < children.length; i++) {
    if (children[i]! < 0) children[i] = finalLeaf(children[i]!);
  }
  const root = finalLeaf(rootRef);
  const ipv4Root = finalLeaf(ipv4Ref);
  const tableClassCount = order.length;
  const alsoClasses = input.alsoPlaces.map((place) =>
    classOf(finalLeaf(leafOf(classifier.classify(place, PLAIN_STATE)))),
  );
  const { classes, sets } = renumberLists(
    order.map((found) => classifier.classes.sequenceAt(found)),
    input.sets.map((set, i) => ({ name: set.name, found: classifier.lists[i]! })),
  );
  return {
    table: {
      children,
      count: builder.count,
      root,
      ipv4Root,
      classes: classes.slice(0, tableClassCount),
      sets,
    },
    classes,
    alsoClasses,
    sightings: { ipv4: ipv4.sightings(finalOf), ipv6: ipv6.sightings(finalOf) },
    rankings: classifier.rankings(),
  };
}

/** Numbers the lists of each set in the order in which classes name them. */
function renumberLists(
  classes: readonly Int32Array[],
  sets: readonly { readonly name: string; readonly found: SequenceInterner }[],
): Pick<RouteTable, "classes" | "sets"> {
  const numbered = sets.map((set) => ({ ...set, finalOf: new Map<number, number>() }));
  const renumbered = classes.map((lists) => ({
    lists: Array.from(lists, (list, i) => {
      const { finalOf } = numbered[i]!;
      const final = finalOf.get(list) ?? finalOf.size;
      finalOf.set(list, final);
      return final;
    }),
  }));
  return {
    classes: renumbered,
    sets: numbered.map(({ name, found, finalOf }) => ({
      name,
      lists: Array.from(finalOf.keys(), (list) => Array.from(found.sequenceAt(list))),
    })),
  };
}

interface Classifier {
  readonly classes: SequenceInterner;
  readonly lists: readonly SequenceInterner[];
  classify(place: ClientPlace | null, state: OnNetState): number;
  rankings(): number;
}

/**
 * Ranks combinations of place and on-net matches, for both families. Half a million of them are
 * different: a table of those seen costs more than the rankings that it saves.
 */
function createClassifier(
  sets: readonly ListSetRanker[],
  mirrorsOfAsn: ReadonlyMap<number, readonly number[]>,
): Classifier {
  const classes = new SequenceInterner();
  const lists = sets.map(() => new SequenceInterner());
  const vector = new Int32Array(sets.length);
  let rankings = 0;

  return {
    classes,
    lists,
    rankings: () => rankings,
    classify(place, state) {
      rankings++;
      const asnMatches = state.asn === undefined ? undefined : mirrorsOfAsn.get(state.asn);
      const client = { place, subnetMatches: state.subnets, asnMatches: asnMatches ?? [] };
      for (let i = 0; i < vector.length; i++) {
        const ranked = sets[i]!.ranker.rank(client);
        vector[i] = lists[i]!.intern(ranked.mirrors, ranked.length);
      }
      return classes.intern(vector, vector.length);
    },
  };
}

interface Pass {
  run(): Ref;
  /** Ends the pass: its leaves become the classes of the sightings. */
  sightings(finalOf: readonly number[]): Sightings;
}

/**
 * One family's walk. `ipv4Ref` is what prefixes marked as embedding IPv4 lead to. Networks there
 * are not counted again.
 */
function createPass(
  { tree, overlay }: CompileInput["ipv4"],
  builder: TableBuilder,
  classifier: Classifier,
  ipv4Ref: Ref,
): Pass {
  const { nodes, recordCount } = tree;
  const { nodeCount } = nodes;
  const { children, stateAt, isIpv4, states } = overlay;
  const family = tree.bits === 32 ? 4 : 6;
  /** Units in a network of a prefix length. */
  const unitsAt = Float64Array.from({ length: tree.bits + 1 }, (_, bits) => unitsIn(family, bits));
  /** Leaf by record number, 0 where not yet known; the last entry is for "no record". */
  const plainLeaf = new Int32Array(recordCount + 1);
  const plainUnits = new Float64Array(recordCount + 1);
  /** The same for records under an on-net state, which are few. */
  const marked = new Map<number, { leaf: Ref; units: number }>();

  const placeAt = (record: number) => (record === recordCount ? null : tree.placeOf(record));

  function leafPlain(value: number, depth: number): Ref {
    const record = value === nodeCount ? recordCount : tree.recordOf(value);
    plainUnits[record]! += unitsAt[depth]!;
    const leaf = plainLeaf[record]!;
    if (leaf !== 0) return leaf;
    const found = leafOf(classifier.classify(placeAt(record), PLAIN_STATE));
    plainLeaf[record] = found;
    return found;
  }

  function convertPlain(node: number, depth: number): Ref {
    nodes.read(node);
    const { left, right } = nodes;
    const below = depth + 1;
    const zero = left < nodeCount ? convertPlain(left, below) : leafPlain(left, below);
    const one = right < nodeCount ? convertPlain(right, below) : leafPlain(right, below);
    return builder.node(zero, one);
  }

  function leafMarked(value: number, depth: number, state: number): Ref {
    const record = value === nodeCount ? recordCount : tree.recordOf(value);
    const key = state * (recordCount + 1) + record;
    let cell = marked.get(key);
    if (cell === undefined) {
      const { override } = states[state]!;
      const place = override === undefined ? placeAt(record) : override.place;
      cell = { leaf: leafOf(classifier.classify(place, states[state]!)), units: 0 };
      marked.set(key, cell);
    }
    cell.units += unitsAt[depth]!;
    return cell.leaf;
  }

  function convertMarked(value: number, depth: number, state: number): Ref {
    if (value >= nodeCount) return leafMarked(value, depth, state);
    nodes.read(value);
    const { left, right } = nodes;
    const zero = convertMarked(left, depth + 1, state);
    return builder.node(zero, convertMarked(right, depth + 1, state));
  }

  /** Below an overlay node the City trie may have ended already; its leaf then holds for both sides. */
  function zip(value: number, overlayNode: number, depth: number): Ref {
    if (isIpv4[overlayNode] === 1) return ipv4Ref;
    const zeroOverlay = children[overlayNode * 2]!;
    const oneOverlay = children[overlayNode * 2 + 1]!;
    const state = stateAt[overlayNode]!;
    if (zeroOverlay === 0 && oneOverlay === 0) return convert(value, depth, state);
    let left = value;
    let right = value;
    if (value < nodeCount) {
      nodes.read(value);
      left = nodes.left;
      right = nodes.right;
    }
    const zero =
      zeroOverlay === 0 ? convert(left, depth + 1, state) : zip(left, zeroOverlay, depth + 1);
    const one =
      oneOverlay === 0 ? convert(right, depth + 1, state) : zip(right, oneOverlay, depth + 1);
    return builder.node(zero, one);
  }

  function convert(value: number, depth: number, state: number): Ref {
    if (state !== 0) return convertMarked(value, depth, state);
    return value < nodeCount ? convertPlain(value, depth) : leafPlain(value, depth);
  }

  return {
    run: () => zip(tree.root, 0, 0),
    sightings(finalOf) {
      const finalClass = (leaf: Ref) => finalOf[classOf(leaf)]!;
      for (let row = 0; row <= recordCount; row++) {
        if (plainLeaf[row] !== 0) plainLeaf[row] = finalClass(plainLeaf[row]!);
      }
      const record = new Int32Array(marked.size);
      const classNumber = new Int32Array(marked.size);
      const weight = new Float64Array(marked.size);
      const overrides = new Map<number, OverriddenPlace>();
      let row = 0;
      for (const [key, { leaf, units }] of marked) {
        const from = key % (recordCount + 1);
        const { override } = states[Math.floor(key / (recordCount + 1))]!;
        record[row] = from === recordCount ? -1 : from;
        classNumber[row] = finalClass(leaf);
        weight[row] = units;
        if (override !== undefined) overrides.set(row, override);
        row++;
      }
      return {
        plain: { count: recordCount + 1, classNumber: plainLeaf, weight: plainUnits },
        marked: { count: marked.size, record, classNumber, weight, overrides },
      };
    },
  };
}
