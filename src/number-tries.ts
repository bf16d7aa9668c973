/** The databases of a generation as tries of numbers: what each network's record is, by number. */
import { CLASSES_PATH, type ClassIndex } from "./emit/classes.ts";
import { NETWORKS_PATH } from "./emit/nginx.ts";
import { ROUTES_PATH } from "./emit/routes-database.ts";
import { bytesInMemory } from "./mmdb/bytes.ts";
import { DataWindow } from "./mmdb/data-window.ts";
import { decodeAt, type MmdbValue } from "./mmdb/decode.ts";
import { MAP } from "./mmdb/header.ts";
import { readMetadata } from "./mmdb/metadata.ts";
import { RecordIndex } from "./mmdb/records.ts";
import { SearchTree } from "./mmdb/tree.ts";
import { COUNTED, type NumberTrie } from "./routes/diff.ts";
import { classOf, leafOf } from "./routes/table.ts";

/**
 * The trie of routes.mmdb, whose leaves are class numbers. The file numbers no classes, but has the
 * records of those that it uses in their order: each is compared with its class, and what does not
 * fit together throws.
 */
export function routesTrie(bytes: Uint8Array, index: ClassIndex): NumberTrie {
  const { trie, records, window } = readTrie(ROUTES_PATH, bytes);
  const values: MmdbValue[] = [];
  records.forEach((offset, number) => {
    values[number] = decodeAt(window, offset);
  });
  requireClasses(values, index);
  return trie;
}

/** The networks that somebody announces, as `countPairs` takes a mask. */
export function announcedMask(bytes: Uint8Array): NumberTrie {
  const { trie, records, window } = readTrie(NETWORKS_PATH, bytes);
  const leaves = new Int32Array(records.count);
  records.forEach((offset, number) => {
    // Of a hundred thousand records only this is asked: the one of no network is an empty map.
    const head = window.bytes[window.hold(offset, 1)];
    leaves[number] = leafOf(head === EMPTY_MAP ? 0 : COUNTED);
  });
  const { children } = trie;
  for (let at = 0; at < children.length; at++) {
    if (children[at]! < 0) children[at] = leaves[classOf(children[at]!)]!;
  }
  return trie;
}

/** The head of a map of no pairs. */
const EMPTY_MAP = MAP << 5;

interface ReadTrie {
  /** Leaves are numbers of records. */
  readonly trie: NumberTrie;
  readonly records: RecordIndex;
  readonly window: DataWindow;
}

/**
 * Every record of the tree is read once, in file order. Throws `MmdbError`, or on what no file of
 * ours has: a child before its parent, or a network without a record.
 */
function readTrie(name: string, bytes: Uint8Array): ReadTrie {
  const source = bytesInMemory(name, bytes);
  const metadata = readMetadata(source);
  const tree = new SearchTree(source, metadata);
  const { nodeCount, dataBase } = tree;
  const dataEnd = dataBase + metadata.dataSize;
  const children = new Int32Array(nodeCount * 2);
  const starts = new Uint32Array(Math.ceil(metadata.dataSize / 32));
  const childOf = (record: number, node: number): number => {
    if (record < nodeCount) {
      if (record <= node) throw new Error(`${name}: node ${node} leads back to node ${record}`);
      return record;
    }
    if (record < dataBase || record >= dataEnd) {
      throw new Error(`${name}: node ${node} leads to no record`);
    }
    const at = record - dataBase;
    starts[at >>> 5]! |= 1 << (at & 31);
    return leafOf(at);
  };
  for (let node = 0; node < nodeCount; node++) {
    tree.read(node);
    const { left, right } = tree;
    children[node * 2] = childOf(left, node);
    children[node * 2 + 1] = childOf(right, node);
  }
  const records = new RecordIndex(starts);
  const numberAt = new Int32Array(metadata.dataSize);
  const { dataStart, dataSize } = metadata;
  // As wide as the section: records point far back, to texts that stand there once.
  const window = new DataWindow(source, "the data section", dataStart, dataSize, dataSize);
  records.forEach((offset, number) => {
    numberAt[offset] = number;
  });
  for (let at = 0; at < children.length; at++) {
    if (children[at]! < 0) children[at] = leafOf(numberAt[classOf(children[at]!)]!);
  }
  return { trie: { children, root: 0 }, records, window };
}

/** The tree and the data of a database: all but when and by whom it was made. */
export function withoutMetadata(name: string, bytes: Uint8Array): Uint8Array {
  const { dataStart, dataSize } = readMetadata(bytesInMemory(name, bytes));
  return bytes.subarray(0, dataStart + dataSize);
}

/** Equal lists have one id in a set, and others have others. */
function requireClasses(values: readonly MmdbValue[], index: ClassIndex): void {
  const unfit = () => new Error(`routes.mmdb and ${CLASSES_PATH} are not of one generation`);
  if (values.length > index.classes.length) throw unfit();
  const idOfList = index.sets.map(({ lists }) => new Array<string | undefined>(lists.length));
  for (const [number, value] of values.entries()) {
    const { country, lists = {} } = value as RouteRecord;
    const { country: ofClass, groups } = index.classes[number]!;
    if (country !== ofClass) throw unfit();
    for (const [set, { name, groups: ofSet }] of index.sets.entries()) {
      const written = lists[name];
      const ids = typeof written === "string" ? [written] : written;
      const numbers = ofSet[groups[set]!]!;
      if (ids?.length !== numbers.length) throw unfit();
      for (const [rotation, list] of numbers.entries()) {
        idOfList[set]![list] ??= ids[rotation];
        if (idOfList[set]![list] !== ids[rotation]) throw unfit();
      }
    }
  }
}

interface RouteRecord {
  readonly country?: string;
  readonly lists?: Readonly<Record<string, string | readonly string[]>>;
}
