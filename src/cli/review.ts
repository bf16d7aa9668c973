/** `mirrorpress review`: what contributed mirror files would do, for who sends and who takes them. */
import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Review, type ReviewedChange, reviewContribution } from "../answers/review.ts";
import type { MirrorEffect } from "../answers/review-effect.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { diagnosticsJson, githubAnnotation } from "../diagnostics/machine.ts";
import { inReadingOrder } from "../diagnostics/summary.ts";
import { realNet } from "../refresh/probe-network.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { ProbeWorld } from "./probe.ts";
import { openProgress } from "./progress.ts";
import { renderReview, reviewMarkdown } from "./review-view.ts";
import { hasFindings } from "./review-words.ts";
import { version } from "./version.ts";

export interface ReviewCommand {
  /** The folder that holds all mirror files as they would be. */
  readonly mirrors: string;
  /** False to ask no mirror. */
  readonly probe: boolean;
  readonly markdown?: boolean;
  /** Print annotations for GitHub. */
  readonly github?: boolean;
  /** A file that the report is added to as Markdown, whatever is printed. */
  readonly report?: string;
}

const realWorld: ProbeWorld = { openNet: realNet, now: () => Date.now() };

/** The exit code: 1 when something is to be mended. */
export async function review(
  context: CommandContext,
  command: ReviewCommand,
  world: ProbeWorld = realWorld,
): Promise<number> {
  const { options, terminal } = context;
  if ([options.json, command.markdown, command.github].filter(Boolean).length > 1) {
    throw new UsageError("--json, --markdown and --github are three forms", "choose one of them");
  }
  const found = await run(context, command, world);
  terminal.out(print(found, context, command));
  if (command.report !== undefined) addReport(command.report, reviewMarkdown(found));
  if (!hasFindings(found)) return EXIT.done;
  // A mirror that does not answer has no line to be annotated.
  if (command.github) terminal.err("something is to be mended: the report says what\n");
  return EXIT.findings;
}

async function run(
  { options, terminal, clock }: CommandContext,
  command: ReviewCommand,
  { openNet, now }: ProbeWorld,
): Promise<Review> {
  const progress = openProgress(terminal, clock);
  try {
    return await reviewContribution({
      configPath: options.configPath,
      mirrorsFolder: resolve(command.mirrors),
      builtAt: options.builtAt,
      openNet: command.probe ? ({ settings }) => openNet(settings.probe) : null,
      version,
      now,
      onEvent: (event) => {
        if (event.kind !== "mirror") return;
        progress.report({ phase: "ask the mirrors", done: event.done, total: event.total });
      },
      phase: (name, work) => {
        progress.report({ phase: name });
        return work();
      },
    });
  } finally {
    progress.finish();
  }
}

function print(found: Review, { options, terminal }: CommandContext, command: ReviewCommand) {
  if (options.json) return `${JSON.stringify(reviewJson(found), null, 2)}\n`;
  if (command.markdown) return reviewMarkdown(found);
  if (!command.github) return renderReview(found, terminal.outPaint, terminal.columns);
  const all = [...found.diagnostics, ...found.changes.flatMap(({ diagnostics }) => diagnostics)];
  return inReadingOrder(all)
    .map((diagnostic) => `${githubAnnotation(diagnostic)}\n`)
    .join("");
}

function addReport(path: string, markdown: string): void {
  try {
    appendFileSync(path, markdown);
  } catch (error) {
    throw new EnvironmentError(`adding the report to ${path}`, "Name a file to write to.", error);
  }
}

/** Fields may be added, none is renamed or removed. Shares are from 0 to 1. */
function reviewJson({ changes, diagnostics, probe, effect, noEffect, clients }: Review) {
  return {
    files: changes.map((change) => changeJson(change, effect?.contributed)),
    diagnostics: diagnosticsJson(diagnostics).diagnostics,
    ...(probe && { probe }),
    ...(noEffect !== undefined && { noEffect }),
    ...(clients && { ipv4Clients: clients }),
    ...(effect && { set: effect.set, ipv6: effect.ipv6, others: effect.others }),
  };
}

function changeJson(
  {
    path,
    kind,
    from,
    before,
    after,
    diagnostics,
    answers,
    placed,
    networks,
    neighbours,
  }: ReviewedChange,
  effects: ReadonlyMap<string, MirrorEffect> | undefined,
) {
  const name = (after ?? before)?.name;
  const effect = name === undefined ? undefined : effects?.get(name);
  return {
    path,
    kind,
    ...(from !== undefined && { from }),
    ...(name !== undefined && { mirror: name }),
    isUsable: after !== undefined,
    diagnostics: diagnosticsJson(diagnostics).diagnostics,
    answers:
      "notAsked" in answers
        ? answers
        : { addresses: answers.addresses, checks: Object.fromEntries(answers.checks) },
    ...(placed && { placed }),
    networks,
    neighbours,
    ...(effect && { effect }),
  };
}
