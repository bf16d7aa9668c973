/**
 * Which of R equally good orders a client gets: by a hash of its address, so that neighbours spread
 * and each client keeps its answer. This is nginx's `split_clients`: MurmurHash2 of the address as
 * text, divided into R parts.
 */

/** The block that picks a rotation. Throws where nginx could not make equal parts. */
export function rotationBlock(source: string, target: string, rotations: number): string {
  const percent = hundredthsOf(rotations) / 100;
  const parts = Array.from(
    { length: rotations - 1 },
    (_, number) => `    ${percent}% ${number};\n`,
  );
  return `split_clients "${source}" ${target} {\n${parts.join("")}    * ${rotations - 1};\n}\n`;
}

/** What the block picks; `address` as nginx writes it: dotted quad, or the form of RFC 5952. */
export function rotationOf(address: string, rotations: number): number {
  const share = Math.floor((hundredthsOf(rotations) * 0xffff_ffff) / 10_000);
  return Math.min(Math.floor(murmur2(Buffer.from(address)) / share), rotations - 1);
}

/** nginx takes two decimals of a percentage; the last part is what is left, a little more. */
function hundredthsOf(rotations: number): number {
  if (!Number.isInteger(rotations) || rotations < 1 || rotations > MOST) {
    throw new Error(`${rotations} rotations: it must be 1 to ${MOST}`);
  }
  return Math.floor(10_000 / rotations);
}

/** With more parts, what is left for the last one could be twice a part. */
const MOST = 100;

const M = 0x5bd1_e995;

/** MurmurHash2 with seed 0, for little-endian machines and all others alike, as in ngx_murmurhash.c. */
function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = bytes.length;
  let at = 0;
  for (; bytes.length - at >= 4; at += 4) {
    let word = Math.imul(view.getUint32(at, true), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = bytes.subarray(at);
  if (rest.length > 0) {
    rest.forEach((byte, index) => {
      hash ^= byte << (8 * index);
    });
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) >>> 0;
}
