/**
 * Loaded into a measured process with `--import`: writes what it used to the file that
 * MIRRORPRESS_USAGE_FILE names, as it exits.
 */
import { writeFileSync } from "node:fs";
import { peakMemoryBytes } from "../../src/cli/memory.ts";

const file = process.env["MIRRORPRESS_USAGE_FILE"];
if (file !== undefined) {
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    const usage = { cpuMs: (user + system) / 1000, peakBytes: peakMemoryBytes() };
    writeFileSync(file, JSON.stringify(usage));
  });
}
