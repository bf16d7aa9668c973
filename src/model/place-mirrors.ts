/**
 * Gives mirrors their places: by their own coordinates, else by their city, its state and country
 * looked up in the City databases that clients are looked up in as well.
 *
 * A city is looked for in its state first; if the state is unknown or has no such city, in all of
 * the country. Records of one name within 100 km of each other are one place, and the mirror is put
 * in their middle. Where they lie further apart, the place with the most IPv4 addresses is taken,
 * and unless it has 90% of them that is reported. A city that is not found leaves the centre of
 * gravity of its state's addresses, or of its country's.
 */
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { type Place, problem } from "../diagnostics/problem.ts";
import type { Accept, CountryGazetteer, FoundCity, Gazetteer } from "../gazetteer/gazetteer.ts";
import {
  AGREEING_SHARE,
  agree,
  centreOf,
  exceeds,
  middleOf,
  nearTo,
  type WeightedPoint,
} from "../gazetteer/spread.ts";
import { countryByCode, findCountry } from "../geo/countries.ts";
import type { Coordinates } from "../geo/distance.ts";
import { foldName } from "../geo/names.ts";
import type { FoundSubdivision, Subdivisions } from "../geo/subdivisions.ts";
import { closest } from "./closest.ts";
import type { LocationRanges, Mirror, MirrorLocation, PlacedBy, PlacedMirror } from "./mirror.ts";

/** Islands lie far from what databases know of their country; slips in coordinates lead farther. */
const FAR_FROM_COUNTRY_KM = 500;

/** What placing looks at: a mirror's, or a correction's of GeoIP. */
export type Placeable = Pick<Mirror, "coordinates" | "location" | "locationRanges" | "file">;

/** In the order given; a mirror that nothing places is kept without a place, and reported. */
export function placeMirrors(
  mirrors: readonly Mirror[],
  gazetteer: Gazetteer,
  subdivisions: Subdivisions,
  report: Report,
): readonly PlacedMirror[] {
  return placeAll(mirrors, gazetteer, subdivisions, report).map((mirror) => {
    const { country } = mirror.location;
    const continent = country === undefined ? undefined : countryByCode(country)?.continent;
    return { ...mirror, ...(continent !== undefined && { continent }) };
  });
}

/** The same for anything that says where it is. */
export function placeAll<Item extends Placeable>(
  items: readonly Item[],
  gazetteer: Gazetteer,
  subdivisions: Subdivisions,
  report: Report,
): readonly (Item & Pick<PlacedMirror, "placed">)[] {
  const locator = new Locator(gazetteer, subdivisions, items);
  const settles = items.map((item) => {
    const at = item.coordinates;
    return at ? locator.given(at, item.location) : locator.locate(item.location);
  });
  return items.map((item, number) => {
    const located = (settles[number] as Settle)();
    for (const { part, at } of located.findings) {
      const { file, locationRanges } = item;
      report(at({ file, range: locationRanges[part] ?? locationRanges.geolocation }));
    }
    return { ...item, ...(located.place && { placed: located.place }) };
  });
}

/** A problem before it is known whose it is: several mirrors may write the same location. */
interface Finding {
  /** What of the location it is about. */
  readonly part: keyof LocationRanges;
  readonly at: (place: Place) => Diagnostic;
}

interface Located {
  readonly place: { readonly at: Coordinates; readonly by: PlacedBy } | null;
  readonly findings: readonly Finding[];
}

/**
 * Decides what a look at the records has left open, once all have been looked at: only then is it
 * known which records' addresses are to be counted.
 */
type Settle = () => Located;

type Reach = (point: Coordinates) => boolean;

function placedAt(at: Coordinates, by: PlacedBy, findings: readonly Finding[]): Located {
  return { place: { at, by }, findings };
}

/** What a mirror wrote of its subdivision, and what it means. */
interface State {
  readonly text: string;
  readonly found: FoundSubdivision | null;
  /** Null when neither the standard nor a record knows it. */
  readonly accept: Accept | null;
}

class Locator {
  readonly #gazetteer: Gazetteer;
  readonly #subdivisions: Subdivisions;
  /** By country: whatever may be asked for there as a city. */
  readonly #names = new Map<string, string[]>();
  readonly #countries = new Map<string, CountryGazetteer | null>();
  readonly #states = new Map<string, State>();
  readonly #known = new Map<string, Settle>();
  readonly #reaches = new Map<string, Reach | null>();

  constructor(gazetteer: Gazetteer, subdivisions: Subdivisions, items: readonly Placeable[]) {
    this.#gazetteer = gazetteer;
    this.#subdivisions = subdivisions;
    for (const { location } of items) {
      if (location.country === undefined) continue;
      const names = this.#names.get(location.country) ?? [];
      this.#names.set(location.country, names);
      // Written the wrong way round, the subdivision is the city.
      for (const name of [location.city, location.subdivision]) if (name) names.push(name);
    }
  }

  locate(location: MirrorLocation): Settle {
    const { country, subdivision, city } = location;
    const key = JSON.stringify([country, subdivision, city]);
    let settle = this.#known.get(key);
    if (settle === undefined) {
      settle = once(this.#locateAnew(location));
      this.#known.set(key, settle);
    }
    return settle;
  }

  /** Coordinates count, wherever they are; a slip in them is seldom in the country that is named. */
  given(at: Coordinates, { country }: MirrorLocation): Settle {
    const isWithin = country === undefined ? null : this.#reachOf(country);
    if (country === undefined || isWithin === null) return () => placedAt(at, "coordinates", []);
    return once(() => {
      if (isWithin(at)) return placedAt(at, "coordinates", []);
      const { latitude, longitude } = at;
      const meant = [
        { latitude: longitude, longitude: latitude },
        { latitude: -latitude, longitude },
        { latitude, longitude: -longitude },
      ].find((point) => Math.abs(point.latitude) <= 90 && isWithin(point));
      const args = { limitKm: FAR_FROM_COUNTRY_KM, country, ...meant };
      const finding: Finding = {
        part: "coordinates",
        at: (place) => problem("coordinates-elsewhere", place, args),
      };
      return placedAt(at, "coordinates", [finding]);
    });
  }

  /** Tells whether a point is in a country, or not far from it; null where no record is of it. */
  #reachOf(country: string): Reach | null {
    let reach = this.#reaches.get(country);
    if (reach === undefined) {
      const rows = this.#recordsOf(country)?.rows(() => true) ?? [];
      const points = rows.map((row) => this.#gazetteer.coordinatesOf(row));
      reach = points.length > 0 ? nearTo(points, FAR_FROM_COUNTRY_KM) : null;
      this.#reaches.set(country, reach);
    }
    return reach;
  }

  #locateAnew({ country, subdivision, city }: MirrorLocation): Settle {
    if (country === undefined) {
      const isSilent = subdivision === undefined && city === undefined;
      if (isSilent) return nowhere("geolocation", (place) => problem("no-geolocation", place, {}));
      const args = { key: "country" };
      return nowhere("geolocation", (place) => problem("placed-nowhere", place, args));
    }
    const records = this.#recordsOf(country);
    if (records === null) {
      const at = countryByCode(country)?.reference;
      if (at) return () => placedAt(at, "country", []);
      return nowhere("country", (place) => problem("placed-nowhere", place, {}));
    }
    const state = subdivision === undefined ? null : this.#stateOf(country, subdivision, records);
    if (city === undefined) return this.#atCentre(country, records, state, []);

    const inState = state?.accept ? findInState(city, state, state.accept, records) : null;
    if (inState === null && state !== null && state.accept === null) {
      const swapped = this.#swapped(country, city, state.text, records);
      if (swapped) return swapped;
    }
    const found = inState ?? this.#outsideState(city, state, records);
    return found
      ? this.#inCity(country, city, found, noteOf(country, state))
      : this.#atCentre(country, records, state, [this.#unknownCity(country, city, records, state)]);
  }

  #recordsOf(country: string): CountryGazetteer | null {
    let records = this.#countries.get(country);
    if (records === undefined) {
      records = this.#gazetteer.country(country, this.#names.get(country) ?? []);
      this.#countries.set(country, records);
    }
    return records;
  }

  #stateOf(country: string, text: string, records: CountryGazetteer): State {
    const key = JSON.stringify([country, text]);
    let state = this.#states.get(key);
    if (state === undefined) {
      const found = this.#subdivisions.find(country, text);
      const isKnown = found !== null || records.namesSubdivision(text);
      state = { text, found, accept: isKnown ? records.inSubdivision(text, found) : null };
      this.#states.set(key, state);
    }
    return state;
  }

  #inCity(country: string, city: string, { rows }: FoundCity, notes: readonly Finding[]): Settle {
    const points = rows.map((row) => this.#gazetteer.coordinatesOf(row));
    if (!exceeds(points)) return () => placedAt(middleOf(points), "city", notes);
    const weigh = this.#gazetteer.weigh(rows);
    return () => settleCity(country, city, weigh(), notes);
  }

  /** Reads "state_province: Ashburn, city: Virginia" the other way round, if only that makes sense. */
  #swapped(
    country: string,
    city: string,
    subdivision: string,
    records: CountryGazetteer,
  ): Settle | null {
    const state = this.#subdivisions.find(country, city);
    if (state === null || state.by === "code") return null;
    const accept = records.inSubdivision(city, state);
    if (records.findCity(city, accept)?.match === "same") return null;
    const found = records.findCity(subdivision, accept);
    if (found?.match !== "same") return null;
    const args = { subdivision, city };
    return this.#inCity(country, subdivision, found, [
      { part: "city", at: (place) => problem("city-subdivision-swapped", place, args) },
    ]);
  }

  /**
   * A city that its state does not have may lie across the border; one far away is another of that
   * name, and the state says more. A state without any record may be a territory that is a
   * subdivision in ISO 3166-2 and a country to databases: Puerto Rico.
   */
  #outsideState(city: string, state: State | null, records: CountryGazetteer): FoundCity | null {
    const anywhere = () => true;
    const inState = state?.accept ? records.rows(state.accept) : [];
    if (inState.length > 0) {
      const isNear = nearTo(inState.map((row) => this.#gazetteer.coordinatesOf(row)));
      return records.findCity(city, (row) => isNear(this.#gazetteer.coordinatesOf(row)));
    }
    const territory = state?.found ? findCountry(state.found.name)?.code : undefined;
    const there =
      territory === undefined
        ? null
        : this.#gazetteer.country(territory, [city])?.findCity(city, anywhere);
    return there ?? records.findCity(city, anywhere);
  }

  #unknownCity(
    country: string,
    city: string,
    records: CountryGazetteer,
    state: State | null,
  ): Finding {
    // Slips seldom hit the first letter.
    const names = records
      .namesStarting(city.charAt(0).toUpperCase())
      .filter(([, row]) => state?.accept?.(row) ?? true);
    const suggestion = closest(city, new Set(names.map(([name]) => name)));
    const fallback = state?.accept ? "state" : "country";
    const where = state?.accept ? `${state.text}, ${country}` : country;
    const args = { city, country: where, fallback, suggestion };
    return { part: "city", at: (place) => problem("city-unknown", place, args) };
  }

  #atCentre(
    country: string,
    records: CountryGazetteer,
    state: State | null,
    findings: readonly Finding[],
  ): Settle {
    const inState = state?.accept ? records.rows(state.accept) : [];
    const by = inState.length > 0 ? "subdivision" : "country";
    const weigh = this.#gazetteer.weigh(inState.length > 0 ? inState : records.rows(() => true));
    return () => placedAt(centreOf(weigh()), by, [...noteOf(country, state), ...findings]);
  }
}

function once(settle: Settle): Settle {
  let located: Located | undefined;
  return () => {
    located ??= settle();
    return located;
  };
}

/** Records of one name lie far apart: their addresses tell which place is meant. */
function settleCity(
  country: string,
  city: string,
  points: readonly WeightedPoint[],
  notes: readonly Finding[],
): Located {
  const { at, share, places, spreadKm } = agree(points);
  if (share >= AGREEING_SHARE) return placedAt(at, "city", notes);
  const args = {
    count: places,
    city,
    country,
    distanceKm: Math.round(spreadKm),
    share: Math.floor(share * 100),
    latitude: Number(at.latitude.toFixed(4)),
    longitude: Number(at.longitude.toFixed(4)),
  };
  const finding: Finding = {
    part: "city",
    at: (where) => problem("city-ambiguous", where, args),
  };
  return placedAt(at, "city", [...notes, finding]);
}

/**
 * "Newcastle" in "Newcastle upon Tyne" is the city of that whole name, not the Newcastle that is
 * elsewhere in England: records may name larger subdivisions than mirrors do.
 */
function findInState(
  city: string,
  state: State,
  accept: Accept,
  records: CountryGazetteer,
): FoundCity | null {
  if (foldName(state.text).startsWith(`${foldName(city)} `)) {
    const found = records.findCity(state.text, accept);
    if (found?.match === "same") return found;
  }
  return records.findCity(city, accept);
}

/** What is to be said about how a subdivision is written. */
function noteOf(country: string, state: State | null): readonly Finding[] {
  if (state === null || state.found?.by === "name") return [];
  const { text, found } = state;
  if (found) {
    const args = { text, name: found.name };
    return [{ part: "subdivision", at: (place) => problem("subdivision-alias", place, args) }];
  }
  if (state.accept) return [];
  const args = { text, country };
  return [{ part: "subdivision", at: (place) => problem("subdivision-unknown", place, args) }];
}

function nowhere(part: keyof LocationRanges, at: Finding["at"]): Settle {
  return () => ({ place: null, findings: [{ part, at }] });
}
