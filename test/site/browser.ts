/** Debian's chromium, or Google's build of it, driven by playwright-core. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-dev-shm-usage",
];

const PROGRAMS = ["chromium", "google-chrome"];

/** On a build server a missing chromium is an error, so that these tests cannot vanish unnoticed. */
export function hasChromium(): boolean {
  if (findChromium() !== undefined) return true;
  const remedy = "apt-get install --no-install-recommends chromium";
  if (process.env["CI"] === "true") throw new Error(`chromium is missing: ${remedy}`);
  process.stderr.write(`SKIPPED: tests in a browser, because there is no chromium: ${remedy}\n`);
  return false;
}

export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("chromium is missing");
  return chromium.launch({ executablePath, args: FLAGS });
}

function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
