/**
 * Publishes one generation after the other into the folder given, until it is killed. Run as a
 * process of its own; "ready" on stdout says that the first one is current.
 */
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration, retireGenerations } from "../../src/publish/publish.ts";
import { bulkyGeneration } from "./bulky-generation.ts";

const [output = "", first = "0"] = process.argv.slice(2);
for (let number = Number(first); ; number++) {
  const lock = lockOutput(output);
  publishGeneration({ lock, ...bulkyGeneration(number) });
  retireGenerations(lock, 2);
  lock.release();
  if (number === Number(first)) process.stdout.write("ready\n");
}
