/** A City database as a gazetteer: its table, with its texts at hand and addresses to be counted. */
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { loadData, TextBytes } from "../mmdb/fields.ts";
import { ipv4Root, openTree } from "../mmdb/tree.ts";
import type { CityTable } from "./city.ts";

export interface GazetteerInput extends CityTable {
  initialsAt(number: number): number;
  bracketInitialsAt(number: number): number;
  countAddresses(wanted: Uint8Array): Float64Array;
}

const BRACKET = "(".charCodeAt(0);

/** Holds the data section in memory from the first text that is asked for: drop it after use. */
export function gazetteerInput(db: VerifiedDatabase, table: CityTable): GazetteerInput {
  let loaded: TextBytes | undefined;
  const texts = () => {
    loaded ??= new TextBytes(loadData(db));
    return loaded;
  };
  return {
    ...table,
    textAt: (number) => texts().textAt(number),
    initialsAt(number) {
      const { bytes, start, end } = texts().find(number);
      return initials(bytes, start, end);
    },
    bracketInitialsAt(number) {
      const { bytes, start, end } = texts().find(number);
      for (let at = start; at < end; at++) {
        if (bytes[at] === BRACKET) return initials(bytes, at + 1, end);
      }
      return -1;
    },
    countAddresses: (wanted) => countAddresses(db, wanted),
  };
}

function initials(bytes: Uint8Array, start: number, end: number): number {
  const first = start < end ? (bytes[start] as number) : 0;
  const second = start + 1 < end ? (bytes[start + 1] as number) : 0;
  const third = start + 2 < end ? (bytes[start + 2] as number) : 0;
  return (first << 16) | (second << 8) | third;
}

/** By record number, by a walk of the IPv4 part of the tree. */
function countAddresses(db: VerifiedDatabase, wanted: Uint8Array): Float64Array {
  const { records } = db;
  const counts = new Float64Array(records.count);
  /** A bit for each byte of data: most leaves are passed over without a look at their number. */
  const isWanted = new Uint32Array(Math.ceil(db.metadata.dataSize / 32));
  records.forEach((offset, number) => {
    if (wanted[number] === 1) isWanted[offset >>> 5]! |= 1 << (offset & 31);
  });
  const tree = openTree(db);
  const { nodeCount, dataBase } = tree;
  const leaf = (record: number, size: number) => {
    if (record === nodeCount) return;
    const offset = record - dataBase;
    if (((isWanted[offset >>> 5]! >>> (offset & 31)) & 1) === 0) return;
    counts[records.numberOf(offset)]! += size;
  };
  /** As deep as an IPv4 address has bits, at most. */
  const walk = (node: number, size: number) => {
    tree.read(node);
    const { left, right } = tree;
    const half = size / 2;
    if (left < nodeCount) walk(left, half);
    else leaf(left, half);
    if (right < nodeCount) walk(right, half);
    else leaf(right, half);
  };
  const root = ipv4Root(tree);
  if (root < nodeCount) walk(root, 2 ** 32);
  else leaf(root, 2 ** 32);
  return counts;
}
