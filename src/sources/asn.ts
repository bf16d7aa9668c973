/**
 * Which autonomous system announces which addresses: ranges in columns, from CSV tables (`first,
 * last,asn,name`, see asn-csv.ts) or MaxMind DB files (`autonomous_system_number`).
 */
import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { ByteSource } from "../mmdb/bytes.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { AsnColumns, type AsnFamilyRanges } from "./asn-columns.ts";
import { readAsnCsv, readCsvName } from "./asn-csv.ts";
import { readAsnDatabase, readDatabaseName } from "./asn-mmdb.ts";

export type AsnSource =
  | { readonly kind: "csv"; readonly source: ByteSource }
  | { readonly kind: "mmdb"; readonly db: VerifiedDatabase };

export interface AsnRanges {
  readonly ipv4: AsnFamilyRanges;
  readonly ipv6: AsnFamilyRanges;
  /** The name of an ASN's holder, read from the source when asked for; null when it has none. */
  nameOf(asn: number): string | null;
}

/**
 * The sources must stay open as long as names are asked for. Lines that are no ranges and ranges
 * that overlap others are reported.
 */
export function readAsnRanges(sources: readonly AsnSource[], report: Report): AsnRanges {
  const columns = [new AsnColumns(4), new AsnColumns(6)] as const;
  const [ipv4, ipv6] = columns;
  sources.forEach((each, number) => {
    ipv4.source = number;
    ipv6.source = number;
    if (each.kind === "csv") readAsnCsv(each.source, ipv4, ipv6, report);
    else readAsnDatabase(each.db, ipv4, ipv6);
  });
  const finished = columns.map((each) => each.finish());
  for (const { overlaps } of finished) {
    for (const [number, count] of overlaps) {
      report(problem("geoip-overlap", {}, { path: pathOf(sources[number]), count }));
    }
  }
  const [first, second] = finished.map((each) => each.ranges);
  const ranges = { ipv4: first as AsnFamilyRanges, ipv6: second as AsnFamilyRanges };
  return { ...ranges, nameOf: (asn) => nameOf(asn, [ranges.ipv4, ranges.ipv6], sources) };
}

function nameOf(
  asn: number,
  families: readonly AsnFamilyRanges[],
  sources: readonly AsnSource[],
): string | null {
  for (const ranges of families) {
    const range = ranges.asn.indexOf(asn);
    const from = sources[ranges.nameSource[range] ?? -1];
    const offset = ranges.nameOffset[range];
    if (from === undefined || offset === undefined) continue;
    return from.kind === "csv"
      ? readCsvName(from.source, offset)
      : readDatabaseName(from.db, offset);
  }
  return null;
}

function pathOf(source: AsnSource | undefined): string {
  if (source === undefined) return "";
  return source.kind === "csv" ? source.source.name : source.db.source.name;
}
