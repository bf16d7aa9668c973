/** The databases of a generation as tries of numbers: what each network's record is, by number. */
import { CLASSES_PATH, type ClassIndex } from "../emit/classes.ts";
import { NETWORKS_PATH } from "../emit/nginx.ts";
import { ROUTES_PATH } from "../emit/routes-database.ts";
import { bytesInMemory } from "../mmdb/bytes.ts";
import { DataWindow } from "../mmdb/data-window.ts";
import { decodeAt, type MmdbValue, type SharedTexts } from "../mmdb/decode.ts";
import { MAP } from "../mmdb/header.ts";
import { readMetadata } from "../mmdb/metadata.ts";
import { SearchTree } from "../mmdb/tree.ts";
import { COUNTED, type NumberTrie } from "../routes/diff.ts";
import { leafOf } from "../routes/table.ts";

export interface RoutesTrie {
  /** Its leaves have numbers of their own. */
  readonly trie: NumberTrie;
  /** By the number of a leaf, that of its class. */
  readonly classes: Int32Array;
}

/**
 * The file numbers no classes, but has the records of those that it uses in their order: each is
 * compared with its class, and what does not fit together throws.
 */
export function routesTrie(bytes: Uint8Array, index: ClassIndex): RoutesTrie {
  const offsets: number[] = [];
  const { trie, window } = readTrie(ROUTES_PATH, bytes, (offset) => offsets.push(offset) - 1);
  const classes = new Int32Array(offsets.length);
  const inOrder = Array.from(offsets, (offset, leaf) => ({ offset, leaf })).sort(
    (a, b) => a.offset - b.offset,
  );
  const texts: SharedTexts = new Map();
  const requireClass = classChecker(index);
  for (const [number, { offset, leaf }] of inOrder.entries()) {
    classes[leaf] = number;
    requireClass(number, decodeAt(window, offset, texts));
  }
  return { trie, classes };
}

/** The networks that somebody announces, as `countPairs` takes a mask. */
export function announcedMask(bytes: Uint8Array): NumberTrie {
  return readTrie(NETWORKS_PATH, bytes, (offset, window) => {
    // Of a hundred thousand records only this is asked: the one of no network is an empty map.
    const head = window.bytes[window.hold(offset, 1)];
    return head === EMPTY_MAP ? 0 : COUNTED;
  }).trie;
}

/** The head of a map of no pairs. */
const EMPTY_MAP = MAP << 5;

interface ReadTrie {
  readonly trie: NumberTrie;
  readonly window: DataWindow;
}

/**
 * Every node is read once, in file order; `numberOf` is asked once for each record, when it comes up.
 * Throws `MmdbError`, or on what no file of ours has: a child before its parent, or a network without
 * a record.
 */
function readTrie(
  name: string,
  bytes: Uint8Array,
  numberOf: (offset: number, window: DataWindow) => number,
): ReadTrie {
  const source = bytesInMemory(name, bytes);
  const metadata = readMetadata(source);
  const { dataStart, dataSize } = metadata;
  // As wide as the section: records point far back, to texts that stand there once.
  const window = new DataWindow(source, "the data section", dataStart, dataSize, dataSize);
  const tree = new SearchTree(source, metadata);
  const { nodeCount, dataBase } = tree;
  const children = new Int32Array(nodeCount * 2);
  /** By offset, the number + 1 of a record that came up. */
  const known = new Int32Array(dataSize);
  const leafAt = (record: number, node: number): number => {
    const offset = record - dataBase;
    if (!(offset >= 0 && offset < dataSize)) {
      throw new Error(`${name}: node ${node} leads to no record`);
    }
    if (known[offset] === 0) known[offset] = numberOf(offset, window) + 1;
    return leafOf(known[offset]! - 1);
  };
  for (let node = 0; node < nodeCount; node++) {
    tree.read(node);
    const { left, right } = tree;
    if (left <= node || right <= node) throw new Error(`${name}: node ${node} leads back`);
    children[node * 2] = left < nodeCount ? left : leafAt(left, node);
    children[node * 2 + 1] = right < nodeCount ? right : leafAt(right, node);
  }
  return { trie: { children, root: 0 }, window };
}

/** The tree and the data of a database: all but when and by whom it was made. */
export function withoutMetadata(name: string, bytes: Uint8Array): Uint8Array {
  const { dataStart, dataSize } = readMetadata(bytesInMemory(name, bytes));
  return bytes.subarray(0, dataStart + dataSize);
}

/** Throws where a record is not that of its class: a list has one id, wherever it is given. */
function classChecker(index: ClassIndex): (number: number, value: MmdbValue) => void {
  const unfit = () => new Error(`routes.mmdb and ${CLASSES_PATH} are not of one generation`);
  const idOfList = index.sets.map(({ lists }) => new Array<string | undefined>(lists.length));
  return (number, value) => {
    const ofClass = index.classes[number];
    const { country, lists = {} } = value as RouteRecord;
    if (ofClass === undefined || country !== ofClass.country) throw unfit();
    for (const [set, { name, groups }] of index.sets.entries()) {
      const written = lists[name];
      const ids = typeof written === "string" ? [written] : written;
      const numbers = groups[ofClass.groups[set]!]!;
      if (ids?.length !== numbers.length) throw unfit();
      for (const [rotation, list] of numbers.entries()) {
        idOfList[set]![list] ??= ids[rotation];
        if (idOfList[set]![list] !== ids[rotation]) throw unfit();
      }
    }
  };
}

interface RouteRecord {
  readonly country?: string;
  readonly lists?: Readonly<Record<string, string | readonly string[]>>;
}
