/** `mirrorpress preview`: the current generation behind the real nginx, on this machine alone. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { visible } from "../diagnostics/wording.ts";
import { MANIFEST_PATH, readServing, type Serving } from "../emit/manifest.ts";
import { httpConfiguration, NETWORKS_PATH } from "../emit/nginx.ts";
import { type RunningNginx, startNginx } from "../publish/nginx.ts";
import { readGenerationFile } from "../sources/generation-file.ts";
import { configuredOutput } from "./configured-output.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { findGeneration } from "./find-generation.ts";

export async function preview(
  { options, terminal }: CommandContext,
  { port }: { readonly port?: string },
): Promise<number> {
  const outputDir = configuredOutput(options);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  for (const signal of ENDING) process.once(signal, stop);
  try {
    await runPreview({
      outputDir,
      write: terminal.out,
      until: interrupt.signal,
      ...(port !== undefined && { port: readPort(port) }),
    });
  } finally {
    for (const signal of ENDING) process.removeListener(signal, stop);
  }
  return EXIT.done;
}

/** Ctrl-C, kill, and the end of the terminal. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port <= 65_535) return port;
  throw new UsageError(`--port "${text}" is not a port`, "write a number up to 65535; 0 takes any");
}

export interface PreviewOptions {
  readonly outputDir: string;
  /** A free one unless given, or if 0. */
  readonly port?: number;
  /** Takes what is said, whole lines. */
  readonly write: (text: string) => void;
  /** Ends the preview. */
  readonly until: AbortSignal;
}

/** Throws an `EnvironmentError` without a generation, without nginx, or when nginx ends by itself. */
export async function runPreview({ outputDir, port, write, until }: PreviewOptions): Promise<void> {
  const preview = await startPreview(outputDir, port);
  const { nginx } = preview;
  const stop = () => void nginx.stop();
  until.addEventListener("abort", stop);
  try {
    if (!until.aborted) write(introduction(preview));
    else stop();
    await nginx.ended;
    if (!until.aborted) throw new EnvironmentError("serving the preview", "", nginx.errorLog());
  } finally {
    until.removeEventListener("abort", stop);
    await nginx.stop();
  }
}

export interface Preview {
  readonly nginx: RunningNginx;
  readonly generation: string;
  readonly serving: Serving;
  /** A mirror list that there is, such as `/mirrorlist/9/baseos`. */
  readonly samplePath: string;
}

/**
 * The generation's own files, but for http.conf: that one says where the generation lies and whose
 * list to give, so it is made again for this place and for `?ip=`.
 */
export async function startPreview(outputDir: string, port?: number): Promise<Preview> {
  const { root, id, folder: generation } = findGeneration(outputDir);
  const serving = readServing(readGenerationFile(generation, MANIFEST_PATH));
  const nginx = await startNginx({
    http: httpConfiguration({
      ...serving,
      root,
      id,
      networks: serving.has(NETWORKS_PATH),
      client: "argument",
    }),
    server: readGenerationFile(generation, "nginx/server.conf"),
    trustLoopback: true,
    ...(port !== undefined && { port }),
  });
  return { nginx, generation, serving, samplePath: samplePath(generation) };
}

/** The first pair that the generation's own list of valid ones names. */
function samplePath(generation: string): string {
  const file = join(generation, "nginx", "not-found.txt");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const pair = /^Version ([^,:\s]+).*:\n {2}(\S+)/m.exec(text);
  return pair === null ? "/mirrorlist/" : `/mirrorlist/${pair[1]}/${pair[2]}`;
}

/** What else can be asked, as whom the first example is. */
const ALSO: readonly (readonly [path: (sample: string) => string, what: string])[] = [
  [(sample) => `${sample}?protocol=https`, "mirrors that have https, by https"],
  [(sample) => `${sample}?country=DE`, "the list of a country, whoever asks"],
  [(sample) => `${sample}?arch=x86_64`, "$basearch filled in"],
  [() => "/whoami", "what is known of a client"],
  [() => "/nearest", "its list, with reasons and distances"],
  [() => "/", "the mirrors, in a browser"],
];

function introduction({ nginx, generation, serving, samplePath }: Preview): string {
  const { examples } = serving;
  const first = examples[0]?.address;
  const asked = [
    ...examples.map(({ address, why }) => ({
      path: `${samplePath}?ip=${address}`,
      what: visible(why),
    })),
    ...ALSO.map(([pathOf, what]) => {
      const path = pathOf(samplePath);
      const as = first === undefined ? "" : `${path.includes("?") ? "&" : "?"}ip=${first}`;
      return { path: `${path}${path === "/" ? "" : as}`, what };
    }),
  ];
  const width = Math.max(...asked.map(({ path }) => path.length));
  const tries = asked.map(
    ({ path, what }) =>
      `  curl '${nginx.url}${path}'${" ".repeat(width - path.length)}  # ${what}\n`,
  );
  return [
    `Serving ${generation}\nwith nginx on ${nginx.url}. ?ip= looks as somebody else:\n\n`,
    ...tries,
    "\nCtrl-C ends it.\n",
  ].join("");
}
