/** What a `compile-only` process is told and what it answers, both as JSON. */
import type { PlacedMirror } from "../../src/model/mirror.ts";

export interface CompileTask {
  readonly city: readonly string[];
  readonly asn: readonly string[];
  /** A file of `MirrorsFile`. */
  readonly mirrors: string;
  /** Where routes.mmdb goes. */
  readonly output: string;
}

/** Mirrors read and placed beforehand, so that what is measured starts from the databases. */
export interface MirrorsFile {
  readonly mirrors: readonly WrittenMirror[];
  /** Optional modules: list sets of their own. */
  readonly modules: readonly string[];
}

type WrittenMirror = Omit<PlacedMirror, "modules" | "file"> & {
  readonly modules: readonly (readonly [string, PlacedMirror["urls"]])[];
};

export interface CompileFigures {
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  readonly routesBytes: number;
  readonly rankings: number;
  readonly nodes: number;
  /** Names of the list sets. */
  readonly sets: readonly string[];
  readonly lists: number;
}

/** With one URL, so that no protocol is a list set of its own. */
export function ofOneProtocol({ urls, ...rest }: WrittenMirror): WrittenMirror {
  const http = urls.http ?? urls.https;
  return { ...rest, urls: http === undefined ? {} : { http } };
}

export function writtenMirror({ file: _, modules, ...rest }: PlacedMirror): WrittenMirror {
  return { ...rest, modules: [...modules] };
}

export function placedMirror({ modules, ...rest }: WrittenMirror): PlacedMirror {
  return { ...rest, modules: new Map(modules), file: { path: rest.name, text: "" } };
}
