/**
 * What a contribution does to the files of a network. Of the contribution nothing but mirror files is
 * read; its config.yml and mirrorpress.yml are not looked at.
 */
import { dirname, posix, relative, resolve, sep } from "node:path";
import type { Diagnostic, Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { WrittenDocument } from "../diagnostics/written.ts";
import { readUsableNetwork } from "../inputs/usable-network.ts";
import type { NetworkConfig } from "../model/config.ts";
import type { Mirror } from "../model/mirror.ts";
import { checkNetwork, readMirror } from "../model/mirrors.ts";
import { defaultSettings, readSettings, type Settings } from "../model/settings.ts";
import { requireModestFolder } from "../sources/contributed-folder.ts";
import { readNetwork, type WrittenNetwork } from "../sources/network.ts";

/** A mirror file that is other than in the network. */
export interface FileChange {
  /** As the repository has it: "mirrors/europe/a.example.yml". */
  readonly path: string;
  readonly kind: "added" | "changed" | "moved" | "removed";
  /** Where a file that was moved had been. */
  readonly from?: string;
  /** The mirror that it was, and that it would be; absent where there is none, or it is unusable. */
  readonly before?: Mirror;
  readonly after?: Mirror;
  /** Whether another file has the name already, so that this one's mirror does not count. */
  readonly isDuplicate: boolean;
}

export interface Contribution {
  readonly config: NetworkConfig;
  readonly settings: Settings;
  /** By path. */
  readonly changes: readonly FileChange[];
  /** What is wrong with the mirrors as contributed, before they are placed. */
  readonly diagnostics: readonly Diagnostic[];
  /** A path as messages show it, as the repository has it; undefined of other files. */
  readonly inRepository: (shown: string) => string | undefined;
}

/**
 * `folder` has all mirrors as they would be. Throws an `InputError` when the network itself cannot be
 * read, an `EnvironmentError` when the folder is none, or too large.
 */
export function readContribution(configPath: string, folder: string): Contribution {
  requireModestFolder(folder);
  const found: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void found.push(diagnostic);
  const { written: base, config } = readUsableNetwork(configPath, found);
  const settings = base.settings ? readSettings(base.settings, report) : defaultSettings;

  const diagnostics: Diagnostic[] = [];
  const contributed = readNetwork(configPath, (each) => void diagnostics.push(each), folder);
  if (!contributed) throw new InputError(diagnostics);
  const mirrorsDir = resolve(dirname(configPath), config.mirrorsDir);
  const pathFrom = (root: string) => (shown: string) => {
    const path = relative(root, resolve(shown)).split(sep).join("/");
    const isInside = path !== "" && !path.startsWith("../");
    return isInside ? posix.join(config.mirrorsDir, path) : undefined;
  };
  const inRepository = pathFrom(folder);
  const inFiles = (network: WrittenNetwork, told: readonly Diagnostic[]) => ({
    documents: network.mirrors,
    unreadable: [...network.unreadable.mirrors, ...linksIn(told)],
    config,
  });
  const before = filesOf(inFiles(base, found), pathFrom(mirrorsDir), () => undefined);
  const after = filesOf(inFiles(contributed, diagnostics), inRepository, (each) => {
    diagnostics.push(each);
  });
  return {
    config,
    settings,
    changes: changesOf(before, after),
    diagnostics,
    inRepository,
  };
}

/** Mirrors that a file contributes, as they stand in it. */
export function contributedMirrors({ changes }: Contribution): readonly Mirror[] {
  return changes.flatMap(({ kind, after, isDuplicate }) =>
    after && !isDuplicate && kind !== "moved" ? after : [],
  );
}

/** By the path of a file, and as the repository names files, so that they can be shown there. */
export function byFile(
  all: readonly Diagnostic[],
  { inRepository }: Contribution,
): ReadonlyMap<string, readonly Diagnostic[]> {
  const named = (shown: string) => inRepository(shown) ?? shown;
  const found = new Map<string, Diagnostic[]>();
  for (const diagnostic of all) {
    const { file, args } = diagnostic;
    if (file === undefined) continue;
    const path = named(file.path);
    // Of two files with one name the later is reported, and the earlier may be the new one.
    const first = typeof args["firstPath"] === "string" ? named(args["firstPath"]) : path;
    const shown: Diagnostic = {
      ...diagnostic,
      file: { ...file, path },
      ...(first !== path && { args: { ...args, firstPath: first } }),
    };
    for (const each of new Set([path, first])) {
      const ofFile = found.get(each);
      if (ofFile) ofFile.push(shown);
      else found.set(each, [shown]);
    }
  }
  return found;
}

interface NetworkFile {
  /** Undefined when it cannot be read. */
  readonly text: string | undefined;
  readonly mirror?: Mirror;
  readonly isDuplicate: boolean;
}

/** Files that were not so much as looked at, because they are links to elsewhere. */
function linksIn(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.flatMap(({ code, file }) =>
    code === "file-unreadable" && file ? file.path : [],
  );
}

interface NamedFiles {
  readonly documents: readonly WrittenDocument[];
  readonly unreadable: readonly string[];
  readonly config: NetworkConfig;
}

/** By path. */
function filesOf(
  { documents, unreadable, config }: NamedFiles,
  pathOf: (shown: string) => string | undefined,
  report: Report,
): ReadonlyMap<string, NetworkFile> {
  const files = new Map<string, NetworkFile>();
  const set = (shown: string, file: NetworkFile) => files.set(pathOf(shown) ?? shown, file);
  for (const shown of unreadable) set(shown, { text: undefined, isDuplicate: false });
  const read = documents.map((document) => ({
    file: document.file,
    mirror: readMirror(document, config, report),
  }));
  const usable = read.flatMap(({ mirror }) => mirror ?? []);
  const standing = new Set(checkNetwork(usable, report).map(({ file }) => file.path));
  for (const { file, mirror } of read) set(file.path, networkFile(file, mirror, standing));
  return files;
}

function networkFile(
  { path, text }: SourceFile,
  mirror: Mirror | null,
  standing: ReadonlySet<string>,
): NetworkFile {
  const isDuplicate = mirror !== null && !standing.has(path);
  return { text, isDuplicate, ...(mirror && { mirror }) };
}

function changesOf(
  before: ReadonlyMap<string, NetworkFile>,
  after: ReadonlyMap<string, NetworkFile>,
): readonly FileChange[] {
  const gone = [...before].filter(([path]) => !after.has(path));
  const goneByText = new Map(gone.map(([path, { text }]) => [text, path]));
  goneByText.delete(undefined);
  const moved = new Set<string>();
  const changes: FileChange[] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old !== undefined && old.text === file.text) continue;
    const from = old === undefined ? goneByText.get(file.text) : undefined;
    if (from !== undefined && !moved.has(from)) {
      moved.add(from);
      changes.push(change(path, "moved", before.get(from), file, from));
    } else {
      changes.push(change(path, old === undefined ? "added" : "changed", old, file));
    }
  }
  for (const [path, file] of gone) {
    if (!moved.has(path)) changes.push(change(path, "removed", file, undefined));
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function change(
  path: string,
  kind: FileChange["kind"],
  before: NetworkFile | undefined,
  after: NetworkFile | undefined,
  from?: string,
): FileChange {
  return {
    path,
    kind,
    ...(from !== undefined && { from }),
    ...(before?.mirror && { before: before.mirror }),
    ...(after?.mirror && { after: after.mirror }),
    isDuplicate: after?.isDuplicate ?? false,
  };
}
