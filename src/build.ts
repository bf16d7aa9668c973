/** The pipeline: from mirror files and databases to a published generation. */
import { basename } from "node:path";
import { type Aggregates, aggregateRoutes } from "./aggregates.ts";
import { compileInputs, UNKNOWN_PLACE } from "./compile-inputs.ts";
import type { SourceFile } from "./diagnostics/diagnostic.ts";
import { InputError } from "./diagnostics/input-error.ts";
import { type AggregateKind, emitIndex } from "./emit/aggregates.ts";
import { type Artifact, sha256Hex } from "./emit/artifact.ts";
import { type Generation, sealGeneration } from "./emit/generation.ts";
import { type EmittedLists, emitLists } from "./emit/lists.ts";
import type { ManifestFacts } from "./emit/manifest.ts";
import { type CountryLists, emitCountries } from "./emit/nginx-countries.ts";
import { emitPaths, pathsOf } from "./emit/nginx-paths.ts";
import { emitServer } from "./emit/nginx-server.ts";
import { emitRoutesDatabase, idsOf } from "./emit/routes-database.ts";
import { exampleClients } from "./examples.ts";
import { CONTINENTS, countryByCode } from "./geo/countries.ts";
import { type Inputs, outputFolder, type Phase, readInputs } from "./inputs.ts";
import { listSetsOf } from "./model/list-sets.ts";
import { lockOutput, type OutputLock } from "./publish/lock.ts";
import { type Published, publishGeneration } from "./publish/publish.ts";
import type { CompiledRoutes } from "./routes/compile.ts";
import { emptyLists, requireNoLeak } from "./safety.ts";
import { digestFiles } from "./sources/digest.ts";
import type { GeoipFile } from "./sources/geoip.ts";

export interface BuildOptions {
  readonly configPath: string;
  /** Over that of mirrorpress.yml. */
  readonly output?: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** This program, for the manifest. */
  readonly version: string;
  /** Milliseconds, of a clock that never goes back: for the time of each phase. */
  readonly clock: () => number;
}

export interface BuildReport {
  readonly inputs: Inputs;
  readonly compiled: CompiledRoutes;
  readonly aggregates: Aggregates;
  readonly generation: Generation;
  readonly published: Published;
  readonly examples: ManifestFacts["examples"];
  readonly attribution: readonly string[];
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
  readonly totalSeconds: number;
}

/** Told when a phase begins. */
export type Progress = (event: { readonly phase: string }) => void;

/**
 * Throws `InputError` when the input leaves nothing to publish and `EnvironmentError` when the
 * world refuses; whatever was published before stays as it is.
 */
export async function buildNetwork(
  options: BuildOptions,
  progress: Progress,
): Promise<BuildReport> {
  const { phase, phases, elapsed } = timePhases(options.clock, progress);
  const inputs = readInputs(options, phase);
  let lock: OutputLock | undefined;
  try {
    lock = lockOutput(outputFolder(options.output, inputs));
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
      emitAll(options, inputs, compiled, aggregates, lists),
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
    const publication = { lock, id, files, keep: inputs.settings.keepGenerations };
    const published = phase("publish", () => publishGeneration(publication));
    return {
      inputs,
      compiled,
      aggregates,
      generation: { id, files },
      published,
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

function emitAllLists(inputs: Inputs, { table }: CompiledRoutes): EmittedLists {
  const { sets } = listSetsOf(inputs.config, inputs.mirrors);
  return emitLists(
    table.sets.map(({ name, lists }, number) => ({
      name,
      lists,
      urls: inputs.mirrors.map((mirror) => sets[number]?.urlOf(mirror)),
    })),
  );
}

function emitAll(
  { builtAt }: BuildOptions,
  inputs: Inputs,
  compiled: CompiledRoutes,
  aggregates: Aggregates,
  { artifacts, ids }: EmittedLists,
): Artifact[] {
  const { config, settings, subdivisions } = inputs;
  const listOfClass = compiled.classes.map((each) => idsOf(each, 0, compiled.table, ids)[0]!);
  const listOfCountry = (country: string) => listOfClass[aggregates.classOfCountry(country)]!;
  const unknown = listOfClass[compiled.alsoClasses[UNKNOWN_PLACE]!]!;
  const index = (
    kind: AggregateKind,
    nameOf?: (key: string) => string | undefined,
    listWithout = (_key: string) => unknown,
  ) =>
    emitIndex({
      kind,
      aggregates: aggregates[kind],
      listOfClass,
      listWithout,
      ...(nameOf && { nameOf }),
    });
  return [
    emitRoutesDatabase(compiled.table, { ids, builtAt }),
    ...artifacts,
    index("countries", (code) => countryByCode(code)?.name, listOfCountry),
    index("continents", (code) => CONTINENTS.get(code)),
    index(
      "subdivisions",
      (code) => subdivisions.find(code.slice(0, 2), code)?.name,
      (code) => listOfCountry(code.slice(0, 2)),
    ),
    index("asns"),
    ...emitPaths(pathsOf(config, listSetsOf(config, inputs.mirrors))),
    emitCountries(
      compiled.table.sets.map(({ name }) => name),
      countryLists(compiled, aggregates, ids),
    ),
    emitServer(settings.serve),
  ];
}

/** What index/countries.json says, for every list set; of several orders the first. */
function countryLists(
  { classes, table }: CompiledRoutes,
  { countries, classOfCountry }: Aggregates,
  ids: EmittedLists["ids"],
): CountryLists {
  return new Map(
    countries.map(({ key, ipv4, ipv6 }) => {
      const number = (ipv4 ?? ipv6)?.classNumber ?? classOfCountry(key);
      const lists = table.sets.map(({ name }, set) => [
        name,
        idsOf(classes[number]!, set, table, ids)[0]!,
      ]);
      return [key, Object.fromEntries(lists)];
    }),
  );
}

function manifestFacts(
  { builtAt, version }: BuildOptions,
  { settings, config, mirrors, geoip, files }: Inputs,
  made: {
    readonly compiled: CompiledRoutes;
    readonly lists: EmittedLists;
    readonly sha256: readonly string[];
    readonly examples: ManifestFacts["examples"];
    readonly attribution: readonly string[];
  },
): ManifestFacts {
  const { compiled, lists } = made;
  const unknown = compiled.classes[compiled.alsoClasses[UNKNOWN_PLACE]!]!;
  return {
    builtAt,
    tool: { name: "mirrorpress", version },
    policy: JSON.parse(JSON.stringify(settings.policy)),
    inputs: [...textInputs(files), ...databaseInputs(geoip.files, made.sha256)],
    counts: {
      mirrors: mirrors.length,
      repositories: config.repos.length,
      classes: compiled.table.classes.length,
      lists: lists.artifacts.length,
      nodes: compiled.table.count,
    },
    attribution: made.attribution,
    examples: made.examples,
    serve: {
      root: settings.serve.root,
      rotations: compiled.table.rotations,
      unknownLists: Object.fromEntries(
        compiled.table.sets.map(({ name }, set) => [
          name,
          idsOf(unknown, set, compiled.table, lists.ids),
        ]),
      ),
    },
  };
}

function textInputs({ config, settings, mirrors }: Inputs["files"]): ManifestFacts["inputs"] {
  const digest = ({ path, text }: SourceFile) => `${basename(path)} ${sha256Hex(text)}\n`;
  return [
    { role: "config", sha256: sha256Hex(config.text) },
    ...(settings ? [{ role: "settings", sha256: sha256Hex(settings.text) }] : []),
    { role: "mirrors", files: mirrors.length, sha256: sha256Hex(mirrors.map(digest).join("")) },
  ];
}

function databaseInputs(
  files: readonly GeoipFile[],
  sha256: readonly string[],
): ManifestFacts["inputs"] {
  return files.map(({ role, path, bytes, databaseType, builtAt }, number) => ({
    role,
    file: basename(path),
    bytes,
    sha256: sha256[number]!,
    ...(databaseType !== undefined && { databaseType }),
    ...(builtAt !== undefined && { builtAt: new Date(builtAt * 1000).toISOString() }),
  }));
}

/** What the operator says, else what the databases' makers are known to ask for. */
function attributionOf({ settings, geoip }: Inputs): readonly string[] {
  if (settings.geoip.attribution !== undefined) return settings.geoip.attribution;
  const known = geoip.files.flatMap(({ attribution }) =>
    attribution === undefined ? [] : [`${attribution.text} (${attribution.licence})`],
  );
  return [...new Set(known)];
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
  return { phase, phases, elapsed: () => (clock() - start) / 1000 };
}
