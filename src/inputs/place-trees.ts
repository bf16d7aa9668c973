/** City databases as the compiler walks them: a trie of each family, and the place of each record. */

import type { GazetteerTable } from "../gazetteer/table.ts";
import type { VerifiedDatabase } from "../mmdb/database.ts";
import { ipv4Root, openTree } from "../mmdb/tree.ts";
import { type ClientPlace, placeOfRecord } from "../model/place.ts";
import type { PlaceTree } from "../routes/pass.ts";
import { type CityTable, NO_CODE, readCityTable } from "../sources/city.ts";
import { NO_TEXT } from "../sources/city-texts.ts";
import { gazetteerInput } from "../sources/gazetteer-input.ts";
import type { Geoip } from "../sources/geoip.ts";

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
}

export function openCityPlaces({ ipv4, ipv6 }: Geoip["city"]): BothCityPlaces {
  const sizes = [ipv4, ipv6].map((db) => db?.metadata.dataSize ?? 0);
  const room = new Uint8Array(Math.max(...sizes));
  const own = cityPlaces(ipv4, 32, ipv4 && readCityTable(ipv4, room));
  const table = ipv6 === ipv4 ? own.table : ipv6 && readCityTable(ipv6, room);
  return { ipv4: own, ipv6: cityPlaces(ipv6, 128, table) };
}

/**
 * Both tables, or the one that serves both families. They come to hold large parts of the databases
 * in memory: to be dropped when places have been looked up.
 */
export function gazetteerTables({ ipv4, ipv6 }: BothCityPlaces): readonly GazetteerTable[] {
  const both = ipv4.db === ipv6.db ? [ipv4] : [ipv4, ipv6];
  return both.flatMap(({ db, table }) => (db && table ? [gazetteerInput(db, table)] : []));
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
  const { city, subdivision, subdivisionCode } = table;
  return (record) => {
    const countryNumber = country[record]!;
    const continentNumber = continent[record]!;
    return placeOfRecord({
      country: countryNumber === NO_CODE ? undefined : countries[countryNumber],
      continent: continentNumber === NO_CODE ? undefined : continents[continentNumber],
      latitude: latitude[record]!,
      longitude: longitude[record]!,
      countryOnly:
        city[record] === NO_TEXT &&
        subdivision[record] === NO_TEXT &&
        subdivisionCode[record] === NO_TEXT,
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
