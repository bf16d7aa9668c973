/** The operator in the morning: reads what was said in the night, and does what it asks for. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { rollBack } from "../../src/rollback.ts";
import { quickFs } from "../publish/failing-fs.ts";
import type { Ledger } from "./ledger.ts";
import { type NightOptions, type Outcome, runBuild, STATE_PATH } from "./night.ts";
import type { Fault } from "./schedule.ts";
import { causeOf, describe } from "./verdicts.ts";
import { trueTime } from "./world.ts";

export interface Pending {
  readonly fault: Fault;
  /** The night in which it began. */
  readonly since: number;
}

/** Mirrors that are gone, or here, for good: an operator has to say yes to it. */
const FOR_GOOD: ReadonlySet<Fault["kind"]> = new Set(["fire", "rebuilt", "leave", "return"]);
/** After so many nights the consequences have come, if they were to. */
const PENDING_NIGHTS = 8;

export function nowPending(pending: readonly Pending[], night: number, faults: readonly Fault[]) {
  return [
    ...pending.filter(({ since }) => night - since < PENDING_NIGHTS),
    ...faults.filter(({ kind }) => FOR_GOOD.has(kind)).map((fault) => ({ fault, since: night })),
  ];
}

/**
 * Accepts what was held because of what is for good, or of nothing that an operator can find. Where
 * something else is to blame, that is mended instead, and the next night will tell. Null where there
 * was nothing to accept.
 */
export async function acceptInTheMorning(
  options: NightOptions,
  built: Outcome,
  pending: readonly Pending[],
  ledger: Ledger,
): Promise<Outcome | null> {
  if (built.kind !== "held" && built.kind !== "refused") return null;
  const others = options.faults.filter(({ kind }) => !FOR_GOOD.has(kind));
  if (causeOf("build", built, others) !== null) return null;
  const morning = { ...options, faults: [] };
  const builtAt = trueTime(options.night) + 5 * 3600;
  const first = await runBuild(morning, { accepted: true, builtAt });
  // What is refused needs the digest that the message gives.
  const digest = first.kind === "refused" ? first.digest : undefined;
  const accepted =
    digest === undefined ? first : await runBuild(morning, { accepted: digest, builtAt });
  const what = pending.map(({ fault }) => describe(fault)).join(", ") || "nothing to be found";
  const how = digest === undefined ? "--accept" : "--accept and its digest";
  ledger.say(options.night, `       accepted with ${how}: ${what}; ${accepted.kind}`);
  return accepted;
}

/** Goes back to the generation before, for a reason of the operator's own. */
export async function rollBackInTheMorning({ folder, night }: NightOptions, ledger: Ledger) {
  const { rollbackOf } = await rollBack({
    outputDir: join(folder, "output"),
    builtAt: trueTime(night) + 6 * 3600,
    keep: 4,
    canary: "nobody",
    fs: quickFs,
  });
  ledger.say(night, `       rolled back to the content of ${rollbackOf}`);
}

/** Keeps a copy of a good state, and puts it back after a bad night. */
export function keepState(folder: string, probed: Outcome): void {
  const state = join(folder, STATE_PATH);
  const copy = `${state}.copy`;
  if (probed.kind === "done") copyFileSync(state, copy);
  else if (existsSync(copy)) copyFileSync(copy, state);
}
