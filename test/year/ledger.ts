/** What is written down of a year. */
import type { Outcome } from "./night.ts";
import type { Fault } from "./schedule.ts";
import { causeOf, describe, type Step } from "./verdicts.ts";

export interface Year {
  /** How often something new was published. */
  readonly published: number;
  /** Holds, refusals and failures, one line each with its cause; what the operator did. */
  readonly log: readonly string[];
  /** Of these, holds and refusals that nothing planted deserved. */
  readonly falseHolds: readonly string[];
  /** Failures that nothing planted deserved. */
  readonly falseFailures: readonly string[];
  /** Invariants that did not hold, by night. */
  readonly broken: readonly string[];
  /** What was planted: in how many nights, and in how many it was said to be why nothing was done. */
  readonly planted: ReadonlyMap<string, { readonly nights: number; readonly noticed: number }>;
}

export interface Ledger {
  readonly say: (night: number, what: string) => void;
  /** Writes down how a step ended; `atWork` is all that may be to blame. */
  readonly judge: (night: number, step: Step, outcome: Outcome, atWork: readonly Fault[]) => void;
  readonly break: (night: number, what: string) => void;
  readonly publish: () => void;
  readonly plant: (faults: readonly Fault[]) => void;
  readonly close: () => Year;
}

const SAID_COLUMNS = 120;

export function openLedger(onLine: (line: string) => void): Ledger {
  const log: string[] = [];
  const falseHolds: string[] = [];
  const falseFailures: string[] = [];
  const broken: string[] = [];
  const planted = new Map<string, { nights: number; noticed: number }>();
  let published = 0;

  const say = (night: number, what: string): string => {
    const line = `night ${String(night).padStart(3)}  ${what}`;
    log.push(line);
    onLine(line);
    return line;
  };
  const count = (name: string) => {
    const counts = planted.get(name) ?? { nights: 0, noticed: 0 };
    planted.set(name, counts);
    return counts;
  };
  return {
    say,
    judge(night, step, outcome, atWork) {
      if (outcome.kind === "done") return;
      const cause = causeOf(step, outcome, atWork);
      const said = shorten(outcome.said.replaceAll("\n", "; "));
      const why = cause ?? "NOTHING PLANTED";
      const line = say(night, `${step.padEnd(5)}  ${outcome.kind.padEnd(7)}  ${why}: ${said}`);
      if (cause !== null) count(cause).noticed++;
      else if (outcome.kind === "failed") falseFailures.push(line);
      else falseHolds.push(line);
    },
    break: (night, what) => void broken.push(say(night, `BROKEN  ${what}`)),
    publish: () => void published++,
    plant: (faults) => {
      for (const name of new Set(faults.map(describe))) count(name).nights++;
    },
    close: () => ({ published, log, falseHolds, falseFailures, broken, planted }),
  };
}

function shorten(text: string): string {
  return text.length > SAID_COLUMNS ? `${text.slice(0, SAID_COLUMNS - 3)}...` : text;
}
