/** Asks a server as fast as it answers, with wrk: a list of requests, over and over. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Load {
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly requests: readonly LoadRequest[];
  readonly seconds: number;
  readonly acceptGzip?: boolean;
}

export interface LoadRequest {
  readonly path: string;
  /** The address of X-Forwarded-For. */
  readonly client: string;
}

export interface LoadFigures {
  readonly requests: number;
  readonly perSecond: number;
  /** 99 of 100 answers took at most this long. */
  readonly p99Ms: number;
  /** Of an answer, headers and all. */
  readonly meanBytes: number;
}

export function hasWrk(): boolean {
  return spawnSync("wrk", ["--version"]).error === undefined;
}

const CONNECTIONS = 32;

/** One thread of wrk. Throws when any answer was not a success, for such are cheaper. */
export async function runWrk({
  origin,
  requests,
  seconds,
  acceptGzip = false,
}: Load): Promise<LoadFigures> {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-wrk-"));
  try {
    const [script, list] = [join(folder, "load.lua"), join(folder, "requests.txt")];
    writeFileSync(script, SCRIPT);
    writeFileSync(list, requests.map(({ path, client }) => `${path} ${client}\n`).join(""));
    const { stdout } = await promisify(execFile)("wrk", [
      ...["--threads", "1", "--connections", String(CONNECTIONS), "--duration", `${seconds}s`],
      ...["--script", script, origin, "--", list, acceptGzip ? "gzip" : "identity"],
    ]);
    return readFigures(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Requests are written out beforehand, so that asking costs wrk next to nothing. */
const SCRIPT = `local requests, position = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, client = line:match("^(%S+) (%S+)$")
    local headers = { ["X-Forwarded-For"] = client, ["Accept-Encoding"] = arguments[2] }
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local unanswered = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\\n{"requests":%d,"micros":%d,"bytes":%d,"p99Micros":%d,"refused":%d,"unanswered":%d}\\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(99),
    errors.status, unanswered
  ))
end
`;

interface Summary {
  readonly requests: number;
  readonly micros: number;
  readonly bytes: number;
  readonly p99Micros: number;
  /** Answers of status 400 and above. */
  readonly refused: number;
  readonly unanswered: number;
}

/** The line of figures that the script writes at the end of what wrk says. */
export function readFigures(stdout: string): LoadFigures {
  const [line] = /^\{"requests":.*\}$/m.exec(stdout) ?? [];
  if (line === undefined) throw new Error(`no figures in what wrk said: ${stdout}`);
  const { requests, micros, bytes, p99Micros, refused, unanswered } = JSON.parse(line) as Summary;
  if (requests === 0 || refused + unanswered > 0) {
    throw new Error(`of ${requests} requests, ${refused} refused and ${unanswered} unanswered`);
  }
  return {
    requests,
    perSecond: requests / (micros / 1e6),
    p99Ms: p99Micros / 1000,
    meanBytes: bytes / requests,
  };
}
