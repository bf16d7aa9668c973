import { describe, expect, test } from "vitest";
import { type Prefix, parsePrefix } from "../../src/ip/prefix.ts";
import { describeSpecialPurpose, specialPurpose } from "../../src/ip/special.ts";

function prefix(text: string): Prefix {
  const written = parsePrefix(text);
  if (written === null) throw new Error(`${text} is not a prefix`);
  return written.prefix;
}

function named(text: string): string | null {
  const special = specialPurpose(prefix(text));
  return special && describeSpecialPurpose(special);
}

describe("specialPurpose", () => {
  test.each([
    ["0.0.0.0", "this network, RFC 791 (0.0.0.0/8)"],
    ["10.255.255.255", "private use, RFC 1918 (10.0.0.0/8)"],
    ["172.31.255.255", "private use, RFC 1918 (172.16.0.0/12)"],
    ["192.168.0.0/24", "private use, RFC 1918 (192.168.0.0/16)"],
    ["100.127.0.0/16", "shared address space of carriers, RFC 6598 (100.64.0.0/10)"],
    ["127.0.0.1", "loopback, RFC 1122 (127.0.0.0/8)"],
    ["169.254.1.1", "link-local, RFC 3927 (169.254.0.0/16)"],
    [
      "169.254.169.254",
      "cloud metadata service, AWS, Azure, Google Cloud and others (169.254.169.254/32)",
    ],
    ["203.0.113.0/25", "documentation, RFC 5737 (203.0.113.0/24)"],
    ["239.1.1.1", "multicast, RFC 5771 (224.0.0.0/4)"],
    ["255.255.255.254", "reserved for future use, RFC 1112 (240.0.0.0/4)"],
    ["255.255.255.255", "limited broadcast, RFC 919 (255.255.255.255/32)"],
    ["::", "unspecified address, RFC 4291 (::/128)"],
    ["::1", "loopback, RFC 4291 (::1/128)"],
    ["::ffff:10.0.0.1", "IPv4-mapped addresses, RFC 4291 (::ffff:0.0.0.0/96)"],
    ["64:ff9b::8.8.8.8", "NAT64, RFC 6052 (64:ff9b::/96)"],
    ["2001:0:ffff::", "Teredo, RFC 4380 (2001::/32)"],
    ["2001:1ff::", "IETF protocol assignments, RFC 2928 (2001::/23)"],
    ["2001:db8:1::/48", "documentation, RFC 3849 (2001:db8::/32)"],
    ["2002:808:808::", "6to4, RFC 3056 (2002::/16)"],
    ["4000::", "not global unicast, RFC 4291 (4000::/2)"],
    ["fd00:ec2::254", "cloud metadata service, AWS (fd00:ec2::254/128)"],
    ["fd00:ec2::253", "unique local addresses, RFC 4193 (fc00::/7)"],
    ["febf::1", "link-local, RFC 4291 (fe80::/10)"],
    ["ff02::1", "multicast, RFC 4291 (ff00::/8)"],
  ])("names what %s lies in", (text, expected) => {
    expect(named(text)).toBe(expected);
  });

  test.each([
    ["0.0.0.0/0", "this network, RFC 791 (0.0.0.0/8)"],
    ["172.0.0.0/8", "private use, RFC 1918 (172.16.0.0/12)"],
    ["192.0.0.0/8", "IETF protocol assignments, RFC 6890 (192.0.0.0/24)"],
    ["2001::/16", "IETF protocol assignments, RFC 2928 (2001::/23)"],
    ["::/0", "not global unicast, RFC 4291 (::/3)"],
  ])("names the first that lies in %s", (text, expected) => {
    expect(named(text)).toBe(expected);
  });

  // One address before and one behind each of the networks that borders on ordinary space.
  test.each([
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.255",
    "192.0.3.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2001:200::",
    "2001:db7:ffff::",
    "2001:db9::",
    "2003::",
    "2620:4f:7fff::",
    "3ffe:ffff::",
    "3fff:1000::",
    "2600::/12",
    "8.0.0.0/7",
  ])("knows nothing of %s", (text) => {
    expect(named(text)).toBeNull();
  });
});
