/** What placing mirrors needs of a City database: its records in columns, one row for each. */

export interface GazetteerTable {
  readonly recordCount: number;
  /** Index into `countries`; anything beyond it for none. */
  readonly country: Uint16Array;
  /** ISO 3166-1 alpha-2. */
  readonly countries: readonly string[];
  /** Numbers for `textAt`, -1 for none: the subdivision's name, its ISO 3166-2 code without the
   * country, and the city's name. */
  readonly subdivision: Int32Array;
  readonly subdivisionCode: Int32Array;
  readonly city: Int32Array;
  /** Degrees, NaN for none. */
  readonly latitude: Float32Array | Float64Array;
  readonly longitude: Float32Array | Float64Array;
  textAt(number: number): string;
  /**
   * The first three bytes of a text, the first one highest: enough to pass over most without decoding.
   * 0 stands in for a byte that is not there.
   */
  initialsAt(number: number): number;
  /** The same behind the first "(" of a text; -1 where it has none. */
  bracketInitialsAt(number: number): number;
  /**
   * How many IPv4 addresses each record stands for whose entry in `wanted` is 1; 0 for the others.
   * It costs a walk through the database, however many are wanted.
   */
  countAddresses(wanted: Uint8Array): Float64Array;
}
