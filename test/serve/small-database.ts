/** Databases small enough to write by hand, in the shape of those of a generation. */
import type { MmdbValue } from "../../src/mmdb/decode.ts";
import { encodeDatabase } from "../../src/mmdb/write.ts";
import { toPrefix } from "../oracle/address.ts";

/**
 * Networks with their values; a later network overrules an earlier one, and the rest of the address
 * space has `elsewhere`. An IPv4 network also stands for its mapped, NAT64 and 6to4 forms.
 */
export function smallDatabase(
  networks: readonly (readonly [network: string, value: MmdbValue])[],
  { elsewhere, builtAt }: { readonly elsewhere: MmdbValue; readonly builtAt: number },
): Uint8Array {
  return encodeDatabase({
    ...smallTrie(networks.map(([network], index) => [network, index + 1])),
    leafValues: [elsewhere, ...networks.map(([, value]) => value)],
    metadata: {
      databaseType: "by-hand",
      buildEpoch: builtAt,
      languages: ["en"],
      description: { en: "By hand" },
    },
  });
}

export interface SmallTrie {
  /** As `encodeDatabase` takes them; a leaf holds `-1 - number`. */
  readonly children: Int32Array;
  readonly count: number;
  readonly root: number;
}

/** Networks to numbers; number 0 is for the rest. */
export function smallTrie(
  networks: readonly (readonly [network: string, number: number])[],
): SmallTrie {
  let tree: Tree = 0;
  for (const [network, number] of networks) {
    for (const bits of treePaths(network)) tree = insert(tree, bits, number);
  }
  const children: number[] = [];
  const refOf = (part: Tree): number => {
    if (typeof part === "number") return -1 - part;
    const [zero, one] = [refOf(part[0]), refOf(part[1])];
    return children.push(zero, one) / 2 - 1;
  };
  const root = refOf(tree);
  return { children: Int32Array.from(children), count: children.length / 2, root };
}

type Tree = number | readonly [Tree, Tree];

function insert(tree: Tree, bits: string, value: number): Tree {
  if (bits === "") return value;
  const [zero, one] = typeof tree === "number" ? [tree, tree] : tree;
  const rest = bits.slice(1);
  return bits[0] === "0" ? [insert(zero, rest, value), one] : [zero, insert(one, rest, value)];
}

function treePaths(network: string): string[] {
  const { family, bits, first } = toPrefix(network);
  const width = family === 4 ? 32 : 128;
  const path = first.toString(2).padStart(width, "0").slice(0, bits);
  if (family === 6) return [path];
  const zeros = (count: number) => "0".repeat(count);
  return [
    zeros(96) + path,
    `${zeros(80)}${"1".repeat(16)}${path}`,
    `${0x64ff9bn.toString(2).padStart(32, "0")}${zeros(64)}${path}`,
    `${(0x2002).toString(2).padStart(16, "0")}${path}`,
  ];
}
