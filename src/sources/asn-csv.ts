/**
 * ASN tables as CSV, one range a line, both ends included:
 *
 *     1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."
 *     2001:4:112::,2001:4:112:ffff:ffff:ffff:ffff:ffff,112,DNS-OARC
 *
 * The name may be absent, or quoted as in RFC 4180, then with commas, doubled quotes and line
 * breaks in it. Families may be mixed. Lines end in LF or CRLF; empty ones, a byte order mark and
 * a first line that names the columns are skipped.
 *
 * The file is read through a window, and only whole lines are taken from it.
 */
import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { parseAddress } from "../ip/address.ts";
import type { ByteSource } from "../mmdb/bytes.ts";
import { type AsnColumns, compareAt, LAST } from "./asn-columns.ts";

const WINDOW_BYTES = 1 << 16;
/** What has more faults than this is no such table, and the rest of them helps nobody. */
const MAX_FAULTS = 10;
/** Names are some 100 bytes long at most. */
const MAX_NAME_BYTES = 1024;

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const LOWER_A = 97;
const LOWER_F = 102;

/** Adds the file's ranges to the columns of their family; lines that are none are reported. */
export function readAsnCsv(
  source: ByteSource,
  ipv4: AsnColumns,
  ipv6: AsnColumns,
  report: Report,
): void {
  const scanner = new Scanner(source.name, ipv4, ipv6, report);
  // One byte to spare for the line break that the last line may lack.
  const buffer = new Uint8Array(WINDOW_BYTES + 1);
  let held = 0;
  let readUpTo = 0;
  while (!scanner.gaveUp) {
    const bufferAt = readUpTo - held;
    const taken = Math.min(WINDOW_BYTES - held, source.size - readUpTo);
    source.read(readUpTo, buffer.subarray(held, held + taken));
    readUpTo += taken;
    let end = held + taken;
    if (end === 0) return;
    if (readUpTo === source.size && buffer[end - 1] !== LF) {
      buffer[end] = LF;
      end += 1;
    }
    const used = scanner.scan(buffer.subarray(0, end), bufferAt);
    if (readUpTo === source.size && used === end) return;
    buffer.copyWithin(0, used, end);
    held = end - used;
  }
}

/** The name of a range, from where `AsnColumns` was told that it is. Null when it is empty. */
export function readCsvName(source: ByteSource, offset: number): string | null {
  const bytes = new Uint8Array(Math.max(0, Math.min(MAX_NAME_BYTES, source.size - offset)));
  source.read(offset, bytes);
  const text = new TextDecoder().decode(bytes);
  const quoted = /^"((?:[^"]|"")*)"?/.exec(text)?.[1]?.replaceAll('""', '"');
  return (quoted ?? /^[^\r\n]*/.exec(text)?.[0] ?? "") || null;
}

class Scanner {
  gaveUp = false;
  readonly #name: string;
  readonly #ipv4: AsnColumns;
  readonly #ipv6: AsnColumns;
  readonly #report: Report;
  #line = 1;
  #faults = 0;
  /** The addresses of the line at hand, as `AsnColumns` takes them. */
  readonly #bounds = new Uint32Array(2 * LAST);
  /** How many words the address read last has. */
  #words = 1;
  readonly #groups = new Uint16Array(8);

  constructor(name: string, ipv4: AsnColumns, ipv6: AsnColumns, report: Report) {
    this.#name = name;
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.#report = report;
  }

  /**
   * Takes the whole lines of `bytes`, which lie at `fileOffset` of the file; returns how far they
   * reach, always further than 0.
   */
  scan(bytes: Uint8Array, fileOffset: number): number {
    // Before the last line break every loop over a line is sure to meet one.
    const end = bytes.lastIndexOf(LF) + 1;
    let at = fileOffset === 0 && hasByteOrderMark(bytes) ? 3 : 0;
    while (at < end && !this.gaveUp) {
      const next = this.#takeLine(bytes, at, end, fileOffset);
      if (next === 0) break;
      at = next;
    }
    if (at > 0) return at;
    this.#fault(`it does not end within ${WINDOW_BYTES} bytes`);
    this.#line += 1;
    return end === 0 ? bytes.length : bytes.indexOf(LF) + 1;
  }

  /** Returns where the next line starts, or 0 when this one is not whole. */
  #takeLine(bytes: Uint8Array, at: number, end: number, fileOffset: number): number {
    const middle = this.#address(bytes, at, 0);
    const words = this.#words;
    const after = middle > 0 ? this.#address(bytes, middle, LAST) : 0;
    if (after === 0 || this.#words !== words) return this.#badLine(bytes, at);
    let asn = 0;
    let nameAt = after;
    for (let byte = bytes[nameAt] as number; byte >= ZERO && byte <= NINE; ) {
      asn = asn * 10 + byte - ZERO;
      nameAt += 1;
      byte = bytes[nameAt] as number;
    }
    const stop = bytes[nameAt];
    if (nameAt === after || asn > 0xffff_ffff || (stop !== COMMA && stop !== LF && stop !== CR)) {
      return this.#badLine(bytes, at);
    }
    if (compareAt(this.#bounds, 0, this.#bounds, LAST, words) > 0) {
      return this.#badLine(bytes, at);
    }
    if (stop === COMMA) nameAt += 1;
    const next = this.#skipName(bytes, nameAt, end);
    if (next === 0) return 0;
    (words === 1 ? this.#ipv4 : this.#ipv6).add(this.#bounds, asn, fileOffset + nameAt);
    this.#line += 1;
    return next;
  }

  /** Puts an address and its comma into `#bounds` from `to` on; returns what follows, 0 if it is none. */
  #address(bytes: Uint8Array, at: number, to: number): number {
    let word = 0;
    let part = 0;
    let digits = 0;
    let dots = 0;
    for (let index = at; ; index++) {
      const byte = bytes[index] as number;
      if (byte >= ZERO && byte <= NINE) {
        part = part * 10 + byte - ZERO;
        digits += 1;
        continue;
      }
      if (byte !== DOT && byte !== COMMA) return this.#hexAddress(bytes, at, to);
      const leadingZero = (digits > 1 && part < 10) || (digits > 2 && part < 100);
      if (digits === 0 || part > 255 || leadingZero) return 0;
      word = word * 256 + part;
      if (byte === COMMA) {
        this.#bounds[to] = word;
        this.#words = 1;
        return dots === 3 ? index + 1 : 0;
      }
      part = 0;
      digits = 0;
      dots += 1;
    }
  }

  #hexAddress(bytes: Uint8Array, at: number, to: number): number {
    const groups = this.#groups;
    let count = 0;
    let gap = -1;
    let group = 0;
    let digits = 0;
    let index = at;
    for (; ; index++) {
      const byte = bytes[index] as number;
      if (byte >= ZERO && byte <= NINE) {
        group = group * 16 + byte - ZERO;
        digits += 1;
      } else if (byte >= LOWER_A && byte <= LOWER_F) {
        group = group * 16 + byte - LOWER_A + 10;
        digits += 1;
      } else if (byte === COLON && count < 8 && digits <= 4) {
        if (digits > 0) {
          groups[count] = group;
          count += 1;
          if (bytes[index + 1] === COLON && gap === -1) {
            gap = count;
            index += 1;
          }
        } else if (index === at && bytes[index + 1] === COLON) {
          gap = 0;
          index += 1;
        } else {
          return 0;
        }
        group = 0;
        digits = 0;
      } else {
        break;
      }
    }
    // Capitals and embedded quads are rare enough for the careful reader.
    if (bytes[index] !== COMMA) return this.#oddAddress(bytes, at, to);
    if (digits > 4 || (digits === 0 && gap !== count)) return 0;
    if (digits > 0) {
      if (count === 8) return 0;
      groups[count] = group;
      count += 1;
    }
    if (gap === -1 ? count !== 8 : count > 7) return 0;
    if (gap >= 0) {
      // Spread the groups apart: those behind the gap to the end, zeros between.
      const missing = 8 - count;
      for (let place = count - 1; place >= gap; place--) {
        groups[place + missing] = groups[place] as number;
      }
      for (let place = gap; place < gap + missing; place++) groups[place] = 0;
    }
    for (let word = 0; word < 4; word++) {
      this.#bounds[to + word] =
        ((groups[word * 2] as number) << 16) | (groups[word * 2 + 1] as number);
    }
    this.#words = 4;
    return index + 1;
  }

  #oddAddress(bytes: Uint8Array, at: number, to: number): number {
    const lineEnd = bytes.indexOf(LF, at);
    const comma = bytes.indexOf(COMMA, at);
    if (comma === -1 || comma > lineEnd) return 0;
    const address = parseAddress(new TextDecoder().decode(bytes.subarray(at, comma)));
    if (address?.family !== 6) return 0;
    this.#bounds.set(address.words, to);
    this.#words = 4;
    return comma + 1;
  }

  /** Returns what follows the name's line break, or 0 when a quote is open at the end. */
  #skipName(bytes: Uint8Array, at: number, end: number): number {
    let index = at;
    if (bytes[index] === QUOTE) {
      index += 1;
      while (index < end && (bytes[index] !== QUOTE || bytes[index + 1] === QUOTE)) {
        index += bytes[index] === QUOTE ? 2 : 1;
      }
      if (index >= end) return 0;
      for (let each = at; each < index; each++) if (bytes[each] === LF) this.#line += 1;
    }
    while (bytes[index] !== LF) index += 1;
    return index + 1;
  }

  /** Reports the line unless it is empty or the table's head. Returns where the next one starts. */
  #badLine(bytes: Uint8Array, at: number): number {
    const next = bytes.indexOf(LF, at) + 1;
    const text = new TextDecoder().decode(bytes.subarray(at, next)).trim();
    const isHead = this.#line === 1 && !/^[^,]*[.:]/.test(text);
    if (text !== "" && !isHead) this.#fault(reasonOf(text));
    this.#line += 1;
    return next;
  }

  #fault(reason: string): void {
    this.#faults += 1;
    const last = this.#faults === MAX_FAULTS;
    const args = {
      path: this.#name,
      line: this.#line,
      reason: last ? `${reason}; the rest of the file is not read` : reason,
    };
    this.#report(problem("geoip-bad-line", {}, args));
    if (last) this.gaveUp = true;
  }
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Finds out with time to spare what the fast reader stumbled over. */
function reasonOf(text: string): string {
  const [first = "", last = "", asn = ""] = text.split(",");
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (from === null) return `"${first}" is not an address`;
  if (to === null) return `"${last}" is not an address`;
  if (from.family !== to.family) return "its addresses are of two families";
  if (!/^\d+$/.test(asn) || Number(asn) > 0xffff_ffff) return `"${asn}" is not an ASN`;
  return "its last address comes before its first";
}
