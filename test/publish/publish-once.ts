/**
 * Publishes one generation into the folder given and writes its number to state.json beside it, as a
 * process of its own. Ends with 1 and what prevented it on stderr.
 */
import { join } from "node:path";
import { writeDurably } from "../../src/publish/durable-file.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration, retireGenerations } from "../../src/publish/publish.ts";
import { bulkyGeneration } from "./bulky-generation.ts";

const [folder = "", number = "0", lists = "0"] = process.argv.slice(2);
try {
  const text = `${number} `.repeat(5000);
  writeDurably(join(folder, "state", "state.json"), Buffer.from(text));
  const lock = lockOutput(join(folder, "output"));
  try {
    publishGeneration({ lock, ...bulkyGeneration(Number(number), Number(lists)) });
    retireGenerations(lock, 2);
  } finally {
    lock.release();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
