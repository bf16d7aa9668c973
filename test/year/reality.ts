/** What is really the matter with each mirror in each night, and what a prober then finds. */
import type { NetworkConfig } from "../../src/model/config.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { isosCheck, timeCheck } from "../../src/model/probe-checks.ts";
import type { ProbeReason } from "../../src/model/probe-reasons.ts";
import type { ProbeSettings } from "../../src/model/probe-settings.ts";
import type { CheckResult, MirrorResult } from "../../src/model/probe-state.ts";
import { openPlanner } from "../../src/probe/plan.ts";
import type { ProbeRun } from "../../src/probe/probe.ts";
import { seededRandom } from "../support/random.ts";
import { PUBLIC_MIRRORS } from "./network.ts";

export type Trouble =
  /** Nothing answers. */
  | "down"
  /** Its name is gone. */
  | "dns"
  /** Its copy is old. */
  | "stale"
  /** Its certificate has ended: https fails and http does not. */
  | "tls"
  /** An architecture is missing. */
  | "lacks";

const TROUBLES: readonly Trouble[] = ["down", "down", "dns", "stale", "stale", "tls", "lacks"];

/** Of a year of all mirrors: by name, what is the matter in each night. */
export type Lives = ReadonlyMap<string, readonly (Trouble | null)[]>;

/** A mirror has trouble about every so many nights. */
const BETWEEN_TROUBLES = 90;
const LONGEST = 14;
/** One of so many troubles comes and goes from night to night. */
const FLAPPING_SHARE = 0.15;

export function planLives(nights: number, seed: number): Map<string, (Trouble | null)[]> {
  const random = seededRandom(seed);
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  return new Map(
    PUBLIC_MIRRORS.map(({ name }) => {
      const life: (Trouble | null)[] = [];
      while (life.length < nights) {
        for (let quiet = upTo(2 * BETWEEN_TROUBLES); quiet > 0; quiet--) life.push(null);
        const trouble = TROUBLES[Math.floor(random() * TROUBLES.length)]!;
        const flaps = random() < FLAPPING_SHARE;
        for (let left = upTo(LONGEST); left > 0; left--) {
          life.push(flaps && random() < 0.5 ? null : trouble);
        }
      }
      return [name, life.slice(0, nights)];
    }),
  );
}

/** What stands between the prober and all mirrors. */
export type Vantage =
  | "clear"
  /** Nothing answers, the control endpoints included. */
  | "cut-off"
  /** Names cannot be looked up; what names are not needed for works. */
  | "no-dns"
  /** A firewall of ours drops what goes to half of the mirrors. */
  | "half-blocked";

export interface ProbedWorld {
  readonly config: NetworkConfig;
  readonly settings: ProbeSettings;
  readonly troubleOf: (name: string) => Trouble | null;
  readonly vantage: Vantage;
  /** When the origin was updated last, and so every mirror that follows it: seconds since 1970. */
  readonly originAt: number;
  /** Of the machine's own clock. */
  readonly at: number;
}

const DAY = 86_400;
const WEEK = 7 * DAY;

/** A run over these mirrors, at the level of results: what the prober makes of such a world. */
export function probeWorld(mirrors: readonly Mirror[], world: ProbedWorld): ProbeRun {
  const planOf = openPlanner(world.config, world.settings);
  const results = mirrors.map((mirror, index): MirrorResult => {
    const verdict = verdictOf(mirror.name, index, world);
    const checks = new Map<string, CheckResult>();
    const add = (check: string, found: Partial<CheckResult> & { reason: ProbeReason }) =>
      checks.set(check, { at: world.at, took: 20 + index, ...found });
    const plan = planOf(mirror);
    add("dns", { reason: verdict.dns });
    for (const { module, bases, repositories, isos } of plan.products) {
      for (const { protocol } of bases) {
        add(timeCheck(module, protocol, "ipv4"), verdict.time(protocol));
      }
      for (const { check, arch } of repositories) {
        add(check, { reason: verdict.lacks === arch ? "missing-arch" : verdict.content });
      }
      if (isos.length > 0) add(isosCheck(module), { reason: verdict.content });
    }
    if (plan.rsync) add("rsync", { reason: verdict.content });
    return { name: mirror.name, addresses: { ipv4: [], ipv6: [] }, checks };
  });
  const answered = world.vantage === "cut-off" || world.vantage === "no-dns" ? 0 : 2;
  const control = { asked: 2, answered };
  return { results, control, startedAt: world.at - 60, endedAt: world.at, cut: false };
}

function verdictOf(name: string, index: number, world: ProbedWorld) {
  const trouble = world.troubleOf(name);
  const blocked =
    world.vantage === "cut-off" || (world.vantage === "half-blocked" && index % 2 === 0);
  const all = (dns: ProbeReason, reason: ProbeReason) => ({
    dns,
    time: () => ({ reason }),
    content: "skipped" as const,
    lacks: null,
  });
  if (world.vantage === "no-dns") return all("unanswered", "unanswered");
  if (blocked) return all(world.vantage === "cut-off" ? "unanswered" : "ok", "timeout");
  if (trouble === "dns") return all("dns", "dns");
  if (trouble === "down") return all("ok", "down");
  const updatedAt = world.originAt - 600 - (trouble === "stale" ? WEEK : 0);
  const age = world.at - updatedAt;
  const reason = age < -3600 ? "future" : age > world.config.allowedOutdateSeconds ? "stale" : "ok";
  const time = (protocol: "http" | "https") =>
    protocol === "https" && trouble === "tls"
      ? { reason: "tls" as const, expiresAt: world.at - DAY }
      : { reason: reason as ProbeReason, updatedAt };
  return {
    dns: "ok" as const,
    time,
    content: "ok" as const,
    lacks: trouble === "lacks" ? "s390x" : null,
  };
}
