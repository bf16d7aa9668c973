/**
 * Gives places that rank alike one number, counting up from 1; 0 is the unknown place. Databases
 * repeat a place under many records, and hold half a million different ones, so places lie in
 * columns and are found by the bits of their coordinates.
 */
import type { ClientPlace } from "../model/place.ts";

export class PlaceNumbers {
  /** Places so far, the unknown one included. */
  count = 1;
  #latitude = new Float64Array(1 << 16);
  #longitude = new Float64Array(1 << 16);
  #region = new Int32Array(1 << 16);
  /** Open addressing: place number, or 0 where free. A power of two, at most half full. */
  #slots = new Int32Array(1 << 17);
  #regionCount = 0;
  readonly #regionNumbers = new Map<string | undefined, Map<string | undefined, number>>();
  readonly #bits = new Float64Array(2);
  readonly #words = new Int32Array(this.#bits.buffer);

  numberOf(place: ClientPlace | null): number {
    if (place === null) return 0;
    const region = this.#regionNumber(place);
    // Adding zero makes -0 and 0, which rank alike, the same bits.
    const latitude = place.coordinates.latitude + 0;
    const longitude = place.coordinates.longitude + 0;
    const mask = this.#slots.length - 1;
    let slot = this.#hash(region, latitude, longitude) & mask;
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      if (
        this.#latitude[held] === latitude &&
        this.#longitude[held] === longitude &&
        this.#region[held] === region
      ) {
        return held;
      }
      slot = (slot + 1) & mask;
    }
    const number = this.count++;
    if (number === this.#latitude.length) this.#grow();
    this.#latitude[number] = latitude;
    this.#longitude[number] = longitude;
    this.#region[number] = region;
    this.#insert(number);
    return number;
  }

  #regionNumber({ country, continent }: ClientPlace): number {
    let byContinent = this.#regionNumbers.get(country);
    if (byContinent === undefined) {
      byContinent = new Map();
      this.#regionNumbers.set(country, byContinent);
    }
    let number = byContinent.get(continent);
    if (number === undefined) {
      number = this.#regionCount++;
      byContinent.set(continent, number);
    }
    return number;
  }

  #hash(region: number, latitude: number, longitude: number): number {
    this.#bits[0] = latitude;
    this.#bits[1] = longitude;
    let hash = region;
    for (let i = 0; i < 4; i++) {
      hash = Math.imul(hash ^ this.#words[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #insert(number: number): void {
    const mask = this.#slots.length - 1;
    let slot =
      this.#hash(this.#region[number]!, this.#latitude[number]!, this.#longitude[number]!) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  #grow(): void {
    const { length } = this.#latitude;
    this.#latitude = copyInto(this.#latitude, new Float64Array(length * 2));
    this.#longitude = copyInto(this.#longitude, new Float64Array(length * 2));
    this.#region = copyInto(this.#region, new Int32Array(length * 2));
    this.#slots = new Int32Array(length * 4);
    for (let number = 1; number < length; number++) this.#insert(number);
  }
}

function copyInto<Column extends Float64Array | Int32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
