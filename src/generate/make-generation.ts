/** From inputs to the files of a generation, in memory: all of a build but publishing. */

import { InputError } from "../diagnostics/input-error.ts";
import { type Generation, sealGeneration } from "../emit/generation.ts";
import type { ListSetCost } from "../emit/lists.ts";
import type { ManifestFacts } from "../emit/manifest.ts";
import type { Inputs, Phase } from "../inputs/inputs.ts";
import type { CompiledRoutes } from "../routes/compile.ts";
import { digestFiles } from "../sources/digest.ts";
import { type Aggregates, aggregateRoutes } from "./aggregates.ts";
import { compileInputs } from "./compile-inputs.ts";
import { exampleClients } from "./examples.ts";
import { emitAllLists, emitFiles } from "./generation-files.ts";
import { attributionOf, type BuildFacts, manifestFacts } from "./manifest-facts.ts";
import { emptyLists, requireNoLeak } from "./safety.ts";

export interface MadeGeneration {
  readonly compiled: CompiledRoutes;
  readonly aggregates: Aggregates;
  /** What each list set costs. */
  readonly listSets: readonly ListSetCost[];
  readonly examples: ManifestFacts["examples"];
  readonly attribution: readonly string[];
  readonly generation: Generation;
}

/** Throws `InputError` when the input leaves nothing to publish. */
export async function makeGeneration(
  options: BuildFacts,
  inputs: Inputs,
  phase: Phase,
): Promise<MadeGeneration> {
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
  const made = { compiled, lists, sha256, examples, attribution };
  const facts = manifestFacts(options, inputs, made);
  const generation = phase("seal", () => sealGeneration(facts, artifacts));
  return { compiled, aggregates, listSets: lists.costs, examples, attribution, generation };
}
