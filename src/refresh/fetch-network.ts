/**
 * Brings databases and lists of networks into data/, each checked before it replaces the last good
 * one. What fails leaves that in place, and the others go on.
 */
import { dirname, join, resolve } from "node:path";
import pLimit from "p-limit";
import type { DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { FetchTools } from "../fetch/ask.ts";
import { FetchError } from "../fetch/failure.ts";
import { type MaxmindCredentials, secretsOf } from "../fetch/maxmind.ts";
import { readUsableNetwork } from "../inputs/usable-network.ts";
import type { FetchedFile } from "../model/fetch-lock.ts";
import { nameOfGeoipSource } from "../model/fetch-settings.ts";
import type { Mirror } from "../model/mirror.ts";
import { readMirrors } from "../model/mirrors.ts";
import { defaultSettings, readSettings, type Settings } from "../model/settings.ts";
import { allowedSubnetUrls } from "../model/subnet-lists.ts";
import { publicAddresses } from "../net/address-policy.ts";
import { type HttpSession, type NetOptions, openHttp } from "../net/http.ts";
import { openResolver } from "../net/resolver.ts";
import { nodeFileSystem, type PublishFs } from "../publish/file-system.ts";
import { lockOutput } from "../publish/lock.ts";
import { DATA_FOLDER } from "../sources/fetched.ts";
import { type Measure, measureFile, requireProgress } from "./fetch-checks.ts";
import { type FetchSources, gather, PUBLIC_SOURCES } from "./fetch-gather.ts";
import { type FetchPlan, type FetchTask, planFetch, type Skipped } from "./fetch-plan.ts";
import { digestOf, type NewFile, openStore, type Store } from "./fetch-store.ts";

export interface FetchOptions {
  readonly configPath: string;
  /** Kinds and names, see `planFetch`. */
  readonly what: readonly string[];
  readonly all: boolean;
  /** Take what is older, or less than half of the last good one. */
  readonly accept: boolean;
  /** This program's, for the name it gives itself. */
  readonly version: string;
  readonly credentials?: MaxmindCredentials;
  /** See `FetchTools`. */
  readonly proxy?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly onEvent: (event: FetchEvent) => void;
  /** The public ones unless given. */
  readonly sources?: FetchSources;
  readonly net?: Pick<NetOptions, "policy" | "resolver" | "ca">;
  readonly fs?: PublishFs;
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

export interface FetchReport {
  /** In the order of the plan, then those that were skipped. */
  readonly outcomes: readonly FetchOutcome[];
  /** What does not stop fetching. */
  readonly diagnostics: readonly Diagnostic[];
  readonly unknown: FetchPlan["unknown"];
}

/** Lists at a time; databases come one after the other, since each is held in memory. */
const LISTS_AT_A_TIME = 4;

/**
 * Throws `InputError` when the network's settings cannot be read, and `EnvironmentError` when another
 * fetch is at work. When a word of `what` means nothing, nothing is fetched.
 */
export async function fetchNetwork(options: FetchOptions): Promise<FetchReport> {
  const folder = dirname(resolve(options.configPath));
  const { settings, mirrors } = readWanted(options.configPath);
  const { what, all } = options;
  const plan = planFetch({ settings, mirrors, folder, what, all });
  if (plan.unknown.length > 0) return { outcomes: [], diagnostics: [], unknown: plan.unknown };
  const skipped = plan.skipped.map(outcomeOfSkipped);
  if (plan.tasks.length === 0) return { outcomes: skipped, diagnostics: [], unknown: [] };

  const dataFolder = join(folder, DATA_FOLDER);
  const lock = lockData(dataFolder, options.fs);
  const http = openSession(settings, options);
  try {
    const diagnostics: Diagnostic[] = [];
    const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
    const store = openStore(dataFolder, options.fs ?? nodeFileSystem, report);
    options.onEvent({ kind: "plan", total: plan.tasks.length });
    const configured = new Set(settings.fetch.geoip.map(nameOfGeoipSource));
    const context = { store, http, options, configured };
    const databases = pLimit(1);
    const lists = pLimit(LISTS_AT_A_TIME);
    const outcomes = await Promise.all(
      plan.tasks.map((task) =>
        (task.kind === "geoip" ? databases : lists)(() => runTask(task, context)),
      ),
    );
    const isLeft = leftovers({ settings, mirrors, outcomes, what });
    store.remove(isLeft);
    return { outcomes: [...outcomes, ...skipped], diagnostics, unknown: [] };
  } finally {
    http.close();
    lock.release();
  }
}

/** A source that is misspelt is not one that is no longer wanted: what came of it would go. */
const FATAL: ReadonlySet<DiagnosticCode> = new Set(["fetch-geoip", "fetch-host"]);

/** What the plan needs of the network; what else is wrong with it is for `check` to say. */
function readWanted(configPath: string): { settings: Settings; mirrors: readonly Mirror[] } {
  const { written, config } = readUsableNetwork(configPath, []);
  const wrong: Diagnostic[] = [];
  const settings = written.settings
    ? readSettings(written.settings, (each) => wrong.push(each))
    : defaultSettings;
  const fatal = wrong.filter(({ code }) => FATAL.has(code));
  if (fatal.length > 0) throw new InputError(fatal);
  return { settings, mirrors: readMirrors(written.mirrors, config, () => undefined) };
}

function lockData(dataFolder: string, fs: PublishFs | undefined) {
  try {
    return lockOutput(dataFolder, fs);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    const cause = error.message.replace(/^another build/, "another fetch");
    throw new EnvironmentError(`locking ${dataFolder}`, error.remedy, cause);
  }
}

function openSession(settings: Settings, { net, now, version }: FetchOptions): HttpSession {
  const { contact, resolvers } = settings.probe;
  return openHttp({
    policy: publicAddresses,
    resolver: net?.resolver ?? openResolver(resolvers),
    ...net,
    now,
    userAgent: `mirrorpress/${version}${contact === undefined ? "" : ` (${contact})`}`,
  });
}

/**
 * What no build reads any more: databases of sources that are no longer wanted, once all that are
 * wanted are there, and lists that no mirror names.
 */
function leftovers({
  settings,
  mirrors,
  outcomes,
  what,
}: {
  readonly settings: Settings;
  readonly mirrors: readonly Mirror[];
  readonly outcomes: readonly FetchOutcome[];
  readonly what: readonly string[];
}): (file: FetchedFile) => boolean {
  const wanted = new Set(settings.fetch.geoip.map(nameOfGeoipSource));
  const inPlace = outcomes.filter(({ kind, status }) => kind === "geoip" && isInPlaceNow(status));
  const allThere = wanted.size > 0 && inPlace.length === wanted.size;
  const allLists = what.length === 0 || what.includes("subnets");
  const urls = new Set(allowedSubnetUrls(mirrors, settings.fetch.subnetsHosts));
  return ({ kind, source }) =>
    (kind === "geoip" && allThere && !wanted.has(source)) ||
    (kind === "subnets" && allLists && !urls.has(source));
}

function isInPlaceNow(status: FetchOutcome["status"]): boolean {
  return status === "new" || status === "unchanged";
}

function outcomeOfSkipped({ kind, name, reason }: Skipped): FetchOutcome {
  return { kind, name, status: "skipped", files: [], reason };
}

interface TaskContext {
  readonly store: Store;
  readonly http: HttpSession;
  readonly options: FetchOptions;
  /** The sources of databases that the settings want. */
  readonly configured: ReadonlySet<string>;
}

async function runTask(task: FetchTask, context: TaskContext): Promise<FetchOutcome> {
  const { options, store } = context;
  const { kind, name } = task;
  options.onEvent({ kind: "start", name });
  const outcome = await bring(task, context).catch((error: unknown): FetchOutcome => {
    if (!(error instanceof FetchError || error instanceof EnvironmentError)) throw error;
    const files = store.present(kind, name);
    const status = files.length > 0 ? "kept" : "failed";
    const remedy = error.remedy === "" ? {} : { remedy: error.remedy };
    return { kind, name, status, files, reason: error.message, ...remedy };
  });
  options.onEvent({ kind: "end", outcome });
  return outcome;
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
  const fresh = files.map(({ path, bytes, measure, role }): NewFile => {
    requireOwn(path, name, context);
    if (kind !== "subnets" && !options.accept) {
      requireProgress(path, measureBefore(path, kind, store), measure);
    }
    const sha256 = digestOf(bytes);
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
  store.put(fresh);
  const paths = new Set(entries.map(({ path }) => path));
  store.remove((file) => file.kind === kind && file.source === name && !paths.has(file.path));
  return { ...outcome, status: "new" };
}

/** Two packages may hold files of one name. A source that is no longer wanted gives its place. */
function requireOwn(path: string, name: string, { store, configured }: TaskContext): void {
  const owner = store.find(path)?.source ?? name;
  if (owner === name || !configured.has(owner)) return;
  throw new FetchError(
    `${path} is already that of ${owner}`,
    "Leave one of the two out under fetch: geoip: in mirrorpress.yml.",
  );
}

/** What lies there may also have been put there by hand. */
function measureBefore(path: string, kind: FetchedFile["kind"], store: Store): Measure | null {
  const measure = measureFile(join(store.folder, path), kind);
  const builtAt = store.find(path)?.builtAt;
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
  };
}
