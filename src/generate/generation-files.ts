/** All that a generation consists of, but the files that name it: one line for each kind of file. */

import { type AggregateKind, emitIndex } from "../emit/aggregates.ts";
import type { Artifact, SealedArtifact } from "../emit/artifact.ts";
import { emitClasses } from "../emit/classes.ts";
import { type EmittedLists, emitLists } from "../emit/lists.ts";
import { emitNear, type NearMirror } from "../emit/near.ts";
import { emitNetworksDatabase } from "../emit/networks-database.ts";
import { type CountryLists, emitCountries } from "../emit/nginx-countries.ts";
import { emitPaths, pathsOf } from "../emit/nginx-paths.ts";
import { emitServer } from "../emit/nginx-server.ts";
import { emitQuestions } from "../emit/questions.ts";
import { emitRoutesDatabase, idsOf } from "../emit/routes-database.ts";
import { emitScopes } from "../emit/scopes.ts";
import { emitSite } from "../emit/site.ts";
import { CONTINENTS, COUNTRIES, countryByCode } from "../geo/countries.ts";
import type { Inputs } from "../inputs/inputs.ts";
import { type ListSets, listSetsOf } from "../model/list-sets.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import { countAnnounced } from "../routes/announced.ts";
import type { CompiledRoutes } from "../routes/compile.ts";
import { numberedRanges } from "../routes/marks.ts";
import type { Aggregates } from "./aggregates.ts";
import { UNKNOWN_PLACE } from "./compile-inputs.ts";
import { nearLists } from "./near.ts";

export interface GenerationFacts {
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly attribution: readonly string[];
}

export function emitAllLists({ config, mirrors }: Inputs, { table }: CompiledRoutes): EmittedLists {
  const { sets } = listSetsOf(config, mirrors);
  return emitLists(
    table.sets.map(({ name, lists }, number) => ({
      name,
      lists,
      urls: mirrors.map((mirror) => sets[number]!.urlOf(mirror)),
    })),
  );
}

export function emitFiles(
  inputs: Inputs,
  compiled: CompiledRoutes,
  aggregates: Aggregates,
  { artifacts, ids }: EmittedLists,
  { builtAt, attribution }: GenerationFacts,
): (Artifact | SealedArtifact)[] {
  const { config, settings, mirrors, asns } = inputs;
  const { table } = compiled;
  const listSets = listSetsOf(config, mirrors);
  const names = table.sets.map(({ name }) => name);
  const failing = inputs.leftOut.flatMap(({ name, reason, by }) =>
    by === "probe" ? [{ name, reason, by }] : [],
  );
  const paths = pathsOf(config, listSets);
  const counted = countAnnounced(compiled, numberedRanges(asns.ipv6));
  return [
    emitRoutesDatabase(table, { ids, builtAt }),
    ...artifacts,
    ...emitIndexes(inputs, compiled, aggregates, ids),
    emitClasses(
      mirrors.map(({ name }) => name),
      { ...table, classes: compiled.classes },
      counted,
    ),
    ...(asns.ipv4.count + asns.ipv6.count > 0 ? [emitNetworksDatabase(asns, { builtAt })] : []),
    ...emitNear(nearLists(inputs, compiled, ids[0]!, counted), nearMirrors(listSets, mirrors)),
    ...emitPaths(paths),
    emitQuestions(paths),
    emitScopes(config, listSets),
    emitCountries(names, countryLists(aggregates, compiled, ids)),
    emitServer(settings.serve),
    ...emitSite({ config, mirrors, listSets, failing, builtAt, attribution }),
  ];
}

function nearMirrors({ sets }: ListSets, mirrors: readonly PlacedMirror[]): NearMirror[] {
  return mirrors.map((mirror) => ({ name: mirror.name, url: sets[0]!.urlOf(mirror) }));
}

/** By set, then by rotation: the list for an address of which nothing is known. */
export function unknownLists(
  { table, classes, alsoClasses }: CompiledRoutes,
  ids: EmittedLists["ids"],
): Readonly<Record<string, readonly string[]>> {
  const unknown = classes[alsoClasses[UNKNOWN_PLACE]!]!;
  return Object.fromEntries(
    table.sets.map(({ name }, set) => [name, idsOf(unknown, set, table, ids)]),
  );
}

/** The same for all who ask, so that a cache may keep it. */
function countryLists(
  { listsOfCountry }: Aggregates,
  { table }: CompiledRoutes,
  ids: EmittedLists["ids"],
): CountryLists {
  return new Map(
    COUNTRIES.map(({ code }) => {
      const lists = listsOfCountry(code);
      const bySet = table.sets.map(({ name }, set) => [name, ids[set]![lists[set]!]!] as const);
      return [code, Object.fromEntries(bySet)];
    }),
  );
}

function emitIndexes(
  { subdivisions }: Inputs,
  compiled: CompiledRoutes,
  aggregates: Aggregates,
  ids: EmittedLists["ids"],
): readonly Artifact[] {
  const { table, classes, alsoClasses } = compiled;
  const unknown = idsOf(classes[alsoClasses[UNKNOWN_PLACE]!]!, 0, table, ids)[0]!;
  const listOfCountry = (code: string) => ids[0]![aggregates.listsOfCountry(code)[0]!]!;
  const index = (
    kind: AggregateKind,
    nameOf?: (key: string) => string | undefined,
    listWithout = (_key: string) => unknown,
  ) =>
    emitIndex({
      kind,
      aggregates: aggregates[kind],
      ids: ids[0]!,
      listWithout,
      ...(nameOf && { nameOf }),
    });
  return [
    index("countries", (code) => countryByCode(code)?.name, listOfCountry),
    index("continents", (code) => CONTINENTS.get(code)),
    index(
      "subdivisions",
      (code) => subdivisions.find(code.slice(0, 2), code)?.name,
      (code) => listOfCountry(code.slice(0, 2)),
    ),
    index("asns"),
  ];
}
