/** One thing that is brought: checked against the last good copy, and put in its place or not. */
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import type { FetchTools } from "../fetch/ask.ts";
import { FetchError } from "../fetch/failure.ts";
import { type MaxmindCredentials, secretsOf } from "../fetch/maxmind.ts";
import type { FetchedFile } from "../model/fetch-lock.ts";
import type { HttpSession } from "../net/http.ts";
import { pathOfStored } from "../sources/fetched.ts";
import { type Measure, measureFile, requireProgress } from "./fetch-checks.ts";
import { type FetchSources, gather, PUBLIC_SOURCES } from "./fetch-gather.ts";
import type { FetchTask } from "./fetch-plan.ts";
import { digestOf, type NewFile, type Store } from "./fetch-store.ts";

export interface TaskOptions {
  /** Take what is older, or less than half of the last good one. */
  readonly accept: boolean;
  readonly credentials?: MaxmindCredentials;
  /** See `FetchTools`. */
  readonly proxy?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly onEvent: (event: FetchEvent) => void;
  /** The public ones unless given. */
  readonly sources?: FetchSources;
}

export type FetchEvent =
  | { readonly kind: "plan"; readonly total: number }
  | { readonly kind: "start"; readonly name: string }
  | {
      readonly kind: "bytes";
      readonly name: string;
      readonly done: number;
      readonly total?: number;
    }
  /** An attempt failed, and another one follows. */
  | {
      readonly kind: "retry";
      readonly name: string;
      readonly reason: string;
      readonly seconds: number;
    }
  | { readonly kind: "end"; readonly outcome: FetchOutcome };

export interface FetchOutcome {
  readonly kind: FetchTask["kind"];
  /** As in the settings or the mirror's file. */
  readonly name: string;
  /** Of failures: "kept" where a last good copy is in place, "failed" where there is none. */
  readonly status: "new" | "unchanged" | "kept" | "failed" | "skipped";
  /** What is in place now. */
  readonly files: readonly FetchedFile[];
  readonly reason?: string;
  readonly remedy?: string;
  /** What was left out of it, and the like. */
  readonly note?: string;
}

export interface TaskContext {
  readonly store: Store;
  readonly http: HttpSession;
  readonly options: TaskOptions;
  /** The sources of databases that the settings want. */
  readonly configured: ReadonlySet<string>;
}

/** Never fails because of the world: what it meets there is the outcome. */
export async function runTask(task: FetchTask, context: TaskContext): Promise<FetchOutcome> {
  const { options, store } = context;
  const { kind, name } = task;
  options.onEvent({ kind: "start", name });
  const before = store.present(kind, name);
  const outcome = await bring(task, context).catch((error: unknown): FetchOutcome => {
    if (!(error instanceof FetchError || error instanceof EnvironmentError)) throw error;
    const files = before.filter(store.isPresent);
    const status = files.length > 0 ? "kept" : "failed";
    const remedy = error.remedy === "" ? {} : { remedy: error.remedy };
    return { kind, name, status, files, reason: reasonOf(error, store), ...remedy };
  });
  options.onEvent({ kind: "end", outcome });
  return outcome;
}

/** What the disk refused says nothing of what was being written. */
function reasonOf(error: FetchError | EnvironmentError, { folder }: Store): string {
  if (error instanceof FetchError) return error.message;
  return `${error.message} (${error.doing.replaceAll(join(folder, "/"), "")})`;
}

async function bring(task: FetchTask, context: TaskContext): Promise<FetchOutcome> {
  const { store, options } = context;
  const { kind, name } = task;
  const before = store.intact(kind, name);
  const gathered = await gather(task, before[0] ?? {}, {
    tools: toolsFor(task, context),
    sources: options.sources ?? PUBLIC_SOURCES,
    now: options.now() / 1000,
    ...(options.credentials && { credentials: options.credentials }),
  });
  if (gathered === null) {
    if (before.length > 0) return { kind, name, status: "unchanged", files: before };
    throw new FetchError(
      "it is said that nothing is newer, but nothing is here to compare with",
      "Try again later; if it is the same, what stands between here and the source is to blame.",
    );
  }

  const { files, note, ...facts } = gathered;
  const fetchedAt = isoTime(options.now() / 1000);
  const fresh = files.map(({ name: stored, bytes, measure, role }): NewFile => {
    requireOwn(stored, name, context);
    if (kind !== "subnets" && !options.accept) {
      requireProgress(stored, measureBefore(stored, kind, store), measure);
    }
    const sha256 = digestOf(bytes);
    const path = pathOfStored(stored, sha256);
    const same = before.find((file) => file.path === path && file.sha256 === sha256);
    const { builtAt } = measure;
    const entry: FetchedFile = {
      ...{ path, kind, source: name, sha256, bytes: bytes.length },
      ...{ fetchedAt: same?.fetchedAt ?? fetchedAt, ...facts },
      ...(role !== undefined && { role }),
      ...(builtAt !== undefined && { builtAt: isoTime(builtAt) }),
    };
    return { entry, bytes };
  });
  const entries = fresh.map(({ entry }) => entry);
  const outcome = { kind, name, files: entries, ...(note !== undefined && { note }) };
  const isSame = ({ path, sha256 }: FetchedFile) =>
    before.some((file) => file.path === path && file.sha256 === sha256);
  if (before.length === entries.length && entries.every(isSame)) {
    store.restate(entries);
    return { ...outcome, status: "unchanged" };
  }
  store.replace(fresh);
  return { ...outcome, status: "new" };
}

/** Two packages may hold files of one name. A source that is no longer wanted gives its place. */
function requireOwn(stored: string, name: string, { store, configured }: TaskContext): void {
  const owner = store.find(stored)?.source ?? name;
  if (owner === name || !configured.has(owner)) return;
  throw new FetchError(
    `${stored} is already that of ${owner}`,
    "Leave one of the two out under fetch: geoip: in mirrorpress.yml.",
  );
}

/** What lies there may also have been put there by hand. */
function measureBefore(stored: string, kind: FetchedFile["kind"], store: Store): Measure | null {
  const { path, builtAt } = store.find(stored) ?? { path: stored };
  const measure = measureFile(join(store.folder, path), kind);
  if (measure === null || builtAt === undefined) return measure;
  return { builtAt: Date.parse(builtAt) / 1000, ...measure };
}

function isoTime(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}

function toolsFor({ name }: FetchTask, { http, options }: TaskContext): FetchTools {
  const { credentials, proxy, wait, onEvent } = options;
  return {
    http,
    wait,
    ...(proxy !== undefined && { proxy }),
    secrets: credentials ? secretsOf(credentials) : [],
    onBytes: (done, total) =>
      onEvent({ kind: "bytes", name, done, ...(total !== undefined && { total }) }),
    onRetry: (reason, milliseconds) =>
      onEvent({ kind: "retry", name, reason, seconds: milliseconds / 1000 }),
  };
}
