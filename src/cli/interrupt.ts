/** Work that Ctrl-C and its like end in order: it undoes what it has begun, and then the process ends. */

/** Ctrl-C, kill, and the end of the terminal. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The first signal is passed on to the work, a second one ends the process at once. Whatever the work
 * makes of it, the process ends as by the signal: who waits for it is to know.
 */
export async function interruptible<T>(work: (interrupt: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    interrupt.abort();
    for (const each of ENDING) process.removeListener(each, stop);
    process.once("exit", () => process.kill(process.pid, signal));
  };
  for (const each of ENDING) process.on(each, stop);
  try {
    return await work(interrupt.signal);
  } finally {
    for (const each of ENDING) process.removeListener(each, stop);
  }
}
