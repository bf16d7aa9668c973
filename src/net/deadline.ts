/**
 * One absolute end of all that a request does, whoever sets it. Timers wait by a clock that nobody
 * sets, so what is left is told by the same one: a wall clock that goes back would give it an hour.
 */
import { setMaxListeners } from "node:events";
import { NetError } from "./failure.ts";

export interface Deadline {
  /** Aborted with the NetError that says why: "timeout", or "cancelled" by one of the signals. */
  readonly signal: AbortSignal;
  /** Milliseconds left, at least 1. */
  left(): number;
  /** The promise's value. The time until then is not counted: it is waited for in a queue of ours. */
  uncounted<Value>(promise: Promise<Value>): Promise<Value>;
  /** To be called when the request is over: removes the timer and the listeners. */
  end(): void;
}

export interface DeadlineOptions {
  readonly seconds: number;
  /** Whose abort cancels the request. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/** The most that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function openDeadline({ seconds, signals }: DeadlineOptions): Deadline {
  const now = () => performance.now();
  const controller = new AbortController();
  const ms = Math.min(Math.max(1, seconds * 1000), MAX_TIMER_MS);
  let endsAt = now() + ms;
  const given = signals.filter((signal) => signal !== undefined);
  const cancel = (): void =>
    controller.abort(new NetError("cancelled", "the request was given up"));
  const late = (): void =>
    controller.abort(new NetError("timeout", `no full answer within ${seconds} s`));
  let timer = setTimeout(late, ms);
  for (const signal of given) {
    // One signal may end a thousand requests, which is no leak.
    setMaxListeners(0, signal);
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
  }
  return {
    signal: controller.signal,
    left: () => Math.min(Math.max(1, endsAt - now()), ms),
    async uncounted(promise) {
      const stoppedAt = now();
      clearTimeout(timer);
      try {
        return await promise;
      } finally {
        endsAt += now() - stoppedAt;
        timer = setTimeout(late, Math.max(1, endsAt - now()));
      }
    },
    end() {
      clearTimeout(timer);
      for (const signal of given) signal.removeEventListener("abort", cancel);
    },
  };
}

/** What the promise gives, or the signal's reason as soon as it is aborted. */
export function beforeAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
