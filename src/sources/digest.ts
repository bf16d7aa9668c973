/** SHA-256 of large files, on another thread: the databases are hashed while they are compiled. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import pLimit from "p-limit";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { reasonOf } from "./files.ts";

/** One thread beside the one that compiles: the machines this runs on have two cores. */
const THREADS = 1;

/** Lower-case hex, in the order of the paths. Throws `EnvironmentError`. */
export function digestFiles(paths: readonly string[]): Promise<string[]> {
  const limit = pLimit(THREADS);
  return Promise.all(paths.map((path) => limit(() => digestFile(path))));
}

async function digestFile(path: string): Promise<string> {
  // How this process was started may ask for another kind of text: --input-type=module.
  const worker = new Worker(WORKER, { eval: true, workerData: path, execArgv: [] });
  try {
    const [digest] = (await once(worker, "message")) as [string];
    return digest;
  } catch (error) {
    const remedy = "Check that the file is still there and may be read.";
    throw new EnvironmentError(`hashing ${path}`, remedy, new Error(reasonOf(error)));
  }
}

/** Given as text, since a worker's own file would have to exist compiled wherever this runs. */
const WORKER = `
const { createHash } = require("node:crypto");
const { openSync, readSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
const hash = createHash("sha256");
const chunk = new Uint8Array(1 << 20);
const file = openSync(workerData, "r");
for (let read; (read = readSync(file, chunk)) > 0; ) hash.update(chunk.subarray(0, read));
parentPort.postMessage(hash.digest("hex"));
`;
