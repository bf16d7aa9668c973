/**
 * Networks that are not ordinary addresses of the Internet: IANA's special-purpose registries for
 * IPv4 and IPv6, multicast, what is not assigned to global unicast, and the addresses where cloud
 * providers hand credentials to machines.
 */
import { parseAddress } from "./address.ts";
import { formatPrefix, type Prefix, prefixContains } from "./prefix.ts";

export interface SpecialPurpose {
  readonly name: string;
  /** "RFC 1918", or who says so where no RFC does. */
  readonly rfc: string;
  readonly network: Prefix;
}

/**
 * The special-purpose network that a prefix lies in, the narrowest of several; else the first one
 * that lies in the prefix; null for a prefix of ordinary addresses only.
 */
export function specialPurpose(prefix: Prefix): SpecialPurpose | null {
  let around: SpecialPurpose | null = null;
  let inside: SpecialPurpose | null = null;
  for (const special of SPECIAL) {
    if (prefixContains(special.network, prefix)) {
      if (around === null || special.network.bits > around.network.bits) around = special;
    } else if (inside === null && prefixContains(prefix, special.network)) {
      inside = special;
    }
  }
  return around ?? inside;
}

/** "private use, RFC 1918 (10.0.0.0/8)": for a message. */
export function describeSpecialPurpose(special: SpecialPurpose): string {
  return `${special.name}, ${special.rfc} (${formatPrefix(special.network)})`;
}

/** By family and address, the wider first. */
const SPECIAL: readonly SpecialPurpose[] = [
  special("0.0.0.0", 8, "this network", "RFC 791"),
  special("10.0.0.0", 8, "private use", "RFC 1918"),
  special("100.64.0.0", 10, "shared address space of carriers", "RFC 6598"),
  special("100.100.100.200", 32, "cloud metadata service", "Alibaba Cloud"),
  special("127.0.0.0", 8, "loopback", "RFC 1122"),
  special("168.63.129.16", 32, "cloud metadata service", "Microsoft Azure"),
  special("169.254.0.0", 16, "link-local", "RFC 3927"),
  special("169.254.169.254", 32, "cloud metadata service", "AWS, Azure, Google Cloud and others"),
  special("172.16.0.0", 12, "private use", "RFC 1918"),
  special("192.0.0.0", 24, "IETF protocol assignments", "RFC 6890"),
  special("192.0.0.192", 32, "cloud metadata service", "Oracle Cloud"),
  special("192.0.2.0", 24, "documentation", "RFC 5737"),
  special("192.31.196.0", 24, "AS112 name service", "RFC 7535"),
  special("192.52.193.0", 24, "automatic multicast tunnelling", "RFC 7450"),
  special("192.88.99.0", 24, "former 6to4 relays", "RFC 7526"),
  special("192.168.0.0", 16, "private use", "RFC 1918"),
  special("192.175.48.0", 24, "AS112 name service", "RFC 7534"),
  special("198.18.0.0", 15, "benchmarking", "RFC 2544"),
  special("198.51.100.0", 24, "documentation", "RFC 5737"),
  special("203.0.113.0", 24, "documentation", "RFC 5737"),
  special("224.0.0.0", 4, "multicast", "RFC 5771"),
  special("233.252.0.0", 24, "documentation of multicast", "RFC 6676"),
  special("240.0.0.0", 4, "reserved for future use", "RFC 1112"),
  special("255.255.255.255", 32, "limited broadcast", "RFC 919"),
  special("::", 3, "not global unicast", "RFC 4291"),
  special("::", 96, "former IPv4-compatible addresses", "RFC 4291"),
  special("::", 128, "unspecified address", "RFC 4291"),
  special("::1", 128, "loopback", "RFC 4291"),
  special("::ffff:0:0", 96, "IPv4-mapped addresses", "RFC 4291"),
  special("64:ff9b::", 96, "NAT64", "RFC 6052"),
  special("64:ff9b:1::", 48, "local-use NAT64", "RFC 8215"),
  special("100::", 64, "discard only", "RFC 6666"),
  special("100:0:0:1::", 64, "dummy prefix", "RFC 9780"),
  special("2001::", 23, "IETF protocol assignments", "RFC 2928"),
  special("2001::", 32, "Teredo", "RFC 4380"),
  special("2001:2::", 48, "benchmarking", "RFC 5180"),
  special("2001:3::", 32, "automatic multicast tunnelling", "RFC 7450"),
  special("2001:4:112::", 48, "AS112 name service", "RFC 7535"),
  special("2001:10::", 28, "former ORCHID", "RFC 4843"),
  special("2001:20::", 28, "ORCHIDv2", "RFC 7343"),
  special("2001:30::", 28, "drone remote identification", "RFC 9374"),
  special("2001:db8::", 32, "documentation", "RFC 3849"),
  special("2002::", 16, "6to4", "RFC 3056"),
  special("2620:4f:8000::", 48, "AS112 name service", "RFC 7534"),
  special("3fff::", 20, "documentation", "RFC 9637"),
  special("4000::", 2, "not global unicast", "RFC 4291"),
  special("5f00::", 16, "segment routing identifiers", "RFC 9602"),
  special("8000::", 1, "not global unicast", "RFC 4291"),
  special("fc00::", 7, "unique local addresses", "RFC 4193"),
  special("fd00:ec2::254", 128, "cloud metadata service", "AWS"),
  special("fe80::", 10, "link-local", "RFC 4291"),
  special("fec0::", 10, "former site-local addresses", "RFC 3879"),
  special("ff00::", 8, "multicast", "RFC 4291"),
];

function special(text: string, bits: number, name: string, rfc: string): SpecialPurpose {
  const address = parseAddress(text);
  if (address === null) throw new Error(`a bug in this program: ${text} is not an address`);
  return { name, rfc, network: { ...address, bits } };
}
