/**
 * A process that compiles databases into a routes.mmdb on disk and does nothing else: mirrors come
 * placed, and there is no index, no other file and no publication. Its argument is a `CompileTask`,
 * its answer `CompileFigures`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { emitLists } from "../../src/emit/lists.ts";
import { emitRoutesDatabase } from "../../src/emit/routes-database.ts";
import { compileInputs } from "../../src/generate/compile-inputs.ts";
import type { Inputs } from "../../src/inputs/inputs.ts";
import { openCityPlaces } from "../../src/inputs/place-trees.ts";
import { defaultConfig } from "../../src/model/config.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import { readAsnRanges } from "../../src/sources/asn.ts";
import { openGeoip } from "../../src/sources/geoip.ts";
import {
  type CompileFigures,
  type CompileTask,
  type MirrorsFile,
  placedMirror,
} from "./compile-task.ts";

/** The parts of a build's inputs that compiling asks for. */
type CompileInputs = Parameters<typeof compileInputs>[0];

const phases: { name: string; ms: number }[] = [];
const task = JSON.parse(process.argv[2] ?? "") as CompileTask;
const { mirrors, modules } = JSON.parse(readFileSync(task.mirrors, "utf8")) as MirrorsFile;

/** The databases' age is of no interest here. */
const options = { builtAt: 0, maxAgeDays: Number.POSITIVE_INFINITY };
const geoip = phase("open and verify", () => openGeoip(task, options, () => {}));
if (geoip === null) throw new Error("the databases cannot be used: mirrorpress build says why");
const asns = phase("read ASN ranges", () => readAsnRanges(geoip.asn, () => {}));
const city = phase("read places", () => openCityPlaces(geoip.city));
const inputs: Pick<Inputs, "config" | "settings" | "mirrors" | "overrides" | "asns" | "city"> = {
  config: { ...defaultConfig, optionalModules: new Map(modules.map((name) => [name, []])) },
  settings: defaultSettings,
  mirrors: mirrors.map(placedMirror),
  overrides: [],
  asns,
  city,
};
const compiled = phase("compile routes", () => compileInputs(inputs as CompileInputs));
const routes = phase("lists and encoding", () => {
  const { sets } = listSetsOf(inputs.config, inputs.mirrors);
  const lists = compiled.table.sets.map(({ name, lists }, number) => ({
    name,
    lists,
    urls: inputs.mirrors.map((mirror) => sets[number]?.urlOf(mirror)),
  }));
  return emitRoutesDatabase(compiled.table, { ids: emitLists(lists).ids, builtAt: 0 });
});
phase("write", () => writeFileSync(task.output, routes.bytes));
geoip.close();

const figures: CompileFigures = {
  phases,
  routesBytes: routes.bytes.length,
  rankings: compiled.rankings,
  nodes: compiled.table.count,
  sets: compiled.table.sets.map(({ name }) => name),
  lists: compiled.table.sets.reduce((sum, set) => sum + set.lists.length, 0),
};
process.stdout.write(JSON.stringify(figures));

function phase<T>(name: string, work: () => T): T {
  const started = performance.now();
  const result = work();
  phases.push({ name, ms: performance.now() - started });
  return result;
}
