/** What every command is given. */
import type { GlobalOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly options: GlobalOptions;
  readonly terminal: Terminal;
  /** What the user types to run this program, for the commands it proposes: "mirrorpress". */
  readonly command: string;
  /** Milliseconds, of a clock that never goes back: for durations, not for dates. */
  readonly clock: () => number;
}
