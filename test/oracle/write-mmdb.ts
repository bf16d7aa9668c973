/**
 * Writes small MaxMind DB files for tests: networks inserted one by one into a tree of objects,
 * 24-bit records, every value written out in full. Later networks overwrite earlier ones.
 */
import { type PlainPrefix, toPrefix } from "./address.ts";

export type TestValue =
  | string
  | number
  | readonly TestValue[]
  | { readonly [key: string]: TestValue };

interface Node {
  children: [Child, Child];
}
type Child = Node | { readonly value: TestValue } | null;

export interface TestDatabase {
  readonly ipVersion: 4 | 6;
  readonly type: string;
  readonly networks: readonly (readonly [network: string, value: TestValue])[];
  /** Seconds since 1970. */
  readonly builtAt?: number;
}

export function testDatabase({
  ipVersion,
  type,
  networks,
  builtAt = 1_780_000_000,
}: TestDatabase): Buffer {
  const root: Node = { children: [null, null] };
  for (const [network, value] of networks)
    insert(root, inTree(toPrefix(network), ipVersion), value);

  const nodes: Node[] = [];
  const number = new Map<Node, number>();
  const collect = (node: Node): void => {
    number.set(node, nodes.length);
    nodes.push(node);
    for (const child of node.children) if (child !== null && "children" in child) collect(child);
  };
  collect(root);

  const data: Buffer[] = [];
  let dataSize = 0;
  const records = nodes.flatMap(({ children }) =>
    children.map((child) => {
      if (child === null) return nodes.length;
      if ("children" in child) return number.get(child) ?? 0;
      const bytes = encode(child.value);
      data.push(bytes);
      dataSize += bytes.length;
      return nodes.length + 16 + dataSize - bytes.length;
    }),
  );
  const tree = Buffer.alloc(records.length * 3);
  records.forEach((record, index) => void tree.writeUIntBE(record, index * 3, 3));
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: builtAt,
    database_type: type,
    description: { en: "a database for tests" },
    ip_version: ipVersion,
    languages: ["en"],
    node_count: nodes.length,
    record_size: 24,
  });
  const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

/** The path of a prefix from the root, as bits; IPv4 stands at ::/96 of an IPv6 tree. */
function inTree(prefix: PlainPrefix, ipVersion: 4 | 6): string {
  const width = prefix.family === 4 ? 32 : 128;
  const bits = prefix.first.toString(2).padStart(width, "0").slice(0, prefix.bits);
  return prefix.family === 4 && ipVersion === 6 ? "0".repeat(96) + bits : bits;
}

function insert(root: Node, path: string, value: TestValue): void {
  let node = root;
  [...path].forEach((bit, index) => {
    const side = bit === "1" ? 1 : 0;
    if (index === path.length - 1) {
      node.children[side] = { value };
      return;
    }
    const child = node.children[side];
    const next =
      child !== null && "children" in child
        ? child
        : { children: [child, child] as [Child, Child] };
    node.children[side] = next;
    node = next;
  });
}

function encode(value: TestValue): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && value >= 0) {
      const digits = value.toString(16);
      const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
      return Buffer.concat([control(value < 2 ** 32 ? 6 : 9, bytes.length), bytes]);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as { readonly [key: string]: TestValue });
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)]),
  ]);
}

function control(type: number, size: number): Buffer {
  const high = Math.min(size, 29);
  const bytes = type <= 7 ? [(type << 5) | high] : [high, type - 7];
  return Buffer.from(size < 29 ? bytes : [...bytes, size - 29]);
}
