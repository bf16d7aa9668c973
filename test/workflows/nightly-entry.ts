/**
 * The program as the steps of a workflow call it in tests: the same commands, but the world that
 * `probe`, `review` and `fetch` reach is on the loopback. Nothing in the real program's options or
 * environment could do that; here it is an argument of the commands.
 */
import { readFileSync } from "node:fs";
import type { CommandContext } from "../../src/cli/context.ts";
import { describeError } from "../../src/cli/failure.ts";
import { fetch } from "../../src/cli/fetch.ts";
import { type ProbeWorld, probe } from "../../src/cli/probe.ts";
import { review } from "../../src/cli/review.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import type { AddressPolicy } from "../../src/net/address-policy.ts";
import type { Resolver } from "../../src/net/resolver.ts";
import { PUBLIC_SOURCES } from "../../src/refresh/fetch-gather.ts";

export interface World {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** In place of MaxMind. */
  readonly maxmind?: string;
}

const world = JSON.parse(readFileSync(process.env["TEST_WORLD"] ?? "", "utf8")) as World;

const policy: AddressPolicy = ({ family, words }) =>
  family === 4 && (words[0] ?? 0) >>> 24 === 127 ? null : "it is not on the loopback";
const resolver: Resolver = { resolve: async (_, family) => (family === 4 ? ["127.0.0.1"] : []) };
const net = { policy, resolver };
const now = () => world.now;
const probeWorld: ProbeWorld = { openNet: () => net, now };

const options = { colour: false, quiet: false };
const context: CommandContext = {
  options: { configPath: "config.yml", json: false, builtAt: world.now / 1000, ...options },
  terminal: openTerminal(process.stdout, process.stderr, { ...options, env: process.env }),
  command: "npx mirrorpress",
  clock: () => performance.now(),
};

async function main([command, ...words]: readonly string[]): Promise<number | undefined> {
  if (command === "probe" && words.every((word) => word === "--accept")) {
    return probe(context, { names: [], accept: words.length > 0 }, probeWorld);
  }
  if (command === "fetch" && words.length === 0) {
    const sources = { ...PUBLIC_SOURCES, maxmind: world.maxmind ?? "", registry: "" };
    const wait = async () => undefined;
    const { env } = process;
    return fetch(context, { what: [] }, { sources, net, now, wait, env });
  }
  if (command === "review" && words[1] === "--github" && words[2] === "--report") {
    const [mirrors = "", , , report = ""] = words;
    return review(context, { mirrors, probe: true, github: true, report }, probeWorld);
  }
  await import("../../src/cli.ts");
  return undefined;
}

try {
  const exitCode = await main(process.argv.slice(2));
  if (exitCode !== undefined) process.exitCode = exitCode;
} catch (error) {
  const report = describeError(error, process.argv.slice(2).join(" "), context.terminal);
  process.stderr.write(report.text);
  process.exitCode = report.exitCode;
}
