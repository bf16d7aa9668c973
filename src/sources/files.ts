/** Files as bytes and as text; every size is checked before anything is read. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { ByteSource } from "../mmdb/bytes.ts";

export interface OpenFile extends ByteSource {
  close(): void;
}

/**
 * Opens a regular file for reads anywhere in it; throws Node's error when it cannot.
 * `size` is that of the moment of opening: a file that shrinks meanwhile is an error on read.
 */
export function openFile(path: string): OpenFile {
  const descriptor = openRegular(path);
  const size = fstatSync(descriptor).size;
  return {
    name: path,
    size,
    read(offset, target) {
      if (offset < 0 || offset + target.length > size) {
        throw new RangeError(`${path}: a read of ${target.length} bytes at ${offset} of ${size}`);
      }
      let done = 0;
      while (done < target.length) {
        const got = readSync(descriptor, target, done, target.length - done, offset + done);
        if (got === 0) throw new Error(`${path}: the file became shorter while it was read`);
        done += got;
      }
    },
    close: () => closeSync(descriptor),
  };
}

/**
 * Reads a UTF-8 file of at most `capBytes` bytes. What prevents it is reported, and null returned.
 * A byte order mark is dropped.
 */
export function readTextFile(path: string, capBytes: number, report: Report): SourceFile | null {
  const shown = displayPath(path);
  const unread: SourceFile = { path: shown, text: "" };
  let bytes: Uint8Array;
  try {
    const file = openFile(path);
    try {
      if (file.size > capBytes) {
        const args = { size: file.size, limit: capBytes };
        report(problem("file-too-large", { file: unread }, args));
        return null;
      }
      bytes = new Uint8Array(file.size);
      file.read(0, bytes);
    } finally {
      file.close();
    }
  } catch (error) {
    report(problem("file-unreadable", { file: unread }, { reason: reasonOf(error) }));
    return null;
  }
  try {
    return { path: shown, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    // Decoded leniently, the first replacement character stands where the first bad byte was.
    const text = new TextDecoder("utf-8").decode(bytes);
    const start = Math.max(0, text.indexOf("\ufffd"));
    const place = { file: { path: shown, text }, range: { start, end: start + 1 } };
    report(problem("file-not-utf8", place, {}));
    return null;
  }
}

/** As `readTextFile`, of a file that there may be or not. */
export function readTextFileIfAny(
  path: string,
  capBytes: number,
  report: Report,
): SourceFile | "absent" | null {
  return existsSync(path) ? readTextFile(path, capBytes, report) : "absent";
}

/** The path from the working directory where that is shorter, with "/" between its parts. */
export function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), resolve(path)) || ".";
  return (fromHere.length < path.length ? fromHere : path).replaceAll("\\", "/");
}

/** The cause of a failed file operation in words, without the path that the message has anyway. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return REASONS[code] ?? error.message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
};

/** Opening a pipe without O_NONBLOCK would wait for a writer, perhaps for ever. */
function openRegular(path: string): number {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return descriptor;
  closeSync(descriptor);
  throw new Error(stat.isDirectory() ? "it is a folder" : "it is not a regular file");
}
