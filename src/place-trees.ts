/** City databases as the compiler walks them: a trie of each family, and the place of each record. */

import type { VerifiedDatabase } from "./mmdb/database.ts";
import { ipv4Root, openTree } from "./mmdb/tree.ts";
import type { GazetteerTable } from "./model/gazetteer-table.ts";
import { type ClientPlace, placeOfRecord } from "./model/place.ts";
import type { PlaceTree } from "./routes/compile.ts";
import { type CityTable, NO_CODE, readCityTable } from "./sources/city.ts";
import { gazetteerInput } from "./sources/gazetteer-input.ts";
import type { Geoip } from "./sources/geoip.ts";

/** One family's City database. Without one every address of the family is in an unknown place. */
export interface CityPlaces {
  readonly db: VerifiedDatabase | null;
  readonly table: CityTable | null;
  placeOf(record: number): ClientPlace | null;
  openTree(): PlaceTree;
}

export interface BothCityPlaces {
  readonly ipv4: CityPlaces;
  readonly ipv6: CityPlaces;
  /** Both tables, or the one that serves both families. */
  readonly gazetteer: readonly GazetteerTable[];
}

export function openCityPlaces({ ipv4, ipv6 }: Geoip["city"]): BothCityPlaces {
  const own = cityPlaces(ipv4, 32, ipv4 && readCityTable(ipv4));
  const shared = ipv6 === ipv4;
  const other = cityPlaces(ipv6, 128, shared ? own.table : ipv6 && readCityTable(ipv6));
  const gazetteer = (shared ? [own] : [own, other]).flatMap(({ db, table }) =>
    db && table ? [gazetteerInput(db, table)] : [],
  );
  return { ipv4: own, ipv6: other, gazetteer };
}

function cityPlaces(
  db: VerifiedDatabase | null,
  bits: 32 | 128,
  table: CityTable | null,
): CityPlaces {
  const placeOf = table ? placeReader(table) : () => null;
  return {
    db,
    table,
    placeOf,
    openTree: () => (db && table ? cityTree(db, bits, table, placeOf) : emptyTree(bits)),
  };
}

function placeReader(table: CityTable): (record: number) => ClientPlace | null {
  const { country, countries, continent, continents, latitude, longitude } = table;
  return (record) => {
    const countryNumber = country[record]!;
    const continentNumber = continent[record]!;
    return placeOfRecord({
      country: countryNumber === NO_CODE ? undefined : countries[countryNumber],
      continent: continentNumber === NO_CODE ? undefined : continents[continentNumber],
      latitude: latitude[record]!,
      longitude: longitude[record]!,
    });
  };
}

function cityTree(
  db: VerifiedDatabase,
  bits: 32 | 128,
  { recordCount }: CityTable,
  placeOf: PlaceTree["placeOf"],
): PlaceTree {
  const nodes = openTree(db);
  const { dataBase } = nodes;
  return {
    bits,
    nodes,
    root: bits === 32 ? ipv4Root(nodes) : 0,
    recordCount,
    recordOf: (value) => db.records.numberOf(value - dataBase),
    placeOf,
  };
}

/** One value, "no record", and no node. */
function emptyTree(bits: 32 | 128): PlaceTree {
  return {
    bits,
    nodes: { nodeCount: 0, left: 0, right: 0, read: () => {} },
    root: 0,
    recordCount: 0,
    recordOf: () => 0,
    placeOf: () => null,
  };
}
