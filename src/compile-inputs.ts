/** Compiles a network's routes: the inputs as the compiler takes them. */
import { COUNTRIES } from "./geo/countries.ts";
import type { Inputs } from "./inputs.ts";
import type { Mirror, PlacedMirror } from "./model/mirror.ts";
import type { ClientPlace } from "./model/place.ts";
import { createRanker, type Ranker } from "./rank/rank.ts";
import { type CompiledRoutes, compileRoutes } from "./routes/compile.ts";
import { marksOf, mirrorsByAsn } from "./routes/marks.ts";
import { buildOverlay } from "./routes/overlay.ts";

/** The same ranking over the mirrors that have something a URL can ask for. */
export interface ListSet {
  /** Part of a path: `[a-z0-9][a-z0-9._-]*`. */
  readonly name: string;
  /** The mirror's base URL in this set; undefined for a mirror that is not in it. */
  readonly urlOf: (mirror: Mirror) => string | undefined;
}

/** Every mirror by http, else https, as clients without a wish of their own are sent there. */
export const ALL: ListSet = { name: "all", urlOf: ({ urls }) => urls.http ?? urls.https };

/** The set of everything, and one for each optional module that some public mirror offers. */
export function listSetsOf({ config, mirrors }: Pick<Inputs, "config" | "mirrors">): ListSet[] {
  const modules = Array.from(
    config.optionalModules.keys(),
    (name): ListSet => ({
      name,
      urlOf: ({ modules }) => modules.get(name)?.http ?? modules.get(name)?.https,
    }),
  );
  const isOffered = ({ urlOf }: ListSet) =>
    mirrors.some((mirror) => mirror.reach === "public" && urlOf(mirror) !== undefined);
  return [ALL, ...modules.filter(isOffered)];
}

/** The rule over the mirrors of a set. */
export function rankerOf(
  { urlOf }: ListSet,
  { mirrors, settings }: Pick<Inputs, "mirrors" | "settings">,
): Ranker {
  const isInSet = (mirror: PlacedMirror) => urlOf(mirror) !== undefined;
  return createRanker(mirrors, isInSet, settings.policy);
}

/** Where `alsoPlaces` has the unknown place, and where it has the countries, in their order. */
export const UNKNOWN_PLACE = 0;
export const FIRST_COUNTRY = 1;

const ALSO_PLACES: readonly (ClientPlace | null)[] = [
  null,
  ...COUNTRIES.map(({ code, continent, reference }) => ({
    country: code,
    continent,
    coordinates: reference,
  })),
];

export function compileInputs(inputs: Inputs): CompiledRoutes {
  const { mirrors, overrides, asns, city } = inputs;
  const marked = { mirrors, overrides, mirrorsOfAsn: mirrorsByAsn(mirrors) };
  return compileRoutes({
    ipv4: { tree: city.ipv4.openTree(), overlay: buildOverlay(marksOf(asns.ipv4, marked)) },
    ipv6: { tree: city.ipv6.openTree(), overlay: buildOverlay(marksOf(asns.ipv6, marked)) },
    sets: listSetsOf(inputs).map((set) => ({ name: set.name, ranker: rankerOf(set, inputs) })),
    mirrorsOfAsn: marked.mirrorsOfAsn,
    alsoPlaces: ALSO_PLACES,
  });
}
