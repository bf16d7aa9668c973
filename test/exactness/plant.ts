/** Damages one answer of a routes file, to see that a comparison notices. */
import type { Address } from "../oracle/address.ts";
import { dataOf, plainDatabase, recordOf } from "../oracle/mmdb.ts";

/** A copy in which the leaf that answers `address` answers something else. */
export function withOneLeafFlipped(file: Buffer, { family, value }: Address): Buffer {
  const bytes = Buffer.from(file);
  const db = plainDatabase(bytes);
  let record = 0;
  let node = 0;
  let side: 0 | 1 = 0;
  for (let depth = 0; record < db.nodeCount; depth += 1) {
    node = record;
    const bit = family === 4 && depth < 96 ? 0n : (value >> BigInt(127 - depth)) & 1n;
    side = bit === 1n ? 1 : 0;
    record = recordOf(db, node, side);
  }
  const other = otherLeaf(file, record);
  writeRecord(bytes, db.recordSize, node, side, other);
  const after = recordOf(plainDatabase(bytes), node, side);
  if (after !== other) throw new Error("the planted leaf was not written");
  return bytes;
}

function otherLeaf(file: Buffer, record: number): number {
  const db = plainDatabase(file);
  const now = JSON.stringify(dataOf(db, record));
  for (let node = 0; node < db.nodeCount; node += 1) {
    for (const side of [0, 1] as const) {
      const leaf = recordOf(db, node, side);
      if (leaf > db.nodeCount && JSON.stringify(dataOf(db, leaf)) !== now) return leaf;
    }
  }
  throw new Error("the routes file has one answer only");
}

function writeRecord(bytes: Buffer, size: number, node: number, side: 0 | 1, record: number): void {
  const at = (node * size) / 4;
  if (size === 28) {
    const high = record >>> 24;
    const middle = bytes.readUInt8(at + 3);
    bytes.writeUInt8(side === 0 ? (high << 4) | (middle & 15) : (middle & 0xf0) | high, at + 3);
    bytes.writeUIntBE(record & 0xff_ffff, at + 4 * side, 3);
  } else {
    bytes.writeUIntBE(record, at + (size / 8) * side, size / 8);
  }
}
