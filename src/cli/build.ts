/** `mirrorpress build` */
import { buildNetwork } from "../build.ts";
import { GatesRefusedError } from "../gate-keeping.ts";
import { summarise } from "./build-report.ts";
import { renderSummary } from "./build-view.ts";
import { type CanaryOption, readCanary } from "./canary-option.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { gatesJson, renderRefusal } from "./gates-view.ts";
import { interruptible } from "./interrupt.ts";
import { peakMemoryBytes } from "./memory.ts";
import { typedAgain } from "./options.ts";
import { openProgress } from "./progress.ts";
import { version } from "./version.ts";

export interface BuildCommand extends CanaryOption {
  /** True without a digest. */
  readonly accept?: string | true;
  readonly dryRun?: boolean;
}

export async function build(context: CommandContext, typed: BuildCommand): Promise<number> {
  const { options, terminal } = context;
  const accepted = typed.accept === undefined ? undefined : readAccepted(typed.accept);
  const progress = openProgress(terminal, context.clock);
  try {
    const report = await buildNetwork(
      {
        configPath: options.configPath,
        ...(options.output !== undefined && { output: options.output }),
        builtAt: options.builtAt,
        version,
        canary: readCanary(typed),
        interruptible,
        ...(accepted !== undefined && { accepted }),
        dryRun: typed.dryRun ?? false,
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
  } catch (error) {
    if (!(error instanceof GatesRefusedError)) throw error;
    progress.finish();
    const { network, output } = typedAgain(options);
    const again = `${context.command} build${network}${output}`;
    terminal.out(
      options.json
        ? `${JSON.stringify({ published: false, gates: gatesJson(error.report) }, null, 2)}\n`
        : renderRefusal(error.report, again, terminal.outPaint),
    );
    return EXIT.refused;
  } finally {
    progress.finish();
  }
}

function readAccepted(typed: string | true): string | true {
  if (typed === true || /^[0-9a-f]{16}$/.test(typed)) return typed;
  const remedy =
    "write it as the refusal has it, 16 digits, or leave it away to accept what is held";
  throw new UsageError(`--accept "${typed}" is not a digest`, remedy);
}
