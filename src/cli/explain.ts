/** `mirrorpress explain` */
import { explainQuery } from "../answers/explain.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { renderExplanation } from "./explain-view.ts";

export interface ExplainOptions {
  /** An address, a CIDR, a country or an ASN. */
  readonly query: string;
  readonly mirror?: string;
  readonly set?: string;
}

export async function explain(context: CommandContext, asked: ExplainOptions): Promise<number> {
  const { options, terminal } = context;
  const explanation = await explainQuery({
    configPath: options.configPath,
    ...(options.output !== undefined && { output: options.output }),
    builtAt: options.builtAt,
    ...asked,
  });
  terminal.out(
    options.json
      ? `${JSON.stringify(explanation, null, 2)}\n`
      : renderExplanation(explanation, terminal.outPaint),
  );
  return EXIT.done;
}
