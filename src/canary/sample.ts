/** Clients to ask as: one of each of many classes in both families, the edges of networks, and nobody. */
import { type Address, parseAddress } from "../ip/address.ts";
import type { ByteSource } from "../mmdb/bytes.ts";
import { readMetadata } from "../mmdb/metadata.ts";
import { ipv4Root, SearchTree } from "../mmdb/tree.ts";

export interface SampledClients {
  readonly addresses: readonly Address[];
  /** How many different records they have between them, at least. */
  readonly classes: number;
}

export interface SampleSizes {
  /** Classes of each family. */
  readonly ipv4: number;
  readonly ipv6: number;
  /** Of how many of these in each family the edges are asked too. */
  readonly edges: number;
}

/** Nowhere, reserved, embedding another, at both ends: what is likeliest to be answered otherwise. */
export const ODD_CLIENTS: readonly Address[] = [
  "0.0.0.0",
  "10.0.0.1",
  "127.0.0.1",
  "192.0.2.1",
  "255.255.255.254",
  "::",
  "::1",
  "2001:db8::1",
  "2002:808:808::1",
  "64:ff9b::808:808",
  "fe80::1",
  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
].flatMap((text) => parseAddress(text) ?? []);

/**
 * `routes` is a database as `encodeDatabase` writes it: each node lies before its children. Of a class
 * any of its networks is drawn, all alike, in one pass over the nodes; `random` is from 0 to 1.
 */
export function sampleClients(
  routes: ByteSource,
  sizes: SampleSizes,
  random: () => number,
): SampledClients {
  const tree = new SearchTree(routes, readMetadata(routes));
  const drawn = drawNetworks(tree, random);
  const families = ([4, 6] as const).map((family) => {
    const classes = [...(family === 4 ? drawn.ipv4 : drawn.ipv6).values()];
    return shuffled(classes, random).slice(0, family === 4 ? sizes.ipv4 : sizes.ipv6);
  });
  const addresses = families.flatMap((classes, index) =>
    classes.flatMap(({ at }, number) => {
      const network = networkAt(at, drawn, index === 0 ? 4 : 6);
      const inside = randomIn(network, random);
      return number < sizes.edges ? [inside, ...edgesOf(network)] : [inside];
    }),
  );
  return {
    addresses: addresses.filter(isClient),
    classes: families[0]!.length + families[1]!.length,
  };
}

/** To nginx 255.255.255.255 is no address: inet_addr(3) gives it for what is none. */
function isClient({ family, words }: Address): boolean {
  return family === 6 || words[0] !== 0xffff_ffff;
}

interface Draw {
  /** Networks of the class met so far. */
  met: number;
  /** Twice the node above the drawn one, and its bit. */
  at: number;
}

interface DrawnNetworks {
  /** By record. */
  readonly ipv4: ReadonlyMap<number, Draw>;
  readonly ipv6: ReadonlyMap<number, Draw>;
  /** By node, one more than twice the node above and the bit that leads on; 0 for the root. */
  readonly parents: Uint32Array;
  readonly rootOfIpv4: number;
}

function drawNetworks(tree: SearchTree, random: () => number): DrawnNetworks {
  const ipv4 = new Map<number, Draw>();
  const ipv6 = new Map<number, Draw>();
  const parents = new Uint32Array(tree.nodeCount);
  const rootOfIpv4 = ipv4Root(tree);
  // Subtrees are shared: a node counts for the family that leads to it first in the file.
  const isIpv4 = new Uint8Array(tree.nodeCount);
  for (let node = 0; node < tree.nodeCount; node++) {
    tree.read(node);
    const records = [tree.left, tree.right];
    if (node === rootOfIpv4) isIpv4[node] = 1;
    for (let bit = 0; bit < 2; bit++) {
      const record = records[bit]!;
      if (record < tree.nodeCount) {
        if (parents[record] !== 0 || record === 0) continue;
        parents[record] = 2 * node + bit + 1;
        isIpv4[record] = isIpv4[node]!;
        continue;
      }
      const draws = isIpv4[node] === 1 ? ipv4 : ipv6;
      const draw = draws.get(record);
      if (draw === undefined) draws.set(record, { met: 1, at: 2 * node + bit });
      else {
        draw.met += 1;
        if (random() * draw.met < 1) draw.at = 2 * node + bit;
      }
    }
  }
  return { ipv4, ipv6, parents, rootOfIpv4 };
}

interface Network extends Address {
  readonly bits: number;
}

function networkAt(at: number, { parents, rootOfIpv4 }: DrawnNetworks, family: 4 | 6): Network {
  const path: number[] = [];
  const top = family === 4 ? rootOfIpv4 : 0;
  for (let step = at; ; step = parents[step >>> 1]! - 1) {
    path.push(step & 1);
    if (step >>> 1 === top) break;
  }
  const words = new Array<number>(family === 4 ? 1 : 4).fill(0);
  path.reverse().forEach((bit, index) => {
    if (bit === 1) words[index >>> 5]! |= 0x8000_0000 >>> (index & 31);
  });
  return { family, words: words.map((word) => word >>> 0), bits: path.length };
}

function randomIn({ family, words, bits }: Network, random: () => number): Address {
  return {
    family,
    words: words.map(
      (word, index) => (word | (hostMask(bits, index) & Math.floor(random() * 2 ** 32))) >>> 0,
    ),
  };
}

/** Its first and last address, and the ones before and after it. */
function edgesOf({ family, words, bits }: Network): Address[] {
  const last = words.map((word, index) => (word | hostMask(bits, index)) >>> 0);
  return [plus(words, -1), words, last, plus(last, 1)].map((edge) => ({ family, words: edge }));
}

/** The bits of a word behind a prefix. */
function hostMask(bits: number, index: number): number {
  const own = Math.min(32, Math.max(0, bits - 32 * index));
  return own === 32 ? 0 : 0xffff_ffff >>> own;
}

/** Around both ends. */
function plus(words: readonly number[], step: 1 | -1): number[] {
  const sum = [...words];
  for (let index = sum.length - 1; index >= 0; index--) {
    sum[index] = (sum[index]! + step) >>> 0;
    if (sum[index] !== (step === 1 ? 0 : 0xffff_ffff)) break;
  }
  return sum;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
