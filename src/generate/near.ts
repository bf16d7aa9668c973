/**
 * Why a list is as it is, for the clients of each country that get it: where most of them are, and
 * the rule's reasons and distances from there.
 *
 * A list and a country have many classes, records and networks. The record with the most addresses
 * stands for them, IPv4 before IPv6: it is found in one pass over the rows of a compilation, and
 * the rule is then asked once for each list and country.
 */

import type { NearList } from "../emit/near.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { CityPlaces } from "../inputs/place-trees.ts";
import { listSetsOf } from "../model/list-sets.ts";
import type { Client } from "../rank/client.ts";
import type { RankedEntry, Ranker } from "../rank/rank.ts";
import type { CountedDecisions } from "../routes/announced.ts";
import type { CompiledRoutes } from "../routes/compile.ts";
import { mirrorsByAsn } from "../routes/marks.ts";
import { clientUnder, PLAIN_STATE } from "../routes/overlay.ts";
import type { Sightings } from "../routes/pass.ts";
import { rankerOf, UNKNOWN_PLACE } from "./compile-inputs.ts";

type NearInputs = Pick<Inputs, "config" | "mirrors" | "settings" | "city">;

/**
 * Of the first list set, that of everything. `ids` has the ids of its lists by number, and `counted`
 * says how many clients there are. Throws when the rule gives a client another list than the
 * compilation did: that is a bug.
 */
export function nearLists(
  inputs: NearInputs,
  compiled: CompiledRoutes,
  ids: readonly string[],
  counted: CountedDecisions,
): readonly NearList[] {
  const set = compiled.table.sets[0]!;
  const pairs = numberPairs(compiled);
  const ipv4 = heaviestRows(compiled.sightings.ipv4, pairs);
  const ipv6 = heaviestRows(compiled.sightings.ipv6, pairs);
  const clients = clientsOfPairs(counted, pairs);
  const { rotations } = compiled.table;
  const views = new Map<string, View>();
  for (const [pair, { country, group }] of pairs.list.entries()) {
    const isSeen = ipv4.weight[pair]! + ipv6.weight[pair]! > 0;
    if (!isSeen && pair !== pairs.ofUnknownPlace) continue;
    for (const [rotation, list] of set.groups[group]!.entries()) {
      // Groups may have a list in common; the one with the heavier record stands for its clients.
      const key = `${list} ${country ?? ""}`;
      const known = views.get(key);
      const isHeavier = known === undefined || compareWeights(pair, known.pair, ipv4, ipv6) > 0;
      views.set(key, {
        list,
        country,
        ...(isHeavier ? { pair, rotation } : { pair: known.pair, rotation: known.rotation }),
        ipv4: (known?.ipv4 ?? 0) + clients.ipv4[pair]! / rotations,
        ipv6: (known?.ipv6 ?? 0) + clients.ipv6[pair]! / rotations,
      });
    }
  }
  const ranker = rankerOf(listSetsOf(inputs.config, inputs.mirrors).sets[0]!, inputs);
  const clientOf = clientReader(inputs, compiled, { ipv4, ipv6 });
  return Array.from(views.values(), ({ list, country, pair, rotation, ...addresses }) => {
    const client = clientOf(pair);
    return {
      id: ids[list]!,
      country,
      seenFrom: client.place ?? undefined,
      ipv4Addresses: addresses.ipv4,
      ipv6Networks: addresses.ipv6,
      entries: explainAs(ranker, client, rotation, set.lists[list]!),
    };
  });
}

/** A list and a country: the pair of a group and the country that stands for its clients. */
interface View {
  readonly list: number;
  readonly country: string | undefined;
  readonly pair: number;
  readonly rotation: number;
  readonly ipv4: number;
  readonly ipv6: number;
}

/** The pairs of a country and a group of the first set's lists that classes have. */
interface Pairs {
  readonly list: readonly { readonly country: string | undefined; readonly group: number }[];
  readonly ofClass: Int32Array;
  readonly ofUnknownPlace: number;
}

function numberPairs({ classes, alsoClasses }: CompiledRoutes): Pairs {
  const list: { country: string | undefined; group: number }[] = [];
  const numbers = new Map<string, number>();
  const ofClass = Int32Array.from(classes, ({ country, groups }) => {
    const group = groups[0]!;
    const key = `${group} ${country ?? ""}`;
    const number = numbers.get(key) ?? list.push({ country, group }) - 1;
    numbers.set(key, number);
    return number;
  });
  return { list, ofClass, ofUnknownPlace: ofClass[alsoClasses[UNKNOWN_PLACE]!]! };
}

/** By pair, IPv4 addresses and IPv6 networks of /48. */
function clientsOfPairs({ decisions }: CountedDecisions, { list, ofClass }: Pairs) {
  const clients = { ipv4: new Float64Array(list.length), ipv6: new Float64Array(list.length) };
  for (const { classNumber, ipv4, ipv6 } of decisions) {
    clients.ipv4[ofClass[classNumber]!]! += ipv4;
    clients.ipv6[ofClass[classNumber]!]! += ipv6;
  }
  return clients;
}

/** One family's, by pair. */
interface HeaviestRows {
  /** A row of `plain`, or, counted on from there, of `others`. Of equally heavy ones the first. */
  readonly row: Int32Array;
  /** 0 for a pair that has no row. */
  readonly weight: Float64Array;
}

function heaviestRows({ plain, others }: Sightings, { list, ofClass }: Pairs): HeaviestRows {
  const row = new Int32Array(list.length);
  const weight = new Float64Array(list.length);
  let firstRow = 0;
  for (const rows of [plain, others]) {
    const { classNumber, weight: weights } = rows;
    for (let i = 0; i < rows.count; i++) {
      const units = weights[i]!;
      if (units === 0) continue;
      const pair = ofClass[classNumber[i]!]!;
      if (units > weight[pair]!) {
        weight[pair] = units;
        row[pair] = firstRow + i;
      }
    }
    firstRow += rows.count;
  }
  return { row, weight };
}

/** Above 0 when the first pair's heaviest record has more addresses, IPv4 ones before all. */
function compareWeights(a: number, b: number, ipv4: HeaviestRows, ipv6: HeaviestRows): number {
  return ipv4.weight[a]! - ipv4.weight[b]! || ipv6.weight[a]! - ipv6.weight[b]!;
}

/** The rule's view of the clients in a pair's heaviest row. */
function clientReader(
  { mirrors, city }: NearInputs,
  { sightings }: CompiledRoutes,
  heaviest: { readonly ipv4: HeaviestRows; readonly ipv6: HeaviestRows },
): (pair: number) => Client {
  const byAsn = mirrorsByAsn(mirrors);

  function clientAt({ plain, others }: Sightings, places: CityPlaces, row: number): Client {
    const noRecord = plain.count - 1;
    const other = row - plain.count;
    const found = other < 0 ? row : others.record[other]!;
    const record = found === noRecord ? -1 : found;
    const state = other < 0 ? PLAIN_STATE : others.states[others.state[other]!]!;
    const located = {
      place: record === -1 ? null : places.placeOf(record),
      hasRecord: record !== -1,
      block: other < 0 ? 0 : others.block[other]!,
    };
    return clientUnder(state, located, byAsn);
  }

  return (pair) => {
    const { ipv4, ipv6 } = heaviest;
    if (ipv4.weight[pair]! > 0) return clientAt(sightings.ipv4, city.ipv4, ipv4.row[pair]!);
    if (ipv6.weight[pair]! > 0) return clientAt(sightings.ipv6, city.ipv6, ipv6.row[pair]!);
    return { place: null, subnetMatches: [], asnMatches: [] };
  };
}

function explainAs(
  ranker: Ranker,
  client: Client,
  rotation: number,
  list: readonly number[],
): readonly RankedEntry[] {
  const entries = ranker.explain(client, rotation);
  const isSame =
    entries.length === list.length && entries.every(({ mirror }, i) => mirror === list[i]);
  if (!isSame) throw new Error("the rule and the compilation disagree on a client's list");
  return entries;
}
