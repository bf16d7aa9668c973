/**
 * Gives places that rank alike one number, counting up from 0. Databases repeat a place under
 * hundreds of thousands of records, so the look-up is by the bits of the coordinates: keys of text
 * cost more than the ranking they save.
 */
import type { ClientPlace } from "../model/place.ts";

export class PlaceNumbers {
  readonly places: (ClientPlace | null)[] = [null];
  readonly #regions = new Map<string | undefined, Map<string | undefined, number>>();
  #regionCount = 0;
  /** The region of each place, for comparing. */
  readonly #regionOf: number[] = [-1];
  /** Open addressing: place number, or 0 where free (0 is the unknown place, never stored). */
  #slots = new Int32Array(1 << 16);
  readonly #bits = new Float64Array(2);
  readonly #words = new Int32Array(this.#bits.buffer);

  /** 0 for an unknown place. */
  numberOf(place: ClientPlace | null): number {
    if (place === null) return 0;
    const region = this.#regionNumber(place);
    const { latitude, longitude } = place.coordinates;
    const mask = this.#slots.length - 1;
    let slot = this.#hash(region, latitude, longitude) & mask;
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      const known = this.places[held]!.coordinates;
      if (
        known.latitude === latitude &&
        known.longitude === longitude &&
        this.#regionOf[held] === region
      ) {
        return held;
      }
      slot = (slot + 1) & mask;
    }
    const number = this.places.push(place) - 1;
    this.#regionOf.push(region);
    this.#slots[slot] = number;
    if (this.places.length * 2 > this.#slots.length) this.#grow();
    return number;
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

  #hash(region: number, latitude: number, longitude: number): number {
    // Adding zero makes -0 and 0, which compare equal, hash alike.
    this.#bits[0] = latitude + 0;
    this.#bits[1] = longitude + 0;
    let hash = region;
    for (let i = 0; i < 4; i++) {
      hash = Math.imul(hash ^ this.#words[i]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 1; number < this.places.length; number++) {
      const { latitude, longitude } = this.places[number]!.coordinates;
      let slot = this.#hash(this.#regionOf[number]!, latitude, longitude) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}
