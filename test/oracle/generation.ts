/** What a published generation answers, read without the program that wrote it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Texts of list files, by "<set>/<id>". */
export type ListTexts = ReadonlyMap<string, string>;

export interface PlainGeneration {
  readonly routesFile: string;
  readonly lists: ListTexts;
}

export function readGeneration(folder: string): PlainGeneration {
  const listsFolder = join(folder, "lists");
  const lists = readdirSync(listsFolder).flatMap((set) =>
    readdirSync(join(listsFolder, set)).map((id) => {
      return [`${set}/${id}`, readFileSync(join(listsFolder, set, id), "utf8")] as const;
    }),
  );
  return { routesFile: join(folder, "routes.mmdb"), lists: new Map(lists) };
}

/**
 * Everything that a leaf of `routes.mmdb`, `{"lists": {"<set>": "<id>"}}`, leads to, as one text:
 * for each set in name order its name and its list. Faults become part of the text.
 */
export function answerOfLeaf(leaf: unknown, lists: ListTexts): string {
  const named = typeof leaf === "object" && leaf !== null && "lists" in leaf ? leaf.lists : {};
  const sets = Object.entries(named as object).map(([set, id]) => {
    return { set, text: lists.get(`${set}/${id}`) ?? `(no list ${id})\n` };
  });
  return answerText(sets);
}

export function answerText(
  sets: readonly { readonly set: string; readonly text: string }[],
): string {
  const inOrder = sets.toSorted((a, b) => (a.set < b.set ? -1 : 1));
  return inOrder.map(({ set, text }) => `${set}:\n${text}`).join("");
}

/** The text of the list file for mirrors with these URLs. */
export function listText(urls: readonly string[]): string {
  return urls.map((url) => `${url}{path}\n`).join("");
}
