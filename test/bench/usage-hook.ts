/**
 * Loaded into a measured process with `--import`: writes what it used to the file that
 * MIRRORPRESS_USAGE_FILE names, as it exits.
 *
 * Peak memory is VmHWM of /proc/self/status, the kernel's high-water mark of this very process.
 * `getrusage` will not do: its mark is inherited from the parent across fork and exec.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = process.env["MIRRORPRESS_USAGE_FILE"];
if (file !== undefined) {
  process.on("exit", () => {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    const { user, system } = process.cpuUsage();
    const usage = { cpuMs: (user + system) / 1000, peakBytes: Number(peak) * 1024 };
    writeFileSync(file, JSON.stringify(usage));
  });
}
