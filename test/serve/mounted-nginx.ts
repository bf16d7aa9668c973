/** The real nginx with the generation that is current in a folder, mounted as http.conf says. */

import { httpConfiguration } from "../../src/emit/nginx.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { findNginx, type RunningNginx, startNginx } from "../../src/publish/nginx.ts";
import { publishGeneration, retireGenerations } from "../../src/publish/publish.ts";
import { type SmallGenerationOptions, smallGeneration } from "./small-generation.ts";

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

export function publish(options: SmallGenerationOptions): void {
  const lock = lockOutput(options.root);
  try {
    publishGeneration({ lock, ...smallGeneration(options) });
    retireGenerations(lock, 3);
  } finally {
    lock.release();
  }
}

export function start(
  root: string,
  hosts: readonly string[] = ["127.0.0.1"],
): Promise<RunningNginx> {
  const [http = "", server = ""] = mountingLines(root);
  return startNginx({ http, server: `root /nonexistent;\n${server}`, hosts });
}

/** What the comment in http.conf says to write. */
function mountingLines(root: string): string[] {
  const text = httpConfiguration({
    root,
    id: "any",
    rotations: 1,
    unknownLists: {},
    networks: false,
    client: "remote-address",
  });
  return [...text.matchAll(/^# +(include .*)$/gm)].map((match) => match[1] ?? "");
}

export function publishAndStart(options: SmallGenerationOptions): Promise<RunningNginx> {
  publish(options);
  return start(options.root);
}
