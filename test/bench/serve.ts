/**
 * What serving costs: the nginx of `mirrorpress preview` with a built generation, beside a plain
 * nginx with one static file. Both have one worker, and share the machine's cores with wrk.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Preview, startPreview } from "../../src/cli/preview.ts";
import { nginxPath } from "../../src/emit/nginx-text.ts";
import { findNginx, type RunningNginx, startNginx } from "../../src/publish/nginx.ts";
import { ask } from "../serve/ask.ts";
import { median } from "./measure.ts";
import { watchNginx } from "./nginx-cpu.ts";
import { count } from "./report.ts";
import { randomClients } from "./serve-clients.ts";
import { hasWrk, type LoadFigures, runWrk } from "./wrk.ts";

export interface ServingBench {
  /** The folder of a build. */
  readonly output: string;
  /** That of a build of the same network with rotations. */
  readonly rotated: string;
  /** CSV of who announces which addresses: where clients are. */
  readonly asn: readonly string[];
  readonly seed: number;
  readonly rounds: number;
}

/** Says on stderr what to install if not. */
export function canServe(): boolean {
  try {
    findNginx();
    if (hasWrk()) return true;
    process.stderr.write("serving is not measured: apt-get install wrk\n");
  } catch (error) {
    process.stderr.write(`serving is not measured: ${String(error)}\n`);
  }
  return false;
}

/** The load is all that can be had, so p99 is how long one waits in the queue for the worker. */
export const SERVING_HEAD = [
  ...["serving", "requests/s", "of the first", "p99", "nginx's CPU", "of the first", "remarks"],
] as const;

/** Rows of a table, the baseline first; figures are medians, rounds of all rows taking turns. */
export async function servingRows(bench: ServingBench): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-bench-"));
  const running: RunningNginx[] = [];
  try {
    const plain = await watchNginx(() => startPlain(folder));
    running.push(plain.started);
    const preview = await watchNginx(() => startPreview(bench.output));
    running.push(preview.started.nginx);
    const rotated = await watchNginx(() => startPreview(bench.rotated));
    running.push(rotated.started.nginx);
    const rows: Row[] = [
      ...(await answered({ ...plain, nginx: plain.started }, [BASELINE])),
      ...(await answered({ ...preview, ...preview.started }, questionsAbout(preview.started))),
      ...(await answered(
        { ...rotated, ...rotated.started },
        questionsOfRotations(rotated.started),
      )),
    ];
    const clients = randomClients(bench);
    const figures = rows.map((): Figures[] => []);
    for (let round = 0; round <= bench.rounds; round += 1) {
      for (const [index, row] of rows.entries()) {
        const measured = await measure(row, clients, round === 0 ? WARM_UP_SECONDS : SECONDS);
        if (round > 0) figures[index]?.push(measured);
      }
    }
    return rows.map(({ label }, index) => shown(label, figures[index] ?? [], figures[0] ?? []));
  } finally {
    for (const nginx of running) await nginx.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SECONDS = 3;
const WARM_UP_SECONDS = 1;
const FILE = "/file.txt";
const BASELINE: Question = { label: "one static file of 1 KB", paths: [FILE], gzip: false };

/** As Debian's nginx.conf sends files. */
function startPlain(folder: string): Promise<RunningNginx> {
  writeFileSync(join(folder, FILE), `${"x".repeat(63)}\n`.repeat(16));
  const server = `root ${nginxPath(folder)};\n`;
  return startNginx({ http: "sendfile on;\ntcp_nopush on;\n", server });
}

interface Figures extends LoadFigures {
  /** Of the worker, for an answer; NaN where there are no accounts of it. */
  readonly cpuMicros: number;
}

async function measure(row: Row, clients: readonly string[], seconds: number): Promise<Figures> {
  const { origin, paths, gzip, cpuNanos } = row;
  const requests = clients.map((client, number) => ({
    path: paths[number % paths.length] ?? "/",
    client,
  }));
  const before = cpuNanos() ?? Number.NaN;
  const load = await runWrk({ origin, requests, seconds, acceptGzip: gzip });
  const cpuMicros = ((cpuNanos() ?? Number.NaN) - before) / 1000 / load.requests;
  return { ...load, cpuMicros };
}

interface Question {
  readonly label: string;
  /** Asked in turn. */
  readonly paths: readonly string[];
  readonly gzip: boolean;
}

interface Row extends Question {
  readonly origin: string;
  readonly cpuNanos: () => number | undefined;
}

function questionsAbout({ samplePath: mirrorlist }: Preview): Question[] {
  const version = mirrorlist.split("/")[2];
  return [
    { label: "/mirrorlist by address", paths: [mirrorlist], gzip: false },
    { label: "the same, compressed", paths: [mirrorlist], gzip: true },
    { label: "/mirrorlist?protocol=https", paths: [`${mirrorlist}?protocol=https`], gzip: false },
    { label: "/mirrorlist?country=", paths: COUNTRIES.map(inCountry), gzip: false },
    { label: "/isolist by address", paths: [`/isolist/${version}/x86_64`], gzip: false },
  ];

  function inCountry(country: string): string {
    return `${mirrorlist}?country=${country}`;
  }
}

function questionsOfRotations({ samplePath, serving }: Preview): Question[] {
  const label = `/mirrorlist by address, ${serving.rotations} rotations`;
  return [{ label, paths: [samplePath], gzip: false }];
}

const COUNTRIES = ["AU", "BR", "DE", "FR", "GB", "IN", "JP", "NL", "PL", "US"] as const;

/** What the generation has no answer for, or does not compress, is left out. */
async function answered(
  { nginx, cpuNanos }: { readonly nginx: RunningNginx } & Pick<Row, "cpuNanos">,
  questions: readonly Question[],
): Promise<Row[]> {
  const found: Row[] = [];
  for (const { label, paths, gzip } of questions) {
    const good: string[] = [];
    for (const path of paths) {
      const headers = gzip ? { "Accept-Encoding": "gzip" } : {};
      const answer = await ask(nginx.port, { path, headers });
      const compressed = answer.headers.get("content-encoding") === "gzip";
      if (answer.status === 200 && compressed === gzip) good.push(path);
    }
    if (good.length > 0) found.push({ label, paths: good, gzip, origin: nginx.url, cpuNanos });
    else process.stderr.write(`not served, so not measured: ${label}\n`);
  }
  return found;
}

/** A ratio is the median of those within a round: what disturbs one round, disturbs all of it. */
function shown(label: string, loads: readonly Figures[], baseline: readonly Figures[]) {
  const of = (figure: keyof Figures) => median(loads.map((load) => load[figure]));
  const ratio = (figure: keyof Figures) => {
    const first = (round: number) => baseline[round]?.[figure] ?? Number.NaN;
    return median(loads.map((load, round) => load[figure] / first(round))).toFixed(2);
  };
  const cpuMicros = of("cpuMicros");
  const cpu = Number.isNaN(cpuMicros)
    ? ["", ""]
    : [`${cpuMicros.toFixed(1)} us`, ratio("cpuMicros")];
  return [
    label,
    count(Math.round(of("perSecond"))),
    ratio("perSecond"),
    `${of("p99Ms").toFixed(2)} ms`,
    ...cpu,
    `${count(Math.round(of("meanBytes")))} bytes an answer`,
  ];
}
