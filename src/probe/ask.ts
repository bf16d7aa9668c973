/**
 * One mirror asked politely: what may have been an accident is asked for once more, a mirror that
 * has too much to do is waited for, and then let alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "../model/probe-state.ts";
import { NetError, type NetFailure } from "../net/failure.ts";
import type { HttpAnswer, HttpRequest, HttpSession } from "../net/http.ts";
import { judgeFailure, type Verdict } from "./verdict.ts";

export interface Asker {
  /** Never throws for what the mirror does. */
  ask(request: Asking, judge: (answer: HttpAnswer) => Verdict): Promise<CheckResult>;
  /** The same for what is not HTTP. */
  attempt(what: () => Promise<Verdict>): Promise<CheckResult>;
  /** The verdict as a result of now. */
  result(verdict: Verdict): CheckResult;
  /** No more is asked for a second time: whatever there is, it is no accident. */
  stopRetrying(): void;
  /** What the mirror said when it had too much to do, twice. */
  readonly overloaded: string | undefined;
  /** Of all there is to ask of the mirror. */
  readonly signal: AbortSignal;
}

export type Asking = Pick<
  HttpRequest,
  "url" | "method" | "family" | "maxBytes" | "stopAfter" | "headers"
>;

export interface AskerOptions {
  readonly http: HttpSession;
  readonly requestSeconds: number;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** These may be over the next moment; what else can fail stays as it is. */
const ACCIDENTS: ReadonlySet<NetFailure> = new Set(["refused", "reset", "timeout", "unreachable"]);

/** A mirror at which more than this goes wrong has no accidents. */
const MOST_RETRIES = 8;

/** The longest that a mirror which asks for patience is waited for. */
const MOST_PATIENCE_MS = 10_000;

export function openAsker({ http, requestSeconds, signal, now }: AskerOptions): Asker {
  // A second where a request has ten; tests are in more of a hurry.
  const pauseMs = Math.min(1000, requestSeconds * 100);
  let retries = MOST_RETRIES;
  let overloaded: string | undefined;
  let calm = Promise.resolve();

  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal }).catch(() => {});
  };
  const mayRetry = (): boolean => !signal.aborted && retries-- > 0;

  const result = (verdict: Verdict): CheckResult => ({
    ...verdict,
    at: Math.floor(now() / 1000),
  });

  /** How long a failure took is told with its second try and the pause before it. */
  const timed = async (what: () => Promise<Timed>): Promise<CheckResult> => {
    const startedAt = now();
    const { verdict, tookMs = now() - startedAt } = await what().catch((error): Timed => {
      if (error instanceof NetError) return { verdict: judgeFailure(error) };
      throw error;
    });
    return { ...result(verdict), took: Math.max(0, Math.round(tookMs)) };
  };

  const retried = async <Value>(what: () => Promise<Value>): Promise<Value> => {
    try {
      return await what();
    } catch (error) {
      const isAccident = error instanceof NetError && ACCIDENTS.has(error.failure);
      if (!isAccident || !mayRetry()) throw error;
      await pause(pauseMs);
      return what();
    }
  };

  /** Whoever gets a 429 or a 503 makes all that is asked of the mirror wait. */
  const patiently = async (what: () => Promise<HttpAnswer>): Promise<HttpAnswer> => {
    await calm;
    const first = await what();
    if (first.status < 500 && first.status !== 429) return first;
    const asksForPatience = first.status === 429 || first.status === 503;
    const wait = asksForPatience ? (retryAfterMs(first, now()) ?? pauseMs) : pauseMs;
    if (asksForPatience && (wait > MOST_PATIENCE_MS || overloaded !== undefined)) {
      overloaded ??= wordsOf(first);
      return first;
    }
    if (!mayRetry()) return first;
    const waited = pause(wait);
    if (asksForPatience) calm = waited;
    await waited;
    const second = await what();
    if (second.status === 429 || second.status === 503) overloaded ??= wordsOf(second);
    return second;
  };

  return {
    ask(request, judge) {
      const ask = () => http.request({ ...request, seconds: requestSeconds, signal });
      return timed(async () => {
        const answer = await patiently(() => retried(ask));
        return { verdict: judge(answer), tookMs: answer.tookMs };
      });
    },
    attempt: (what) => timed(async () => ({ verdict: await retried(what) })),
    result,
    stopRetrying() {
      retries = 0;
    },
    get overloaded() {
      return overloaded;
    },
    signal,
  };
}

interface Timed {
  readonly verdict: Verdict;
  readonly tookMs?: number;
}

/** RFC 9110, 10.2.3: seconds, or a date; null for neither. */
function retryAfterMs({ headers }: HttpAnswer, now: number): number | null {
  const written = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(written)) return Number(written) * 1000;
  const date = / GMT$/.test(written) ? Date.parse(written) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function wordsOf({ status, headers }: HttpAnswer): string {
  const wait = headers["retry-after"];
  return wait === undefined ? `${status}` : `${status}, Retry-After: ${wait.slice(0, 40)}`;
}
