/**
 * Files of a .tar.gz that strangers made (POSIX.1-1988 ustar with the extensions of pax and GNU, in
 * gzip of RFC 1952). Nothing is written: entries are names and bytes, and an archive with a name that
 * leads out of it, or with links, is refused as a whole.
 */
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { isWebPage } from "./ask.ts";
import { FetchError } from "./failure.ts";

export interface UnpackedFile {
  /** Path in the archive. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ArchiveLimits {
  readonly entries: number;
  /** Of one wanted file. */
  readonly fileBytes: number;
  /** Of the archive without its compression. */
  readonly totalBytes: number;
  /** How many times larger than compressed it may be; the databases are 2 to 10 times. */
  readonly ratio: number;
  /** For all of it; the largest database takes five. */
  readonly seconds: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: 1000,
  fileBytes: 1 << 30,
  totalBytes: 2 ** 31,
  ratio: 100,
  seconds: 300,
};

/** However well it is compressed, so much is no harm: a file of zeros in a test. */
const HARMLESS_BYTES = 1 << 20;
const CHUNK_BYTES = 1 << 16;

/** In the order of the archive. @throws {FetchError} */
export async function unpackTarGz(
  archive: Uint8Array,
  isWanted: (name: string) => boolean,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<readonly UnpackedFile[]> {
  if (!isGzip(archive)) {
    throw new FetchError(
      isWebPage(archive) ? "it is a web page, not an archive" : "it is not a gzip archive",
    );
  }
  const unpacking = new AbortController();
  const timer = setTimeout(() => unpacking.abort(), limits.seconds * 1000);
  try {
    return await unpack(archive, isWanted, limits, unpacking.signal);
  } catch (error) {
    if (error instanceof FetchError) throw error;
    if (unpacking.signal.aborted) {
      throw new FetchError(`unpacking the archive took longer than ${limits.seconds} s`);
    }
    throw new FetchError(`the archive is damaged or cut off: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

async function unpack(
  archive: Uint8Array,
  isWanted: (name: string) => boolean,
  limits: ArchiveLimits,
  signal: AbortSignal,
): Promise<readonly UnpackedFile[]> {
  const files: UnpackedFile[] = [];
  let count = 0;
  const entries = ReadableStream.from(inflate(archive, limits)).pipeThrough(
    createTarDecoder({ strict: true }),
    { signal },
  );
  for await (const entry of entries) {
    count++;
    if (count > limits.entries) {
      throw new FetchError(`the archive has more than ${limits.entries} entries`);
    }
    requireHarmless(entry);
    const { name, type } = entry.header;
    if (type !== "directory" && isWanted(name)) files.push(await readFile(entry, limits));
    else await passOver(entry);
  }
  return files;
}

async function* inflate(archive: Uint8Array, limits: ArchiveLimits): AsyncGenerator<Uint8Array> {
  const most = Math.min(limits.totalBytes, HARMLESS_BYTES + archive.length * limits.ratio);
  let total = 0;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(chunksOf(archive));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) {
      if (total === 0 && isGzip(chunk)) throw new FetchError("the archive is compressed twice");
      total += (chunk as Uint8Array).length;
      if (total > most) {
        throw new FetchError(`the archive inflates to more than ${Math.round(most / 1e6)} MB`);
      }
      yield chunk as Uint8Array;
    }
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

/** An archive made in good faith has files and folders below one folder, and nothing else. */
function requireHarmless({ header: { name, type, pax = {} } }: ParsedTarEntry): void {
  const shown = JSON.stringify(name.slice(0, 80));
  // That of GNU's own format passes for a file of the bytes that are there, which is no database.
  if (Object.keys(pax).some((key) => key.startsWith("GNU.sparse."))) {
    throw new FetchError(`the archive holds a file with holes, ${shown}`);
  }
  if (type !== undefined && type !== "file" && type !== "directory") {
    throw new FetchError(`the archive holds a ${type}, ${shown}`);
  }
  const leadsOut = name.startsWith("/") || name.split("/").includes("..");
  if (leadsOut || /[\\\0]/.test(name)) {
    throw new FetchError(`the archive holds a path that leads out of it, ${shown}`);
  }
}

/** Read to its end: of modern-tar 0.8.6, a body that is cancelled stalls what comes after it. */
async function passOver({ body }: ParsedTarEntry): Promise<void> {
  const reader = body.getReader();
  while (!(await reader.read()).done);
}

async function readFile(entry: ParsedTarEntry, limits: ArchiveLimits): Promise<UnpackedFile> {
  const { name, size } = entry.header;
  if (size > limits.fileBytes) {
    throw new FetchError(`${JSON.stringify(name.slice(0, 80))} in the archive has ${size} bytes`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of entry.body) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== size) throw new Error(`${at} of ${size} bytes`);
  return { name, bytes };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
