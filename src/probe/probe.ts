/** A run: all mirrors asked, within its time, and the control endpoints before and after. */
import pLimit from "p-limit";
import type { NetworkConfig } from "../model/config.ts";
import type { Mirror } from "../model/mirror.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import type { MirrorResult } from "../model/probe-state.ts";
import type { AddressPolicy } from "../net/address-policy.ts";
import { openTrust } from "../net/connect.ts";
import { openDeadline } from "../net/deadline.ts";
import type { NetOptions } from "../net/http.ts";
import type { Resolver } from "../net/resolver.ts";
import { askControl, type ControlAnswers, worseOf } from "./control.ts";
import { probeMirror, unasked } from "./mirror.ts";
import { openPlanner } from "./plan.ts";
import { openSlots } from "./slots.ts";

export interface ProbeOptions {
  readonly config: NetworkConfig;
  readonly settings: ProbeSettings;
  readonly net: {
    readonly policy: AddressPolicy;
    readonly resolver: Resolver;
    /** PEM of authorities to trust instead of Node's own: for tests. */
    readonly ca?: string;
  };
  /** Of this program, for the user agent. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onEvent: (event: ProbeEvent) => void;
  /** Its abort ends the run early, as its deadline does. */
  readonly signal?: AbortSignal;
}

export type ProbeEvent =
  | { readonly kind: "start"; readonly total: number }
  | ({ readonly kind: "control"; readonly when: "before" | "after" } & ControlAnswers)
  | {
      readonly kind: "mirror";
      readonly done: number;
      readonly total: number;
      readonly result: MirrorResult;
    };

export interface ProbeRun {
  /** By name. */
  readonly results: readonly MirrorResult[];
  /** The worse of before the run and after it. */
  readonly control: ControlAnswers;
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Whether its deadline came, or the caller's signal. */
  readonly cut: boolean;
}

/**
 * Asks the mirrors given, which are to be public ones that are not disabled. Nothing that a mirror
 * does makes it throw.
 */
export async function probeMirrors(
  mirrors: readonly Mirror[],
  options: ProbeOptions,
): Promise<ProbeRun> {
  const { settings, now, onEvent, signal } = options;
  const startedAt = now();
  onEvent({ kind: "start", total: mirrors.length });
  const { policy, resolver, ca } = options.net;
  const net: NetOptions = {
    ...{ policy, resolver, now, userAgent: userAgentOf(options) },
    ...{ trust: openTrust(ca), gate: openSlots(settings.perHost) },
  };
  const run = openDeadline({ seconds: settings.runSeconds, signals: [signal] });
  const control = async (when: "before" | "after", until: AbortSignal | undefined) => {
    const answers = await askControl(settings, net, until);
    onEvent({ kind: "control", when, ...answers });
    return answers;
  };
  try {
    const before = await control("before", run.signal);
    const results = await askAll(mirrors, options, net, run.signal);
    const cut = run.signal.aborted;
    // After the run's own deadline there is still time for that; whoever stops us wants none.
    const after = signal?.aborted ? before : await control("after", signal);
    return {
      results: results.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      control: worseOf(before, after),
      startedAt: Math.floor(startedAt / 1000),
      endedAt: Math.floor(now() / 1000),
      cut,
    };
  } finally {
    run.end();
  }
}

function askAll(
  mirrors: readonly Mirror[],
  { config, settings, now, onEvent }: ProbeOptions,
  net: NetOptions,
  run: AbortSignal,
): Promise<readonly MirrorResult[]> {
  const planOf = openPlanner(config, settings);
  const { allowedOutdateSeconds } = config;
  let done = 0;
  const ask = async (mirror: Mirror): Promise<MirrorResult> => {
    const { name } = mirror;
    const plan = planOf(mirror);
    if (run.aborted) return unasked(name, plan, Math.floor(now() / 1000));
    const own = openDeadline({ seconds: settings.mirrorSeconds, signals: [run] });
    const { signal } = own;
    try {
      return await probeMirror(name, plan, { net, settings, allowedOutdateSeconds, signal });
    } finally {
      own.end();
    }
  };
  return pLimit(settings.concurrency).map(mirrors, async (mirror) => {
    const result = await ask(mirror);
    done += 1;
    onEvent({ kind: "mirror", done, total: mirrors.length, result });
    return result;
  });
}

/** So that whoever reads a mirror's log knows who asks, and whom to ask about it. */
function userAgentOf({ version, settings }: ProbeOptions): string {
  // A header, and within it a comment: RFC 9110, 10.1.5 and 5.6.5.
  const contact = settings.contact?.replace(/[^ !-~]|[()\\]/g, "");
  const purpose = contact ? `mirror prober; +${contact}` : "mirror prober";
  return `mirrorpress/${version} (${purpose})`;
}
