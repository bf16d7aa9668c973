/**
 * `index/*.json`: for a country, continent, subdivision or ASN, the list that serves its addresses
 * best. Each file is one JSON object with one key a line, sorted, so that `grep '^"FR":'` answers:
 *
 *     "FR":{"name":"France","list":"0a1b…","ipv4":{"addresses":82,"exact":0.51},"ipv6":{…}},
 *
 * `list` is for a client whose family is unknown; a family has a `list` of its own only where it
 * differs. `addresses` counts IPv4 addresses, `networks48` announced IPv6 networks of /48 (those
 * located where the build knows of no announced ones), and `exact` is the share of them that gets just
 * that list from routes.mmdb.
 */
import type { Aggregate, FamilyShare } from "../routes/aggregate.ts";
import type { Artifact } from "./artifact.ts";
import { encodeText } from "./encode-text.ts";

export type AggregateKind = "countries" | "continents" | "subdivisions" | "asns";

export interface IndexToEmit {
  readonly kind: AggregateKind;
  readonly aggregates: readonly Aggregate<string | number>[];
  /** By number, the ids of the lists. */
  readonly ids: readonly string[];
  /** The list of a key that has no address in the databases. */
  readonly listWithout: (key: string) => string;
  readonly nameOf?: (key: string) => string | undefined;
}

export function emitIndex(index: IndexToEmit): Artifact {
  return { path: `index/${index.kind}.json`, bytes: encodeText(jsonPieces(index)) };
}

function* jsonPieces(index: IndexToEmit): Generator<string> {
  const aggregates = index.aggregates.toSorted((a, b) => compareKeys(a.key, b.key));
  let separator = "{\n";
  for (const aggregate of aggregates) {
    yield separator + entryLine(aggregate, index);
    separator = ",\n";
  }
  yield aggregates.length === 0 ? "{}\n" : "\n}\n";
}

function entryLine({ key, ipv4, ipv6 }: Aggregate<string | number>, index: IndexToEmit): string {
  const text = String(key);
  const name = index.nameOf?.(text);
  const common = ipv4 ?? ipv6;
  const list = common === null ? index.listWithout(text) : listOf(common, index);
  let line = `${typeof key === "number" ? `"${text}"` : JSON.stringify(text)}:{`;
  if (name !== undefined) line += `"name":${JSON.stringify(name)},`;
  line += `"list":"${list}"`;
  if (ipv4 !== null) line += familyJson("ipv4", "addresses", ipv4, list, index);
  if (ipv6 !== null) line += familyJson("ipv6", "networks48", ipv6, list, index);
  return `${line}}`;
}

function familyJson(
  family: string,
  unit: string,
  share: FamilyShare,
  common: string,
  index: IndexToEmit,
): string {
  const list = listOf(share, index);
  const own = list === common ? "" : `"list":"${list}",`;
  return `,"${family}":{${own}"${unit}":${amount(share.addresses)},"exact":${SHARES[Math.floor(share.exact * 1e4)]}}`;
}

function listOf({ list }: FamilyShare, { ids }: IndexToEmit): string {
  const id = ids[list];
  if (id === undefined) throw new Error(`there is no list number ${list}`);
  return id;
}

/** Text of 0 to 1 by ten-thousandths, rounded down: only a share of every single address is 1. */
const SHARES = Array.from({ length: 10_001 }, (_, share) => String(share / 1e4));

function amount(addresses: number): number {
  return Number.isInteger(addresses) ? addresses : Math.floor(addresses * 1e3) / 1e3;
}

function compareKeys(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
