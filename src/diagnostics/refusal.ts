/**
 * A safeguard that kept a publication back. Nothing is broken: what was published before still is,
 * and a person decides how to go on. Caught in one place, the command line.
 */
export class RefusedError extends Error {
  /** The ways on, as whole sentences. */
  readonly remedy: string;

  /** `message` has what was found, in figures; it may have several lines. */
  constructor(message: string, remedy: string) {
    super(message);
    this.name = "RefusedError";
    this.remedy = remedy;
  }
}
