/** What is wrong with a database, as a code that stays and a sentence for people. */

export type MmdbReason =
  | "not-a-database"
  | "metadata-truncated"
  | "metadata-not-a-map"
  | "metadata-field-missing"
  | "metadata-field-invalid"
  | "version-unsupported"
  | "tree-truncated"
  | "separator-not-zero"
  | "record-in-separator"
  | "record-beyond-data"
  | "tree-cycle"
  | "tree-too-deep"
  | "tree-too-wide"
  | "value-truncated"
  | "value-type-unknown"
  | "value-size-invalid"
  | "value-too-deep"
  | "value-too-large"
  | "values-overlap"
  | "container-oversized"
  | "pointer-beyond-data"
  | "pointer-to-pointer"
  | "pointer-cycle"
  | "key-not-a-string"
  | "text-not-utf8";

/**
 * A database that must not be used. `offset` counts bytes from the start of the file; it is absent
 * where the fault has no single place.
 */
export class MmdbError extends Error {
  readonly reason: MmdbReason;
  readonly source: string;
  readonly offset: number | undefined;

  constructor(reason: MmdbReason, source: string, offset: number | undefined, problem: string) {
    const place = offset === undefined ? "" : ` (at byte ${offset})`;
    super(`${source}: ${problem}${place}. ${remedyOf(reason)}`);
    this.name = "MmdbError";
    this.reason = reason;
    this.source = source;
    this.offset = offset;
  }
}

function remedyOf(reason: MmdbReason): string {
  switch (reason) {
    case "not-a-database":
      return "Check that it is a MaxMind DB file (.mmdb), unpacked and completely downloaded.";
    case "version-unsupported":
      return "Fetch the database in MaxMind DB format 2.";
    default:
      return "The file is damaged or was made to do harm: fetch the database again.";
  }
}
