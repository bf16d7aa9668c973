/**
 * What a whole country, subdivision or continent should get: three ways to choose its one list,
 * measured over the IPv4 addresses that have such a key. ARCHITECTURE.md quotes the table.
 *
 *     node dist/test/bench/aggregate-choice.js [config.yml]
 */
import { compileInputs, rankerOf } from "../../src/generate/compile-inputs.ts";
import { countryByCode } from "../../src/geo/countries.ts";
import { type Coordinates, distanceKm } from "../../src/geo/distance.ts";
import { readInputs } from "../../src/inputs/inputs.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import { NO_TEXT } from "../../src/sources/city-texts.ts";

interface Row {
  readonly at: Coordinates;
  readonly country: string;
  readonly list: number;
  readonly weight: number;
}

const configPath = process.argv[2] ?? "config.yml";
const inputs = readInputs({ configPath, builtAt: Math.floor(Date.now() / 1000) }, (_name, work) =>
  work(),
);
const { table, sightings, classes } = compileInputs(inputs);
const { lists, groups } = table.sets[0]!;
/** Of the set of everything, in the first rotation. */
const listOf = (classNumber: number) => groups[classes[classNumber]!.groups[0]!]![0]!;
const firstOf = (list: readonly number[]) => inputs.mirrors[list[0]!]?.placed?.at;
const ranker = rankerOf(listSetsOf(inputs.config, inputs.mirrors).sets[0]!, inputs);

type Choice = readonly number[];
const CHOICES: Readonly<Record<string, (rows: readonly Row[]) => Choice>> = {
  "most addresses": (rows) => lists[heaviest(rows, (row) => row.list)]!,
  "least extra distance": (rows) => {
    const firsts = new Map<Coordinates, number>();
    for (const row of rows) {
      const first = firstOf(lists[row.list]!);
      if (first) firsts.set(first, 0);
    }
    for (const first of firsts.keys()) {
      let sum = 0;
      for (const row of rows) sum += row.weight * distanceKm(row.at, first);
      firsts.set(first, sum);
    }
    const best = [...firsts].sort((a, b) => a[1] - b[1])[0]?.[0];
    const having = rows.filter((row) => firstOf(lists[row.list]!) === best);
    return lists[heaviest(having.length > 0 ? having : rows, (row) => row.list)]!;
  },
  "the rule at the centre": (rows) => {
    const country = rows[0]!.country;
    const { mirrors, length } = ranker.rank({
      place: { country, continent: countryByCode(country)?.continent, coordinates: centre(rows) },
      subnetMatches: [],
      asnMatches: [],
    });
    return Array.from(mirrors.subarray(0, length));
  },
};

for (const [kind, groups] of Object.entries(groupRows())) {
  process.stdout.write(`${kind}: ${groups.size} keys\n`);
  for (const [name, choose] of Object.entries(CHOICES)) {
    if (kind === "continent" && name === "the rule at the centre") continue;
    process.stdout.write(`  ${name.padEnd(24)}${measure(groups, choose)}\n`);
  }
}
inputs.geoip.close();

function groupRows(): Readonly<Record<string, ReadonlyMap<string, readonly Row[]>>> {
  const groups = {
    country: new Map<string, Row[]>(),
    subdivision: new Map<string, Row[]>(),
    continent: new Map<string, Row[]>(),
  };
  const { ipv4: seen } = sightings;
  const { table: city } = inputs.city.ipv4;
  const { count, classNumber, weight } = seen.plain;
  for (let record = 0; record < count - 1; record++) {
    const place = weight[record] === 0 ? null : inputs.city.ipv4.placeOf(record);
    if (!place?.country || !city) continue;
    const row: Row = {
      at: place.coordinates,
      country: place.country,
      list: listOf(classNumber[record]!),
      weight: weight[record]!,
    };
    const state = city.subdivision[record]!;
    push(groups.country, place.country, row);
    if (state !== NO_TEXT) push(groups.subdivision, `${place.country} ${city.textAt(state)}`, row);
    if (place.continent) push(groups.continent, place.continent, row);
  }
  return groups;
}

function push(groups: Map<string, Row[]>, key: string, row: Row): void {
  const rows = groups.get(key);
  if (rows) rows.push(row);
  else groups.set(key, [row]);
}

function measure(
  groups: ReadonlyMap<string, readonly Row[]>,
  choose: (rows: readonly Row[]) => Choice,
): string {
  let all = 0;
  let exact = 0;
  let sameFirst = 0;
  let extra = 0;
  for (const rows of groups.values()) {
    const choice = choose(rows);
    const first = firstOf(choice);
    for (const row of rows) {
      const own = lists[row.list]!;
      all += row.weight;
      if (own.join() === choice.join()) exact += row.weight;
      if (own[0] === choice[0]) sameFirst += row.weight;
      const ownFirst = firstOf(own);
      if (first && ownFirst && first !== ownFirst) {
        extra += row.weight * (distanceKm(row.at, first) - distanceKm(row.at, ownFirst));
      }
    }
  }
  const share = (part: number) => `${((100 * part) / all).toFixed(1)}%`.padStart(7);
  return `same list ${share(exact)}   same first ${share(sameFirst)}   extra ${(extra / all).toFixed(0).padStart(5)} km`;
}

function heaviest(rows: readonly Row[], keyOf: (row: Row) => number): number {
  const sums = new Map<number, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.weight);
  return [...sums].sort((a, b) => b[1] - a[1])[0]![0];
}

/** The mean of unit vectors. */
function centre(rows: readonly Row[]): Coordinates {
  const radians = Math.PI / 180;
  let [x, y, z] = [0, 0, 0];
  for (const { at, weight } of rows) {
    const cos = Math.cos(at.latitude * radians);
    x += weight * cos * Math.cos(at.longitude * radians);
    y += weight * cos * Math.sin(at.longitude * radians);
    z += weight * Math.sin(at.latitude * radians);
  }
  return {
    latitude: Math.atan2(z, Math.hypot(x, y)) / radians,
    longitude: Math.atan2(y, x) / radians,
  };
}
