/**
 * A generation as comparing sees it: from the folder where it is published, or from the files of one
 * that is not published yet.
 */
import type { Artifact } from "../emit/artifact.ts";
import { CLASSES_PATH, type ClassIndex, readClasses } from "../emit/classes.ts";
import { MANIFEST_PATH } from "../emit/manifest.ts";
import { type ManifestSummary, readSummary } from "../emit/manifest-summary.ts";
import { MIRRORS_JSON_PATH, readMirrorCountries } from "../emit/mirrors-json.ts";
import { NETWORKS_PATH } from "../emit/nginx.ts";
import { ROUTES_PATH } from "../emit/routes-database.ts";
import { type AnsweredScopes, readScopes, SCOPES_PATH } from "../emit/scopes.ts";

export interface ComparedGeneration {
  readonly manifest: ManifestSummary;
  readonly index: ClassIndex;
  /** The file that `index` was read from. */
  readonly classes: Uint8Array;
  /** Null in a generation of before they were noted. */
  readonly answered: AnsweredScopes | null;
  /** The file routes.mmdb. */
  readonly routes: Uint8Array;
  /** networks.mmdb; null where nobody knows who announces what. */
  readonly networks: Uint8Array | null;
  /** By the name of a public mirror, the code of its country. */
  readonly countryOf: ReadonlyMap<string, string>;
}

/** One that is not published yet, from all of its files. Throws as `openCompared`. */
export function openMade(files: readonly Artifact[]): ComparedGeneration {
  const byPath = new Map(files.map(({ path, bytes }) => [path, bytes]));
  return openCompared((path) => byPath.get(path) ?? null);
}

/** The bytes of a file of a generation, or null when it has none of that path. */
export type ReadFile = (path: string) => Uint8Array | null;

/** Throws when a file is missing or of another version of this program. */
export function openCompared(read: ReadFile): ComparedGeneration {
  const need = (path: string) => {
    const bytes = read(path);
    if (bytes === null) throw new Error(`there is no ${path}`);
    return bytes;
  };
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const classes = need(CLASSES_PATH);
  const scopes = read(SCOPES_PATH);
  return {
    manifest: readSummary(text(need(MANIFEST_PATH))),
    index: readClasses(text(classes)),
    classes,
    answered: scopes && readScopes(text(scopes)),
    routes: need(ROUTES_PATH),
    networks: read(NETWORKS_PATH),
    countryOf: readMirrorCountries(text(need(MIRRORS_JSON_PATH))),
  };
}
