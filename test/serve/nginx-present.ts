import { findNginx } from "../../src/cli/preview-nginx.ts";

/** On a build server a missing nginx is an error, so that these tests cannot vanish unnoticed. */
export function hasNginx(): boolean {
  try {
    findNginx();
    return true;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    process.stderr.write(`SKIPPED: tests with the real nginx: ${String(error)}\n`);
    return false;
  }
}
