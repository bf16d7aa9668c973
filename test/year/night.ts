/** One night: asking the mirrors, building and publishing, by the steps that the program takes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, buildNetwork } from "../../src/build.ts";
import { EnvironmentError } from "../../src/diagnostics/environment.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { RefusedError } from "../../src/diagnostics/refusal.ts";
import { GatesRefusedError } from "../../src/gate-keeping.ts";
import { remember } from "../../src/model/probe-memory.ts";
import { renderProbeState } from "../../src/model/probe-state-file.ts";
import { writeDurably } from "../../src/publish/durable-file.ts";
import type { PublishFs } from "../../src/publish/file-system.ts";
import { concludeRun, mirrorsToProbe, readProbeInputs } from "../../src/refresh/probe-network.ts";
import {
  buryLockHolder,
  countedFs,
  fullDisk,
  Killed,
  killedAt,
  switchedFirst,
} from "./faulty-fs.ts";
import { probeWorld, type Trouble } from "./reality.ts";
import type { Fault } from "./schedule.ts";
import { machineTime, trueTime, vantageOf } from "./world.ts";

/** How a step ended: what it did, or why it did nothing. */
export type Outcome =
  | { readonly kind: "done"; readonly id?: string }
  /** A safeguard: the prober's own network is suspect, a gate, a clock. */
  | { readonly kind: "held" | "refused"; readonly said: string; readonly digest?: string }
  /** Input that cannot be used, a disk, a process that was killed. */
  | { readonly kind: "failed"; readonly said: string };

export interface NightOptions {
  readonly folder: string;
  readonly night: number;
  readonly faults: readonly Fault[];
  readonly troubleOf: (name: string) => Trouble | null;
  /** What a build called the file system for, the last time that one went through. */
  readonly usualCalls: { probe: number; build: number };
  readonly sabotage?: Sabotage | undefined;
}

/**
 * A run counts however suspect it is; what gates refuse is published; the pointer moves before files
 * are there; a private mirror is taken for one for everybody.
 */
export type Sabotage =
  | "believe-every-run"
  | "accept-everything"
  | "switch-first"
  | "forget-private";

export const STATE_PATH = "state/probe.json";
const VERSION = "0.0.0";

export function runProbe(options: NightOptions): Outcome {
  const { folder, night, faults, troubleOf, usualCalls } = options;
  const at = machineTime(night, faults);
  const stalls = faults.some(({ kind }) => kind === "origin-stalls");
  const { fs, calls } = fsFor("probe", options);
  return outcomeOf(() => {
    const inputs = readProbeInputs({ configPath: join(folder, "config.yml"), at });
    const run = probeWorld(mirrorsToProbe(inputs.mirrors, at), {
      config: inputs.config,
      settings: inputs.settings,
      troubleOf,
      vantage: vantageOf(faults),
      // Since half a day and more when a stall begins, and then longer.
      originAt: trueTime(night) - (stalls ? 13 * 3600 : 0),
      at,
    });
    if (options.sabotage === "believe-every-run") {
      const { settings, before, config, statePath } = inputs;
      const { allowedOutdateSeconds } = config;
      const { state } = remember(before, run, { settings, allowedOutdateSeconds });
      writeDurably(statePath, Buffer.from(renderProbeState(state)), fs);
      return { kind: "done" };
    }
    const { suspect } = concludeRun(inputs, run, { write: true, fs });
    if (suspect !== null) return { kind: "held", said: suspect };
    usualCalls.probe = calls();
    return { kind: "done" };
  });
}

export async function runBuild(
  options: NightOptions,
  more: Partial<Pick<BuildOptions, "accepted" | "builtAt">> = {},
): Promise<Outcome> {
  const { folder, night, faults, usualCalls, sabotage } = options;
  const { fs: faulty, calls } = fsFor("build", options);
  const fs = sabotage === "switch-first" ? switchedFirst(faulty, join(folder, "output")) : faulty;
  const built = {
    configPath: join(folder, "config.yml"),
    builtAt: machineTime(night, faults),
    version: VERSION,
    clock: () => 0,
    fs,
    ...more,
  };
  const outcome = await outcomeOfLater(async () => {
    const { published } = await buildNetwork(built, () => undefined);
    usualCalls.build = calls();
    return { kind: "done", id: published.id };
  });
  buryLockHolder(join(folder, "output"));
  const digest = "digest" in outcome ? outcome.digest : undefined;
  if (sabotage === "accept-everything" && digest !== undefined && more.accepted === undefined) {
    return runBuild(options, { ...more, accepted: digest });
  }
  return outcome;
}

/** The state file as a faulty disk or a hand that slipped leaves it. */
export function truncateState(folder: string): void {
  const path = join(folder, STATE_PATH);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
}

function fsFor(
  step: "probe" | "build",
  { faults, usualCalls }: NightOptions,
): { readonly fs: PublishFs; readonly calls: () => number } {
  for (const fault of faults) {
    if (fault.kind === "disk-full" && fault.of === step) {
      return { fs: fullDisk(fault.writes), calls: () => usualCalls[step] };
    }
    if (fault.kind === "killed" && fault.of === step) {
      const call = 1 + Math.floor(fault.at * usualCalls[step]);
      return { fs: killedAt(call), calls: () => usualCalls[step] };
    }
  }
  return countedFs();
}

function outcomeOf(work: () => Outcome): Outcome {
  try {
    return work();
  } catch (error) {
    return failure(error);
  }
}

async function outcomeOfLater(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    return failure(error);
  }
}

/** What a person would be shown; anything else is a bug, and ends the year. */
function failure(error: unknown): Outcome {
  if (error instanceof GatesRefusedError) {
    const { findings, digest } = error.report;
    const kind = findings.some(({ verdict }) => verdict === "refuse") ? "refused" : "held";
    const said = findings.map(({ found }) => found).join("; ");
    return { kind, said, ...(digest !== undefined && { digest }) };
  }
  if (error instanceof RefusedError) return { kind: "refused", said: error.message };
  if (error instanceof EnvironmentError) {
    return { kind: "failed", said: `${error.message} while ${error.doing}` };
  }
  if (error instanceof InputError) {
    const errors = error.diagnostics.filter(({ severity }) => severity === "error");
    const said = errors.map(({ code, file }) => `${code} ${file?.path ?? ""}`.trim()).join(", ");
    return { kind: "failed", said };
  }
  if (error instanceof Killed) return { kind: "failed", said: error.message };
  throw error;
}
