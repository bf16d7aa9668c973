/** Compiles a network's routes: the inputs as the compiler takes them. */
import { InputError } from "../diagnostics/input-error.ts";
import { problem } from "../diagnostics/problem.ts";
import { COUNTRIES } from "../geo/countries.ts";
import type { Inputs } from "../inputs/inputs.ts";
import { COMMON_PRODUCT, type ListSet, listSetsOf } from "../model/list-sets.ts";
import type { Mirror, PlacedMirror } from "../model/mirror.ts";
import type { ClientPlace } from "../model/place.ts";
import { slotsByCountry } from "../rank/blocks.ts";
import { createFamilyRanker, MOST_SETS } from "../rank/family-ranker.ts";
import { createRanker, type Ranker } from "../rank/rank.ts";
import { type CompiledRoutes, type CompileInput, compileRoutes } from "../routes/compile.ts";
import { marksOf, mirrorsByAsn } from "../routes/marks.ts";
import { buildOverlay } from "../routes/overlay.ts";
import { WideCountryError } from "../routes/pass.ts";

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

type Ranked = Pick<Inputs, "config" | "mirrors" | "settings">;

/** Throws `InputError` when no mirror is public, or a database is too coarse for the policy. */
export function compileInputs(inputs: Inputs): CompiledRoutes {
  const { config, mirrors, overrides, asns, city, settings } = inputs;
  const { sets } = listSetsOf(config, mirrors);
  if (sets.length === 0) {
    const args = { set: COMMON_PRODUCT, clients: "anybody" };
    throw new InputError([...inputs.diagnostics, problem("empty-list", {}, args)]);
  }
  const marked = { mirrors, overrides, mirrorsOfAsn: mirrorsByAsn(mirrors) };
  try {
    return compileRoutes({
      ipv4: { tree: city.ipv4.openTree(), overlay: buildOverlay(marksOf(asns.ipv4, marked)) },
      ipv6: { tree: city.ipv6.openTree(), overlay: buildOverlay(marksOf(asns.ipv6, marked)) },
      sets: sets.map(({ name }) => name),
      families: familiesOf(sets, inputs),
      mirrorsOfAsn: marked.mirrorsOfAsn,
      slots: settings.policy.imprecise === "spread" ? slotsByCountry(mirrors) : new Map(),
      alsoPlaces: ALSO_PLACES,
    });
  } catch (error) {
    if (!(error instanceof WideCountryError)) throw error;
    throw new InputError([...inputs.diagnostics, problem("geoip-too-coarse", {}, {})]);
  }
}

/** The rule over the mirrors of a set, for one client at a time. */
export function rankerOf(set: ListSet, { config, mirrors, settings }: Ranked): Ranker {
  const ofProduct = isOfProduct(set.product, listSetsOf(config, mirrors).sets);
  return createRanker(mirrors, isIn(set), settings.policy, ofProduct);
}

/**
 * Sets of a product that have most of their mirrors in common are ranked together. One that has few
 * of them would make every search go far: it is ranked with its like, or alone. A family too large
 * for one search would have none of its sets searched, so it is two.
 */
export function familiesOf(
  sets: readonly ListSet[],
  { mirrors, settings }: Pick<Inputs, "mirrors" | "settings">,
): CompileInput["families"] {
  const families: { product: string; sets: number[]; members: Set<PlacedMirror> }[] = [];
  for (const [number, set] of sets.entries()) {
    const members = new Set(mirrors.filter((m) => m.reach === "public" && isIn(set)(m)));
    const family = families.find(
      (each) =>
        each.product === set.product &&
        each.sets.length < MOST_SETS &&
        areAlike(each.members, members),
    );
    if (family === undefined) families.push({ product: set.product, sets: [number], members });
    else family.sets.push(number);
  }
  return families.map(({ product, sets: numbers }) => ({
    sets: numbers,
    ranker: createFamilyRanker(
      mirrors,
      numbers.map((number) => isIn(sets[number]!)),
      settings.policy,
      isOfProduct(product, sets),
    ),
  }));
}

/** The first set of a product is the one by any protocol, so the others' mirrors are among its own. */
function areAlike(first: ReadonlySet<PlacedMirror>, others: ReadonlySet<PlacedMirror>): boolean {
  const inBoth = [...others].filter((mirror) => first.has(mirror)).length;
  return inBoth >= first.size / 2 && inBoth >= others.size / 2;
}

function isIn({ urlOf }: ListSet): (mirror: Mirror) => boolean {
  return (mirror) => urlOf(mirror) !== undefined;
}

function isOfProduct(product: string, sets: readonly ListSet[]): (mirror: Mirror) => boolean {
  const ofProduct = sets.filter((set) => set.product === product);
  return (mirror) => ofProduct.some(({ urlOf }) => urlOf(mirror) !== undefined);
}
