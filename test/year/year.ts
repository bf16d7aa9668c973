/**
 * A year of nights, with faults. Each night runs what the nightly job runs, in process, on files of
 * its own; each morning an operator looks at what happened, and what is published is read by other
 * code than ours and held against what must always hold.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openHealthBook } from "./health.ts";
import { brokenInvariants } from "./invariants.ts";
import { openLedger, type Year } from "./ledger.ts";
import {
  type NightOptions,
  runBuild,
  runProbe,
  type Sabotage,
  STATE_PATH,
  truncateState,
} from "./night.ts";
import {
  acceptInTheMorning,
  keepState,
  nowPending,
  type Pending,
  rollBackInTheMorning,
} from "./operator.ts";
import { type PublishedOutput, readOutput } from "./reading.ts";
import type { Lives } from "./reality.ts";
import type { Fault, Schedule } from "./schedule.ts";
import { openWorld } from "./world.ts";

export interface YearOptions {
  /** Empty; all is written below it. */
  readonly folder: string;
  /** What befalls the network, and each mirror: see `planYear`. */
  readonly schedule: Schedule;
  readonly lives: Lives;
  /** Told of each line of the log as it is written. */
  readonly onLine?: (line: string) => void;
  /** A safeguard that is taken away, to see that somebody notices. */
  readonly sabotage?: Sabotage;
}

export async function simulateYear(options: YearOptions): Promise<Year> {
  const { folder, schedule, lives, onLine = () => undefined, sabotage } = options;
  const ledger = openLedger(onLine);
  const world = openWorld(folder, { forgetPrivate: sabotage === "forget-private" });
  const health = openHealthBook();
  const usualCalls = { probe: 12, build: 1000 };
  const removed = new Set<string>();
  let pending: readonly Pending[] = [];
  let idBefore: string | undefined;
  /** Content of before a rollback lists what was good then. */
  let isOld = false;

  const check = (night: number, when: string): void => {
    const output: PublishedOutput | null = readOutput(join(folder, "output"));
    for (const { what, isOfMirror } of brokenInvariants({ output, idBefore, health })) {
      if (!isOld || !isOfMirror) ledger.break(night, `${when}${what}`);
    }
    if (output !== null && output.id !== idBefore) ledger.publish();
    idBefore = output?.id;
  };

  for (const [night, planned] of schedule.entries()) {
    // The operator goes back in the morning, when the night is over.
    const faults = planned.filter(({ kind }) => kind !== "rollback");
    const rollback = planned.find(({ kind }) => kind === "rollback");
    happen(faults, removed, folder);
    pending = nowPending(pending, night, faults);
    world.prepare(night, faults, removed);
    const troubleOf = (name: string) => lives.get(name)?.[night] ?? null;
    const step: NightOptions = { folder, night, faults, troubleOf, usualCalls, sabotage };
    const atWork = [...faults, ...pending.map(({ fault }) => fault)];
    ledger.plant(planned);

    const probed = runProbe(step);
    ledger.judge(night, "probe", probed, atWork);
    const built = await runBuild(step);
    ledger.judge(night, "build", built, atWork);
    const isDone = built.kind === "done";
    if (isDone) {
      isOld = false;
      // What the operator went back to has been replaced.
      pending = pending.filter(({ fault }) => fault.kind !== "rollback");
    }
    health.note({ troubleOf, removed, counted: isDone && probed.kind === "done" });
    check(night, "");

    const accepted = await acceptInTheMorning(step, built, pending, ledger);
    if (accepted?.kind === "done") {
      pending = [];
      isOld = false;
      check(night, "after accepting, ");
    }
    if (rollback !== undefined && idBefore !== undefined) {
      await rollBackInTheMorning(step, ledger);
      pending = [...pending, { fault: rollback, since: night }];
      isOld = true;
      check(night, "after going back, ");
    }
    keepState(folder, probed);
  }
  return ledger.close();
}

/** What befalls the files that last from night to night. */
function happen(faults: readonly Fault[], removed: Set<string>, folder: string): void {
  for (const fault of faults) {
    if (fault.kind === "leave") for (const name of fault.mirrors) removed.add(name);
    if (fault.kind === "return") for (const name of fault.mirrors) removed.delete(name);
    if (fault.kind === "state-truncated" && existsSync(join(folder, STATE_PATH))) {
      truncateState(folder);
    }
  }
}
