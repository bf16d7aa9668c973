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
  /** The distinct lists: mirror numbers, best first. Sets may share the arrays. */
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
  const digestById = new Map<string, string>([[EMPTY_LIST, sha256Hex("")]]);
  let hasEmpty = false;
  const costs: ListSetCost[] = [];
  const sharings: Sharing[] = [];
  const ids = sets.map((set, setNumber) => {
    const lines = set.urls.map((url) => (url === undefined ? undefined : listLine(url)));
    const sharing = sharingOf(lines, sharings);
    const filesBefore = artifacts.length;
    let bytes = 0;
    const idsOfSet = set.lists.map((list, listNumber) => {
      if (list.length === 0) {
        if (setNumber === 0) throw new Error(`list ${listNumber} of set ${set.name} is empty`);
        if (!hasEmpty) artifacts.push(seal(textArtifact(`lists/${EMPTY_LIST}`, "")));
        hasEmpty = true;
        return EMPTY_LIST;
      }
      const missing = list.find((mirror) => lines[mirror] === undefined);
      if (missing !== undefined) {
        throw new Error(`mirror ${missing} is in a list of set ${set.name} and has no URL there`);
      }
      const known = sharing.ids.get(list);
      if (known !== undefined) return known;
      let text = "";
      for (const mirror of list) text += lines[mirror];
      const sha256 = sha256Hex(text);
      const { id, isNew } = nameList(sha256, idLength, digestById);
      if (isNew) {
        artifacts.push({ path: `lists/${id}`, bytes: Buffer.from(text), sha256 });
        bytes += text.length;
      }
      sharing.ids.set(list, id);
      return id;
    });
    const files = artifacts.length - filesBefore;
    costs.push({ name: set.name, lists: set.lists.length, files, bytes });
    return idsOfSet;
  });
  return { artifacts, ids, costs };
}

/** Sets in which a mirror has the same line wherever it has one: a list that several have is one file. */
interface Sharing {
  /** By mirror number, of any of the sets. */
  readonly lines: (string | undefined)[];
  readonly ids: Map<readonly number[], string>;
}

function sharingOf(lines: readonly (string | undefined)[], sharings: Sharing[]): Sharing {
  const isAlike = (sharing: Sharing) =>
    lines.every(
      (line, mirror) => (sharing.lines[mirror] ?? line) === (line ?? sharing.lines[mirror]),
    );
  let sharing = sharings.find(isAlike);
  if (sharing === undefined) {
    sharing = { lines: [], ids: new Map() };
    sharings.push(sharing);
  }
  for (const [mirror, line] of lines.entries()) sharing.lines[mirror] ??= line;
  return sharing;
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
  idLength: number,
  digestById: Map<string, string>,
): { id: string; isNew: boolean } {
  for (let length = idLength; ; length++) {
    const id = digest.slice(0, length);
    const other = digestById.get(id);
    if (other === digest) return { id, isNew: false };
    if (other === undefined) {
      digestById.set(id, digest);
      return { id, isNew: true };
    }
  }
}

/** No quote and no backslash: nginx makes JSON of a list by filling in text around the URLs. */
const BASE_URL = /^(?:https?|rsync|ftp):\/\/[\x21\x23-\x5b\x5d-\x7e]+\/$/;
