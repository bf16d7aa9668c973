/**
 * Lists of networks as people publish them: in text, any number a line, with comments after "#", ";"
 * or "//"; or in JSON, wherever texts stand in lists or under keys that mean networks.
 */
import { parseAddress } from "../ip/address.ts";
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix } from "../ip/prefix.ts";
import { FetchError } from "./failure.ts";

export interface PrefixList {
  /** In address order, each once; host bits are cleared. */
  readonly networks: readonly Prefix[];
  /** What stands where a network should. */
  readonly unread: { readonly count: number; readonly example?: string };
}

/** Ten times what a mirror may claim. */
const MAX_ENTRIES = 40_000;
const MAX_JSON_VALUES = 400_000;
/** A file where less can be read than cannot is something else. */
const LEAST_READABLE = 0.5;

/** @throws {FetchError} */
export function parsePrefixList(text: string): PrefixList {
  const entries = /^\s*[[{"]/.test(text) ? jsonEntries(text) : textEntries(text);
  if (entries.length > MAX_ENTRIES) {
    throw new FetchError(`it holds ${entries.length} entries, more than ${MAX_ENTRIES}`);
  }
  const byText = new Map<string, Prefix>();
  let count = 0;
  let example: string | undefined;
  for (const entry of entries) {
    const prefix = parsePrefix(entry.trim())?.prefix;
    if (prefix) byText.set(formatPrefix(prefix), prefix);
    else {
      count++;
      example ??= JSON.stringify(entry.slice(0, 40));
    }
  }
  if (byText.size === 0) throw new FetchError("it holds no network");
  if (entries.length - count < entries.length * LEAST_READABLE) {
    throw new FetchError(`${count} of its ${entries.length} entries are no networks: ${example}`);
  }
  return {
    networks: [...byText.values()].sort(comparePrefixes),
    unread: { count, ...(example !== undefined && { example }) },
  };
}

/** One a line, which is what a build reads. */
export function renderPrefixList(networks: readonly Prefix[]): string {
  return networks.map((prefix) => `${formatPrefix(prefix)}\n`).join("");
}

function textEntries(text: string): string[] {
  return text.split(/\r?\n|\r/).flatMap((line) =>
    line
      .replace(/(?:#|;|\/\/).*$/, "")
      .split(/[,\s]+/)
      .filter((entry) => entry !== ""),
  );
}

/** Keys of objects under which lists have their networks: "prefix", "ip_prefix", "cidr"... */
const NETWORK_KEY = /prefix|cidr|network|subnet|range|address|^ip/i;

function jsonEntries(text: string): string[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw new FetchError("it starts like JSON and is none");
  }
  const entries: string[] = [];
  const pending: { readonly value: unknown; readonly meant: boolean }[] = [
    { value: root, meant: true },
  ];
  let seen = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    seen++;
    if (seen > MAX_JSON_VALUES) throw new FetchError("it holds too many values");
    const { value, meant } = next;
    if (typeof value === "string") {
      if (meant || isNetwork(value)) entries.push(value);
    } else if (Array.isArray(value)) {
      for (const item of value) pending.push({ value: item, meant });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        pending.push({ value: item, meant: NETWORK_KEY.test(key) });
      }
    }
  }
  return entries;
}

/** A version number is no network: without a key that says so, only what has a length is one. */
function isNetwork(text: string): boolean {
  const [address = "", length] = text.split("/");
  return length !== undefined && parseAddress(address) !== null;
}
