/** What every command is given. */
import { basename, dirname, relative, sep } from "node:path";
import { type GlobalOptions, quoted } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly options: GlobalOptions;
  readonly terminal: Terminal;
  /** What the user types to run this program, for the commands it proposes: "mirrorpress". */
  readonly command: string;
  /** Milliseconds, of a clock that never goes back: for durations, not for dates. */
  readonly clock: () => number;
}

/**
 * What is typed to run `script` again from `folder`. npx finds the program of a checkout inside that
 * alone, and anywhere else would ask the registry for one of that name.
 */
export function commandName(script: string, folder: string): string {
  if (basename(script) !== "cli.js") {
    return basename(dirname(script)) === ".bin" ? "npx mirrorpress" : "mirrorpress";
  }
  const checkout = dirname(dirname(dirname(script)));
  const isInside = folder === checkout || folder.startsWith(checkout + sep);
  return isInside ? "npx mirrorpress" : `node ${quoted(relative(folder, script))}`;
}
