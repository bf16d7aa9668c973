/** What a GeoIP file is, by what is in it: type names are the publisher's whim. */
import type { ByteSource } from "../mmdb/bytes.ts";
import { DataWindow } from "../mmdb/data-window.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { decodeAt, type MmdbMap, type MmdbValue } from "../mmdb/decode.ts";

/** "place" gives countries, perhaps cities; "asn" autonomous systems; "both" is one of both. */
export type DatabaseKind = "place" | "asn" | "both" | "other";

const SAMPLED_RECORDS = 64;
const SNIFFED_BYTES = 512;

/** Looks at records evenly spread over the file. */
export function kindOfDatabase(db: VerifiedDatabase): DatabaseKind {
  const { dataStart, dataSize } = db.metadata;
  const window = new DataWindow(db.source, "the data section", dataStart, dataSize, 4096);
  const { count } = db.records;
  let place = false;
  let asn = false;
  for (let sample = 0; sample < Math.min(SAMPLED_RECORDS, count); sample++) {
    const number = Math.floor((sample * count) / Math.min(SAMPLED_RECORDS, count));
    const record = mapOf(decodeAt(window, db.records.offsetOf(number)));
    if (typeof record["autonomous_system_number"] === "number") asn = true;
    const country = mapOf(record["country"])["iso_code"] ?? record["country_code"];
    const latitude = mapOf(record["location"])["latitude"] ?? record["latitude"];
    if (typeof country === "string" || typeof latitude === "number") place = true;
  }
  if (place) return asn ? "both" : "place";
  return asn ? "asn" : "other";
}

/** In words, as a message has it: `an ASN database ("GeoLite2-ASN")`. */
export function describeKind(kind: DatabaseKind, databaseType: string): string {
  const type = `("${databaseType}")`;
  if (kind === "asn") return `an ASN database ${type}`;
  if (kind === "other") return `a database of neither places nor ASNs ${type}`;
  return `a database of places ${type}`;
}

/** Whether the file starts like a table in text: an MMDB starts with its tree, full of zeros. */
export function looksLikeText(source: ByteSource): boolean {
  const head = new Uint8Array(Math.min(SNIFFED_BYTES, source.size));
  source.read(0, head);
  return head.includes(44) && head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}

function mapOf(value: MmdbValue | undefined): MmdbMap {
  const isMap =
    typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isMap ? (value as MmdbMap) : {};
}
