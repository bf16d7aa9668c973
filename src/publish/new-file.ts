/** Writes a file that must not exist: every byte of it, or an error. */
import type { PublishFs } from "./file-system.ts";

export interface NewFile {
  readonly bytes: Uint8Array;
  /** Permissions, whatever this process's umask is. */
  readonly mode: number;
  /** Wait until the bytes are on the disk. */
  readonly sync: boolean;
}

/** What was begun stays when it throws: removing it is for whoever chose the place. */
export function writeNewFile(path: string, { bytes, mode, sync }: NewFile, fs: PublishFs): void {
  const file = fs.openSync(path, "wx", mode);
  try {
    for (let written = 0; written < bytes.length; ) {
      const count = fs.writeSync(file, bytes, written, bytes.length - written);
      if (count <= 0) throw new Error(`nothing more could be written to ${path}`);
      written += count;
    }
    const stat = fs.fstatSync(file);
    if (stat.size !== bytes.length) {
      throw new Error(`${path} has ${stat.size} bytes after writing ${bytes.length}`);
    }
    if ((stat.mode & 0o777) !== mode) fs.fchmodSync(file, mode);
    if (sync) fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
