#!/usr/bin/env node
/**
 * The command line: argv to options, options to a command, its outcome to an exit code. The only
 * place where errors are caught, and with src/cli/ the only one that knows a clock and a console.
 *
 * Commands are imported when they run, so that `--help` does not wait for what it does not use.
 */
import { Command, CommanderError } from "commander";
import type { BuildCommand } from "./cli/build.ts";
import { type CommandContext, commandName } from "./cli/context.ts";
import type { DiffCommand } from "./cli/diff.ts";
import { EXIT } from "./cli/errors.ts";
import type { FetchCommand } from "./cli/fetch.ts";
import type { LoadOptions } from "./cli/load.ts";
import { type RawOptions, readOptions } from "./cli/options.ts";
import type { ProbeCommand } from "./cli/probe.ts";
import type { ReviewCommand } from "./cli/review.ts";
import type { RollbackCommand } from "./cli/rollback.ts";
import { openTerminal } from "./cli/terminal.ts";
import { version } from "./cli/version.ts";

async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  let hasResult = false;
  const program = describeProgram({
    end: (code) => {
      exitCode = code;
    },
    result: () => {
      hasResult = true;
    },
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const plain = argv.includes("--no-color");
    const terminal = openTerminal(process.stdout, process.stderr, {
      colour: !plain,
      quiet: false,
      env: process.env,
    });
    const { describeError } = await import("./cli/failure.ts");
    const report = describeError(error, argv.slice(2).join(" "), terminal);
    terminal.err(report.text);
    // A script that asked for JSON gets one document, whatever comes of it.
    const wantsJson = argv.includes("--json") && !hasResult;
    if (wantsJson) terminal.out(`${JSON.stringify(report.json, null, 2)}\n`);
    return report.exitCode;
  }
}

interface Outcome {
  /** Told a command's exit code. */
  readonly end: (exitCode: number) => void;
  /** Told that a command has written of its result. */
  readonly result: () => void;
}

function describeProgram({ end, result }: Outcome): Command {
  const program = new Command("mirrorpress")
    .description("Compiles a network of download mirrors into static files.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("-c, --config <path>", "the network's config.yml", "config.yml")
    .option("-o, --output <dir>", "where generations go (default: that of mirrorpress.yml)")
    .option("--json", "print the result, or the error, as JSON")
    .option("--built-at <time>", "the time of the output: ISO 8601, or seconds since 1970")
    .option("--no-color", "no colours (NO_COLOR does the same)")
    .option("-q, --quiet", "of what is not the result, print errors only")
    .showHelpAfterError("(mirrorpress --help tells more)")
    .addHelpText("after", EXIT_CODES)
    .exitOverride();

  const add = (usage: string, summary: string): Command =>
    program.command(usage).description(summary).helpOption("-h, --help", "print this help");
  // Made before the command is imported: what is typed wrong is said at once.
  const context = (command: Command): CommandContext =>
    openContext(command.optsWithGlobals(), result);

  add("build", "compile mirrors and databases into a generation and publish it")
    .option("--canary [url]", CANARY)
    .option("--no-canary", NO_CANARY)
    .option("--accept [digest]", "publish what a gate holds; what one refuses, by its digest")
    .option("--dry-run", "do all but publish, the gates included")
    .action(async (options: BuildCommand, command: Command) => {
      const ready = context(command);
      const { build } = await import("./cli/build.ts");
      end(await build(ready, options));
    });
  add("fetch [what...]", "bring databases and lists of networks into data/")
    .option("-a, --all", "the networks of every cloud provider, needed or not")
    .option("--accept", "take what is older than the last good one, or less than half of it")
    .option("--schema", "print the JSON schema of data/lock.json, and bring nothing")
    .addHelpText("after", FETCH_WORDS)
    .action(async (what: string[], options: Omit<FetchCommand, "what">, command: Command) => {
      const ready = context(command);
      const { fetch } = await import("./cli/fetch.ts");
      end(await fetch(ready, { ...options, what }));
    });
  add("check [paths...]", "say all that is wrong with mirror files, and how to mend it")
    .option("--github", "as annotations on a GitHub pull request")
    .action(async (paths: string[], options: { github?: boolean }, command: Command) => {
      const ready = context(command);
      const { check } = await import("./cli/check.ts");
      end(await check(ready, { paths, github: options.github ?? false }));
    });
  add("explain <query>", "show the list of an address, CIDR, country or ASN, and why")
    .option("-m, --mirror <name>", "say why this mirror is, or is not, in it")
    .option("-s, --set <name>", "the list set (default: that of every mirror)")
    .action(async (query: string, options: { mirror?: string; set?: string }, command: Command) => {
      const ready = context(command);
      const { explain } = await import("./cli/explain.ts");
      end(await explain(ready, { query, ...options }));
    });
  add("load", "forecast each mirror's share of clients, by the lists that are published")
    .option("-w, --weights <file>", "clients by country, a CSV table: country,weight[,family]")
    .option("-s, --set <name>", "the list set (default: that of every mirror)")
    .option("--country <country>", "of the clients of one country")
    .option("-m, --mirror <name>", "one mirror, by country")
    .option("-g, --generation <id>", "a generation other than the current one")
    .option("-a, --all", "show every mirror and every country")
    .action(async (options: LoadOptions, command: Command) => {
      const ready = context(command);
      const { load } = await import("./cli/load.ts");
      end(await load(ready, options));
    });
  add("review <mirrors>", "say what contributed mirror files, all in a folder, would do")
    .option("--no-probe", "ask no mirror whether it answers")
    .option("--markdown", "as Markdown, for the page of a pull request")
    .option("--github", "as annotations on a GitHub pull request")
    .option("--report <file>", "add the report to a file, as Markdown")
    .action(async (mirrors: string, options: Omit<ReviewCommand, "mirrors">, command: Command) => {
      const ready = context(command);
      const { review } = await import("./cli/review.ts");
      end(await review(ready, { ...options, mirrors }));
    });
  add("rollback [generation]", "publish what an older generation holds once more, as a new one")
    .option("--canary [url]", CANARY)
    .option("--no-canary", NO_CANARY)
    .option("--dry-run", "publish nothing, and say what would change")
    .action(async (id: string | undefined, options: RollbackCommand, command: Command) => {
      const ready = context(command);
      const { rollback } = await import("./cli/rollback.ts");
      end(await rollback(ready, { ...options, ...(id !== undefined && { id }) }));
    });
  add("prune", "remove old generations, but the current one and the one it replaced")
    .option("--keep <number>", "how many stay (default: that of mirrorpress.yml)")
    .action(async (options: { keep?: string }, command: Command) => {
      const ready = context(command);
      const { prune } = await import("./cli/prune.ts");
      end(prune(ready, options));
    });
  add("generations", "list the generations that there are").action(
    async (_options: object, command: Command) => {
      const ready = context(command);
      const { generations } = await import("./cli/generations.ts");
      end(generations(ready));
    },
  );
  add("diff [old] [new]", "say what clients notice between two generations")
    .option("-s, --list-set <name>", "the list set (default: that of every mirror)")
    .option("--set <key=value>", "what if a setting were this: policy.length=5", collect)
    .option("--without <mirror>", "what if a mirror were gone", collect)
    .option("--markdown", "as Markdown, for a pull request or the summary of a job")
    .option("-a, --all", "show every mirror and every country")
    .action(
      async (
        before: string | undefined,
        after: string | undefined,
        options: Omit<DiffCommand, "old" | "new">,
        command: Command,
      ) => {
        const ready = context(command);
        const { diff } = await import("./cli/diff.ts");
        end(await diff(ready, { ...options, old: before, new: after }));
      },
    );
  add("preview", "serve the current generation with nginx on a loopback port")
    .option("-p, --port <number>", "the port; 0 takes a free one", "8080")
    .action(async (options: { port: string }, command: Command) => {
      const ready = context(command);
      const { preview } = await import("./cli/preview.ts");
      end(await preview(ready, options));
    });
  add("probe [names...]", "ask mirrors whether they are alive and fresh, and remember it")
    .option("-a, --all", "show every mirror")
    .option("-n, --dry-run", "remember nothing")
    .option("--accept", "count the run although many mirrors fail together")
    .option("--schema", "print the JSON schema of the state, and ask nobody")
    .action(async (names: string[], options: Omit<ProbeCommand, "names">, command: Command) => {
      const ready = context(command);
      const { probe } = await import("./cli/probe.ts");
      end(await probe(ready, { ...options, names }));
    });
  return program;
}

const CANARY = "ask nginx, or the server at a URL, for lists after the switch; or go back";
const NO_CANARY = "ask nobody (default: nginx, if it is installed)";

const FETCH_WORDS = `
What to bring: geoip, cloud, subnets, a provider (aws, azure, gcp, oci), or a source as
mirrorpress.yml names it. Without a word, all that the settings and the mirrors need.
MaxMind's databases want MAXMIND_ACCOUNT_ID and MAXMIND_LICENSE_KEY in the environment.`;

const EXIT_CODES = `
Exit codes:
  0  done
  1  findings: the input has errors, a source could not be fetched, or a mirror
     that was asked about by name fails
  2  wrong command line, or something it needs is missing
  3  a safeguard refused: a gate, a canary, a probe whose own network is suspect;
     what was published stays
  70 a bug in this program`;

/** For an option that may be given several times. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function openContext(raw: RawOptions, result: () => void): CommandContext {
  const options = readOptions(raw, process.env, Date.now());
  const terminal = openTerminal(process.stdout, process.stderr, { ...options, env: process.env });
  return {
    options,
    terminal: {
      ...terminal,
      out: (text) => {
        result();
        terminal.out(text);
      },
    },
    command: commandName(process.argv[1] ?? "", process.cwd()),
    clock: () => performance.now(),
  };
}

/**
 * A reader that has left, as in `mirrorpress load | head -1`, is no error, and no reason to stop: a
 * build whose progress nobody reads any more still publishes, and ends with its own exit code.
 * A result that cannot be written is one.
 */
function watchOutput(): { readonly exitCode: (ofCommand: number) => number } {
  let lost = false;
  const exitCode = (ofCommand: number) =>
    lost && ofCommand === EXIT.done ? EXIT.usage : ofCommand;
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (lost || error.code === "EPIPE") return;
    lost = true;
    process.exitCode = exitCode(Number(process.exitCode ?? EXIT.done));
    process.stderr.write(`error: ${error.message}\n  while writing the result\n`);
  });
  return { exitCode };
}

const output = watchOutput();
process.exitCode = output.exitCode(await main(process.argv));
