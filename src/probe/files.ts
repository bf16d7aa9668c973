/**
 * Many files of one mirror, over the one way to it that works.
 *
 * Answers that are no plain yes or no are kept an eye on. After a row of them the timestamp, which
 * came before, is asked for once more. Where that fails too, the mirror died meanwhile or shut us
 * out, and the row says nothing of its files. Where it comes, the files are at fault; and if never
 * one came, and each of a longer row was waited for in vain, the rest is not waited for.
 */
import pLimit from "p-limit";
import { outcomeOf, type ProbeReason } from "../model/probe-reasons.ts";
import type { CheckResult } from "../model/probe-state.ts";
import type { Asker } from "./ask.ts";

export interface FileOptions {
  readonly asker: Asker;
  /** Requests at a time, at most. */
  readonly perHost: number;
  /** Whether the mirror's timestamp still comes. */
  readonly stillAnswers: () => Promise<boolean>;
}

/** No accident any more, each having been tried twice. */
const DOUBTFUL_ROW = 4;
const HOPELESS_ROW = 8;

/** What a connection of its own is worth. */
const FILES_PER_CONNECTION = 4;

/** Results by path. `ask` gives "missing-..." for a file that is not there. */
export async function askFiles(
  paths: Iterable<string>,
  ask: (path: string) => Promise<CheckResult>,
  { asker, perHost, stillAnswers }: FileOptions,
): Promise<ReadonlyMap<string, CheckResult>> {
  const all = [...new Set(paths)];
  const results = new Map<string, CheckResult>();
  let row: string[] = [];
  let onlyTimeouts = true;
  let doubt: Promise<void> | undefined;

  const resolveDoubt = async (): Promise<void> => {
    if (!(await stillAnswers()) && !asker.signal.aborted) asker.shutOut();
  };
  const note = (path: string, { reason }: CheckResult): void => {
    if (outcomeOf(reason) === "unknown") return;
    if (reason !== "timeout") onlyTimeouts = false;
    if (!isPlain(reason)) row.push(path);
    else if (!doubt) row = [];
    if (row.length >= DOUBTFUL_ROW) doubt ??= resolveDoubt();
  };
  const askOrSay = async (path: string): Promise<void> => {
    await doubt;
    const without = verdictWithoutAsking(asker, onlyTimeouts && row.length >= HOPELESS_ROW);
    const result = without ? asker.result(without) : await ask(path);
    results.set(path, result);
    if (!without) note(path, result);
  };

  const atATime = Math.min(perHost, Math.ceil(all.length / FILES_PER_CONNECTION));
  await pLimit(Math.max(1, atATime)).map(all, askOrSay);
  // What went wrong last may be the beginning of a row.
  if (row.length > 0 && asker.leftAlone === undefined) await (doubt ?? resolveDoubt());
  if (asker.isShutOut) for (const path of row) results.set(path, asker.result(leftAlone(asker)));
  return results;
}

function isPlain(reason: ProbeReason): boolean {
  return outcomeOf(reason) === "good" || reason === "wrong-content" || /^missing-/.test(reason);
}

/** Null where there is no reason not to ask. */
function verdictWithoutAsking(
  asker: Asker,
  hopeless: boolean,
): Pick<CheckResult, "reason" | "detail"> | null {
  if (asker.signal.aborted) return { reason: "deadline" };
  if (asker.leftAlone !== undefined) return leftAlone(asker);
  if (!hopeless) return null;
  return { reason: "timeout", detail: "not waited for, as none before it came" };
}

function leftAlone({ leftAlone: detail = "" }: Asker): Pick<CheckResult, "reason" | "detail"> {
  return { reason: "skipped", detail };
}
