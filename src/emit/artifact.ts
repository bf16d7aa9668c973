/** One file of a generation, before anything is written. */

export interface Artifact {
  /** Relative, with "/" between parts, each part matching `[a-z0-9][a-z0-9._-]*`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
