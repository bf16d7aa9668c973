/** What a published generation answers, read without the program that wrote it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface PlainGeneration {
  readonly routesFile: string;
  /** Text of the lists of set "all", by id. */
  readonly lists: ReadonlyMap<string, string>;
}

export function readGeneration(folder: string): PlainGeneration {
  const listsFolder = join(folder, "lists", "all");
  const ids = readdirSync(listsFolder);
  const lists = new Map(ids.map((id) => [id, readFileSync(join(listsFolder, id), "utf8")]));
  return { routesFile: join(folder, "routes.mmdb"), lists };
}

/** The id that a leaf of `routes.mmdb` names for list set "all". */
export function listIdOf(leaf: unknown): string | undefined {
  const lists =
    typeof leaf === "object" && leaf !== null && "lists" in leaf ? leaf.lists : undefined;
  const id = typeof lists === "object" && lists !== null && "all" in lists ? lists.all : undefined;
  return typeof id === "string" ? id : undefined;
}

/** The text of the list file for mirrors with these URLs. */
export function listText(urls: readonly string[]): string {
  return urls.map((url) => `${url}{path}\n`).join("");
}
