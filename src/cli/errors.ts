/** How a command ends. */

export const EXIT = {
  done: 0,
  /** The input has errors. */
  findings: 1,
  /** The command line is wrong, or something it needs is not there. */
  usage: 2,
  /** A safeguard refused to publish. */
  refused: 3,
  /** A bug of ours; EX_SOFTWARE of sysexits.h. */
  bug: 70,
} as const;

/** What was typed cannot be meant. */
export class UsageError extends Error {
  /** What to type instead; "" when nothing is known. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "UsageError";
    this.remedy = remedy;
  }
}
