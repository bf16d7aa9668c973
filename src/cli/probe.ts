/** `mirrorpress probe`: which mirrors are alive and fresh, and what is held of them from now on. */
import { visible } from "../diagnostics/wording.ts";
import { closest } from "../model/closest.ts";
import type { Mirror } from "../model/mirror.ts";
import { outcomeOf } from "../model/probe-reasons.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import { PROBE_STATE_SCHEMA } from "../model/probe-state-file.ts";
import {
  type NetworkProbeOptions,
  type ProbeInputs,
  type ProbeNet,
  probeNetwork,
  readProbeInputs,
  realNet,
} from "../refresh/probe-network.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { typedAgain } from "./options.ts";
import { openProbeView } from "./probe-live.ts";
import { renderMirror } from "./probe-mirror-view.ts";
import { type ProbeReport, reportProbe } from "./probe-report.ts";
import { renderProbeSummary } from "./probe-summary.ts";
import { version } from "./version.ts";

export interface ProbeCommand {
  /** Mirrors to tell all about; none to ask all of them and remember what came of it. */
  readonly names: readonly string[];
  /** Show every mirror; of one by name, every repository. */
  readonly all?: boolean;
  /** Remember nothing. */
  readonly dryRun?: boolean;
  /** Count the run although many mirrors fail together. */
  readonly accept?: boolean;
  /** Print the JSON schema of the state, and nothing else. */
  readonly schema?: boolean;
}

/** How the world is reached: an argument for tests, that no option and no variable stands for. */
export interface ProbeWorld {
  readonly openNet: (settings: ProbeSettings) => ProbeNet;
  /** Milliseconds since 1970; results are of the time they are of, whatever --built-at says. */
  readonly now: () => number;
}

const realWorld: ProbeWorld = { openNet: realNet, now: () => Date.now() };

export async function probe(
  context: CommandContext,
  command: ProbeCommand,
  world: ProbeWorld = realWorld,
): Promise<number> {
  const { options, terminal } = context;
  if (command.schema) {
    terminal.out(`${JSON.stringify(PROBE_STATE_SCHEMA, null, 2)}\n`);
    return EXIT.done;
  }
  const inputs = readProbeInputs({
    configPath: options.configPath,
    at: Math.floor(world.now() / 1000),
  });
  const asked: NetworkProbeOptions["asked"] =
    command.names.length === 0 ? "all" : chooseMirrors(command.names, inputs.mirrors);
  if (command.accept && asked !== "all") {
    throw new UsageError(
      "--accept is of a run over all mirrors",
      "leave out the names, or --accept",
    );
  }
  const how = { asked, write: !command.dryRun, accept: command.accept ?? false };
  const report = await run(context, inputs, how, world);
  terminal.out(
    options.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : asked === "all"
        ? renderSummary(context, command, report)
        : renderMirrors(context, command, { asked, report }),
  );
  return exitCodeOf(report, asked);
}

async function run(
  { terminal, clock }: CommandContext,
  inputs: ProbeInputs,
  how: Pick<NetworkProbeOptions, "asked" | "write" | "accept">,
  { openNet, now }: ProbeWorld,
): Promise<ProbeReport> {
  const view = openProbeView(terminal, { clock, size: terminalSize, every });
  const startedAt = clock();
  const release = onInterrupt(() => {
    view.finish();
    terminal.err("stopped: what is held of the mirrors is as it was\n");
  });
  try {
    const net = openNet(inputs.settings);
    const probed = await probeNetwork(inputs, { ...how, net, version, now, onEvent: view.event });
    return reportProbe(probed, inputs, (clock() - startedAt) / 1000);
  } finally {
    release();
    view.finish();
  }
}

/**
 * Ctrl-C and its like end the process at once, as they would without us, once the terminal is in
 * order: nothing is written before the end, and that in one step, so there is nothing to undo.
 */
function onInterrupt(tidyUp: () => void): () => void {
  const stop = (signal: NodeJS.Signals) => {
    release();
    tidyUp();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of ENDING) process.removeListener(signal, stop);
  };
  for (const signal of ENDING) process.on(signal, stop);
  return release;
}

/** Ctrl-C, kill, and the end of the terminal. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function terminalSize(): { readonly columns: number; readonly rows: number } {
  return { columns: process.stderr.columns ?? 80, rows: process.stderr.rows ?? 24 };
}

function every(milliseconds: number, work: () => void): () => void {
  const timer = setInterval(work, milliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

/** By their names; one that is disabled may be asked, one that is not for everybody cannot be. */
function chooseMirrors(names: readonly string[], mirrors: readonly Mirror[]): readonly Mirror[] {
  const byName = new Map(mirrors.map((mirror) => [mirror.name, mirror]));
  return [...new Set(names)].map((name) => {
    const mirror = byName.get(name);
    if (mirror === undefined) {
      const like = closest(name, byName.keys());
      throw new UsageError(
        `there is no mirror "${name}"`,
        like === undefined ? "write its name as its file has it" : `perhaps you mean ${like}`,
      );
    }
    if (mirror.reach === "public") return mirror;
    throw new UsageError(
      `${name} is a ${mirror.reach} mirror, which answers its own networks alone`,
      "leave it out",
    );
  });
}

function renderSummary(
  { options, terminal, command }: CommandContext,
  { all = false }: ProbeCommand,
  report: ProbeReport,
): string {
  return renderProbeSummary(
    report,
    { command, again: typedAgain(options), all },
    terminal.outPaint,
  );
}

function renderMirrors(
  { terminal }: CommandContext,
  { all = false }: ProbeCommand,
  { asked, report }: { readonly asked: readonly Mirror[]; readonly report: ProbeReport },
): string {
  const paint = terminal.outPaint;
  const byName = new Map(report.mirrors.map((mirror) => [mirror.name, mirror]));
  const texts = asked.flatMap((mirror) => {
    const probed = byName.get(mirror.name);
    return probed ? [renderMirror(mirror, probed, report, { paint, all })] : [];
  });
  const warning =
    report.suspect === undefined
      ? ""
      : `\n${paint.bold(paint.yellow("warning"))}: ${visible(report.suspect)}\n`;
  return texts.join("\n") + warning;
}

function exitCodeOf(report: ProbeReport, asked: NetworkProbeOptions["asked"]): number {
  if (report.suspect !== undefined && !report.accepted) return EXIT.refused;
  if (asked === "all") return EXIT.done;
  const fails = report.mirrors.some(({ checks }) =>
    Object.values(checks).some(({ reason }) => outcomeOf(reason) === "bad"),
  );
  return fails ? EXIT.findings : EXIT.done;
}
