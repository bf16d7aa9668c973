/** The input has errors that leave nothing to go on with: no config, no database, no mirror. */
import type { Diagnostic } from "./diagnostic.ts";

export class InputError extends Error {
  /** All that the stage found, not its first alone. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ code }) => code).join(", "));
    this.name = "InputError";
    this.diagnostics = diagnostics;
  }
}
