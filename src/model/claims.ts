/** What a mirror claims of the Internet: AS numbers and networks whose clients it is for. */
import type { WrittenScalar } from "../diagnostics/written.ts";
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix } from "../ip/prefix.ts";
import { specialPurpose } from "../ip/special.ts";
import { type Field, type Reading, report } from "./fields.ts";
import { readScalars, shorten } from "./values.ts";

/** A wider claim would let one file take over the clients of a whole provider or country. */
const WIDEST_BITS = { 4: 16, 6: 32 } as const;
const MAX_SUBNETS = 4000;

/** AS numbers, ascending, each once: "64134", "AS64134" or a list of them. */
export function readAsns(reading: Reading, field: Field): readonly number[] {
  const asns = readScalars(reading, field).flatMap((scalar) => readAsn(reading, scalar) ?? []);
  return [...new Set(asns)].sort((a, b) => a - b);
}

/** Networks in address order, each once. A URL of networks is noted and gives none. */
export function readSubnets(reading: Reading, field: Field): readonly Prefix[] {
  const scalars = readScalars(reading, field);
  if (scalars.length > MAX_SUBNETS) {
    const args = { count: scalars.length, limit: MAX_SUBNETS };
    report(reading, "too-many-subnets", field.range, args);
  }
  const subnets = scalars.slice(0, MAX_SUBNETS).flatMap((scalar) => {
    if (/^https?:\/\//i.test(scalar.text)) {
      report(reading, "subnets-url", scalar.range, { url: shorten(scalar.text) });
      return [];
    }
    return readSubnet(reading, scalar) ?? [];
  });
  return inOrder(subnets);
}

/** A network as written, of any width; host bits are warned of and cleared. */
export function readPrefix(reading: Reading, scalar: WrittenScalar): Prefix | null {
  const text = scalar.text.trim();
  const parsed = parsePrefix(text);
  if (!parsed) {
    const suggestion = suggestPrefix(text);
    report(reading, "bad-subnet", scalar.range, { text: shorten(text), suggestion });
    return null;
  }
  if (parsed.hostBitsSet) {
    const args = { text: shorten(text), network: formatPrefix(parsed.prefix) };
    report(reading, "subnet-host-bits", scalar.range, args);
  }
  return parsed.prefix;
}

export function inOrder(prefixes: readonly Prefix[]): readonly Prefix[] {
  return [...prefixes].sort(comparePrefixes).filter((prefix, index, sorted) => {
    const before = sorted[index - 1];
    return before === undefined || comparePrefixes(before, prefix) !== 0;
  });
}

function readSubnet(reading: Reading, scalar: WrittenScalar): Prefix | null {
  const prefix = readPrefix(reading, scalar);
  if (!prefix) return null;
  const network = formatPrefix(prefix);
  const limit = WIDEST_BITS[prefix.family];
  if (prefix.bits < limit) {
    report(reading, "subnet-too-wide", scalar.range, { network, limit });
    return null;
  }
  const special = specialPurpose(prefix);
  if (special) {
    const { name, rfc } = special;
    const reserved =
      typeof special.network === "string" ? special.network : formatPrefix(special.network);
    report(reading, "subnet-reserved", scalar.range, { network, reserved, name, rfc });
    return null;
  }
  return prefix;
}

/** "10.0.0.0/255.0.0.0" and "10.0.0.*" are what people write instead of a prefix length. */
function suggestPrefix(text: string): string | undefined {
  const [, address, mask] = /^([\d.]+)\/(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const bits = mask?.split(".").map((part) => Number(part).toString(2).padStart(8, "0"));
  const [, ones] = /^(1*)0*$/.exec(bits?.join("") ?? "-") ?? [];
  const starred = /^(?:\d+\.){1,3}\*$/.test(text) ? text.replace(/\*$/, "0") : undefined;
  const missing = starred && 4 - (starred.split(".").length ?? 4);
  const guess =
    ones !== undefined
      ? `${address}/${ones.length}`
      : starred !== undefined && missing !== undefined
        ? `${starred}${".0".repeat(Number(missing))}/${8 * (3 - Number(missing))}`
        : text.replace(/\s+/g, "");
  const parsed = parsePrefix(guess);
  return parsed && !parsed.hostBitsSet ? formatPrefix(parsed.prefix) : undefined;
}

function readAsn(reading: Reading, scalar: WrittenScalar): number | null {
  const text = scalar.text.trim();
  const [, digits] = /^(?:as[ -]?)?(\d{1,10})$/i.exec(text) ?? [];
  const asn = Number(digits);
  if (!(asn <= 0xffff_ffff)) {
    const [inside] = /\d{1,10}/.exec(text) ?? [];
    report(reading, "bad-asn", scalar.range, { text: shorten(text), example: inside });
    return null;
  }
  const reserved = RESERVED_ASNS.find(({ first, last }) => asn >= first && asn <= last);
  if (reserved) {
    const { meaning, rfc } = reserved;
    report(reading, "reserved-asn", scalar.range, { asn, meaning, rfc });
    return null;
  }
  return asn;
}

/** IANA's special-purpose AS numbers, in order. */
const RESERVED_ASNS = [
  { first: 0, last: 0, meaning: "reserved", rfc: "RFC 7607" },
  { first: 23_456, last: 23_456, meaning: "AS_TRANS", rfc: "RFC 6793" },
  { first: 64_496, last: 64_511, meaning: "for documentation", rfc: "RFC 5398" },
  { first: 64_512, last: 65_534, meaning: "for private use", rfc: "RFC 6996" },
  { first: 65_535, last: 65_535, meaning: "reserved", rfc: "RFC 7300" },
  { first: 65_536, last: 65_551, meaning: "for documentation", rfc: "RFC 5398" },
  { first: 4_200_000_000, last: 4_294_967_294, meaning: "for private use", rfc: "RFC 6996" },
  { first: 4_294_967_295, last: 4_294_967_295, meaning: "reserved", rfc: "RFC 7300" },
] as const;
