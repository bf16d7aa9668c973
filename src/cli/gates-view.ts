/** What the gates found, for the person who decides. */

import type { GateFinding } from "../compare/gate-finding.ts";
import { visible } from "../diagnostics/wording.ts";
import type { GateReport } from "../gate-keeping.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** As `--json` has it: all but the comparison, which `mirrorpress diff` gives. */
export interface GatesJson {
  /** Id of the generation in place. */
  readonly against?: string;
  readonly findings: readonly GateFinding[];
  /** What `--accept` takes for just these. */
  readonly digest?: string;
}

export function gatesJson({ against, findings, digest }: GateReport): GatesJson {
  return {
    ...(against !== undefined && { against }),
    findings,
    ...(digest !== undefined && { digest }),
  };
}

/** `build` is what the user types to build again: "mirrorpress build --config b.yml". */
export function renderRefusal(report: GateReport, build: string, paint: Paint): string {
  const { against = "", digest = "", findings } = report;
  const isRefused = findings.some(({ verdict }) => verdict === "refuse");
  const accept = isRefused
    ? [`${build} --accept ${digest}`, "publishes just this, in place of just that"]
    : [`${build} --accept`, "publishes it as it is"];
  const lines = [
    paint.bold(paint.yellow(`Not published in place of ${visible(against)}`)),
    ...findingLines(findings, paint),
    "",
    `${visible(against)} stays current. Two ways on:`,
    ...renderTable([["mend what is wrong", `and run ${build} again`], accept], { indent: 2 }),
  ];
  return `${lines.join("\n")}\n`;
}

/** A finding, and below it why and what to look at. */
export function findingLines(findings: readonly GateFinding[], paint: Paint): readonly string[] {
  return findings.flatMap(({ verdict, gate, found, limit, cause, check }) => {
    const word = verdict === "refuse" ? paint.red("refused") : paint.yellow("held");
    return [
      "",
      `  ${word} by ${paint.bold(gate)}`,
      ...renderTable(
        [
          ["found", visible(found)],
          ["limit", limit],
          ...(cause === undefined ? [] : [["cause", visible(cause)]]),
          ["check", visible(check)],
        ],
        { indent: 4 },
      ),
    ];
  });
}
