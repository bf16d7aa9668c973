/**
 * One mirror asked politely: what may have been an accident is asked for once more, a mirror that
 * has too much to do is waited for, and then let alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "../model/probe-state.ts";
import { NetError, type NetFailure } from "../net/failure.ts";
import type { HttpAnswer, HttpRequest, HttpSession } from "../net/http.ts";
import { judgeFailure, type Verdict, wantsPatience } from "./verdict.ts";

export interface Asker {
  /** Never throws for what the mirror does. */
  ask(request: Asking, judge: (answer: HttpAnswer) => Verdict): Promise<CheckResult>;
  /** The same for what is not HTTP. */
  attempt(what: () => Promise<Verdict>): Promise<CheckResult>;
  /** The verdict as a result of now. */
  result(verdict: Verdict): CheckResult;
  /** That the mirror answers nothing any more. */
  shutOut(): void;
  /** Why the mirror is not to be asked for more files, in words. */
  readonly leftAlone: string | undefined;
  /** Whether it is out of reach meanwhile, rather than short of breath. */
  readonly isShutOut: boolean;
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

const SHUT_OUT = "it stopped answering while it was asked";

/** The longest that a mirror which asks for patience is waited for. */
const MOST_PATIENCE_MS = 10_000;

export function openAsker({ http, requestSeconds, signal, now }: AskerOptions): Asker {
  // A second where a request has ten; tests are in more of a hurry.
  const pauseMs = Math.min(1000, requestSeconds * 100);
  let retries = MOST_RETRIES;
  let overloaded: string | undefined;
  let isShutOut = false;
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
  const timed = async (what: () => Promise<Timed>, asked?: string): Promise<CheckResult> => {
    const startedAt = performance.now();
    const { verdict, tookMs = performance.now() - startedAt } = await what().catch(
      (error): Timed => {
        if (error instanceof NetError) return { verdict: judgeFailure(error, asked) };
        throw error;
      },
    );
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

  /** An error of the server may be an accident, too. Whoever has too much to do makes all wait. */
  const patiently = async (what: () => Promise<HttpAnswer>): Promise<HttpAnswer> => {
    await calm;
    const first = await what();
    if (first.status < 500 && first.status !== 429) return first;
    const wait = wantsPatience(first) ? (retryAfterMs(first, now()) ?? pauseMs) : pauseMs;
    if (wait > MOST_PATIENCE_MS || overloaded !== undefined) return giveUpOn(first);
    if (!mayRetry()) return giveUpOn(first);
    const waited = pause(wait);
    if (first.status === 429 || first.status === 503) calm = waited;
    await waited;
    return giveUpOn(await what());
  };
  const giveUpOn = (answer: HttpAnswer): HttpAnswer => {
    if (wantsPatience(answer)) overloaded ??= wordsOf(answer);
    return answer;
  };

  return {
    ask(request, judge) {
      const ask = () => http.request({ ...request, seconds: requestSeconds, signal });
      return timed(async () => {
        const answer = await patiently(() => retried(ask));
        return { verdict: judge(answer), tookMs: answer.tookMs };
      }, request.url);
    },
    attempt: (what) => timed(async () => ({ verdict: await retried(what) })),
    result,
    shutOut() {
      isShutOut = true;
    },
    get leftAlone() {
      return isShutOut ? SHUT_OUT : overloaded;
    },
    get isShutOut() {
      return isShutOut;
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
  const more = wait === undefined ? "" : `, Retry-After: ${wait.slice(0, 40)}`;
  return `it has too much to do: ${status}${more}`;
}
