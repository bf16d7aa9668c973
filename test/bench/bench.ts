/**
 * `npm run bench`: what compiling costs, beside merely reading and writing the bytes and beside
 * doing it naively. Every row is a process of its own, measured from outside; figures are medians.
 *
 *     npm run bench -- [--config FILE] [--runs N] [--city A.mmdb,B.mmdb]... [--asn A.csv,B.csv]
 *                      [--growth 530,5000,50000]
 *                      [--only floor,compile,build,probed,diff,serve,naive,growth]
 *
 * "diff" compares the build with one without every hundredth mirror, and "gates" in the phases of a
 * build is what holding the one against the other adds.
 * "probed" builds with a state of every mirror: each is left out of what it lacks, so there are many
 * list sets, and on-net for the network of its address. That is the build of every night.
 * "serve" asks nginx with wrk: what serving the build costs, beside one static file.
 * Each --city adds a round on those databases to the round on the configured ones.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BuildSummary } from "../../src/cli/build-view.ts";
import { readInputs } from "../../src/inputs/inputs.ts";
import { asnRanges } from "../oracle/asn.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import {
  configuredDatabases,
  type Databases,
  networkWithDatabases,
  networkWithout,
} from "./bench-network.ts";
import {
  type CompileFigures,
  type CompileTask,
  type MirrorsFile,
  ofOneProtocol,
  writtenMirror,
} from "./compile-task.ts";
import { lifelikeState } from "./lifelike-state.ts";
import { medianRun, type Run, runMeasured } from "./measure.ts";
import type { NaiveFigure } from "./naive.ts";
import { count, megabytes, seconds, table } from "./report.ts";
import { canServe, SERVING_HEAD, servingRows } from "./serve.ts";
import { syntheticMirrors } from "./synthetic.ts";

const { values: options } = parseArgs({
  options: {
    config: { type: "string", default: "config.yml" },
    runs: { type: "string", default: "5" },
    city: { type: "string", multiple: true, default: [] },
    asn: { type: "string" },
    growth: { type: "string", default: "530,5000,50000" },
    only: { type: "string", default: "floor,compile,build,probed,diff,serve,naive,growth" },
  },
});
const RUNS = Number(options.runs);
const rows = new Set(options.only.split(","));
const SEED = 20261122;
/** For a row of serving with rotations, whatever the policy is otherwise. */
const SPREAD = { within_km: 500, rotations: 8 };

const configured = configuredDatabases(options.config);
const others = options.city.map((list): Databases => {
  const city = list.split(",");
  const label = city.map((file) => basename(file, ".mmdb")).join(" + ");
  return { label, city, asn: options.asn?.split(",") ?? configured.asn };
});
for (const databases of [configured, ...others]) await round(databases);

async function round(databases: Databases): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-bench-"));
  try {
    const config = networkWithDatabases(options.config, databases, join(folder, "network"));
    const output = join(folder, "output");
    process.stdout.write(`\n${databases.label}, medians of ${RUNS}\n\n`);
    const compileTask: CompileTask = {
      ...databases,
      mirrors: join(folder, "mirrors.json"),
      output: join(folder, "routes.mmdb"),
    };
    const mirrors = mirrorsOf(config);
    writeFileSync(compileTask.mirrors, JSON.stringify(ofOneSet(mirrors)));
    const compile =
      rows.has("floor") || rows.has("compile")
        ? await repeat("compile-only.js", [JSON.stringify(compileTask)], RUNS)
        : undefined;
    const figures = compile && (JSON.parse(compile.stdout) as CompileFigures);

    const lines: string[][] = [];
    if (rows.has("floor") && figures) {
      const inputs = [...databases.city, ...databases.asn];
      const bytes = inputs.reduce((sum, file) => sum + statSync(file).size, 0);
      const args = [String(figures.routesBytes), join(folder, "floor"), ...inputs];
      const remark = `${megabytes(bytes)} in, ${megabytes(figures.routesBytes)} out`;
      lines.push(
        row("read the input, write the output", await repeat("floor.js", args, RUNS), remark),
      );
    }
    if (rows.has("compile") && compile && figures) {
      lines.push(row("compile: databases -> routes.mmdb", compile, remarkOf(figures)));
      const task = { ...compileTask, mirrors: join(folder, "mirrors-of-all-sets.json") };
      writeFileSync(task.mirrors, JSON.stringify(mirrors));
      const all = await repeat("compile-only.js", [JSON.stringify(task)], RUNS);
      const ofAll = JSON.parse(all.stdout) as CompileFigures;
      lines.push(row(`the same, ${ofAll.sets.length} list sets`, all, remarkOf(ofAll)));
    }
    let build: Run | undefined;
    if (rows.has("build")) {
      build = await repeat("../../src/cli.js", buildArgs(config, output), RUNS);
      lines.push(row("mirrorpress build", build, "as a process, all files published"));
    }
    let probed: Run | undefined;
    if (rows.has("probed")) {
      const network = networkWithDatabases(options.config, databases, join(folder, "probed"));
      writeState(network, databases);
      probed = await repeat("../../src/cli.js", buildArgs(network, `${output}-probed`), RUNS);
      const { listSets, made } = JSON.parse(probed.stdout) as BuildSummary;
      const remark = `${listSets.length} list sets, ${count(made.files)} files`;
      lines.push(row("mirrorpress build, mirrors asked", probed, remark));
    }
    let gates: Run | undefined;
    if (rows.has("diff")) {
      const before = ["--output", `${output}-diff`];
      const fewer = networkWithout(config, 100, join(folder, "fewer"));
      const builtBy = (network: string, day: string) => [
        ...["build", "--config", network, ...before, "--built-at", day, "--no-canary", "--json"],
      ];
      await repeat("../../src/cli.js", builtBy(config, "2026-11-21"), 1);
      gates = await repeat("../../src/cli.js", builtBy(fewer, "2026-11-22"), 1);
      const args = ["diff", "--config", config, ...before];
      const diff = await repeat("../../src/cli.js", args, RUNS);
      lines.push(row("mirrorpress diff", diff, "every hundredth mirror is gone"));
    }
    if (rows.has("naive")) {
      const naive = await repeat("naive.js", [config], 1);
      const figure = JSON.parse(naive.stdout) as NaiveFigure;
      const all = figure.ranked === figure.networks;
      const remark = all
        ? "every network ranked"
        : `extrapolated from ${count(figure.ranked)} of ${count(figure.networks)} networks`;
      lines.push([
        "naive: rank every network",
        seconds(figure.wallMs),
        "",
        megabytes(naive.peakBytes),
        remark,
      ]);
    }
    if (lines.length > 0) {
      process.stdout.write(table(["", "wall", "CPU", "peak", "remarks"], lines));
    }
    if (figures) showPhases("compile", figures.phases);
    if (build) showPhases("build", phasesOfBuild(build.stdout));
    if (probed) showPhases("a build of mirrors that were asked", phasesOfBuild(probed.stdout));
    if (gates) showPhases("a build over another", phasesOfBuild(gates.stdout));
    if (rows.has("serve") && canServe()) {
      if (!build) await repeat("../../src/cli.js", buildArgs(config, output), 1);
      const spread = [["policy", "spread"], SPREAD] as const;
      const network = networkWithDatabases(options.config, databases, join(folder, "spread"), [
        spread,
      ]);
      await repeat("../../src/cli.js", buildArgs(network, `${output}-spread`), 1);
      const serving = await servingRows({
        output: `${output}-1`,
        rotated: `${output}-spread-1`,
        asn: databases.asn,
        seed: SEED,
        rounds: Math.min(RUNS, 3),
      });
      process.stdout.write(`\n${table(SERVING_HEAD, serving)}`);
    }
    if (rows.has("growth")) await showGrowth(compileTask);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder for each run, removed at the end: a file system may avoid what it has just freed. */
function buildArgs(config: string, output: string): (run: number) => readonly string[] {
  return (run) => [
    ...["build", "--config", config, "--output", `${output}-${run}`, "--json", "--quiet"],
  ];
}

function remarkOf({ rankings, lists, routesBytes }: CompileFigures): string {
  return `${count(rankings)} ranked, ${count(lists)} lists, ${megabytes(routesBytes)} out`;
}

/** The configured mirrors as the program reads and places them. */
function mirrorsOf(config: string): MirrorsFile {
  const options = { configPath: config, builtAt: 0 };
  const { mirrors, geoip, ...inputs } = readInputs(options, (_, work) => work());
  geoip.close();
  const modules = [...inputs.config.optionalModules.keys()];
  return { mirrors: mirrors.map(writtenMirror), modules };
}

/** Beside the configuration, where a build looks for it. */
function writeState(config: string, { asn }: Databases): void {
  const options = { configPath: config, builtAt: 0 };
  const { mirrors, geoip, ...inputs } = readInputs(options, (_, work) => work());
  geoip.close();
  const lines = asn.flatMap((file) => readFileSync(file, "latin1").split("\n"));
  const firsts = lines.map((line) => line.slice(0, line.indexOf(",")));
  const state = lifelikeState({
    seed: SEED,
    at: Math.floor(Date.now() / 1000),
    names: mirrors.map(({ name }) => name),
    config: inputs.config,
    addresses: firsts.filter((text) => /^\d+\.\d+\.\d+\.\d+$/.test(text)),
  });
  mkdirSync(join(dirname(config), "state"));
  writeFileSync(join(dirname(config), "state", "probe.json"), state);
}

function ofOneSet({ mirrors }: Pick<MirrorsFile, "mirrors">): MirrorsFile {
  return { mirrors: mirrors.map(ofOneProtocol), modules: [] };
}

async function showGrowth(task: CompileTask): Promise<void> {
  const [cityFile = ""] = task.city;
  const city = plainDatabase(readFileSync(cityFile));
  const announced = task.asn.flatMap((file) => asnRanges(readFileSync(file, "utf8"), null));
  const asns = [...new Set(announced.map(({ asn }) => asn))];
  const lines: string[][] = [];
  for (const size of options.growth.split(",").map(Number)) {
    const mirrors = syntheticMirrors({ seed: SEED, count: size, city, asns }).map(writtenMirror);
    writeFileSync(task.mirrors, JSON.stringify(ofOneSet({ mirrors })));
    const run = await repeat("compile-only.js", [JSON.stringify(task)], Math.min(RUNS, 3));
    const { lists, routesBytes } = JSON.parse(run.stdout) as CompileFigures;
    const remark = `${count(lists)} lists, routes.mmdb ${megabytes(routesBytes)}`;
    lines.push(row(`compile, ${count(size)} synthetic mirrors`, run, remark));
  }
  process.stdout.write(`\n${table(["growth", "wall", "CPU", "peak", "remarks"], lines)}`);
}

/** One run that is not counted fills the page cache; then the median of `runs`. */
async function repeat(
  program: string,
  args: readonly string[] | ((run: number) => readonly string[]),
  runs: number,
): Promise<Run> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const measured: Run[] = [];
  for (let index = runs === 1 ? 1 : 0; index <= runs; index += 1) {
    const run = await runMeasured(path, typeof args === "function" ? args(index) : args);
    if (index > 0) measured.push(run);
  }
  return medianRun(measured);
}

function row(what: string, { wallMs, cpuMs, peakBytes }: Run, remark: string): string[] {
  return [what, seconds(wallMs), seconds(cpuMs), megabytes(peakBytes), remark];
}

function showPhases(what: string, phases: CompileFigures["phases"]): void {
  const lines = phases.map(({ name, ms }) => [name, seconds(ms)]);
  process.stdout.write(`\n${table([`phases of ${what}`, "wall"], lines)}`);
}

function phasesOfBuild(stdout: string): CompileFigures["phases"] {
  const { phases } = JSON.parse(stdout) as Pick<BuildSummary, "phases">;
  return phases.map((phase) => ({ name: phase.name, ms: phase.seconds * 1000 }));
}
