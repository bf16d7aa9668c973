/**
 * Asking the mirrors of a network: which they are, what came of it, and what is held of them after
 * it. All that is written is the state file, once, at the end.
 */
import { dirname, resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { readProbeResults } from "../inputs/probe-results.ts";
import { readUsableNetwork } from "../inputs/usable-network.ts";
import type { NetworkConfig } from "../model/config.ts";
import type { Mirror } from "../model/mirror.ts";
import { isDisabled, readMirrors } from "../model/mirrors.ts";
import { type Remembered, remember } from "../model/probe-memory.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import type { ProbeState } from "../model/probe-state.ts";
import { renderProbeState } from "../model/probe-state-file.ts";
import { isCutOff, suspicion } from "../model/probe-suspicion.ts";
import { defaultSettings, readSettings } from "../model/settings.ts";
import { publicAddresses } from "../net/address-policy.ts";
import { openResolver } from "../net/resolver.ts";
import { withoutTranslated } from "../net/translated.ts";
import { type ProbeOptions, type ProbeRun, probeMirrors } from "../probe/probe.ts";
import { writeDurably } from "../publish/durable-file.ts";
import type { PublishFs } from "../publish/file-system.ts";

export interface ProbeInputs {
  readonly config: NetworkConfig;
  readonly settings: ProbeSettings;
  /** Every mirror that has a file that can be used, by name. */
  readonly mirrors: readonly Mirror[];
  readonly statePath: string;
  /** Null when nothing was held yet. */
  readonly before: ProbeState | null;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ProbeInputOptions {
  readonly configPath: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** Throws an `InputError` when nothing can be asked, or when what is held cannot be read. */
export function readProbeInputs({ configPath, at }: ProbeInputOptions): ProbeInputs {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const { written, config } = readUsableNetwork(configPath, diagnostics);
  const mirrors = readMirrors(written.mirrors, config, report);
  const settings = written.settings ? readSettings(written.settings, report) : defaultSettings;
  const statePath = resolve(dirname(configPath), settings.probe.state);
  const before = readState(statePath, at);
  return { config, settings: settings.probe, mirrors, statePath, before, diagnostics };
}

/** Begun anew, it would bring back every mirror that was left out: better to stop and say so. */
function readState(path: string, at: number): ProbeState | null {
  const diagnostics: Diagnostic[] = [];
  const read = readProbeResults(path, at, (diagnostic) => void diagnostics.push(diagnostic));
  if (read?.state === null) throw new InputError(diagnostics);
  return read?.state ?? null;
}

/** Those that a run over all asks: public ones, and none that is disabled at the time (seconds). */
export function mirrorsToProbe(mirrors: readonly Mirror[], at: number): readonly Mirror[] {
  return mirrors.filter((mirror) => mirror.reach === "public" && !isDisabled(mirror, at));
}

/** By what a prober reaches the world. */
export type ProbeNet = ProbeOptions["net"];

/** Public addresses alone; nothing that an operator or a mirror writes can change that. */
export function realNet({ resolvers }: Pick<ProbeSettings, "resolvers">): ProbeNet {
  return { policy: publicAddresses, resolver: withoutTranslated(openResolver(resolvers)) };
}

export interface NetworkProbeOptions
  extends Pick<ProbeOptions, "net" | "version" | "now" | "onEvent" | "signal"> {
  /** "all" is a run that counts; some only show what they give. */
  readonly asked: "all" | readonly Mirror[];
  /** Whether what is held after a run that counts is written. */
  readonly write: boolean;
  /** Whether a run counts in which many mirrors fail together: somebody says that they do. */
  readonly accept?: boolean;
}

export interface NetworkProbe {
  readonly run: ProbeRun;
  /** Why nothing that failed says anything of the mirrors. */
  readonly suspect: string | null;
  /** Null when the run does not count: it is suspect and not accepted, or asked some mirrors only. */
  readonly remembered: Remembered | null;
  readonly written: boolean;
}

/**
 * Asks all mirrors, or some. Asking some does not count: the memory counts results in a row over
 * nights, so that asking a mirror twice in a minute would throw it out for one bad minute.
 *
 * Throws an `EnvironmentError` when the state cannot be written, which then is as it was.
 */
export async function probeNetwork(
  inputs: ProbeInputs,
  { asked, write, accept = false, ...options }: NetworkProbeOptions,
): Promise<NetworkProbe> {
  const { config, settings, mirrors, before } = inputs;
  const chosen = asked === "all" ? mirrorsToProbe(mirrors, options.now() / 1000) : asked;
  if (chosen.length === 0) {
    const remedy = "See what check says of the mirrors' files, and which are private or disabled.";
    throw new EnvironmentError("choosing the mirrors to ask", remedy, "there are none");
  }
  const run = await probeMirrors(chosen, { config, settings, ...options });
  options.signal?.throwIfAborted();
  if (asked === "all") return concludeRun(inputs, run, { write, accept });
  return { run, suspect: suspicion(before, run), remembered: null, written: false };
}

export interface ConcludeOptions extends Pick<NetworkProbeOptions, "write" | "accept"> {
  readonly fs?: PublishFs;
}

/**
 * What a run over all mirrors changes: nothing when it is suspect, unless that is accepted. Of a
 * machine that is cut off nobody can say what mirrors do.
 */
export function concludeRun(
  { config, settings, statePath, before }: ProbeInputs,
  run: ProbeRun,
  { write, accept = false, fs }: ConcludeOptions,
): NetworkProbe {
  const suspect = suspicion(before, run);
  const accepted = suspect !== null && accept && !isCutOff(run);
  if (suspect !== null && !accepted) return { run, suspect, remembered: null, written: false };
  const { allowedOutdateSeconds } = config;
  const remembered = remember(before, run, { settings, allowedOutdateSeconds, accepted });
  if (write) writeState(statePath, before, remembered.state, fs);
  return { run, suspect, remembered, written: write };
}

/** A run that began after this one and was quicker must not be forgotten by it. */
function writeState(
  path: string,
  before: ProbeState | null,
  after: ProbeState,
  fs: PublishFs | undefined,
): void {
  const now = readState(path, after.probedAt);
  if (now?.probedAt !== before?.probedAt) {
    throw new EnvironmentError(
      `writing ${path}`,
      "Run one probe at a time; its results are there.",
      "another probe has written it since this one began",
    );
  }
  writeDurably(path, Buffer.from(renderProbeState(after)), fs);
}
