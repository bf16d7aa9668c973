/** What a published generation answers, read without the program that wrote it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Texts of list files, by id. */
export type ListTexts = ReadonlyMap<string, string>;

export interface PlainGeneration {
  readonly routesFile: string;
  readonly lists: ListTexts;
}

/** All that a client's address decides. */
export interface Answer {
  readonly country: string | undefined;
  /** For each list set the texts of its lists, one for each rotation. */
  readonly sets: readonly { readonly set: string; readonly texts: readonly string[] }[];
}

export function readGeneration(folder: string): PlainGeneration {
  const listsFolder = join(folder, "lists");
  const lists = readdirSync(listsFolder).map((id) => {
    return [id, readFileSync(join(listsFolder, id), "utf8")] as const;
  });
  return { routesFile: join(folder, "routes.mmdb"), lists: new Map(lists) };
}

/**
 * What a leaf of `routes.mmdb` leads to:
 *
 *     { "country": "<code>", "lists": { "<set>": "<id>" or ["<id>", ...] } }
 *
 * Faults become part of the texts.
 */
export function answerOfLeaf(leaf: unknown, lists: ListTexts): Answer {
  const { country, lists: named } = (leaf ?? {}) as { country?: unknown; lists?: object };
  const textOf = (id: unknown) => lists.get(String(id)) ?? `(no list ${id})\n`;
  return {
    country: country === undefined ? undefined : String(country),
    sets: Object.entries(named ?? {}).map(([set, ids]: [string, unknown]) => {
      return { set, texts: (Array.isArray(ids) ? ids : [ids]).map(textOf) };
    }),
  };
}

/** The country, then for each set in name order its name and its lists, with `--` between. */
export function answerText({ country, sets }: Answer): string {
  const inOrder = sets.toSorted((a, b) => (a.set < b.set ? -1 : 1));
  const lists = inOrder.map(({ set, texts }) => `${set}:\n${texts.join("--\n")}`);
  return `country ${country ?? "unknown"}\n${lists.join("")}`;
}

/** The text of the list file for mirrors with these URLs. */
export function listText(urls: readonly string[]): string {
  return urls.map((url) => `${url}{path}\n`).join("");
}
