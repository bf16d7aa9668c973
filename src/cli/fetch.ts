/** `mirrorpress fetch`: databases and lists of networks, brought into data/ and checked. */
import { setTimeout as sleep } from "node:timers/promises";
import { renderFrame } from "../diagnostics/render.ts";
import type { MaxmindCredentials } from "../fetch/maxmind.ts";
import { closest } from "../model/closest.ts";
import { FETCH_LOCK_SCHEMA } from "../model/fetch-lock.ts";
import { type FetchOptions, fetchNetwork } from "../refresh/fetch-network.ts";
import type { CommandContext } from "./context.ts";
import { EXIT, UsageError } from "./errors.ts";
import { openFetchProgress } from "./fetch-progress.ts";
import { fetchJson, hasFailed, renderFetch } from "./fetch-view.ts";
import { version } from "./version.ts";

export interface FetchCommand {
  /** Kinds and names of sources; none for all that the network needs. */
  readonly what: readonly string[];
  readonly all?: boolean;
  readonly accept?: boolean;
  /** Print the JSON schema of the lock file, and bring nothing. */
  readonly schema?: boolean;
}

/** How the world is reached: an argument for tests, that no option and no variable stands for. */
export type FetchWorld = Pick<FetchOptions, "sources" | "net" | "now" | "wait" | "fs"> & {
  readonly env: Readonly<Record<string, string | undefined>>;
};

const realWorld: FetchWorld = {
  now: () => Date.now(),
  wait: (milliseconds) => sleep(milliseconds),
  env: process.env,
};

/** The exit code: 1 when something could not be brought, whether or not an older copy is kept. */
export async function fetch(
  { options, terminal, clock }: CommandContext,
  { what, all = false, accept = false, schema = false }: FetchCommand,
  { env, ...world }: FetchWorld = realWorld,
): Promise<number> {
  if (schema) {
    terminal.out(`${JSON.stringify(FETCH_LOCK_SCHEMA, null, 2)}\n`);
    return EXIT.done;
  }
  const credentials = readCredentials(env);
  const proxy = PROXIES.find((name) => env[name]);
  const progress = openFetchProgress(terminal, clock);
  const { configPath } = options;
  try {
    const report = await fetchNetwork({
      ...{ configPath, what, all, accept, version, ...world, onEvent: progress.event },
      ...(credentials && { credentials }),
      ...(proxy !== undefined && { proxy }),
    });
    progress.finish();
    const [unknown] = report.unknown;
    if (unknown) throw unknownWord(unknown);
    for (const diagnostic of report.diagnostics) {
      const render = { color: terminal.errPaint.colour, width: terminal.columns };
      terminal.err(`${renderFrame(diagnostic, render)}\n\n`);
    }
    terminal.out(
      options.json
        ? `${JSON.stringify(fetchJson(report), null, 2)}\n`
        : renderFetch(report, { paint: terminal.outPaint, now: world.now() / 1000 }),
    );
    return hasFailed(report) ? EXIT.findings : EXIT.done;
  } finally {
    progress.finish();
  }
}

/** As curl and most others read them. */
const PROXIES = [
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "http_proxy",
  "HTTP_PROXY",
];

/** Our names, and those of MaxMind's own program. */
function readCredentials(env: FetchWorld["env"]): MaxmindCredentials | undefined {
  const accountId = env["MAXMIND_ACCOUNT_ID"] || env["GEOIPUPDATE_ACCOUNT_ID"];
  const licenseKey = env["MAXMIND_LICENSE_KEY"] || env["GEOIPUPDATE_LICENSE_KEY"];
  return accountId && licenseKey
    ? { accountId: accountId.trim(), licenseKey: licenseKey.trim() }
    : undefined;
}

function unknownWord({ word, known }: { word: string; known: readonly string[] }): UsageError {
  const like = closest(word, known);
  return new UsageError(
    `there is nothing to fetch by the name "${word}"`,
    like === undefined ? `write one of: ${known.join(", ")}` : `perhaps you mean ${like}`,
  );
}
