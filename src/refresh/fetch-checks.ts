/**
 * What must hold of a fetched file before it replaces the last good one: that it is what it is meant
 * to be, and that it is neither older nor much smaller than what it replaces.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { wordingOf } from "../diagnostics/wording.ts";
import { FetchError } from "../fetch/failure.ts";
import { bytesInMemory } from "../mmdb/bytes.ts";
import { MmdbError } from "../mmdb/error.ts";
import { readMetadata } from "../mmdb/metadata.ts";
import { verifyDatabase } from "../mmdb/verify.ts";
import type { CloudProvider } from "../model/cloud.ts";
import type { FetchedFile } from "../model/fetch-lock.ts";
import { readAsnRanges } from "../sources/asn.ts";
import { parseCloudFeed } from "../sources/cloud-feeds.ts";
import { openFile } from "../sources/files.ts";
import { kindOfDatabase, looksLikeText } from "../sources/geoip-kind.ts";

/** How much a file holds, in its own unit, and when it was made. */
export interface Measure {
  readonly amount: number;
  /** "nodes", "networks", "bytes". */
  readonly unit: string;
  /** Seconds since 1970. */
  readonly builtAt?: number;
}

export interface CheckedDatabase extends Measure {
  readonly role: NonNullable<FetchedFile["role"]>;
}

/** A clock may be wrong by a day; a database of next year would never be replaced. */
export const FUTURE_SECONDS = 2 * 86_400;

/** `now` is in seconds since 1970. @throws {FetchError} */
export function checkDatabase(name: string, bytes: Uint8Array, now: number): CheckedDatabase {
  const source = bytesInMemory(name, bytes);
  if (bytes.length > 0 && looksLikeText(source)) {
    const problems: Diagnostic[] = [];
    const { ipv4, ipv6 } = readAsnRanges([{ kind: "csv", source }], (each) => problems.push(each));
    const wrong = problems.find(({ severity }) => severity === "error");
    if (wrong) throw new FetchError(wordingOf(wrong).message);
    if (ipv4.asn.length + ipv6.asn.length === 0)
      throw new FetchError(`${name} holds no range of addresses`);
    return { role: "asn", amount: bytes.length, unit: "bytes" };
  }
  try {
    const database = verifyDatabase(source);
    const { nodeCount, buildEpoch, databaseType } = database.metadata;
    const kind = kindOfDatabase(database);
    if (kind === "other") {
      throw new FetchError(`${name} ("${databaseType}") has neither places nor AS numbers`);
    }
    if (buildEpoch > now + FUTURE_SECONDS) {
      throw new FetchError(`${name} says that it was built in the future`);
    }
    return {
      role: kind === "place" ? "city" : kind,
      ...{ amount: nodeCount, unit: "nodes", builtAt: buildEpoch },
    };
  } catch (error) {
    if (error instanceof MmdbError) throw new FetchError(error.message);
    throw error;
  }
}

export interface CheckedFeed extends Measure {
  /** Its publisher's name of the release. */
  readonly version?: string;
}

/** @throws {FetchError} */
export function checkCloudFeed(provider: CloudProvider, bytes: Uint8Array): CheckedFeed {
  const problems: Diagnostic[] = [];
  const file = { path: `${provider}.json`, text: Buffer.from(bytes).toString("utf8") };
  const feed = parseCloudFeed(provider, file, (each) => problems.push(each));
  if (!feed) {
    const reason = problems.map(({ args }) => args["reason"]).find((each) => each !== undefined);
    throw new FetchError(`this is no list of networks of ${provider}: ${reason}`);
  }
  const amount = [...feed.regions.values()].reduce((sum, networks) => sum + networks.length, 0);
  const version = versionOf(file.text);
  return { amount, unit: "networks", ...(version !== undefined && { version }) };
}

/** Each provider has its own name for it. */
const VERSION =
  /"(?:syncToken|changeNumber|last_updated_timestamp)"\s*:\s*(?:"([\w.:-]{1,64})"|(\d{1,20}))/;

function versionOf(text: string): string | undefined {
  const [, quoted, plain] = VERSION.exec(text.slice(0, 4096)) ?? [];
  return quoted ?? plain;
}

/** Of what lies at a path; null where nothing does that can be compared with. */
export function measureFile(path: string, kind: FetchedFile["kind"]): Measure | null {
  if (!existsSync(path)) return null;
  try {
    if (kind === "geoip") return measureDatabase(path);
    const bytes = readFileSync(path);
    if (kind === "subnets") {
      return { amount: bytes.toString("latin1").trimEnd().split("\n").length, unit: "networks" };
    }
    const provider = /([a-z]+)\.json$/.exec(path)?.[1] as CloudProvider;
    return checkCloudFeed(provider, bytes);
  } catch {
    return null;
  }
}

/** Tables have no count of theirs, and lines of one length. */
function measureDatabase(path: string): Measure {
  const file = openFile(path);
  try {
    if (looksLikeText(file)) return { amount: file.size, unit: "bytes" };
    const { nodeCount, buildEpoch } = readMetadata(file);
    return { amount: nodeCount, unit: "nodes", builtAt: buildEpoch };
  } finally {
    file.close();
  }
}

const ACCEPT = 'Look at it, then run "mirrorpress fetch --accept" to take it.';

/** Throws a `FetchError` where the new file is older, or has less than half of what the old one has. */
export function requireProgress(name: string, before: Measure | null, after: Measure): void {
  if (before === null || before.unit !== after.unit) return;
  if (after.amount * 2 < before.amount) {
    const sizes = `${after.amount} ${after.unit}, the last good one ${before.amount}`;
    throw new FetchError(`the new ${name} is less than half: it has ${sizes}`, ACCEPT);
  }
  if ((after.builtAt ?? 0) < (before.builtAt ?? 0)) {
    throw new FetchError(`the new ${name} was built before the last good one`, ACCEPT);
  }
}
