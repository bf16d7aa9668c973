/** The compiled program, run as a process of its own: nothing of the tests' runner slows it down. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const PROGRAM = join(import.meta.dirname, "..", "..", "dist", "src", "cli.js");

export interface ProgramBuild {
  readonly configPath: string;
  readonly output: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
}

/** `mirrorpress build`. Throws with what it said when it fails. */
export async function buildByProgram({ configPath, output, builtAt }: ProgramBuild): Promise<void> {
  if (!existsSync(PROGRAM)) throw new Error("compile first: npm run compile");
  const options = ["--config", configPath, "--output", output, "--built-at", String(builtAt)];
  await promisify(execFile)(process.execPath, [PROGRAM, "build", "--quiet", ...options]);
}
