/** A long text as bytes, from the pieces that it is made of. */

/** Characters gathered before they are encoded. */
const CHUNK_LENGTH = 8192;
/** UTF-8 has at most three bytes for a unit of UTF-16. */
const MAX_UNIT_BYTES = 3;

/**
 * UTF-8. For the 91,000 lines of the ASN index this takes a third of the time of joining them:
 * pieces are garbage before they have grown old.
 */
export function encodeText(pieces: Iterable<string>): Uint8Array {
  let bytes = Buffer.allocUnsafe(1 << 20);
  let length = 0;
  const append = (text: string) => {
    const needed = length + text.length * MAX_UNIT_BYTES;
    if (needed > bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, bytes.length * 2));
      bytes.copy(grown, 0, 0, length);
      bytes = grown;
    }
    length += bytes.write(text, length, "utf8");
  };
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= CHUNK_LENGTH) {
      append(chunk);
      chunk = "";
    }
  }
  append(chunk);
  return bytes.subarray(0, length);
}
