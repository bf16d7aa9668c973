/** Runs a Node program as a process of its own and says what it took. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Usage {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** The most that was resident at once. */
  readonly peakBytes: number;
}

export interface Run extends Usage {
  readonly stdout: string;
}

const HOOK = fileURLToPath(new URL("./usage-hook.js", import.meta.url));

/** Wall time is from before the start of the process to after its end. Throws if it fails. */
export async function runMeasured(program: string, args: readonly string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-bench-"));
  const usageFile = join(folder, "usage.json");
  try {
    const started = performance.now();
    const stdout = await new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, ["--import", HOOK, program, ...args], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, MIRRORPRESS_USAGE_FILE: usageFile },
      });
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`${program} ${args.join(" ")} ended with ${code}`));
      });
    });
    const wallMs = performance.now() - started;
    const usage = JSON.parse(readFileSync(usageFile, "utf8")) as Omit<Usage, "wallMs">;
    return { wallMs, ...usage, stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of each figure by itself, and the output of the run with the median wall time. */
export function medianRun(runs: readonly Run[]): Run {
  const byWall = runs.toSorted((a, b) => a.wallMs - b.wallMs);
  const middle = byWall[byWall.length >> 1];
  if (middle === undefined) throw new Error("no runs");
  return {
    wallMs: middle.wallMs,
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    peakBytes: median(runs.map(({ peakBytes }) => peakBytes)),
    stdout: middle.stdout,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
