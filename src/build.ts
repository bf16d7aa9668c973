/** The pipeline: from mirror files and databases to a published generation. */
import {
  type CanaryChoice,
  type CanaryReport,
  confirmByCanary,
  type Interruptible,
  type NoCanary,
  requireServer,
} from "./canary/canary.ts";
import { generationTime } from "./emit/generation.ts";
import { causesOf } from "./gate-causes.ts";
import { type Acceptance, type GateReport, passGates } from "./gate-keeping.ts";
import { type MadeGeneration, makeGeneration } from "./generate/make-generation.ts";
import { type Inputs, outputFolder, type Phase, readInputs } from "./inputs/inputs.ts";
import { nodeFileSystem, type PublishFs } from "./publish/file-system.ts";
import { requireNotOlder } from "./publish/generations.ts";
import { lockOutput, type OutputLock } from "./publish/lock.ts";
import {
  type Pruned,
  type Published,
  publishGeneration,
  retireGenerations,
  unpublished,
} from "./publish/publish.ts";

export interface BuildOptions {
  readonly configPath: string;
  /** Over that of mirrorpress.yml. */
  readonly output?: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** This program, for the manifest. */
  readonly version: string;
  /** Whom to ask for lists once they are published; nobody unless given. */
  readonly canary?: CanaryChoice;
  /** Whoever ends this program while it is asked; nobody unless given. */
  readonly interruptible?: Interruptible;
  /** Of what the gates find; nothing unless given. */
  readonly accepted?: Acceptance;
  /** Nothing is published. */
  readonly dryRun?: boolean;
  /** What publishing writes through. */
  readonly fs?: PublishFs;
  /** Milliseconds, of a clock that never goes back: for the time of each phase. */
  readonly clock: () => number;
}

export interface BuildReport extends MadeGeneration {
  readonly inputs: Inputs;
  /** Where the generation was not to be published, where it would be. */
  readonly published: Published;
  readonly isDryRun: boolean;
  readonly gates: GateReport;
  readonly canary: CanaryReport | NoCanary;
  readonly pruned: Pruned;
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
  readonly totalSeconds: number;
}

/** Told when a phase begins. */
export type Progress = (event: { readonly phase: string }) => void;

/**
 * Throws `InputError` when the input leaves nothing to publish, `RefusedError` when a safeguard
 * refuses to, and `EnvironmentError` when the world does; whatever was published before stays as it
 * is.
 */
export async function buildNetwork(
  options: BuildOptions,
  progress: Progress,
): Promise<BuildReport> {
  const { phase, laterPhase, phases, elapsed } = timePhases(options.clock, progress);
  const { fs = nodeFileSystem, interruptible } = options;
  const choice = options.canary ?? "nobody";
  requireServer(choice);
  const inputs = readInputs(options, phase);
  let lock: OutputLock | undefined;
  try {
    lock = lockOutput(outputFolder(options.output, inputs), fs);
    requireNotOlder(lock.outputDir, generationTime(options.builtAt), fs);
    const made = await makeGeneration(options, inputs, phase);
    const { generation } = made;
    const context = { settings: inputs.settings.gates, causeOf: causesOf(inputs) };
    const { outputDir } = lock;
    const gates = phase("gates", () => passGates(outputDir, generation, context, options.accepted));
    const publication = { lock, ...generation, fs };
    const isDryRun = options.dryRun ?? false;
    const published = isDryRun
      ? unpublished(outputDir, generation, fs)
      : phase("publish", () => publishGeneration(publication));
    const surroundings = { fs, ...(interruptible && { interruptible }) };
    const askServer = () => confirmByCanary(publication.lock, published, choice, surroundings);
    const canary = isDryRun
      ? { skipped: "nothing was published" }
      : await (choice === "nobody" ? askServer() : laterPhase("canary", askServer));
    const pruned = isDryRun
      ? { removed: [] }
      : retireGenerations(lock, inputs.settings.keepGenerations, fs);
    return {
      inputs,
      ...made,
      published,
      isDryRun,
      gates,
      canary,
      pruned,
      phases,
      totalSeconds: elapsed(),
    };
  } finally {
    inputs.geoip.close();
    lock?.release();
  }
}

function timePhases(clock: () => number, progress: Progress) {
  const start = clock();
  const phases: { name: string; seconds: number }[] = [];
  const phase: Phase = (name, work) => {
    const began = clock();
    progress({ phase: name });
    const result = work();
    phases.push({ name, seconds: (clock() - began) / 1000 });
    return result;
  };
  /** For what waits for others. */
  const laterPhase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const began = clock();
    progress({ phase: name });
    const result = await work();
    phases.push({ name, seconds: (clock() - began) / 1000 });
    return result;
  };
  return { phase, laterPhase, phases, elapsed: () => (clock() - start) / 1000 };
}
