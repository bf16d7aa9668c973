/** ASN databases in MaxMind DB format: networks of one ASN that touch become one range. */
import { DataWindow } from "../mmdb/data-window.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { decodeAt } from "../mmdb/decode.ts";
import { FIELD_NUMBER, fieldReader, loadData } from "../mmdb/fields.ts";
import { walkNetworks } from "../mmdb/tree.ts";
import { type AsnColumns, LAST } from "./asn-columns.ts";

/** Adds the database's ranges to the columns; those of an IPv6 tree at ::/96 are IPv4. */
export function readAsnDatabase(db: VerifiedDatabase, ipv4: AsnColumns, ipv6: AsnColumns): void {
  const { asnOf, offsetOf } = readRecords(db);
  const run = new Run(ipv4);
  walkNetworks(db, (words, bits, record) => {
    const asn = record < 0 ? 0 : (asnOf[record] as number);
    if (asn === 0) return;
    const offset = offsetOf[record] as number;
    if (words.length === 1) run.take(ipv4, words, 0, bits, asn, offset);
    else if (words[0] === 0 && words[1] === 0 && words[2] === 0 && bits >= 96) {
      run.take(ipv4, words, 3, bits - 96, asn, offset);
    } else if (!isAlias(words)) run.take(ipv6, words, 0, bits, asn, offset);
  });
  run.flush();
}

/** The holder's name in a record, from where `AsnColumns` was told that it is. */
export function readDatabaseName(db: VerifiedDatabase, offset: number): string | null {
  const { dataStart, dataSize } = db.metadata;
  const window = new DataWindow(db.source, "the data section", dataStart, dataSize, 4096);
  const record = decodeAt(window, offset);
  if (typeof record !== "object" || !("autonomous_system_organization" in record)) return null;
  const name = record["autonomous_system_organization"];
  return typeof name === "string" && name !== "" ? name : null;
}

/** By record number; an ASN of 0, which is reserved (RFC 7607), stands for none. */
function readRecords(db: VerifiedDatabase): { asnOf: Uint32Array; offsetOf: Uint32Array } {
  const fields = fieldReader(loadData(db), [["autonomous_system_number"]]);
  const asnOf = new Uint32Array(db.records.count);
  const offsetOf = new Uint32Array(db.records.count);
  db.records.forEach((offset, number) => {
    fields.read(offset);
    if (fields.kinds[0] === FIELD_NUMBER) asnOf[number] = fields.numbers[0] as number;
    offsetOf[number] = offset;
  });
  return { asnOf, offsetOf };
}

/** ::ffff:0:0/96 and 2002::/16 repeat the IPv4 tree, and are looked up as what they embed. */
function isAlias(words: Uint32Array): boolean {
  return (
    (words[0] as number) >>> 16 === 0x2002 ||
    (words[0] === 0 && words[1] === 0 && words[2] === 0xffff)
  );
}

/** The range that grows while networks of the same ASN follow each other without a gap. */
class Run {
  #columns: AsnColumns;
  #asn = 0;
  #offset = 0;
  readonly #bounds = new Uint32Array(2 * LAST);
  readonly #next = new Uint32Array(LAST);

  constructor(columns: AsnColumns) {
    this.#columns = columns;
  }

  /** `words` from `at` on are the network's address. */
  take(
    columns: AsnColumns,
    words: Uint32Array,
    at: number,
    bits: number,
    asn: number,
    offset: number,
  ): void {
    const count = words.length - at;
    if (asn !== this.#asn || columns !== this.#columns || !this.#follows(words, at)) {
      this.flush();
      this.#columns = columns;
      this.#asn = asn;
      this.#offset = offset;
      this.#bounds.set(words.subarray(at));
    }
    for (let word = 0; word < count; word++) {
      const free = Math.min(32, Math.max(0, (word + 1) * 32 - bits));
      const hosts = free === 32 ? 0xffff_ffff : 2 ** free - 1;
      this.#bounds[LAST + word] = (words[at + word] as number) | hosts;
    }
  }

  flush(): void {
    if (this.#asn !== 0) this.#columns.add(this.#bounds, this.#asn, this.#offset);
    this.#asn = 0;
  }

  /** Whether the network starts one after the last address so far. */
  #follows(words: Uint32Array, at: number): boolean {
    const count = words.length - at;
    let carry = 1;
    for (let word = count - 1; word >= 0; word--) {
      const sum = (this.#bounds[LAST + word] as number) + carry;
      this.#next[word] = sum;
      carry = sum > 0xffff_ffff ? 1 : 0;
    }
    for (let word = 0; word < count; word++) {
      if (words[at + word] !== this.#next[word]) return false;
    }
    return carry === 0;
  }
}
