/** A database that may be read without fear: only `verifyDatabase` makes one. */
import type { ByteSource } from "./bytes.ts";
import type { Metadata } from "./metadata.ts";
import type { RecordIndex } from "./records.ts";

export interface VerifiedDatabase {
  readonly source: ByteSource;
  readonly metadata: Metadata;
  /** The data records that the tree points to. */
  readonly records: RecordIndex;
}
