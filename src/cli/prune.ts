/** `mirrorpress prune` */
import { EnvironmentError } from "../diagnostics/environment.ts";
import { nodeFileSystem } from "../publish/file-system.ts";
import { generationIds } from "../publish/generations.ts";
import { lockOutput } from "../publish/lock.ts";
import { retireGenerations } from "../publish/publish.ts";
import { configuredKeep, configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { findGeneration } from "./find-generation.ts";

export function prune(
  { options, terminal }: CommandContext,
  typed: { readonly keep?: string },
): number {
  const outputDir = configuredOutput(options);
  const keep = typed.keep === undefined ? configuredKeep(options) : readKeep(typed.keep);
  // Without a generation there is nothing to lock, either.
  findGeneration(outputDir);
  const lock = lockOutput(outputDir);
  try {
    const { removed, notRemoved } = retireGenerations(lock, keep);
    if (notRemoved !== undefined) {
      const remedy = "Check the permissions there, then prune again.";
      throw new EnvironmentError(`removing old generations in ${outputDir}`, remedy, notRemoved);
    }
    const kept = generationIds(outputDir, nodeFileSystem);
    terminal.out(
      options.json
        ? `${JSON.stringify({ removed, kept }, null, 2)}\n`
        : `${removed.map((id) => `removed  ${id}\n`).join("")}${kept.map((id) => `kept     ${id}\n`).join("")}`,
    );
    return EXIT.done;
  } finally {
    lock.release();
  }
}

function readKeep(text: string): number {
  const keep = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (keep >= 1) return keep;
  throw new UsageError(`--keep "${text}" is not how many generations stay`, "write 1 or more");
}
