/** `npm run year [nights [seed]]`: the whole simulated year, its log and its figures. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figuresOf, mostFalseHolds, SEED } from "./figures.ts";
import { planYear } from "./schedule.ts";
import { simulateYear } from "./year.ts";

const [nights = "365", seed = String(SEED)] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "mirrorpress-year-"));
const began = performance.now();
try {
  const year = await simulateYear({
    folder,
    ...planYear(Number(nights), Number(seed)),
    onLine: (line) => void process.stdout.write(`${line}\n`),
  });
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`\n${figuresOf(year, Number(nights))}in ${seconds.toFixed(0)} s\n`);
  const { broken, falseFailures, falseHolds } = year;
  const isSound = broken.length + falseFailures.length === 0;
  if (!isSound || falseHolds.length > mostFalseHolds(Number(nights))) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
