/** A City database as a gazetteer: its table, with the weight of each record when it is needed. */
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { ipv4Root, openTree } from "../mmdb/tree.ts";
import type { CityTable } from "./city.ts";

export interface GazetteerInput extends CityTable {
  addresses(): Float64Array;
}

export function gazetteerInput(db: VerifiedDatabase, table: CityTable): GazetteerInput {
  let known: Float64Array | undefined;
  return {
    ...table,
    addresses: () => {
      known ??= countIpv4Addresses(db);
      return known;
    },
  };
}

/** IPv4 addresses by record number, by a walk of the IPv4 part of the tree. */
function countIpv4Addresses(db: VerifiedDatabase): Float64Array {
  const counts = new Float64Array(db.records.count);
  const tree = openTree(db);
  const root = ipv4Root(tree);
  /** Nodes still to visit: the right sides of the path walked down, and what each covers. */
  const pending = new Uint32Array(33);
  const sizes = new Float64Array(33);
  let count = 1;
  pending[0] = root;
  sizes[0] = 2 ** 32;
  while (count > 0) {
    count -= 1;
    let record = pending[count] as number;
    let size = sizes[count] as number;
    while (record < tree.nodeCount) {
      tree.read(record);
      size /= 2;
      pending[count] = tree.right;
      sizes[count] = size;
      count += 1;
      record = tree.left;
    }
    if (record > tree.nodeCount) {
      const number = db.records.numberOf(record - tree.dataBase);
      counts[number] = (counts[number] as number) + size;
    }
  }
  return counts;
}
