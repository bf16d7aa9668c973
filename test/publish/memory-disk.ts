/**
 * A disk in memory that can lose its power. What was written and not synced may then be there, in
 * part, as zeros or not at all; names that were made, moved or removed and not synced may be so up to
 * some point, in each folder up to another. A rename is whole, as POSIX has it.
 */
import type { EntryStat, PublishFs } from "../../src/publish/file-system.ts";

interface FileNode {
  readonly kind: "file";
  data: Uint8Array;
  /** What outlives a power cut; undefined when nothing of it is sure. */
  synced: Uint8Array | undefined;
  mode: number;
  readonly mtimeMs: number;
}

interface LinkNode {
  readonly kind: "link";
  readonly target: string;
  readonly mode: number;
  readonly mtimeMs: number;
}

interface FolderNode {
  readonly kind: "folder";
  entries: Map<string, Node>;
  synced: Map<string, Node>;
  /** Since the last sync, in order. */
  pending: ((entries: Map<string, Node>) => void)[];
  mode: number;
  mtimeMs: number;
}

type Node = FileNode | LinkNode | FolderNode;

interface OpenFile {
  readonly node: FileNode | FolderNode;
  position: number;
}

/** Nobody who publishes follows a link. */
export const FOLLOWED = "a link was followed";

export class MemoryDisk {
  #root: FolderNode;
  #open = new Map<number, OpenFile>();
  #nextFile = 3;
  #clock = 0;

  constructor(root: FolderNode = newFolder(0)) {
    this.#root = root;
  }

  /** As it is now, with nothing open. */
  clone(): MemoryDisk {
    const copies = new Map<Node, Node>();
    const copy = (node: Node): Node => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      if (node.kind === "link") return node;
      const twin: Node =
        node.kind === "file" ? { ...node } : { ...node, entries: new Map(), synced: new Map() };
      copies.set(node, twin);
      if (node.kind === "folder" && twin.kind === "folder") {
        if (node.pending.length > 0) throw new Error("a disk is cloned when it is synced");
        twin.pending = [];
        for (const [name, child] of node.entries) twin.entries.set(name, copy(child));
        for (const [name, child] of node.synced) twin.synced.set(name, copy(child));
      }
      return twin;
    };
    const disk = new MemoryDisk(copy(this.#root) as FolderNode);
    disk.#clock = this.#clock;
    return disk;
  }

  /** Everything that was done is on the disk. */
  sync(): void {
    const seen = new Set<Node>();
    const visit = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      syncNode(node);
      if (node.kind === "folder") for (const child of node.entries.values()) visit(child);
    };
    visit(this.#root);
  }

  /** `random` is from 0 to 1. */
  cutPower(random: () => number): void {
    this.#open.clear();
    const seen = new Set<Node>();
    const visit = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === "file") {
        if (node.synced !== node.data) node.data = survivor(node, random);
        node.synced = node.data;
      } else if (node.kind === "folder") {
        const entries = new Map(node.synced);
        const survived = Math.floor(random() * (node.pending.length + 1));
        for (const change of node.pending.slice(0, survived)) change(entries);
        node.entries = entries;
        syncNode(node);
        for (const child of entries.values()) visit(child);
      }
    };
    visit(this.#root);
  }

  readonly fs: PublishFs = {
    openSync: (path, flags, mode = 0o644) => {
      const existing = this.#find(path);
      if (flags === "wx") {
        if (existing !== undefined) throw fault("EEXIST", path);
        const empty = new Uint8Array(0);
        const node: FileNode = {
          kind: "file",
          data: empty,
          synced: undefined,
          mode,
          mtimeMs: ++this.#clock,
        };
        this.#change(path, (entries, name) => entries.set(name, node));
        return this.#opened(node);
      }
      if (existing === undefined) throw fault("ENOENT", path);
      if (existing.kind === "link") throw new Error(FOLLOWED);
      return this.#opened(existing);
    },
    writeSync: (file, bytes, offset, length) => {
      const open = this.#openFile(file);
      const { data } = open.node as FileNode;
      const grown = new Uint8Array(Math.max(data.length, open.position + length));
      grown.set(data);
      grown.set(bytes.subarray(offset, offset + length), open.position);
      (open.node as FileNode).data = grown;
      open.position += length;
      return length;
    },
    fstatSync: (file) => statOf(this.#openFile(file).node),
    fchmodSync: (file, mode) => {
      this.#openFile(file).node.mode = mode;
    },
    fsyncSync: (file) => syncNode(this.#openFile(file).node),
    closeSync: (file) => {
      this.#openFile(file);
      this.#open.delete(file);
    },
    readSync: (file, target) => {
      const open = this.#openFile(file);
      if (open.node.kind !== "file") throw fault("EISDIR", String(file));
      const read = open.node.data.subarray(open.position, open.position + target.length);
      target.set(read);
      open.position += read.length;
      return read.length;
    },
    readFileSync: (path) => {
      const node = this.#get(path);
      if (node.kind === "link") throw new Error(FOLLOWED);
      if (node.kind !== "file") throw fault("EISDIR", path);
      return Buffer.from(node.data);
    },
    mkdirSync: (path) => {
      if (this.#find(path) !== undefined) throw fault("EEXIST", path);
      const node = newFolder(++this.#clock);
      this.#change(path, (entries, name) => entries.set(name, node));
    },
    chmodSync: (path, mode) => {
      const node = this.#get(path);
      if (node.kind !== "link") node.mode = mode;
    },
    readdirSync: (path) => [...this.#folder(path).entries.keys()].sort(),
    lstatSync: (path) => {
      if (this.#find(parentOf(path))?.kind === "file") throw fault("ENOTDIR", path);
      const node = this.#find(path);
      return node === undefined ? undefined : statOf(node);
    },
    readlinkSync: (path) => {
      const node = this.#get(path);
      if (node.kind !== "link") throw fault("EINVAL", path);
      return node.target;
    },
    symlinkSync: (target, path) => {
      if (this.#find(path) !== undefined) throw fault("EEXIST", path);
      const node: LinkNode = { kind: "link", target, mode: 0o777, mtimeMs: ++this.#clock };
      this.#change(path, (entries, name) => entries.set(name, node));
    },
    linkSync: (existing, path) => {
      const node = this.#get(existing);
      if (this.#find(path) !== undefined) throw fault("EEXIST", path);
      this.#folder(parentOf(path));
      if (node.kind === "folder") throw fault("EPERM", path);
      this.#change(path, (entries, name) => entries.set(name, node));
    },
    renameSync: (from, to) => {
      const node = this.#get(from);
      const target = this.#find(to);
      // Two names of one file stay two.
      if (target === node) return;
      if (target?.kind === "folder" && node.kind !== "folder") throw fault("EISDIR", to);
      if (target !== undefined && target.kind !== "folder" && node.kind === "folder") {
        throw fault("ENOTDIR", to);
      }
      if (target?.kind === "folder" && target.entries.size > 0) throw fault("ENOTEMPTY", to);
      if (parentOf(from) !== parentOf(to)) throw new Error("renames stay in their folder");
      const old = nameOf(from);
      this.#change(to, (entries, name) => {
        entries.delete(old);
        entries.set(name, node);
      });
    },
    unlinkSync: (path) => {
      if (this.#get(path).kind === "folder") throw fault("EISDIR", path);
      this.#change(path, (entries, name) => entries.delete(name));
    },
    rmdirSync: (path) => {
      if (this.#folder(path).entries.size > 0) throw fault("ENOTEMPTY", path);
      this.#change(path, (entries, name) => entries.delete(name));
    },
    syncFileSystem: () => {
      this.sync();
      return true;
    },
  };

  #change(path: string, change: (entries: Map<string, Node>, name: string) => void): void {
    const folder = this.#folder(parentOf(path));
    const apply = (entries: Map<string, Node>) => change(entries, nameOf(path));
    apply(folder.entries);
    folder.pending.push(apply);
    folder.mtimeMs = ++this.#clock;
  }

  #opened(node: FileNode | FolderNode): number {
    this.#nextFile += 1;
    this.#open.set(this.#nextFile, { node, position: 0 });
    return this.#nextFile;
  }

  #openFile(file: number): OpenFile {
    const open = this.#open.get(file);
    if (open === undefined) throw fault("EBADF", String(file));
    return open;
  }

  #find(path: string): Node | undefined {
    let node: Node = this.#root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (node.kind !== "folder") return undefined;
      const child = node.entries.get(name);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  #get(path: string): Node {
    const node = this.#find(path);
    if (node === undefined) throw fault("ENOENT", path);
    return node;
  }

  #folder(path: string): FolderNode {
    const node = this.#get(path);
    if (node.kind !== "folder") throw fault("ENOTDIR", path);
    return node;
  }
}

function newFolder(mtimeMs: number): FolderNode {
  return {
    kind: "folder",
    entries: new Map(),
    synced: new Map(),
    pending: [],
    mode: 0o755,
    mtimeMs,
  };
}

function syncNode(node: Node): void {
  if (node.kind === "file") node.synced = node.data;
  if (node.kind === "folder") {
    node.synced = new Map(node.entries);
    node.pending = [];
  }
}

/** What a power cut leaves of a file whose last content was not synced. */
function survivor({ data, synced }: FileNode, random: () => number): Uint8Array {
  const before = synced ?? new Uint8Array(0);
  const some = Math.floor(random() * data.length);
  const choices = [before, data, data.slice(0, some), new Uint8Array(data.length)];
  return choices[Math.floor(random() * choices.length)] as Uint8Array;
}

function statOf(node: Node): EntryStat {
  const size = node.kind === "file" ? node.data.length : 0;
  return {
    size,
    mode: node.mode,
    mtimeMs: node.mtimeMs,
    isDirectory: () => node.kind === "folder",
    isFile: () => node.kind === "file",
    isSymbolicLink: () => node.kind === "link",
  };
}

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
