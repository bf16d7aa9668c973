/** Builds, and going back, that a signal ends: at any moment, and while a server is asked. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generationFault } from "../src/emit/generation.ts";
import { nodeFileSystem } from "../src/publish/file-system.ts";
import { readStagedFiles } from "../src/publish/stage.ts";
import { BUILT_AT, writeSmallNetwork } from "./support/small-network.ts";

const CLI = join(import.meta.dirname, "..", "dist", "src", "cli.js");
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

let folder: string;
let configPath: string;
let output: string;
let servers: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-interrupted-"));
  configPath = writeSmallNetwork(folder, {});
  output = join(folder, "output");
  servers = [];
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

let minute = 0;

function begin(command: string, ...more: readonly string[]): ChildProcess {
  minute += 60;
  const at = ["--built-at", String(BUILT_AT + minute)];
  const args = [CLI, command, "--config", configPath, ...at, ...more];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
}

async function endOf(child: ChildProcess) {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { end: signal ?? code, said };
}

const build = async (...more: readonly string[]) =>
  (await endOf(begin("build", "--no-canary", "--accept", ...more))).end;

const current = () => readlinkSync(join(output, "current")).replace("generations/", "");

/** The id that is current, having checked that it is whole. */
function checkedCurrent(): string {
  const id = current();
  const files = readStagedFiles(join(output, "generations", id), nodeFileSystem);
  expect(generationFault({ id, files })).toBeNull();
  return id;
}

/** Takes requests and never answers; `asked` is told of each. */
async function silentServer(asked: () => void): Promise<string> {
  const server = createServer(asked);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a signal", () => {
  it.each(SIGNALS)(
    "while the canary asks makes the generation before current again: %s",
    async (signal) => {
      expect(await build()).toBe(0);
      const before = current();
      for (const command of ["build", "rollback"]) {
        // There must be something to go back to.
        if (command === "rollback") expect(await build()).toBe(0);
        const inPlace = current();
        let child: ChildProcess | undefined;
        const url = await silentServer(() => child?.kill(signal));
        child = begin(command, "--canary", url);
        const { end, said } = await endOf(child);
        expect(end).toBe(signal);
        expect(said).toContain("interrupted before the canary had all of its answers");
        expect(said).toContain(`Generation ${inPlace} is current again.`);
        expect(checkedCurrent()).toBe(inPlace);
        expect(existsSync(join(output, ".lock"))).toBe(false);
      }
      expect(current()).not.toBe(before);
      expect(await build()).toBe(0);
    },
  );

  it("at any moment ends the build as signals do, and the next one finds nothing in its way", async () => {
    expect(await build()).toBe(0);
    const began = performance.now();
    expect(await build()).toBe(0);
    const whole = performance.now() - began;
    const ends = new Set<unknown>();
    for (let step = 1; step <= 8; step++) {
      const before = current();
      const child = begin("build", "--no-canary", "--accept");
      setTimeout(() => child.kill("SIGTERM"), (whole * step) / 8);
      const { end } = await endOf(child);
      ends.add(end);
      const id = checkedCurrent();
      if (end === 0) expect(id).not.toBe(before);
    }
    expect([...ends]).toContain("SIGTERM");
    expect(await build()).toBe(0);
    expect(readdirSync(output)).toEqual(["current", "generations"]);
    const names = readdirSync(join(output, "generations"));
    expect(names.filter((name) => name.startsWith("."))).toEqual([]);
    expect(readFileSync(join(output, "current", "manifest.json"), "utf8")).toContain(current());
  });
});
