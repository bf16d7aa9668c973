/** IP addresses as text and as 32-bit words, in the strict forms only. */

export type Family = 4 | 6;

/** One unsigned 32-bit word for IPv4, four for IPv6, most significant first. */
export interface Address {
  readonly family: Family;
  readonly words: readonly number[];
}

/**
 * Dotted quad or RFC 4291 text. Neither a short form ("1.2.3"), a leading zero, a zone nor
 * surrounding space is an address: null.
 */
export function parseAddress(text: string): Address | null {
  if (!text.includes(":")) {
    const word = parseQuad(text);
    return word === null ? null : { family: 4, words: [word] };
  }
  const groups = parseGroups(text);
  if (groups === null) return null;
  const words = [0, 2, 4, 6].map(
    (at) => (((groups[at] as number) << 16) | (groups[at + 1] as number)) >>> 0,
  );
  return { family: 6, words };
}

/** Dotted quad, or the one form that RFC 5952 allows; IPv4-mapped addresses end in a quad. */
export function formatAddress(family: Family, words: ArrayLike<number>): string {
  if (family === 4) return formatQuad(words[0] as number);
  const [a, b, c, d] = [words[0], words[1], words[2], words[3]] as [number, number, number, number];
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${formatQuad(d)}`;
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  const gap = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (gap === null) return hex.join(":");
  return `${hex.slice(0, gap.start).join(":")}::${hex.slice(gap.start + gap.length).join(":")}`;
}

/**
 * The IPv4 address inside an IPv6 one, for the forms that carry a client's own address: mapped
 * (::ffff:0:0/96, RFC 4291), NAT64 (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16, RFC 3056).
 */
export function embeddedIpv4(words: ArrayLike<number>): Address | null {
  const [a, b, c, d] = [words[0], words[1], words[2], words[3]] as [number, number, number, number];
  if (a === 0 && b === 0 && c === 0xffff) return { family: 4, words: [d] };
  if (a === 0x0064_ff9b && b === 0 && c === 0) return { family: 4, words: [d] };
  if (a >>> 16 === 0x2002) return { family: 4, words: [((a << 16) | (b >>> 16)) >>> 0] };
  return null;
}

/** By characters, without an allocation: lists of clouds' networks hold tens of thousands. */
function parseQuad(text: string): number | null {
  let word = 0;
  let parts = 0;
  let part = 0;
  let digits = 0;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : DOT;
    if (code === DOT) {
      if (digits === 0 || part > 255) return null;
      word = word * 256 + part;
      parts += 1;
      part = 0;
      digits = 0;
      continue;
    }
    const followsZero = digits > 0 && part === 0;
    if (code < ZERO || code > NINE || followsZero || digits === 3) return null;
    part = part * 10 + code - ZERO;
    digits += 1;
  }
  return parts === 4 ? word : null;
}

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** Eight groups of 16 bits. */
function parseGroups(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseHalf(halves[0] as string, halves.length === 1);
  if (halves.length === 1) return head?.length === 8 ? head : null;
  const tail = parseHalf(halves[1] as string, true);
  if (head === null || tail === null) return null;
  // "::" stands for at least one group of zeros.
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? null : [...head, ...new Array<number>(zeros).fill(0), ...tail];
}

/** One side of "::"; only the last group of an address may be a dotted quad. */
function parseHalf(text: string, last: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes(".")) {
      const quad = parseQuad(part);
      if (quad === null) return null;
      groups.push(quad >>> 16, quad & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function formatQuad(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The longest run of two or more zero groups, the first of equals (RFC 5952, 4.2). */
function longestZeros(groups: readonly number[]): { start: number; length: number } | null {
  let best: { start: number; length: number } | null = null;
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length >= 2 && length > (best?.length ?? 0)) best = { start, length };
  }
  return best;
}
