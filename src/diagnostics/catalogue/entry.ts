/** One kind of problem. */
export interface CatalogueEntry {
  readonly severity: "error" | "warning" | "note";
  /** What the table of counts calls it: a few words, no placeholders. */
  readonly title: string;
  /** What is wrong, and what the program does about it. */
  readonly message: string;
  /** What to write instead; the first that can be filled is shown. */
  readonly hints: readonly string[];
}

export type CatalogueEntries = Readonly<Record<string, CatalogueEntry>>;
