/**
 * The repomd.xml of every repository, and the images, over the one way to the mirror that works.
 *
 * For the 530 mirrors of a large network that is some 150 files each. A GET of the first KiB of each
 * (a range; most of these files are 4 KiB) costs a mirror 150 kB and the prober 80 MB a run, over
 * connections that are kept. A HEAD would save half of that and not see a login page, or the page
 * that many sites answer with for whatever they do not have. Images are asked for by HEAD: what
 * their bytes are cannot be told anyway, and one is gigabytes.
 */
import pLimit from "p-limit";
import { outcomeOf, type ProbeReason } from "../model/probe-reasons.ts";
import type { CheckId, CheckResult } from "../model/probe-state.ts";
import type { Asker, Asking } from "./ask.ts";
import type { Base, ProductPlan, RepositoryFile } from "./plan.ts";
import { foldMissing, judgeImage, judgeImages, judgeRepository, type Verdict } from "./verdict.ts";

/** How the mirror answered when it was asked for the product's timestamp. */
export interface Way {
  readonly base: Base;
  readonly family: 4 | 6;
}

export interface FileOptions {
  readonly asker: Asker;
  readonly way: Way;
  /** Requests at a time. */
  readonly atATime: number;
  /** Whether the way still works: asked when much goes wrong on it. */
  readonly stillAnswers: () => Promise<boolean>;
}

/** Results of all of the product's repositories. */
export async function askRepositories(
  { repositories }: ProductPlan,
  options: FileOptions,
): Promise<ReadonlyMap<CheckId, CheckResult>> {
  const { asker, way, atATime } = options;
  const trouble = watchTrouble(options);
  const byPath = new Map<string, CheckResult>();
  const askFile = async (path: string): Promise<void> => {
    const verdict = await trouble.verdictWithoutAsking();
    const result = verdict
      ? asker.result(verdict)
      : await asker.ask(rangeOf(way, path), judgeRepository);
    byPath.set(path, result);
    if (!verdict) await trouble.note(path, result);
  };
  // Without $basearch in its path, a repository of several architectures is one file.
  const paths = new Set(repositories.map(({ path }) => path));
  await pLimit(atATime).map(paths, askFile);
  for (const path of trouble.unfounded()) {
    byPath.set(path, asker.result({ reason: "skipped", detail: SHUT_OUT }));
  }
  return foldMissing(repositories, resultsOf(repositories, byPath));
}

/** Beyond the first KiB nothing is looked at; servers without ranges send the whole file. */
const ENOUGH_BYTES = 1024;

function rangeOf({ base, family }: Way, path: string): Asking {
  return {
    url: `${base.url}${path}`,
    family,
    maxBytes: ENOUGH_BYTES,
    stopAfter: ENOUGH_BYTES,
    headers: { range: `bytes=0-${ENOUGH_BYTES - 1}` },
  };
}

function resultsOf(
  repositories: readonly RepositoryFile[],
  byPath: ReadonlyMap<string, CheckResult>,
): ReadonlyMap<CheckId, CheckResult> {
  const results = new Map<CheckId, CheckResult>();
  for (const { check, path } of repositories) {
    const result = byPath.get(path);
    if (result) results.set(check, result);
  }
  return results;
}

/** So many failures in a row, none of them a file that is not there, are no accident. */
const ROW = 8;

const SHUT_OUT = "it stopped answering while it was asked";

interface TroubleWatch {
  /** What is to be said of the next file without asking for it; null where it is to be asked for. */
  verdictWithoutAsking(): Promise<Verdict | null>;
  note(path: string, result: CheckResult): Promise<void>;
  /** Files of which the results say nothing after all. */
  unfounded(): readonly string[];
}

/**
 * Keeps an eye on answers that are no plain yes or no. At a row of them the timestamp is asked for
 * once more. Where that fails too, the mirror died meanwhile or shut us out, and the row says nothing
 * of its files. Where it comes, the files are at fault; and if no file ever came, and each of the row
 * was waited for in vain, the rest is not waited for.
 */
function watchTrouble({ asker, stillAnswers }: FileOptions): TroubleWatch {
  let row: { readonly path: string; readonly reason: ProbeReason }[] = [];
  let anyCame = false;
  let shutOut = false;
  let doubt: Promise<"shut out" | "hanging" | "at fault"> | undefined;

  const resolveDoubt = async () => {
    asker.stopRetrying();
    if (!(await stillAnswers())) return "shut out";
    const onlyTimeouts = row.every(({ reason }) => reason === "timeout");
    return onlyTimeouts && !anyCame ? "hanging" : "at fault";
  };
  return {
    async verdictWithoutAsking() {
      const found = await doubt;
      if (asker.signal.aborted) return { reason: "deadline" };
      if (asker.overloaded !== undefined) return overload(asker.overloaded);
      if (found === "shut out") return { reason: "skipped", detail: SHUT_OUT };
      if (found !== "hanging") return null;
      return { reason: "timeout", detail: "not waited for, as none before it came" };
    },
    async note(path, { reason }) {
      if (outcomeOf(reason) === "unknown") return;
      if (PLAIN.has(reason)) {
        anyCame = true;
        if (!doubt) row = [];
        return;
      }
      row.push({ path, reason });
      if (row.length >= ROW) doubt ??= resolveDoubt();
      if ((await doubt) === "shut out") shutOut = true;
    },
    unfounded: () => (shutOut ? row.map(({ path }) => path) : []),
  };
}

const PLAIN: ReadonlySet<ProbeReason> = new Set(["ok", "missing-repo", "wrong-content"]);

function overload(said: string): Verdict {
  return { reason: "skipped", detail: `it has too much to do: ${said}` };
}

/** The full set of the product's images; null where it has none. */
export async function askImages(
  { isos }: ProductPlan,
  { asker, way, atATime }: Omit<FileOptions, "stillAnswers">,
): Promise<CheckResult | null> {
  if (isos.length === 0) return null;
  const results = await pLimit(atATime).map(isos, async (path): Promise<CheckResult> => {
    if (asker.signal.aborted) return asker.result({ reason: "deadline" });
    if (asker.overloaded !== undefined) return asker.result(overload(asker.overloaded));
    const request = {
      url: `${way.base.url}${path}`,
      family: way.family,
      maxBytes: 1,
      stopAfter: 1,
    };
    let refused = false;
    const result = await asker.ask({ ...request, method: "HEAD" }, (answer) => {
      refused = answer.status === 405 || answer.status === 501;
      return judgeImage(answer, path);
    });
    // Some servers know no HEAD: the first byte says as much.
    const headers = { range: "bytes=0-0" };
    return refused
      ? await asker.ask({ ...request, headers }, (answer) => judgeImage(answer, path))
      : result;
  });
  const verdict = judgeImages(results);
  return results.find((result) => result === verdict) ?? asker.result(verdict);
}
