/**
 * What serving costs: the nginx of `mirrorpress preview` with a built generation, beside a plain
 * nginx with one static file. Both have one worker, and share the machine's cores with wrk.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPreview } from "../../src/cli/preview.ts";
import { findNginx, type RunningNginx, startNginx } from "../../src/cli/preview-nginx.ts";
import { nginxPath } from "../../src/emit/nginx-text.ts";
import { addressText } from "../oracle/address.ts";
import { type AsnRange, asnRanges } from "../oracle/asn.ts";
import { randomIn } from "../oracle/sample.ts";
import { ask } from "../serve/ask.ts";
import { seededRandom } from "../support/random.ts";
import { median } from "./measure.ts";
import { count } from "./report.ts";
import { hasWrk, type LoadFigures, runWrk } from "./wrk.ts";

export interface ServingBench {
  /** The folder of a build. */
  readonly output: string;
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

export const SERVING_HEAD = ["serving", "requests/s", "of the first", "p99", "remarks"] as const;

/** Rows of a table, the baseline first; figures are medians, rounds of all rows taking turns. */
export async function servingRows(bench: ServingBench): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-bench-"));
  const running: RunningNginx[] = [];
  try {
    const plain = await startPlain(folder);
    running.push(plain);
    const preview = await startPreview(bench.output);
    running.push(preview.nginx);
    const clients = randomClients(bench);
    const questions = await answered(preview.nginx, questionsAbout(preview.samplePath));
    const rows = [
      { label: "one static file of 1 KB", origin: plain.url, paths: [FILE], gzip: false },
      ...questions.map((question) => ({ ...question, origin: preview.nginx.url })),
    ];
    const figures = rows.map((): LoadFigures[] => []);
    for (let round = 0; round <= bench.rounds; round += 1) {
      for (const [index, { origin, paths, gzip }] of rows.entries()) {
        const requests = clients.map((client, number) => ({
          path: paths[number % paths.length] ?? "/",
          client,
        }));
        const seconds = round === 0 ? WARM_UP_SECONDS : SECONDS;
        const load = await runWrk({ origin, requests, seconds, acceptGzip: gzip });
        if (round > 0) figures[index]?.push(load);
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

/** As Debian's nginx.conf sends files. */
function startPlain(folder: string): Promise<RunningNginx> {
  writeFileSync(join(folder, FILE), `${"x".repeat(63)}\n`.repeat(16));
  const server = `root ${nginxPath(folder)};\n`;
  return startNginx({ http: "sendfile on;\ntcp_nopush on;\n", server });
}

const CLIENTS = 10_000;
const IPV6_SHARE = 0.1;

/**
 * Of IPv4, any announced address is as likely as any other; of IPv6, any announced range, for a
 * few of them hold most addresses.
 */
function randomClients({ asn, seed }: ServingBench): string[] {
  const random = seededRandom(seed);
  const ranges = asn.flatMap((file) => asnRanges(readFileSync(file, "utf8"), null));
  const ipv6 = ranges.filter(({ family }) => family === 6);
  const ipv4 = ranges.filter(({ family }) => family === 4);
  const ends: number[] = [];
  for (const { first, last } of ipv4) ends.push((ends.at(-1) ?? 0) + Number(last - first + 1n));
  const anyRange = (): AsnRange | undefined => {
    if (random() < IPV6_SHARE) return ipv6[Math.floor(random() * ipv6.length)];
    const at = random() * (ends.at(-1) ?? 0);
    return ipv4[firstAbove(ends, at)];
  };
  return Array.from({ length: CLIENTS }, () => {
    const range = anyRange();
    if (range === undefined) throw new Error("no ranges to take clients from");
    return addressText(randomIn(random, range));
  });
}

/** The index of the first of the ascending values that is above `value`. */
function firstAbove(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Question {
  readonly label: string;
  /** Asked in turn. */
  readonly paths: readonly string[];
  readonly gzip: boolean;
}

function questionsAbout(mirrorlist: string): Question[] {
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

const COUNTRIES = ["AU", "BR", "DE", "FR", "GB", "IN", "JP", "NL", "PL", "US"] as const;

/** What the generation has no answer for, or does not compress, is left out. */
async function answered(nginx: RunningNginx, questions: readonly Question[]): Promise<Question[]> {
  const found: Question[] = [];
  for (const { label, paths, gzip } of questions) {
    const good: string[] = [];
    for (const path of paths) {
      const headers = gzip ? { "Accept-Encoding": "gzip" } : {};
      const answer = await ask(nginx.port, { path, headers });
      const compressed = answer.headers.get("content-encoding") === "gzip";
      if (answer.status === 200 && compressed === gzip) good.push(path);
    }
    if (good.length > 0) found.push({ label, paths: good, gzip });
    else process.stderr.write(`not served, so not measured: ${label}\n`);
  }
  return found;
}

/** The ratio is the median of those within a round: what disturbs one round, disturbs all of it. */
function shown(label: string, loads: readonly LoadFigures[], baseline: readonly LoadFigures[]) {
  const ratios = loads.map(({ perSecond }, round) => {
    return perSecond / (baseline[round]?.perSecond ?? Number.NaN);
  });
  const of = (figure: keyof LoadFigures) => median(loads.map((load) => load[figure]));
  return [
    label,
    count(Math.round(of("perSecond"))),
    median(ratios).toFixed(2),
    `${of("p99Ms").toFixed(2)} ms`,
    `${count(Math.round(of("meanBytes")))} bytes an answer`,
  ];
}
