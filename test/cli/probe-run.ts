/** `mirrorpress probe` over fake mirrors, in this process: what it prints, and what it leaves. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandContext } from "../../src/cli/context.ts";
import { type ProbeCommand, type ProbeWorld, probe } from "../../src/cli/probe.ts";
import { painter } from "../../src/cli/terminal.ts";
import { FAKE_CONFIG } from "../support/fake-mirrors.ts";

export const STATE = "state/probe.json";

/** Writes a network of these mirrors, all on one port, and returns the path of its config.yml. */
export function writeProbedNetwork(
  folder: string,
  {
    names,
    port,
    more = {},
  }: {
    readonly names: readonly string[];
    readonly port: number;
    /** More lines of a mirror's file. */
    readonly more?: Readonly<Record<string, string>>;
  },
): string {
  const files: Record<string, string> = {
    "config.yml": FAKE_CONFIG,
    "mirrorpress.yml": `probe:
  control: ["http://control.example:${port}/"]
  failures: 2
  successes: 2
  request_time: 2s
  per_host: 32
`,
  };
  for (const name of names) {
    files[`mirrors/${name}.yml`] = `name: ${name}
address: {http: "http://${name}:${port}/linux/"}
update_frequency: 3h
sponsor: Example
sponsor_url: https://www.example/
${more[name] ?? ""}`;
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return join(folder, "config.yml");
}

export interface ProbeRunOptions {
  readonly configPath: string;
  readonly world: ProbeWorld;
  readonly command?: Partial<ProbeCommand>;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** A person watches. */
  readonly live?: boolean;
  /** Takes what goes to stderr as it comes. */
  readonly onErr?: (text: string) => void;
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runProbe(options: ProbeRunOptions): Promise<Ended> {
  const { configPath, world, command = {}, json = false, quiet = false, live = false } = options;
  let out = "";
  let err = "";
  const context: CommandContext = {
    options: { configPath, json, builtAt: 0, colour: false, quiet },
    terminal: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        if (quiet) return;
        err += text;
        options.onErr?.(text);
      },
      outPaint: painter(false),
      errPaint: painter(false),
      live,
      columns: 80,
    },
    command: "mirrorpress",
    clock: () => performance.now(),
  };
  const code = await probe(context, { names: [], ...command }, world);
  return { code, out, err };
}
