/** The current generation as its users read it, by a reader that is not ours. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { open, type Reader, type Response } from "maxmind";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { formatAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import { readGenerationFile } from "./generation-file.ts";

export interface PublishedAnswer {
  /** Ids of a set's lists, one for each rotation. */
  readonly ids: readonly string[];
  /** Length of the network that shares the answer, in bits of the address's own family. */
  readonly prefixBits: number;
}

/** One entry of `index/*.json`. */
export interface PublishedAggregate {
  readonly name?: string;
  readonly list: string;
  readonly ipv4?: { readonly addresses: number; readonly exact: number };
  readonly ipv6?: { readonly networks48: number; readonly exact: number };
}

export interface PublishedGeneration {
  /** Null when the generation has no such set. */
  answerTo(address: string, set: string): PublishedAnswer | null;
  /** The share of a network's addresses that get the lists of its first one, 0 to 1. */
  shareOfFirst(prefix: Prefix, set: string): number | undefined;
  /** The text of a list, the repository path left open. */
  listText(id: string): string;
  aggregate(kind: "countries" | "asns", key: string): PublishedAggregate | undefined;
}

/** Null when nothing is published there. Throws `EnvironmentError` when it cannot be read. */
export async function openPublished(outputDir: string): Promise<PublishedGeneration | null> {
  const current = join(outputDir, "current");
  const routes = join(current, "routes.mmdb");
  if (!existsSync(routes)) return null;
  let reader: Reader<Response>;
  try {
    reader = await open<Response>(routes);
  } catch (error) {
    throw new EnvironmentError(`reading ${routes}`, "Build again.", error);
  }
  const answerTo = (address: string, set: string): PublishedAnswer | null => {
    const [value, prefixBits] = reader.getWithPrefixLength(address);
    const ids = listsOf(value, set);
    if (ids === undefined) return null;
    // The reader counts the bits of the whole tree, in which IPv4 lies below 96 zeros.
    const isIpv4 = !address.includes(":");
    return { ids, prefixBits: isIpv4 && prefixBits > 32 ? prefixBits - 96 : prefixBits };
  };
  return {
    answerTo,
    shareOfFirst: (prefix, set) => shareOfFirst(prefix, (address) => answerTo(address, set)),
    listText: (id) => readGenerationFile(current, `lists/${id}`),
    aggregate(kind, key) {
      const text = readGenerationFile(current, `index/${kind}.json`);
      const entries = JSON.parse(text) as Readonly<Record<string, PublishedAggregate>>;
      return Object.hasOwn(entries, key) ? entries[key] : undefined;
    },
  };
}

/** Goes from network to network; one that holds the whole prefix, or too many, end it early. */
function shareOfFirst(
  { family, words, bits }: Prefix,
  answerTo: (address: string) => PublishedAnswer | null,
): number | undefined {
  const width = family === 4 ? 32 : 128;
  const first = words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
  const end = first + (1n << BigInt(width - bits));
  const wordsOf = (value: bigint) =>
    words.map((_, i) => Number((value >> BigInt(width - 32 * (i + 1))) & 0xffff_ffffn));
  const firstIds = answerTo(formatAddress(family, words))?.ids.join();
  let same = 0n;
  let networks = 0;
  for (let at = first; at < end; ) {
    const answer = answerTo(formatAddress(family, wordsOf(at)));
    if (answer === null || ++networks > MAX_NETWORKS) return undefined;
    const size = 1n << BigInt(width - answer.prefixBits);
    const next = (at / size + 1n) * size;
    if (answer.ids.join() === firstIds) same += (next < end ? next : end) - at;
    at = next;
  }
  return Number((same * 1_000_000n) / (end - first)) / 1_000_000;
}

/** Some seconds' worth of look-ups. */
const MAX_NETWORKS = 500_000;

/** A list's id, or one for each rotation. */
function listsOf(value: unknown, set: string): readonly string[] | undefined {
  const { lists = {} } = (value ?? {}) as { readonly lists?: Readonly<Record<string, unknown>> };
  const ofSet: unknown = Object.hasOwn(lists, set) ? lists[set] : undefined;
  if (typeof ofSet === "string") return [ofSet];
  return Array.isArray(ofSet) ? ofSet.filter((id) => typeof id === "string") : undefined;
}
