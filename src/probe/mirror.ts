/**
 * All that is checked of one mirror: its names, then the timestamp of each product over each protocol
 * and family, then the product's files over the best of these ways, then rsync.
 */
import { isosCheck, timeCheck } from "../model/probe-checks.ts";
import { outcomeOf, type ProbeReason } from "../model/probe-reasons.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import type { CheckId, CheckResult, MirrorResult } from "../model/probe-state.ts";
import { type HttpSession, type NetOptions, openHttp } from "../net/http.ts";
import { readGreeting } from "../net/tcp.ts";
import { type Asker, openAsker } from "./ask.ts";
import { addressesOf, judgeNames, lookUp, type Named, rememberNames } from "./names.ts";
import type { MirrorPlan, ProductPlan } from "./plan.ts";
import { askImages, askRepositories, type Way } from "./repositories.ts";
import { judgeGreeting, judgeTimestamp } from "./verdict.ts";

export interface MirrorOptions {
  readonly net: NetOptions;
  readonly settings: Pick<ProbeSettings, "freshness" | "perHost" | "requestSeconds">;
  readonly allowedOutdateSeconds: number;
  /** The mirror's deadline: what is not known by then is "deadline". */
  readonly signal: AbortSignal;
}

/** Every check of the plan has a result; over IPv6 those alone whose names have such addresses. */
export async function probeMirror(
  name: string,
  plan: MirrorPlan,
  options: MirrorOptions,
): Promise<MirrorResult> {
  const { settings, signal } = options;
  const net = { ...options.net, resolver: rememberNames(options.net.resolver) };
  const http = openHttp(net);
  const asker = openAsker({
    ...{ http, requestSeconds: settings.requestSeconds, signal, now: net.now },
  });
  const probing: Probing = { ...options, net, http, asker, dead: new Map() };
  const checks = new Map<CheckId, CheckResult>();
  try {
    const names = await askNames(plan, probing);
    checks.set("dns", asker.result(timely(signal, judgeNames(names.map(({ is }) => is)))));
    for (const product of plan.products) {
      for (const [check, result] of await probeProduct(product, probing)) checks.set(check, result);
    }
    const rsync = await askRsync(plan, probing);
    if (rsync) checks.set("rsync", rsync);
    return { name, addresses: addressesOf(names), checks };
  } finally {
    http.close();
  }
}

/** What comes of a mirror for which there was no time at all. */
export function unasked(name: string, plan: MirrorPlan, at: number): MirrorResult {
  const result: CheckResult = { reason: "deadline", at };
  const checks = new Map<CheckId, CheckResult>([["dns", result]]);
  for (const { module, bases, repositories, isos } of plan.products) {
    for (const { protocol } of bases) checks.set(timeCheck(module, protocol, "ipv4"), result);
    for (const { check } of repositories) checks.set(check, result);
    if (isos.length > 0) checks.set(isosCheck(module), result);
  }
  if (plan.rsync) checks.set("rsync", result);
  return { name, addresses: { ipv4: [], ipv6: [] }, checks };
}

interface Probing extends MirrorOptions {
  readonly http: HttpSession;
  readonly asker: Asker;
  /** By origin and family, ways that another product found dead: they are not asked again. */
  readonly dead: Map<string, CheckResult>;
}

/** The names of what belongs to no module: a module may lie elsewhere, on a network of its own. */
async function askNames({ products }: MirrorPlan, { net, signal }: Probing) {
  const hosts = new Set(products[0]?.bases.map(({ host }) => host));
  const questions = [...hosts].flatMap((host) => FAMILIES.map((family) => ({ host, family })));
  return Promise.all(
    questions.map(async ({ host, family }) => ({
      family,
      is: await lookUp(host, family, net.resolver, signal),
    })),
  );
}

const FAMILIES = [4, 6] as const;

async function probeProduct(
  product: ProductPlan,
  probing: Probing,
): Promise<ReadonlyMap<CheckId, CheckResult>> {
  const { asker, settings } = probing;
  const { module, repositories, isos } = product;
  const asked = await askTimestamps(product, probing);
  const checks = new Map(asked.map(({ check, result }) => [check, result]));
  const way = bestOf(asked);
  if (!way) {
    const nothing = asker.result(timely(asker.signal, { reason: "skipped" }));
    for (const { check } of repositories) checks.set(check, nothing);
    if (isos.length > 0) checks.set(isosCheck(module), nothing);
    return checks;
  }
  const stillAnswers = async () => ANSWERS.includes((await askTimestamp(way, probing)).reason);
  const options = { asker, perHost: settings.perHost, stillAnswers };
  const found = await askRepositories(product, way, options);
  for (const [check, result] of found) checks.set(check, result);
  const images = await askImages(product, way, options);
  if (images) checks.set(isosCheck(module), images);
  return checks;
}

interface AskedWay {
  readonly check: CheckId;
  readonly way: Way;
  readonly result: CheckResult;
}

/** None over IPv6 where the host has no such address. */
async function askTimestamps(
  { module, bases }: ProductPlan,
  probing: Probing,
): Promise<readonly AskedWay[]> {
  const ways = FAMILIES.flatMap((family) => bases.map((base): Way => ({ base, family })));
  const asked = await Promise.all(
    ways.map(async (way): Promise<readonly AskedWay[]> => {
      const { base, family } = way;
      const { net, signal, asker, dead } = probing;
      const check = timeCheck(module, base.protocol, family === 4 ? "ipv4" : "ipv6");
      const named = await lookUp(base.host, family, net.resolver, signal);
      const unreachable = whyUnreachable(named, family);
      if (unreachable === null) return [];
      if (unreachable !== undefined) {
        return [{ check, way, result: asker.result(timely(signal, unreachable)) }];
      }
      if (asker.isShutOut) {
        const detail = asker.leftAlone ?? "";
        return [{ check, way, result: asker.result({ reason: "skipped", detail }) }];
      }
      const origin = `${family} ${new URL(base.url).origin}`;
      const result = dead.get(origin) ?? (await askTimestamp(way, probing));
      if (isDead(result.reason)) dead.set(origin, result);
      return [{ check, way, result }];
    }),
  );
  return asked.flat();
}

/** Undefined for a name that has addresses; null for one that need not have any of the family. */
function whyUnreachable(named: Named, family: 4 | 6) {
  if ("addresses" in named) {
    if (named.addresses.length > 0) return undefined;
    return family === 6 ? null : ({ reason: "no-address" } as const);
  }
  // A name that does not exist is told of once, with IPv4.
  return family === 6 && named.reason === "dns" ? null : named;
}

/** Faults of the host, whatever is asked of it. */
function isDead(reason: ProbeReason): boolean {
  return ["refused-address", "down", "timeout", "tls", "no-route"].includes(reason);
}

/** A timestamp is a line; of a repomd.xml all has to be read, since the newest time may come last. */
const MOST_BYTES = { unix: 1024, rfc2822: 1024, repomd: 256 * 1024 } as const;

function askTimestamp({ base, family }: Way, probing: Probing): Promise<CheckResult> {
  const { asker, net, settings, allowedOutdateSeconds } = probing;
  const { file, format } = settings.freshness;
  const most = MOST_BYTES[format];
  const request = { url: `${base.url}${file}`, family, maxBytes: most, stopAfter: most };
  return asker.ask(request, (answer) => {
    const at = Math.floor(net.now() / 1000);
    return judgeTimestamp(answer, { format, allowedOutdateSeconds, at, most });
  });
}

/**
 * A mirror that is out of date is asked for its files all the same: whoever mends it wants to see
 * the rest. One that answers with another page, or with errors, would do so 150 times more.
 */
const ANSWERS: readonly ProbeReason[] = ["ok", "stale", "future", "bad-time", "missing-time"];

/** Among equally good ones the first: IPv4 before IPv6, https before http. */
function bestOf(asked: readonly AskedWay[]): Way | null {
  for (const reason of ANSWERS) {
    const found = asked.find(({ result }) => result.reason === reason);
    if (found) return found.way;
  }
  return null;
}

/** Longer than any greeting: "@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4". */
const MOST_GREETING_BYTES = 256;

async function askRsync({ rsync }: MirrorPlan, probing: Probing): Promise<CheckResult | null> {
  if (!rsync) return null;
  const { asker, net, settings, signal } = probing;
  if (signal.aborted) return asker.result({ reason: "deadline" });
  if (asker.isShutOut) return asker.result({ reason: "skipped", detail: asker.leftAlone ?? "" });
  const { requestSeconds: seconds } = settings;
  const options = { ...net, seconds, signal, maxBytes: MOST_GREETING_BYTES };
  return asker.attempt(async () => {
    return judgeGreeting(await readGreeting(rsync.host, rsync.port, options));
  });
}

/** After the deadline, that nothing is known is nobody's fault. */
function timely<Verdict extends { readonly reason: ProbeReason }>(
  signal: AbortSignal,
  verdict: Verdict,
): Verdict | { readonly reason: "deadline" } {
  return signal.aborted && outcomeOf(verdict.reason) === "unknown"
    ? { reason: "deadline" }
    : verdict;
}
