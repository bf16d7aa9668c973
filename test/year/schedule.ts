/** Which faults a year has, and in which nights: drawn from a seed. */
import { seededRandom } from "../support/random.ts";
import { PUBLIC_MIRRORS } from "./network.ts";
import { type Lives, planLives, type Vantage } from "./reality.ts";

/** What somebody sends in, and a maintainer merges in error. */
const PULL_REQUESTS = [
  "half-the-internet",
  "monopoly",
  "markup",
  "private-without-scope",
  "takes-a-name",
  "takes-an-address",
  "yaml-bomb",
  "empties-the-folder",
  "removes-most-mirrors",
] as const;
export type PullRequest = (typeof PULL_REQUESTS)[number];

export type Fault =
  | { readonly kind: "vantage"; readonly vantage: Exclude<Vantage, "clear"> }
  /** Nothing new comes from the origin, so that all mirrors grow old together. */
  | { readonly kind: "origin-stalls" }
  | { readonly kind: "geoip"; readonly what: "halved" | "older" | "corrupt" | "truncated" }
  | { readonly kind: "pull-request"; readonly what: PullRequest }
  /** No space is left after so many writes, of the state or of the output. */
  | { readonly kind: "disk-full"; readonly of: "probe" | "build"; readonly writes: number }
  /** The process ends at a call of the file system: a share of those that a night makes. */
  | { readonly kind: "killed"; readonly of: "probe" | "build"; readonly at: number }
  | { readonly kind: "clock-back"; readonly days: number }
  /** The operator goes back to the generation before, in the morning. */
  | { readonly kind: "rollback" }
  /** Half of the state's file is there. */
  | { readonly kind: "state-truncated" }
  /** So many mirrors die for good, all at once. */
  | { readonly kind: "fire"; readonly mirrors: readonly string[] }
  /** They are back, all at once. */
  | { readonly kind: "rebuilt"; readonly mirrors: readonly string[] }
  /** So many mirrors are taken out by the operator, and put in again a month later. */
  | { readonly kind: "leave"; readonly mirrors: readonly string[] }
  | { readonly kind: "return"; readonly mirrors: readonly string[] };

/** By night, what is at work in it; what lasts is in each of its nights. */
export type Schedule = readonly (readonly Fault[])[];

/** A fault of these is found and mended after one night to three; the others are of a single one. */
const LASTING: ReadonlySet<Fault["kind"]> = new Set([
  "vantage",
  "origin-stalls",
  "geoip",
  "pull-request",
]);

/** Nights before the first fault: everything is to be in place. */
const QUIET_START = 6;

type Rate = readonly [rate: number, make: (random: () => number) => Fault];

/** How often each comes in a hundred nights; once at least. */
const RATES: readonly Rate[] = [
  [1.6, () => ({ kind: "vantage", vantage: "cut-off" })],
  [1.6, () => ({ kind: "vantage", vantage: "no-dns" })],
  [1.6, () => ({ kind: "vantage", vantage: "half-blocked" })],
  [1.4, () => ({ kind: "origin-stalls" })],
  [1, () => ({ kind: "geoip", what: "halved" })],
  [1, () => ({ kind: "geoip", what: "older" })],
  [1, () => ({ kind: "geoip", what: "corrupt" })],
  [0.6, () => ({ kind: "geoip", what: "truncated" })],
  ...PULL_REQUESTS.map((what): Rate => [0.5, () => ({ kind: "pull-request", what })]),
  [1, () => ({ kind: "disk-full", of: "probe", writes: 0 })],
  [2, (random) => ({ kind: "disk-full", of: "build", writes: Math.floor(random() * 400) })],
  [1, (random) => ({ kind: "killed", of: "probe", at: random() })],
  [4, (random) => ({ kind: "killed", of: "build", at: random() })],
  [1, (random) => ({ kind: "clock-back", days: 1 + Math.floor(random() * 40) })],
  [1.2, () => ({ kind: "rollback" })],
  [1, () => ({ kind: "state-truncated" })],
];

export interface YearPlan {
  readonly schedule: Schedule;
  readonly lives: Lives;
}

export function planYear(nights: number, seed: number): YearPlan {
  const schedule = planFaults(nights, seed);
  return { schedule, lives: burn(planLives(nights, seed + 1), schedule) };
}

/** Besides the rates above, now and then mirrors go in numbers that an operator has to confirm. */
function planFaults(nights: number, seed: number): Schedule {
  const random = seededRandom(seed);
  const schedule: Fault[][] = Array.from({ length: nights }, () => []);
  for (const [rate, make] of RATES) {
    const count = Math.max(1, Math.round((rate * nights) / 100));
    for (let number = 0; number < count; number++) {
      const night = QUIET_START + Math.floor(random() * (nights - QUIET_START));
      const fault = make(random);
      const lasts = LASTING.has(fault.kind) ? 1 + Math.floor(random() * 3) : 1;
      for (let more = 0; more < lasts; more++) schedule[night + more]?.push(fault);
    }
  }
  for (let night = 20; night < nights - 12; night += 80) {
    const burnt = some(0.13, random);
    schedule[night]?.push({ kind: "fire", mirrors: burnt });
    schedule[night + FIRE_NIGHTS]?.push({ kind: "rebuilt", mirrors: burnt });
    if (night + 40 >= nights) break;
    const mirrors = some(0.15, random);
    schedule[night + 40]?.push({ kind: "leave", mirrors });
    schedule[night + 60]?.push({ kind: "return", mirrors });
  }
  return schedule;
}

const FIRE_NIGHTS = 30;

/** A fire is a part of what is really the matter with a mirror. */
function burn(lives: Lives, schedule: Schedule): Lives {
  const burnt = new Map([...lives].map(([name, life]) => [name, [...life]]));
  for (const [night, faults] of schedule.entries()) {
    for (const fault of faults) {
      if (fault.kind !== "fire") continue;
      for (const name of fault.mirrors) burnt.get(name)?.fill("down", night, night + FIRE_NIGHTS);
    }
  }
  return burnt;
}

function some(share: number, random: () => number): readonly string[] {
  const names = PUBLIC_MIRRORS.map(({ name }) => ({ name, key: random() }));
  const count = Math.ceil(share * names.length);
  return names
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ name }) => name);
}
