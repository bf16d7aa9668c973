/** The pipeline: from mirror files and databases to a published generation. */
import { type Aggregates, aggregateRoutes } from "./aggregates.ts";
import {
  type CanaryChoice,
  type CanaryReport,
  confirmByCanary,
  type NoCanary,
  requireServer,
} from "./canary.ts";
import { compileInputs } from "./compile-inputs.ts";
import { InputError } from "./diagnostics/input-error.ts";
import { type Generation, generationTime, sealGeneration } from "./emit/generation.ts";
import type { ListSetCost } from "./emit/lists.ts";
import type { ManifestFacts } from "./emit/manifest.ts";
import { exampleClients } from "./examples.ts";
import { emitAllLists, emitFiles } from "./generation-files.ts";
import { type Inputs, outputFolder, type Phase, readInputs } from "./inputs.ts";
import { attributionOf, manifestFacts } from "./manifest-facts.ts";
import { nodeFileSystem } from "./publish/file-system.ts";
import { requireNotOlder } from "./publish/generations.ts";
import { lockOutput, type OutputLock } from "./publish/lock.ts";
import {
  type Pruned,
  type Published,
  publishGeneration,
  retireGenerations,
} from "./publish/publish.ts";
import type { CompiledRoutes } from "./routes/compile.ts";
import { emptyLists, requireNoLeak } from "./safety.ts";
import { digestFiles } from "./sources/digest.ts";

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
  /** Milliseconds, of a clock that never goes back: for the time of each phase. */
  readonly clock: () => number;
}

export interface BuildReport {
  readonly inputs: Inputs;
  readonly compiled: CompiledRoutes;
  readonly aggregates: Aggregates;
  /** What each list set costs. */
  readonly listSets: readonly ListSetCost[];
  readonly generation: Generation;
  readonly published: Published;
  readonly canary: CanaryReport | NoCanary;
  readonly pruned: Pruned;
  readonly examples: ManifestFacts["examples"];
  readonly attribution: readonly string[];
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
  const choice = options.canary ?? "nobody";
  requireServer(choice);
  const inputs = readInputs(options, phase);
  let lock: OutputLock | undefined;
  try {
    lock = lockOutput(outputFolder(options.output, inputs));
    requireNotOlder(lock.outputDir, generationTime(options.builtAt), nodeFileSystem);
    const digests = digestFiles(inputs.geoip.files.map(({ path }) => path));
    // Awaited last; until then a failure must not count as nobody's.
    digests.catch(() => {});
    const compiled = phase("compile routes", () => compileInputs(inputs));
    const aggregates = phase("countries and ASNs", () => aggregateRoutes(inputs, compiled));
    const missing = emptyLists(compiled);
    if (missing.length > 0) throw new InputError([...inputs.diagnostics, ...missing]);
    requireNoLeak(inputs, compiled, aggregates);
    const lists = phase("lists", () => emitAllLists(inputs, compiled));
    const examples = exampleClients(inputs);
    const attribution = attributionOf(inputs);
    const artifacts = phase("write files", () =>
      emitFiles(inputs, compiled, aggregates, lists, { builtAt: options.builtAt, attribution }),
    );
    const sha256 = await digests;
    const facts = manifestFacts(options, inputs, {
      compiled,
      lists,
      sha256,
      examples,
      attribution,
    });
    const { id, files } = phase("seal", () => sealGeneration(facts, artifacts));
    const publication = { lock, id, files };
    const published = phase("publish", () => publishGeneration(publication));
    const askServer = () => confirmByCanary(publication.lock, published, choice);
    const canary = await (choice === "nobody" ? askServer() : laterPhase("canary", askServer));
    const pruned = retireGenerations(lock, inputs.settings.keepGenerations);
    return {
      inputs,
      compiled,
      aggregates,
      listSets: lists.costs,
      generation: { id, files },
      published,
      canary,
      pruned,
      examples,
      attribution,
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
