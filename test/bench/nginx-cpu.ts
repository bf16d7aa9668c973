/**
 * What nginx's workers cost, from Linux's own accounts: the first number of /proc/PID/schedstat is
 * nanoseconds on a processor. Unlike requests a second it hardly depends on what else runs.
 */
import { existsSync, readFileSync } from "node:fs";

export interface Watched<T> {
  readonly started: T;
  /** Nanoseconds of all workers until now; undefined where there are no such accounts. */
  readonly cpuNanos: () => number | undefined;
}

/** Starts an nginx and finds its workers: the children of a child that this process did not have. */
export async function watchNginx<T>(start: () => Promise<T>): Promise<Watched<T>> {
  const before = new Set(childrenOf(process.pid));
  const started = await start();
  const masters = childrenOf(process.pid).filter((pid) => !before.has(pid));
  const workers = masters.flatMap(childrenOf);
  return {
    started,
    cpuNanos: () =>
      workers.length === 0 ? undefined : workers.reduce((sum, pid) => sum + nanosOf(pid), 0),
  };
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? (readFileSync(file, "utf8").match(/\d+/g) ?? []).map(Number) : [];
}

function nanosOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
}
