/** The customer's sample data, which lies beside the repository and not in it. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The path of a file under the shared data folder, whether or not it exists. */
export function sharedData(...parts: readonly string[]): string {
  return join(repositoryRoot(), "..", "shared", "data", ...parts);
}

/**
 * Whether tests that need the shared data can run. On a build server its absence is an error, so
 * that those tests cannot vanish unnoticed; elsewhere a line on stderr says what is skipped.
 */
export function hasSharedData(): boolean {
  const folder = sharedData();
  if (existsSync(folder)) return true;
  if (process.env["CI"] === "true") throw new Error(`the shared test data is missing: ${folder}`);
  process.stderr.write(`SKIPPED: tests on real data, because ${folder} does not exist\n`);
  return false;
}

/** The nearest folder above this file with a package.json: test/ and dist/test/ both lead there. */
function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("no package.json above the tests");
    folder = parent;
  }
  return folder;
}
