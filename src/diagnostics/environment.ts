/**
 * What the world refused: a file, a lock, a port, a program that is not installed. Unlike a
 * diagnostic it is no fault in anything the user wrote, and unlike a broken invariant it is no
 * fault of ours. Caught in one place, the command line.
 */
export class EnvironmentError extends Error {
  /** What was being done, to follow "while": "reading the City database city.mmdb". */
  readonly doing: string;
  /** What the user can do about it, as a whole sentence; "" when nothing is known. */
  readonly remedy: string;

  /** `cause` is the error that was met, or the reason in words. */
  constructor(doing: string, remedy: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "EnvironmentError";
    this.doing = doing;
    this.remedy = remedy;
  }
}
