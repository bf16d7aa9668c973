/**
 * Publishes generations and writes a file beside them, on and on, and says on stdout which ones are
 * done. Run as a process of its own: `node publish-until-dark.js FOLDER FIRST careful|careless`.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "../../src/publish/durable-file.ts";
import { nodeFileSystem, type PublishFs } from "../../src/publish/file-system.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { publishGeneration, retireGenerations } from "../../src/publish/publish.ts";
import { bulkyGeneration } from "../publish/bulky-generation.ts";
import { LISTS, stateText } from "./checked-disk.ts";

const [folder = "", first = "0", manner = ""] = process.argv.slice(2);

/** What programs do that leave it to the system when bytes come to the disk. */
const careless: PublishFs = {
  ...nodeFileSystem,
  fsyncSync: () => undefined,
  syncFileSystem: () => true,
};
const fs = manner === "careless" ? careless : nodeFileSystem;

for (let number = Number(first); ; number++) {
  const lock = lockOutput(join(folder, "output"), fs);
  publishGeneration({ lock, fs, ...bulkyGeneration(number, LISTS) });
  retireGenerations(lock, 2, fs);
  lock.release();
  writeSync(1, `published ${number}\n`);
  writeDurably(join(folder, "state", "state.json"), Buffer.from(stateText(number)), fs);
  writeSync(1, `written ${number}\n`);
}
