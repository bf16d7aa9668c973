/**
 * The list files: `lists/<id>`, one mirror a line, best first, the repository path left open:
 *
 *     http://mirror.example/almalinux/{path}
 *
 * A list may be empty, for clients that no mirror of a set may serve, and is never sent: these get a
 * 404. Equal files are one file, whichever sets they are of. The id is the beginning of the SHA-256 of the
 * file's bytes, so a list keeps its id from one generation to the next for as long as it stays the
 * same.
 */
import { type SealedArtifact, seal, sha256Hex, textArtifact } from "./artifact.ts";

/** What the server replaces by the path of the repository. */
const PATH_TOKEN = "{path}";

export interface ListSetToEmit {
  /** Part of a path: `[a-z0-9][a-z0-9._-]*`. */
  readonly name: string;
  /** The distinct lists: mirror numbers, best first. */
  readonly lists: readonly (readonly number[])[];
  /** By mirror number, the mirror's base URL in this set; undefined where it has none. */
  readonly urls: readonly (string | undefined)[];
}

export interface EmittedLists {
  readonly artifacts: readonly SealedArtifact[];
  /** By set in the order given, then by list number, the list's id. */
  readonly ids: readonly (readonly string[])[];
  /** By set, what it adds to the sets before it. */
  readonly costs: readonly ListSetCost[];
}

export interface ListSetCost {
  readonly name: string;
  readonly lists: number;
  /** Lists that no set before it has. */
  readonly files: number;
  readonly bytes: number;
}

const ID_LENGTH = 12;

/** The id of the list without a mirror; that no other has it is seen to. */
export const EMPTY_LIST = sha256Hex("").slice(0, ID_LENGTH);

/**
 * Ids have `idLength` digits, and more where two lists would share one. Throws on an empty list in the
 * first set, that of everything, a mirror without a URL in the set, or a URL that is not canonical.
 */
export function emitLists(
  sets: readonly ListSetToEmit[],
  idLength: number = ID_LENGTH,
): EmittedLists {
  const artifacts: SealedArtifact[] = [];
  const textById = new Map<string, string>([[EMPTY_LIST, ""]]);
  let hasEmpty = false;
  const costs: ListSetCost[] = [];
  const ids = sets.map((set, setNumber) => {
    const lines = set.urls.map((url) => (url === undefined ? undefined : listLine(url)));
    const filesBefore = artifacts.length;
    let bytes = 0;
    const idsOfSet = set.lists.map((list, listNumber) => {
      if (list.length === 0) {
        if (setNumber === 0) throw new Error(`list ${listNumber} of set ${set.name} is empty`);
        if (!hasEmpty) artifacts.push(seal(textArtifact(`lists/${EMPTY_LIST}`, "")));
        hasEmpty = true;
        return EMPTY_LIST;
      }
      let text = "";
      for (const mirror of list) {
        const line = lines[mirror];
        if (line === undefined) {
          throw new Error(`mirror ${mirror} is in a list of set ${set.name} and has no URL there`);
        }
        text += line;
      }
      const sha256 = sha256Hex(text);
      const { id, isNew } = nameList(sha256, text, idLength, textById);
      if (isNew) {
        artifacts.push({ path: `lists/${id}`, bytes: Buffer.from(text), sha256 });
        bytes += text.length;
      }
      return id;
    });
    const files = artifacts.length - filesBefore;
    costs.push({ name: set.name, lists: set.lists.length, files, bytes });
    return idsOfSet;
  });
  return { artifacts, ids, costs };
}

/** The line of a list for one base URL, which must be canonical and end in "/". */
export function listLine(baseUrl: string): string {
  if (!BASE_URL.test(baseUrl) || baseUrl.includes(PATH_TOKEN)) {
    throw new Error(`not the canonical base URL of a mirror: ${JSON.stringify(baseUrl)}`);
  }
  return `${baseUrl}${PATH_TOKEN}\n`;
}

/** A list as the server sends it, each URL with the path of a repository behind it. */
export function fillList(list: string, path: string): string {
  return list.replaceAll(PATH_TOKEN, () => path);
}

function nameList(
  digest: string,
  text: string,
  idLength: number,
  textById: Map<string, string>,
): { id: string; isNew: boolean } {
  for (let length = idLength; length <= digest.length; length++) {
    const id = digest.slice(0, length);
    const other = textById.get(id);
    if (other === text) return { id, isNew: false };
    if (other === undefined) {
      textById.set(id, text);
      return { id, isNew: true };
    }
  }
  throw new Error("two lists have the same SHA-256");
}

/** No quote and no backslash: nginx makes JSON of a list by filling in text around the URLs. */
const BASE_URL = /^(?:https?|rsync|ftp):\/\/[\x21\x23-\x5b\x5d-\x7e]+\/$/;
