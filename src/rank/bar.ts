/** Which mirrors may not be listed: those that are, and those that do not serve the client's country. */
import type { PlacedMirror } from "../model/mirror.ts";

const LISTED = 1;
const UNSERVED = 2;

/** Flags by mirror number, in an array that the search for the nearest reads without a call. */
export class Bar {
  /** 0 for a mirror that may be listed. */
  readonly barred: Uint8Array;
  /** 0 for one that serves the client's country, listed or not. */
  readonly unserved: Uint8Array;
  readonly #mirrors: readonly PlacedMirror[];
  /** The few that are choosy about countries. */
  readonly #choosy: readonly number[];
  #country: string | undefined;

  constructor(mirrors: readonly PlacedMirror[]) {
    this.#mirrors = mirrors;
    this.barred = new Uint8Array(mirrors.length);
    this.unserved = new Uint8Array(mirrors.length);
    this.#choosy = mirrors.flatMap(({ only, never }, number) =>
      only !== undefined || never !== undefined ? [number] : [],
    );
    this.#barUnserved();
  }

  setCountry(country: string | undefined): void {
    if (country === this.#country) return;
    this.#country = country;
    this.#barUnserved();
  }

  list(mirror: number): void {
    this.barred[mirror]! |= LISTED;
  }

  unlist(mirror: number): void {
    this.barred[mirror]! &= ~LISTED;
  }

  #barUnserved(): void {
    for (const mirror of this.#choosy) {
      const flag = servesCountry(this.#mirrors[mirror]!, this.#country) ? 0 : UNSERVED;
      this.barred[mirror] = (this.barred[mirror]! & LISTED) | flag;
      this.unserved[mirror] = flag;
    }
  }
}

/** Whether a mirror's `only` and `never` let it be listed to clients of a country. */
export function servesCountry(mirror: PlacedMirror, country: string | undefined): boolean {
  if (mirror.only !== undefined && (country === undefined || !mirror.only.includes(country))) {
    return false;
  }
  return mirror.never === undefined || country === undefined || !mirror.never.includes(country);
}
