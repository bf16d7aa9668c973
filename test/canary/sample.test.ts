import { describe, expect, it } from "vitest";
import { ODD_CLIENTS, sampleClients } from "../../src/canary/sample.ts";
import { formatAddress, parseAddress } from "../../src/ip/address.ts";
import { parsePrefix, prefixContains } from "../../src/ip/prefix.ts";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import { lookup } from "../../src/mmdb/lookup.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { smallDatabase } from "../serve/small-database.ts";
import { seededRandom } from "../support/random.ts";

const SEED = 20_261_122;
const NETWORKS = [
  "10.1.0.0/16",
  "10.1.128.0/17",
  "192.0.2.0/24",
  "198.51.100.77/32",
  "2001:db8::/32",
  "2001:db8:0:1::/64",
  "fd00::1/128",
] as const;

const routes = bytesInMemory(
  "routes.mmdb",
  smallDatabase(
    NETWORKS.map((network) => [network, { network }]),
    { elsewhere: { network: "elsewhere" }, builtAt: 0 },
  ),
);
const db = verifyDatabase(routes);
const ALL = { ipv4: 99, ipv6: 99, edges: 99 };

const draw = (seed: number, sizes = ALL) => sampleClients(routes, sizes, seededRandom(seed));
const textsOf = (seed: number, sizes = ALL) =>
  draw(seed, sizes).addresses.map(({ family, words }) => formatAddress(family, words));

describe("sampleClients", () => {
  it(`draws clients of every class in its family, seed ${SEED}`, () => {
    const classOf = (text: string) => {
      const found = lookup(db, parseAddress(text)!);
      return found?.dataOffset ?? -1;
    };
    for (let seed = SEED; seed < SEED + 50; seed++) {
      const texts = textsOf(seed);
      const reached = new Set(texts.map(classOf));
      for (const network of NETWORKS) {
        expect(reached).toContain(classOf(network.split("/")[0]!));
      }
      expect(draw(seed).classes).toBeGreaterThanOrEqual(NETWORKS.length);
    }
  });

  it(`asks at both ends of a network and beyond them, seed ${SEED}`, () => {
    const texts = textsOf(SEED);
    for (const edge of [
      "192.0.1.255",
      "192.0.2.0",
      "192.0.2.255",
      "192.0.3.0",
      "198.51.100.76",
      "198.51.100.77",
      "198.51.100.78",
      "2001:db8:0:1::",
      "2001:db8::ffff:ffff:ffff:ffff",
      "2001:db8:0:1:ffff:ffff:ffff:ffff",
      "2001:db8:0:2::",
      "fd00::1",
      "fd00::2",
    ]) {
      expect(texts).toContain(edge);
    }
  });

  it("draws any of a class's networks, and any address in one", () => {
    const { prefix } = parsePrefix("10.1.0.0/16")!;
    const inside = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      for (const { family, words } of draw(seed, { ipv4: 99, ipv6: 0, edges: 0 }).addresses) {
        if (family === 4 && prefixContains(prefix, { family, words, bits: 32 })) {
          inside.add(formatAddress(family, words));
        }
      }
    }
    expect(inside.size).toBeGreaterThan(70);
  });

  it("draws as many as it is to, the same by the same seed", () => {
    const few = { ipv4: 2, ipv6: 1, edges: 1 };
    expect(draw(SEED, few)).toMatchObject({ classes: 3 });
    expect(textsOf(SEED, few)).toHaveLength(2 + 1 + 2 * 4);
    expect(textsOf(SEED)).toEqual(textsOf(SEED));
    expect(textsOf(SEED)).not.toEqual(textsOf(SEED + 1));
  });

  it("never draws what nginx takes for no address", () => {
    for (let seed = 0; seed < 40; seed++) expect(textsOf(seed)).not.toContain("255.255.255.255");
  });
});

describe("the odd clients", () => {
  it("are all addresses, of both families", () => {
    expect(ODD_CLIENTS).toHaveLength(12);
    expect(new Set(ODD_CLIENTS.map(({ family }) => family))).toEqual(new Set([4, 6]));
  });
});
