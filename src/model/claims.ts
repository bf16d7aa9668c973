/** What a mirror claims of the Internet: AS numbers and networks whose clients it is for. */
import type { SourceRange } from "../diagnostics/diagnostic.ts";
import type { WrittenScalar } from "../diagnostics/written.ts";
import { parseAddress } from "../ip/address.ts";
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix } from "../ip/prefix.ts";
import { prefixesOfRange } from "../ip/range.ts";
import { type SpecialPurpose, specialPurpose } from "../ip/special.ts";
import { type Field, type Reading, report } from "./fields.ts";
import { parseHttpsUrl } from "./url.ts";
import { readScalars, shorten } from "./values.ts";

/** A wider claim would let one file take over the clients of a whole provider or country. */
const WIDEST_BITS = { 4: 16, 6: 32 } as const;
export const MAX_SUBNETS = 4000;
/** Each is a request of every night, and may be a slow one. */
const MAX_SUBNETS_URLS = 8;

/** AS numbers, ascending, each once: "64134", "AS64134" or a list of them. */
export function readAsns(reading: Reading, field: Field): readonly number[] {
  const asns = readScalars(reading, field).flatMap((scalar) => readAsn(reading, scalar) ?? []);
  return [...new Set(asns)].sort((a, b) => a - b);
}

/** A URL of networks, which `fetch` brings and a build reads. */
export interface SubnetsUrl {
  readonly url: string;
  readonly range: SourceRange;
}

export interface ClaimedSubnets {
  /** In address order, each once. */
  readonly networks: readonly Prefix[];
  /** As written, each once. */
  readonly from: readonly SubnetsUrl[];
}

export function readSubnets(reading: Reading, field: Field): ClaimedSubnets {
  const scalars = readScalars(reading, field);
  if (scalars.length > MAX_SUBNETS) {
    const args = { count: scalars.length, limit: MAX_SUBNETS };
    report(reading, "too-many-subnets", field.range, args);
  }
  const from = new Map<string, SubnetsUrl>();
  const networks = scalars.slice(0, MAX_SUBNETS).flatMap((scalar) => {
    if (!/^[a-z]+:\/\//i.test(scalar.text.trim())) return readSubnet(reading, scalar) ?? [];
    const url = readSubnetsUrl(reading, scalar, from.size);
    if (url && !from.has(url.url)) from.set(url.url, url);
    return [];
  });
  return { networks: inOrder(networks), from: [...from.values()] };
}

/** `before` is how many the mirror has already. */
function readSubnetsUrl(
  reading: Reading,
  scalar: WrittenScalar,
  before: number,
): SubnetsUrl | null {
  const parsed = parseHttpsUrl(scalar.text);
  const isOneTooMany = before >= MAX_SUBNETS_URLS;
  if ("url" in parsed && !isOneTooMany) return { url: parsed.url, range: scalar.range };
  const reason = "url" in parsed ? `a mirror has at most ${MAX_SUBNETS_URLS}` : parsed.reason;
  const args = { url: shorten(scalar.text), reason };
  report(reading, "subnets-url", scalar.range, args);
  return null;
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
  const refusal = prefix && refusedClaim(prefix);
  if (!prefix || !refusal) return prefix;
  const network = formatPrefix(prefix);
  if (refusal.kind === "wide") {
    report(reading, "subnet-too-wide", scalar.range, { network, limit: refusal.limit });
  } else {
    const { name, rfc, network: reserved } = refusal.special;
    const args = { network, reserved: formatPrefix(reserved), name, rfc };
    report(reading, "subnet-reserved", scalar.range, args);
  }
  return null;
}

export type RefusedClaim =
  | { readonly kind: "wide"; readonly limit: number }
  | { readonly kind: "special"; readonly special: SpecialPurpose };

/** Why a mirror may not claim a network, wherever it is written; null where it may. */
export function refusedClaim(prefix: Prefix): RefusedClaim | null {
  const limit = WIDEST_BITS[prefix.family];
  const special = specialPurpose(prefix);
  const isWithin = special !== null && special.network.bits <= prefix.bits;
  if (prefix.bits < limit && !isWithin) return { kind: "wide", limit };
  return special && { kind: "special", special };
}

/**
 * "10.0.0.0/255.0.0.0", "10.0.0.*" and "10.0.0.0-10.0.0.255" are what people write instead of a
 * prefix length, and "fe80::%eth0/10" what they copy from `ip address`.
 */
function suggestPrefix(text: string): string | undefined {
  const [first, last] = text.split(/\s*-\s*/).map((part) => parseAddress(part));
  if (first && last && first.family === last.family) {
    const networks = prefixesOfRange(first.family, first.words, last.words);
    const isFew = networks.length > 0 && networks.length <= 4;
    return isFew ? networks.map(formatPrefix).join(", ") : undefined;
  }
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
        : text.replace(/\s+|%[^/]*/g, "");
  const parsed = parsePrefix(guess);
  return parsed && !parsed.hostBitsSet ? formatPrefix(parsed.prefix) : undefined;
}

const ASN = /^(?:as[ -]?)?(\d{1,10})$/i;

function readAsn(reading: Reading, scalar: WrittenScalar): number | null {
  const text = scalar.text.trim();
  const [, digits] = ASN.exec(text) ?? [];
  const asn = Number(digits);
  if (!(asn <= 0xffff_ffff)) {
    const [inside] = /\d{1,10}/.exec(text) ?? [];
    const suggestion = suggestAsns(text);
    report(reading, "bad-asn", scalar.range, { text: shorten(text), suggestion, example: inside });
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

/** Of "1.10", as RFC 5396 writes 65546, and of "AS1, AS2", which is a list. */
function suggestAsns(text: string): string | undefined {
  const [, high, low] = /^(?:as)?(\d{1,5})\.(\d{1,5})$/i.exec(text) ?? [];
  const asn = Number(high) * 65_536 + Number(low);
  if (Number(low) <= 0xffff && asn <= 0xffff_ffff) return `asn: ${asn}`;
  const parts = text.split(/\s*[,;]\s*/).map((part) => ASN.exec(part)?.[1]);
  const isList = parts.length > 1 && parts.every((part) => part !== undefined);
  return isList ? `asn: [${parts.join(", ")}]` : undefined;
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
