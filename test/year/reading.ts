/**
 * What is published, read as a server and its clients would: with node:fs, JSON.parse and the plain
 * reader of MMDB files, and nothing of the program that wrote it.
 */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { toAddress } from "../oracle/address.ts";
import { dataOf, descend, type PlainDatabase, plainDatabase } from "../oracle/mmdb.ts";

export interface PublishedOutput {
  readonly id: string;
  /** By path. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** URLs up to the path, by list. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Ids of lists: by the code of a country, of a continent, and by list set for nobody known. */
  readonly countries: ReadonlyMap<string, string>;
  readonly continents: ReadonlyMap<string, string>;
  readonly unknown: ReadonlyMap<string, readonly string[]>;
  /** Ids of lists, by list set, that a client at the address gets; [] where the leaf is nothing. */
  readonly listsOf: (address: string) => ReadonlyMap<string, readonly string[]>;
  /** Every published byte is as the manifest says, and nothing else is there: what is not. */
  readonly faults: readonly string[];
}

/** Null before the first publication. */
export function readOutput(outputDir: string): PublishedOutput | null {
  const link = join(outputDir, "current");
  if (!existsSync(link)) {
    if (existsSync(outputDir) && readdirSync(outputDir).includes("current")) {
      throw new Error("current leads nowhere");
    }
    return null;
  }
  if (!lstatSync(link).isSymbolicLink()) throw new Error("current is not a link");
  const id = readlinkSync(link).replace(/^generations\//, "");
  const folder = join(outputDir, "generations", id);
  const files = new Map(
    filesBelow(folder).map((path) => [relative(folder, path), readFileSync(path)]),
  );
  const json = (path: string) => JSON.parse(files.get(path)?.toString("utf8") ?? "null");
  const manifest = json("manifest.json");
  const lists = new Map(
    [...files]
      .filter(([path]) => path.startsWith("lists/"))
      .map(([path, bytes]) => [path.slice("lists/".length), linesOf(bytes.toString("utf8"))]),
  );
  const routes = files.get("routes.mmdb");
  const database = routes && plainDatabase(routes);
  return {
    id,
    files,
    lists,
    countries: listsByKey(json("index/countries.json")),
    continents: listsByKey(json("index/continents.json")),
    unknown: new Map(Object.entries(manifest?.serve?.unknownLists ?? {})),
    listsOf: (address) => (database ? lookUp(database, address) : new Map()),
    faults: faultsOf(id, manifest, files),
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("a list without an end of its last line");
  return lines.map((line) => line.replace("{path}", ""));
}

function listsByKey(index: Readonly<Record<string, { list: string }>> | null): Map<string, string> {
  return new Map(Object.entries(index ?? {}).map(([key, { list }]) => [key, list]));
}

function lookUp(database: PlainDatabase, text: string): Map<string, readonly string[]> {
  const { value } = toAddress(text);
  const { record } = descend(database, value, 128);
  const leaf = dataOf(database, record) as
    | { lists?: Record<string, string | string[]> }
    | undefined;
  return new Map(
    Object.entries(leaf?.lists ?? {}).map(([set, ids]) => [set, Array.isArray(ids) ? ids : [ids]]),
  );
}

interface PlainManifest {
  readonly id?: unknown;
  readonly files?: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

function faultsOf(
  id: string,
  manifest: PlainManifest | null,
  files: ReadonlyMap<string, Buffer>,
): readonly string[] {
  if (manifest?.files === undefined) return ["there is no manifest"];
  const named = Object.entries(manifest.files);
  const expected = new Set(["manifest.json", ...named.map(([path]) => path)]);
  return [
    ...(manifest.id === id ? [] : [`the manifest is of ${manifest.id}`]),
    ...named.flatMap(([path, { bytes, sha256 }]) => {
      const content = files.get(path);
      if (content === undefined) return [`${path} is missing`];
      if (content.length !== bytes) return [`${path} has ${content.length} bytes`];
      const digest = createHash("sha256").update(content).digest("hex");
      return digest === sha256 ? [] : [`${path} has another digest`];
    }),
    ...[...files.keys()].filter((path) => !expected.has(path)).map((path) => `${path} is extra`),
  ];
}
