/** `mirrorpress build` */
import { buildNetwork } from "../build.ts";
import { summarise } from "./build-summary.ts";
import { type CanaryOption, readCanary } from "./canary-option.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { peakMemoryBytes } from "./memory.ts";
import { typedAgain } from "./options.ts";
import { openProgress } from "./progress.ts";
import { renderSummary } from "./summary.ts";
import { version } from "./version.ts";

export async function build(context: CommandContext, typed: CanaryOption): Promise<number> {
  const { options, terminal } = context;
  const progress = openProgress(terminal, context.clock);
  try {
    const report = await buildNetwork(
      {
        configPath: options.configPath,
        ...(options.output !== undefined && { output: options.output }),
        builtAt: options.builtAt,
        version,
        canary: readCanary(typed),
        clock: context.clock,
      },
      progress.report,
    );
    const summary = summarise(report, {
      builtAt: options.builtAt,
      peakMemoryBytes: peakMemoryBytes(),
    });
    progress.finish();
    terminal.out(
      options.json
        ? `${JSON.stringify(summary, null, 2)}\n`
        : renderSummary(summary, context.command, terminal.outPaint, typedAgain(options)),
    );
    return EXIT.done;
  } finally {
    progress.finish();
  }
}
