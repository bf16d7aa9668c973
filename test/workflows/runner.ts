/**
 * Runs the jobs of a workflow here, as far as ours need it: `run:` steps by bash as GitHub runs them,
 * and the few actions that keep or carry files by copying. Whatever it does not know fails a test.
 */
import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readWorkflow, type Step } from "./rules.ts";

type Value = string | boolean;

export interface JobRun {
  /** Of the workflow's file. */
  readonly workflow: string;
  readonly job: string;
  /** The working directory: a checkout, as it were. */
  readonly workspace: string;
  /** What outlives a run; see `openStore`. */
  readonly store: string;
  readonly runId: number;
  /** Values of the expressions between "${{" and "}}"; some are asked for in a step. */
  readonly expressions: Readonly<Record<string, Value | (() => Value)>>;
  /** Commands that only prepare a machine, which this one is. */
  readonly prepared: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Called by the path of a checkout; "" is the workspace itself. */
  readonly checkout?: (path: string, ref: string) => void;
}

export interface JobResult {
  readonly ok: boolean;
  /** Of the step that failed. */
  readonly exitCode?: number;
  /** Every command that was run, in its order. */
  readonly commands: readonly string[];
  readonly log: string;
  readonly summary: string;
}

export async function runJob(run: JobRun): Promise<JobResult> {
  const job = readWorkflow(readFileSync(run.workflow, "utf8")).jobs[run.job];
  if (!job) throw new Error(`there is no job ${run.job}`);
  const summaryPath = join(run.store, `summary-${run.runId}-${run.job}.md`);
  writeFileSync(summaryPath, "");
  const outputPath = join(run.store, `output-${run.runId}-${run.job}`);
  const expressions: Record<string, Value | (() => Value)> = { ...run.expressions };
  const known: JobRun = { ...run, expressions };
  const commands: string[] = [];
  let log = "";
  const ended = (ok: boolean, exitCode?: number): JobResult => {
    const summary = readFileSync(summaryPath, "utf8");
    return { ok, commands, log, summary, ...(exitCode !== undefined && { exitCode }) };
  };
  for (const step of job.steps) {
    if (step.if !== undefined && filledIn(step.if, known) === false) continue;
    if (step.run === undefined) {
      act(step, known);
      continue;
    }
    writeFileSync(outputPath, "");
    const command = step.run.trim();
    if (run.prepared.includes(command)) continue;
    commands.push(command);
    const { code, said } = await shell(command, step, { ...known, summaryPath, outputPath });
    log += said;
    for (const [, name = "", value = ""] of readFileSync(outputPath, "utf8").matchAll(OUTPUT)) {
      expressions[`steps.${step.id}.outputs.${name}`] = value;
    }
    if (code !== 0 && step["continue-on-error"] !== true) return ended(false, code);
  }
  return ended(true);
}

/** What a step leaves to later ones, a line each. */
const OUTPUT = /^(\w+)=(.*)$/gm;

/** A value with its expressions filled in; one that is nothing but an expression keeps its type. */
function filledIn(text: string, { expressions }: JobRun): Value {
  const look = (expression: string) => {
    const value = expressions[expression.trim()];
    if (value === undefined) throw new Error(`nobody says what this is: ${expression}`);
    return typeof value === "function" ? value() : value;
  };
  const whole = /^\$\{\{(.*)\}\}$/.exec(text)?.[1];
  return whole === undefined
    ? text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => String(look(expression)))
    : look(whole);
}

function shell(
  command: string,
  step: Step,
  run: JobRun & { readonly summaryPath: string; readonly outputPath: string },
): Promise<{ readonly code: number; readonly said: string }> {
  const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, filledIn(value, run)]);
  const env = {
    ...run.env,
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: run.summaryPath,
    GITHUB_OUTPUT: run.outputPath,
    ...Object.fromEntries(own),
  };
  return new Promise((done) => {
    const child = spawn("bash", ["-e", "-c", command], { cwd: run.workspace, env });
    let said = "";
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("close", (code) => done({ code: code ?? 1, said }));
  });
}

/** What an action does, as far as it is about files. */
function act(step: Step, run: JobRun): void {
  const name = step.uses?.replace(/@.*/, "") ?? "";
  const input = (key: string) => String(filledIn(String(step.with?.[key] ?? ""), run));
  const at = (key: string) => join(run.workspace, input(key));
  const artifact = (each: string) => join(run.store, "runs", String(run.runId), "artifacts", each);
  switch (name) {
    case "actions/checkout":
      run.checkout?.(input("path"), input("ref"));
      return;
    case "actions/setup-node":
      return;
    case "actions/cache/restore":
      if (existsSync(join(run.store, "cache"))) copy(join(run.store, "cache"), at("path"));
      return;
    case "actions/cache/save":
      if (existsSync(at("path"))) copy(at("path"), join(run.store, "cache"));
      return;
    case "actions/upload-artifact": {
      if (!existsSync(at("path"))) throw new Error(`there is no ${input("path")} to keep`);
      const isFolder = statSync(at("path")).isDirectory();
      copy(
        at("path"),
        isFolder ? artifact(input("name")) : join(artifact(input("name")), input("path")),
      );
      return;
    }
    case "actions/download-artifact":
      copy(artifact(input("name")), run.workspace);
      return;
    case "actions/upload-pages-artifact":
      if (existsSync(artifact(input("name")))) throw new Error("of one name are two artifacts");
      copy(at("path"), artifact(input("name")));
      return;
    case "actions/deploy-pages":
      // The whole site is another one.
      rmSync(join(run.store, "pages"), { recursive: true, force: true });
      copy(artifact(input("artifact_name")), join(run.store, "pages"));
      return;
    default:
      throw new Error(`nobody knows what ${name} does`);
  }
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** Notes how a run ended, so that later ones find it. */
export function endRun(store: string, runId: number, event: string, ok: boolean): void {
  const folder = join(store, "runs", String(runId));
  mkdirSync(join(folder, "artifacts"), { recursive: true });
  writeFileSync(join(folder, "event"), event);
  writeFileSync(join(folder, "conclusion"), ok ? "success" : "failure");
}

/** Programs that stand in for GitHub's and for npx, in a folder to be put first on PATH. */
export function writePrograms(bin: string, store: string, entry: string): void {
  const programs = {
    npx: `[ "$1" = mirrorpress ] && shift && exec "${process.execPath}" "${entry}" "$@"`,
    gh: `cd_to="$PWD"; cd "${store}/runs"
case "$*" in
  "api "*/actions/workflows/nightly.yml/runs*event=*)
    [[ "$*" =~ event=([a-z_]+) ]] && event=\${BASH_REMATCH[1]}
    for run in *; do
      [ ! -e "$run/event" ] || [ "$(cat "$run/event")" != "$event" ] || echo "$run $run $(cat "$run/conclusion")"
    done ;;
  "api repos/o/r/pages --jq .html_url") cat ../pages-address ;;
  "api "*/actions/runs/*/artifacts*) ls "$(sed 's#.*/actions/runs/\\([0-9]*\\)/.*#\\1#' <<<"$*")/artifacts" ;;
  "run download "*) mkdir -p "$cd_to/$9"; cp -a "$3/artifacts/$7/." "$cd_to/$9/" ;;
  *) exit 1 ;;
esac`,
  };
  mkdirSync(bin, { recursive: true });
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  mkdirSync(join(store, "runs"), { recursive: true });
}

/** The lines of a file below a folder, by path: what two folders are compared by. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}
