/** What this process has taken of the machine's memory. */
import { readFileSync } from "node:fs";

/**
 * The most that was resident at once, in bytes.
 *
 * VmHWM of /proc/self/status is the kernel's high-water mark of this very process. Elsewhere than on
 * Linux there is only `getrusage`, whose mark a process inherits from the one that started it.
 */
export function peakMemoryBytes(statusFile = "/proc/self/status"): number {
  const kilobytes = readHighWaterMark(statusFile) ?? process.resourceUsage().maxRSS;
  return kilobytes * 1024;
}

function readHighWaterMark(statusFile: string): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(statusFile, "latin1"))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}
