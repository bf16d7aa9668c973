/** A route table small enough to write by hand. */
import type { RouteTable } from "../../src/routes/table.ts";
import { toPrefix } from "../oracle/address.ts";

/**
 * Networks to list numbers of the one set "all"; a later network overrules an earlier one, and the
 * rest of the address space gets list 0. An IPv4 network also stands for its mapped, NAT64 and
 * 6to4 forms.
 */
export function smallRoutes(
  networks: readonly (readonly [network: string, list: number])[],
  lists: readonly (readonly number[])[],
): RouteTable {
  let root: Tree = 0;
  for (const [network, list] of networks) {
    for (const bits of treePaths(network)) root = insert(root, bits, list);
  }
  const classNumbers = new Map<number, number>();
  const children: number[] = [];
  const number = (tree: Tree): number => {
    if (typeof tree !== "number") {
      const [zero, one] = [number(tree[0]), number(tree[1])];
      return children.push(zero, one) / 2 - 1;
    }
    if (!classNumbers.has(tree)) classNumbers.set(tree, classNumbers.size);
    return -1 - (classNumbers.get(tree) ?? 0);
  };
  const rootRef = number(root);
  return {
    children: Int32Array.from(children),
    count: children.length / 2,
    root: rootRef,
    ipv4Root: -1,
    classes: [...classNumbers.keys()].map((list) => ({ lists: [list] })),
    sets: [{ name: "all", lists }],
  };
}

type Tree = number | readonly [Tree, Tree];

function insert(tree: Tree, bits: string, list: number): Tree {
  if (bits === "") return list;
  const [zero, one] = typeof tree === "number" ? [tree, tree] : tree;
  const rest = bits.slice(1);
  return bits[0] === "0" ? [insert(zero, rest, list), one] : [zero, insert(one, rest, list)];
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
