import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/ip/address.ts";
import { publicAddresses } from "../../src/net/address-policy.ts";
import { seededRandom } from "../support/random.ts";

function verdict(text: string): string | null {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is not an address`);
  return publicAddresses(address);
}

function wordOf(text: string): number {
  const word = parseAddress(text)?.words[0];
  if (word === undefined) throw new Error(`${text} is not an address`);
  return word;
}

const SPECIAL_IPV4 = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "10.255.255.255",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16",
  "169.254.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
];

const PUBLIC = [
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "223.255.255.255",
  "2001:200::1",
  "2600::1",
  "2a00:1450:4001::200e",
  "2003::1",
  // An interface identifier of ISATAP with a public address.
  "2a00:1450::200:5efe:8.8.8.8",
];

const SPECIAL_IPV6 = [
  "::",
  "::1",
  "::2",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002::1",
  "3fff::1",
  "4000::",
  "5f00::1",
  "64:ff9b::8.8.8.8",
  "64:ff9b:1::8.8.8.8",
  "::ffff:8.8.8.8",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fec0::1",
  "ff02::1",
];

type Embedding = (word: number) => string;
const hex = (word: number): string =>
  `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
const EMBEDDINGS: Readonly<Record<string, Embedding>> = {
  mapped: (word) => `::ffff:${hex(word)}`,
  compatible: (word) => `::${hex(word)}`,
  translated: (word) => `::ffff:0:${hex(word)}`,
  "NAT64 of the well-known prefix": (word) => `64:ff9b::${hex(word)}`,
  "NAT64 of a local prefix of 96 bits": (word) => `64:ff9b:1:808:8:800:${hex(word)}`,
  "NAT64 of the local prefix of 48 bits": (word) =>
    `64:ff9b:1:${(word >>> 16).toString(16)}:${((word >>> 8) & 0xff).toString(16)}:${((word & 0xff) << 8).toString(16)}:0:0`,
  "6to4": (word) => `2002:${hex(word)}::1`,
  "the server of Teredo": (word) => `2001:0:${hex(word)}:8000:63bf:f7f7:f7f7`,
  "the client of Teredo": (word) => `2001:0:808:808:8000:63bf:${hex(~word >>> 0)}`,
  "ISATAP below a public prefix": (word) => `2a00:1450:1:2:0:5efe:${hex(word)}`,
  "ISATAP with the universal bit": (word) => `2a00:1450:1:2:200:5efe:${hex(word)}`,
};

describe("publicAddresses", () => {
  it.each([...SPECIAL_IPV4, ...SPECIAL_IPV6])("refuses %s and says why", (text) => {
    expect(verdict(text)).toMatch(/, \S.*\(.*\/\d+\)$/);
  });

  it.each(PUBLIC)("allows %s", (text) => {
    expect(verdict(text)).toBeNull();
  });

  it.each(Object.entries(EMBEDDINGS))(
    "refuses a special address in %s, and names it",
    (_, embed) => {
      for (const text of SPECIAL_IPV4.slice(2)) {
        const embedded = embed(wordOf(text));
        expect(verdict(embedded), embedded).toContain(text);
      }
    },
  );

  it("refuses no address of ISATAP whose IPv4 address it allows, and all others", () => {
    const random = seededRandom(7);
    const allowed = { yes: 0, no: 0 };
    for (let count = 0; count < 20_000; count++) {
      const word = Math.floor(random() * 2 ** 32);
      const alone = verdict(formatAddress(4, [word])) === null;
      allowed[alone ? "yes" : "no"] += 1;
      expect(verdict(`2600::5efe:${hex(word)}`) === null).toBe(alone);
    }
    expect(Math.min(allowed.yes, allowed.no)).toBeGreaterThan(2000);
  });
});
