/**
 * What is known from asking mirrors, applied to them: each loses the protocols, modules, repositories
 * and images that it fails, and one that has nothing left is out.
 *
 * IPv6 alone never puts a mirror out: a client that cannot reach it over IPv6 takes IPv4, which all
 * but few clients have. Private and cloud mirrors are not asked, and stay as they are.
 */
import type { Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { NetworkConfig } from "./config.ts";
import type { Carries, Mirror, MirrorUrls } from "./mirror.ts";
import { isosCheck, isRepositoryCheck, questionKey, timeCheck } from "./probe-checks.ts";
import { PROBE_REASONS } from "./probe-reasons.ts";
import type { CheckState, MirrorState, ProbeState } from "./probe-state.ts";
import { questionsOf } from "./questions.ts";
import { fewLacks, type Lacking } from "./shared-lacks.ts";

/** One that has nothing left. */
export interface FailingMirror {
  readonly name: string;
  readonly reason: string;
  readonly by: "probe";
}

export interface HealthyMirrors {
  /** In their order. */
  readonly mirrors: readonly Mirror[];
  readonly leftOut: readonly FailingMirror[];
}

/** `config` may allow another age than the state was made with: timestamps are judged again. */
export function applyHealth(
  mirrors: readonly Mirror[],
  state: ProbeState,
  config: NetworkConfig,
  report: Report,
): HealthyMirrors {
  const leftOut: FailingMirror[] = [];
  const kept: Mirror[] = [];
  const lacking: Lacking[] = [];
  const isos = isoKeysByProduct(config);
  for (const mirror of mirrors) {
    const known = Object.hasOwn(state.mirrors, mirror.name)
      ? state.mirrors[mirror.name]
      : undefined;
    if (known === undefined || mirror.reach !== "public") {
      kept.push(mirror);
      continue;
    }
    const judge = judgeBy(known, state, config);
    const { alive, failed } = withoutFailing(mirror, judge);
    if (alive === null) {
      leftOut.push({ name: mirror.name, reason: reasonOf(failed), by: "probe" });
      continue;
    }
    kept.push(alive);
    const lacks = lacksOf(known, isos);
    if (lacks.size > 0) lacking.push({ mirror: alive, lacks });
  }
  const alive = kept.filter(({ reach }) => reach === "public").length;
  const deserved = withoutCommonLacks(lacking, alive, report);
  return { mirrors: withLacks(kept, deserved, config, report), leftOut };
}

/** With fewer mirrors than this there is no list of something. */
const LEAST_MIRRORS = 3;

/**
 * A repository that hardly any mirror has is one that the origin does not have. Of ISO images that
 * cannot be said: most mirrors may go without.
 */
function withoutCommonLacks(
  lacking: readonly Lacking[],
  alive: number,
  report: Report,
): readonly Lacking[] {
  const counts = new Map<string, number>();
  for (const { lacks } of lacking) {
    for (const key of lacks) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const common = new Set<string>();
  for (const [key, count] of counts) {
    const having = alive - count;
    const least = isRepositoryCheck(key) ? Math.min(LEAST_MIRRORS, alive) : 1;
    if (having >= least) continue;
    common.add(key);
    const what = key.slice(key.indexOf(":") + 1);
    report(problem("probe-hardly-any", {}, { count: having, alive, what }));
  }
  return lacking.map((each) => ({
    ...each,
    lacks: new Set([...each.lacks].filter((key) => !common.has(key))),
  }));
}

type Judge = (check: string) => CheckState | undefined;

/** A check as it is held, its timestamp judged by the age that is allowed now. */
function judgeBy(
  { checks }: MirrorState,
  { allowedOutdateSeconds }: ProbeState,
  config: NetworkConfig,
): Judge {
  return (check) => {
    const held = Object.hasOwn(checks, check) ? checks[check] : undefined;
    const allowed = config.allowedOutdateSeconds;
    if (held?.updatedAt === undefined || allowed === allowedOutdateSeconds) return held;
    if (held.reason !== "ok" && held.reason !== "stale") return held;
    const good = held.at - held.updatedAt <= allowed;
    return { ...held, good, reason: good ? "ok" : "stale" };
  };
}

/** `alive` is null when no product is left; `failed` are the checks that say why. */
function withoutFailing(
  mirror: Mirror,
  judge: Judge,
): { readonly alive: Mirror | null; readonly failed: readonly CheckState[] } {
  const failed: CheckState[] = [];
  const ofProduct = (module: string, urls: MirrorUrls): MirrorUrls => {
    const left: { -readonly [Key in keyof MirrorUrls]: MirrorUrls[Key] } = { ...urls };
    for (const protocol of ["http", "https"] as const) {
      const held = judge(timeCheck(module, protocol, "ipv4"));
      if (urls[protocol] === undefined || !held || held.good) continue;
      failed.push(held);
      delete left[protocol];
    }
    const rsync = judge("rsync");
    if (module === "" && rsync && !rsync.good) delete left.rsync;
    return left;
  };
  const urls = ofProduct("", mirror.urls);
  const modules = new Map(
    [...mirror.modules]
      .map(([module, each]) => [module, ofProduct(module, each)] as const)
      .filter(([, each]) => isServed(each)),
  );
  if (!isServed(urls) && modules.size === 0) return { alive: null, failed };
  return { alive: { ...mirror, urls, modules }, failed };
}

function isServed({ http, https }: MirrorUrls): boolean {
  return http !== undefined || https !== undefined;
}

/** Of the first that failed, which is http where the mirror has it. */
function reasonOf([first]: readonly CheckState[]): string {
  if (first === undefined) return "it offers nothing";
  const { reason, detail, since } = first;
  const day = new Date(since * 1000).toISOString().slice(0, 16).replace("T", " ");
  const more = detail === undefined ? "" : ` (${detail})`;
  return `asked, ${PROBE_REASONS[reason].text}${more}; out since ${day} UTC`;
}

/** By module, "" for what is of none: the keys of all its images. */
function isoKeysByProduct(config: NetworkConfig): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const question of questionsOf(config)) {
    if (question.repo !== undefined) continue;
    const module = question.module ?? "";
    keys.set(module, [...(keys.get(module) ?? []), questionKey(question)]);
  }
  return keys;
}

function lacksOf(
  { checks }: MirrorState,
  isos: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const lacks = new Set<string>();
  for (const [check, { good }] of Object.entries(checks)) {
    if (!good && isRepositoryCheck(check)) lacks.add(check);
  }
  for (const [module, keys] of isos) {
    const check = isosCheck(module);
    const isIncomplete = Object.hasOwn(checks, check) && checks[check]?.good === false;
    for (const key of isIncomplete ? keys : []) lacks.add(key);
  }
  return lacks;
}

function withLacks(
  mirrors: readonly Mirror[],
  lacking: readonly Lacking[],
  config: NetworkConfig,
  report: Report,
): readonly Mirror[] {
  const lacksByName = new Map<string, ReadonlySet<string>>();
  for (const { mirror, lacks, widenedTo } of fewLacks(lacking, mirrors, config)) {
    lacksByName.set(mirror.name, lacks);
    if (widenedTo === undefined) continue;
    report(problem("probe-widened", { file: mirror.file }, { what: widenedTo }));
  }
  return mirrors.map((mirror) => {
    const lacks = lacksByName.get(mirror.name);
    if (lacks === undefined || lacks.size === 0) return mirror;
    const carries: Carries = { ...mirror.carries, lacks };
    return { ...mirror, carries };
  });
}
