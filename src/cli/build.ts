/** `mirrorpress build` */
import { buildNetwork } from "../build.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { openProgress } from "./progress.ts";
import { renderSummary } from "./summary.ts";

export async function build(context: CommandContext): Promise<number> {
  const { options, terminal } = context;
  const progress = openProgress(terminal, context.clock);
  try {
    const report = await buildNetwork(
      {
        configPath: options.configPath,
        ...(options.output !== undefined && { output: options.output }),
        builtAt: options.builtAt,
      },
      progress.report,
    );
    progress.finish();
    terminal.out(
      options.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : renderSummary(report, context.command, terminal.outPaint),
    );
    return EXIT.done;
  } finally {
    progress.finish();
  }
}
