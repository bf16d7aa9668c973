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
import { withoutTranslated } from "../net/translated.ts";
import { nodeFileSystem, type PublishFs } from "../publish/file-system.ts";
import { lockOutput } from "../publish/lock.ts";
import { DATA_FOLDER, subnetListPath } from "../sources/fetched.ts";
import { type FetchPlan, planFetch, type Skipped } from "./fetch-plan.ts";
import { openStore } from "./fetch-store.ts";
import { type FetchOutcome, runTask, type TaskOptions } from "./fetch-task.ts";

export interface FetchOptions extends TaskOptions {
  readonly configPath: string;
  /** Kinds and names, see `planFetch`. */
  readonly what: readonly string[];
  readonly all: boolean;
  /** This program's, for the name it gives itself. */
  readonly version: string;
  readonly net?: Pick<NetOptions, "policy" | "resolver" | "ca">;
  readonly fs?: PublishFs;
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
    const urls = allowedSubnetUrls(mirrors, settings.fetch.subnetsHosts);
    const lists = new Set(urls.map(subnetListPath));
    const isWanted = (path: string) => lists.has(path);
    const store = openStore(dataFolder, isWanted, options.fs ?? nodeFileSystem, report);
    options.onEvent({ kind: "plan", total: plan.tasks.length });
    const configured = new Set(settings.fetch.geoip.map(nameOfGeoipSource));
    const context = { store, http, options, configured };
    const one = pLimit(1);
    const some = pLimit(LISTS_AT_A_TIME);
    const outcomes = await Promise.all(
      plan.tasks.map((task) => (task.kind === "geoip" ? one : some)(() => runTask(task, context))),
    );
    store.forget(noLongerRead({ settings, outcomes, what, urls: new Set(urls) }));
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
    resolver: net?.resolver ?? withoutTranslated(openResolver(resolvers)),
    ...net,
    now,
    userAgent: `mirrorpress/${version}${contact === undefined ? "" : ` (${contact})`}`,
  });
}

/**
 * What no build reads any more: databases of sources that are no longer wanted, once all that are
 * wanted are there, and lists that no mirror names.
 */
function noLongerRead({
  settings,
  outcomes,
  what,
  urls,
}: {
  readonly settings: Settings;
  readonly outcomes: readonly FetchOutcome[];
  readonly what: readonly string[];
  readonly urls: ReadonlySet<string>;
}): (file: FetchedFile) => boolean {
  const wanted = new Set(settings.fetch.geoip.map(nameOfGeoipSource));
  const inPlace = outcomes.filter(({ kind, status }) => kind === "geoip" && isInPlaceNow(status));
  const allThere = wanted.size > 0 && inPlace.length === wanted.size;
  const allLists = what.length === 0 || what.includes("subnets");
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
