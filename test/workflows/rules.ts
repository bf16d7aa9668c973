/** What actionlint does not ask of a workflow: the rules that keep ours from being turned against us. */
import { parse } from "yaml";

/** What a `run:` step may call. */
export interface Commands {
  readonly npmScripts: ReadonlySet<string>;
  /** By subcommand of mirrorpress, its long options and those of every command. */
  readonly mirrorpress: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the repository has an executable file there. */
  readonly isScript: (path: string) => boolean;
}

interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: { readonly group?: string } | string;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly if?: string;
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
  readonly "runs-on"?: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
  readonly if?: string;
  readonly "continue-on-error"?: boolean;
}

export function readWorkflow(text: string): Workflow {
  return parse(text) as Workflow;
}

/** What a workflow breaks, one sentence each. */
export function workflowFaults(text: string, commands: Commands): readonly string[] {
  const workflow = readWorkflow(text);
  const jobs = Object.entries(workflow.jobs);
  return [
    ...unpinned(text),
    ...triggerFaults(workflow.on),
    ...(isEmptyMap(workflow.permissions) ? [] : ["permissions at the top are not {}"]),
    ...(groupOf(workflow) ? [] : ["it has no concurrency group"]),
    ...jobs.flatMap(([name, job]) => jobFaults(job).map((fault) => `${name}: ${fault}`)),
    ...jobs.flatMap(([name, { steps }]) =>
      steps.flatMap((step) => stepFaults(step, commands).map((fault) => `${name}: ${fault}`)),
    ),
  ];
}

/** The version is for people and for whoever updates the pin; the hash is what runs. */
const PINNED = /^\s*(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+(?:\.\d+){1,2}$/;

function unpinned(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => /\buses\b["']?\s*:/.test(line.replace(/#.*/, "")) && !PINNED.test(line))
    .map((line) => `not pinned by a commit with its version behind it: ${line.trim()}`);
}

/** These run with the base's secrets on what a stranger sent. */
const DANGEROUS = ["pull_request_target", "workflow_run", "issue_comment"];

function triggerFaults(on: unknown): readonly string[] {
  const events =
    typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys((on ?? {}) as object);
  return DANGEROUS.filter((event) => events.includes(event)).map((event) => `it is on ${event}`);
}

function groupOf({ concurrency }: Workflow): string | undefined {
  return typeof concurrency === "string" ? concurrency : concurrency?.group;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function jobFaults(job: Job): readonly string[] {
  const faults: string[] = [];
  if (typeof job.permissions !== "object") faults.push("it does not list its permissions");
  if (job["timeout-minutes"] === undefined) faults.push("it has no timeout");
  if (/-latest$/.test(job["runs-on"] ?? "")) faults.push("its machine changes by itself");
  return faults;
}

function stepFaults(step: Step, commands: Commands): readonly string[] {
  const faults: string[] = [];
  if (step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false) {
    faults.push("a checkout leaves its token behind");
  }
  if (step.run === undefined) return faults;
  const run = step.run.trim();
  if (run.includes("${{")) faults.push(`an expression becomes part of a command: ${run}`);
  if (step["working-directory"] !== undefined) faults.push(`a person is elsewhere: ${run}`);
  return [...faults, ...commandFaults(run, commands)];
}

/** One command, of words; what it says may be for later steps. */
function commandFaults(run: string, commands: Commands): readonly string[] {
  const command = run.replace(/ >>"\$GITHUB_OUTPUT"$/, "");
  if (/[\n;|&`<>]|\$\(/.test(command)) return [`more than one command: ${run}`];
  return programFaults(command.match(/(?:\$\{[^}]*\}|"[^"]*"|[^\s"])+/g) ?? [], run, commands);
}

function programFaults(
  [program = "", ...rest]: readonly string[],
  run: string,
  commands: Commands,
): readonly string[] {
  if (program === "tar" || program === "git") return [];
  if (program === "npm") {
    const script = rest.filter((word) => !word.startsWith("-"))[1];
    const isKnown =
      rest[0] === "ci" || (rest[0] === "run" && commands.npmScripts.has(script ?? ""));
    return isKnown ? [] : [`npm knows no such thing: ${run}`];
  }
  if (program === "npx") return mirrorpressFaults(rest, commands);
  if (!commands.isScript(program)) return [`there is no such program here: ${program}`];
  // It is given a heading, and a command to run.
  return program.endsWith("/summarise.sh") ? programFaults(rest.slice(1), run, commands) : [];
}

function mirrorpressFaults(words: readonly string[], { mirrorpress }: Commands): readonly string[] {
  const [program, command = "", ...rest] = words;
  if (program !== "mirrorpress") return [`npx would fetch a stranger's program: ${program}`];
  const options = mirrorpress.get(command);
  if (options === undefined) return [`mirrorpress has no command ${command}`];
  return (rest.join(" ").match(/--[a-z-]+/g) ?? [])
    .filter((option) => !options.has(option))
    .map((option) => `mirrorpress ${command} has no option ${option}`);
}
