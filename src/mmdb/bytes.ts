/** Random access to a file's bytes; who provides it decides where they come from. */

export interface ByteSource {
  /** What to call it in a message: the path of the file. */
  readonly name: string;
  readonly size: number;
  /** Fills `target` from `offset` on; both ends lie within the source. */
  read(offset: number, target: Uint8Array): void;
}

export function bytesInMemory(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
  };
}
