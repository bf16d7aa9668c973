/**
 * Remembers what was ranked nearby. Databases hold half a million different places, most of them
 * quarters of the same cities, and a ranking says how far its client may move without changing it
 * (`RankedList.steady`): within that, the next client of the same country need not be ranked.
 */
import type { ClientPlace } from "../model/place.ts";
import { originAt } from "../rank/nearest.ts";

/** Entries: one for a cell of a country, the last that was ranked there. A power of two. */
const ENTRIES = 1 << 15;
/** Cells a degree. */
const CELLS = 8;

export class Neighbours {
  /** Six numbers each: region, x, y, z, the square of the steady chord, class. */
  readonly #entries = new Float64Array(ENTRIES * 6).fill(-1);
  readonly #regions = new Map<string | undefined, Map<string | undefined, number>>();
  #regionCount = 0;
  /** Where the place asked for last is, and has its entry. */
  #at = 0;
  #region = 0;
  #x = 0;
  #y = 0;
  #z = 0;

  /** The class of a place, or -1: then rank it and `remember`. */
  classNear(place: ClientPlace): number {
    const { latitude, longitude } = place.coordinates;
    const region = this.#regionNumber(place);
    const { x, y, z } = originAt(place.coordinates);
    const row = Math.floor(latitude * CELLS);
    const column = Math.floor(longitude * CELLS);
    let hash =
      Math.imul(region, 0x9e3779b1) ^ Math.imul(row, 0x85ebca77) ^ Math.imul(column, 0xc2b2ae3d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const at = ((hash ^ (hash >>> 13)) & (ENTRIES - 1)) * 6;
    this.#at = at;
    this.#region = region;
    this.#x = x;
    this.#y = y;
    this.#z = z;
    const entries = this.#entries;
    if (entries[at] !== region) return -1;
    const dx = entries[at + 1]! - x;
    const dy = entries[at + 2]! - y;
    const dz = entries[at + 3]! - z;
    return dx * dx + dy * dy + dz * dz < entries[at + 4]! ? entries[at + 5]! : -1;
  }

  /** The class of the place that `classNear` was last asked for. */
  remember(classNumber: number, steady: number): void {
    if (!(steady > 0)) return;
    const entries = this.#entries;
    const at = this.#at;
    entries[at] = this.#region;
    entries[at + 1] = this.#x;
    entries[at + 2] = this.#y;
    entries[at + 3] = this.#z;
    entries[at + 4] = steady * steady;
    entries[at + 5] = classNumber;
  }

  #regionNumber({ country, continent }: ClientPlace): number {
    let byContinent = this.#regions.get(country);
    if (byContinent === undefined) {
      byContinent = new Map();
      this.#regions.set(country, byContinent);
    }
    let number = byContinent.get(continent);
    if (number === undefined) {
      number = this.#regionCount++;
      byContinent.set(continent, number);
    }
    return number;
  }
}
