/** Looks one address up, and decodes one record: for explanations, not for the whole Internet. */
import { type Address, embeddedIpv4 } from "../ip/address.ts";
import { DataWindow } from "./data-window.ts";
import type { VerifiedDatabase } from "./database.ts";
import { decodeAt, type MmdbValue } from "./decode.ts";
import { ipv4Root, SearchTree } from "./tree.ts";

/** A path has at most 128 nodes, mostly far apart. */
const WINDOW_BYTES = 1024;

export interface Found {
  /** The network's data in the data section; null where nothing is known of it. */
  readonly dataOffset: number | null;
  /** Length of the network that shares this answer, in bits of the address's own family. */
  readonly prefixBits: number;
}

/**
 * Follows an address. IPv4 is found in a tree of either width; an IPv6 address that embeds an
 * IPv4 one is followed as written where the tree is IPv6, which may alias it, and is looked up as
 * what it embeds where the tree is IPv4. Returns null for an address that the tree cannot hold.
 */
export function lookup(db: VerifiedDatabase, address: Address): Found | null {
  const tree = new SearchTree(db.source, db.metadata, WINDOW_BYTES);
  if (address.family === 6 && tree.bits === 32) {
    const embedded = embeddedIpv4(address.words);
    return embedded === null ? null : lookup(db, embedded);
  }
  let record = address.family === 4 ? ipv4Root(tree) : 0;
  let bits = 0;
  while (record < tree.nodeCount) {
    tree.read(record);
    const bit = ((address.words[bits >>> 5] as number) >>> (31 - (bits & 31))) & 1;
    record = bit === 0 ? tree.left : tree.right;
    bits += 1;
  }
  const known = record !== tree.nodeCount;
  return { dataOffset: known ? record - tree.dataBase : null, prefixBits: bits };
}

/** The record at a data offset, as `lookup` gives it. */
export function decodeRecord(db: VerifiedDatabase, dataOffset: number): MmdbValue {
  const { dataStart, dataSize } = db.metadata;
  return decodeAt(new DataWindow(db.source, "the data section", dataStart, dataSize), dataOffset);
}
