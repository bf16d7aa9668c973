/** Work that Ctrl-C and its like end in order: it undoes what it has begun, and then the process ends. */

/** Ctrl-C, kill, and the end of the terminal. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Signals this soon after the first one are that one again: Ctrl-C reaches a process by its terminal and
 * by the npm that started it, and the end of a terminal by the kernel and by the shell.
 */
const SAME_MS = 1000;

/**
 * The first signal is passed on to the work, a later one ends the process at once. Whatever the work
 * makes of it, the process ends as by the signal: who waits for it is to know.
 */
export async function interruptible<T>(work: (interrupt: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  let firstAt: number | undefined;
  const letGo = () => {
    for (const each of ENDING) process.removeListener(each, stop);
  };
  const endBy = (signal: NodeJS.Signals) => {
    letGo();
    process.kill(process.pid, signal);
  };
  const stop = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      process.once("exit", () => endBy(signal));
      interrupt.abort();
    } else if (performance.now() - firstAt >= SAME_MS) {
      endBy(signal);
    }
  };
  for (const each of ENDING) process.on(each, stop);
  try {
    return await work(interrupt.signal);
  } finally {
    // Once there was a signal, its like are waited for until the process ends by it.
    if (firstAt === undefined) letGo();
  }
}
