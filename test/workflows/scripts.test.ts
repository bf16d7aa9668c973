/** The scripts of the nightly run, against programs and servers that only look like the real ones. */
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const SCRIPTS = join(ROOT, ".github", "nightly");
const hasRsync = present("rsync", "tests of publishing by rsync");
const hasShellcheck = present("shellcheck", "the check of shell scripts");
const hasZstd = present("zstd", "the tests of recalling earlier nights");

function present(program: string, what: string): boolean {
  if (spawnSync(program, ["--version"]).error === undefined) return true;
  if (process.env["CI"] === "true") throw new Error(`${program} is not installed`);
  process.stderr.write(`SKIPPED: ${what}, because ${program} is not installed\n`);
  return false;
}

let folder: string;
let bin: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-nightly-"));
  bin = join(folder, "bin");
  mkdirSync(bin);
});
afterEach(() => rmSync(folder, { recursive: true }));

function script(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync("bash", [join(SCRIPTS, name), ...args], {
    cwd: folder,
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: `${bin}:${process.env["PATH"]}`, HOME: folder, ...env },
  });
}

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${text}`);
  chmodSync(join(bin, name), 0o755);
}

const idOf = (night: number) => `202611${String(night).padStart(2, "0")}t032300z-0123abcd`;

/** Makes a generation in output/ the current one; `from` is an earlier one to link what is equal. */
function generation(night: number, from?: number): string {
  const id = idOf(night);
  const at = (each: string) => join(folder, "output", "generations", each);
  mkdirSync(join(at(id), "lists"), { recursive: true });
  mkdirSync(join(at(id), "site"));
  if (from === undefined) writeFileSync(join(at(id), "lists", "same"), "http://a.example/\n");
  else linkSync(join(at(idOf(from)), "lists", "same"), join(at(id), "lists", "same"));
  // Of one length each night, and of one second in this test: only the content tells them apart.
  writeFileSync(join(at(id), "manifest.json"), `{"id":"${id}"}\n`);
  writeFileSync(join(at(id), "site", "index.html"), `${id}\n`);
  rmSync(join(folder, "output", "current"), { force: true });
  symlinkSync(`generations/${id}`, join(folder, "output", "current"));
  return id;
}

function forget(night: number): void {
  rmSync(join(folder, "output", "generations", idOf(night)), { recursive: true });
}

/** A generation that was published is there with every file, or not at all. */
function isWhole(published: string, id: string): boolean {
  const read = (path: string) => readFileSync(join(published, "generations", id, path), "utf8");
  return (
    read("manifest.json") === `{"id":"${id}"}\n` &&
    read("site/index.html") === `${id}\n` &&
    read("lists/same") === "http://a.example/\n"
  );
}

describe("every script", () => {
  it.runIf(hasShellcheck)("is found in order by shellcheck", () => {
    const scripts = readdirSync(SCRIPTS).map((name) => join(SCRIPTS, name));
    scripts.push(join(import.meta.dirname, "fake-aws.sh"), join(ROOT, ".ci", "run"));
    const { stdout, status } = spawnSync("shellcheck", scripts, { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});

describe("publish-rsync.sh", () => {
  let server: string;
  const publish = (target = server, env: NodeJS.ProcessEnv = {}) =>
    script("publish-rsync.sh", ["output", target], env);
  const live = () => readlinkSync(join(server, "current")).replace("generations/", "");
  const held = () => readdirSync(join(server, "generations")).sort();
  const inode = (id: string, path: string) =>
    statSync(join(server, "generations", id, path), { bigint: true }).ino;
  beforeEach(() => {
    server = join(folder, "server");
    mkdirSync(server);
  });

  it.runIf(hasRsync)("publishes night after night, and links what did not change", () => {
    const first = generation(1);
    expect(publish()).toMatchObject({ status: 0, stdout: `published ${first} in ${server}\n` });
    const second = generation(2, 1);
    expect(publish().status).toBe(0);
    expect(live()).toBe(second);
    expect([first, second].every((id) => isWhole(server, id))).toBe(true);
    expect(inode(first, "lists/same")).toBe(inode(second, "lists/same"));
    expect(inode(first, "manifest.json")).not.toBe(inode(second, "manifest.json"));
  });

  it.runIf(hasRsync)("removes what is gone here, but not what was live a moment ago", () => {
    for (const night of [1, 2, 3]) {
      generation(night, night === 1 ? undefined : night - 1);
      publish();
    }
    forget(1);
    forget(2);
    const fourth = generation(4, 3);
    forget(3);
    const { stdout } = publish();
    expect(held()).toEqual([idOf(3), fourth]);
    expect(stdout.match(/^removed .*$/gm)?.sort()).toEqual(
      [1, 2].map((night) => `removed ${idOf(night)}`),
    );
  });

  it.runIf(hasRsync)("finishes what an interrupted run began", () => {
    const id = generation(1);
    mkdirSync(join(server, "generations", id, "lists"), { recursive: true });
    writeFileSync(join(server, "generations", id, "lists", "same"), "torn");
    writeFileSync(join(server, "generations", id, "stray"), "of another program");
    expect(publish().status).toBe(0);
    expect(isWhole(server, id)).toBe(true);
    expect(existsSync(join(server, "generations", id, "stray"))).toBe(false);
  });

  it.runIf(hasRsync)("does not publish what is older than what is live", () => {
    generation(1);
    const second = generation(2, 1);
    publish();
    forget(1);
    generation(1, 2);
    expect(publish()).toMatchObject({ status: 1, stderr: expect.stringContaining("newer than") });
    expect(live()).toBe(second);
  });

  it.runIf(hasRsync)("fails at a target that is not there, and leaves nothing in its place", () => {
    generation(1);
    expect(publish(join(folder, "none"))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cannot be read"),
    });
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it.runIf(hasRsync)(
    "whatever call fails, what is live is whole, and the next night mends it",
    () => {
      const real = spawnSync("which", ["rsync"], { encoding: "utf8" }).stdout.trim();
      const log = join(folder, "calls");
      program(
        "rsync",
        `echo call >>${log}\n[ "$(wc -l <${log})" != "\${FAKE_FAIL_AT:-}" ] || exit 12\nexec ${real} "$@"\n`,
      );
      generation(1);
      expect(publish().status).toBe(0);
      const calls = readFileSync(log, "utf8").split("\n").length - 1;
      expect(calls).toBeGreaterThan(5);
      for (let failing = 1; failing < calls; failing++) {
        generation(failing + 1, failing);
        writeFileSync(log, "");
        const { status } = publish(server, { FAKE_FAIL_AT: String(failing) });
        expect(status, `call ${failing}`).not.toBe(0);
        expect([idOf(failing), idOf(failing + 1)]).toContain(live());
        expect(isWhole(server, live())).toBe(true);
        rmSync(log);
        expect(publish().status).toBe(0);
        expect(live()).toBe(idOf(failing + 1));
        expect(isWhole(server, live())).toBe(true);
      }
    },
  );

  it.runIf(hasRsync)("publishes to a server of rsync as to a folder", async () => {
    const port = await freePort();
    const config = join(folder, "rsyncd.conf");
    // As root it would become nobody, who may not write here.
    const user = process.getuid?.() === 0 ? "uid = root\ngid = root\n" : "";
    writeFileSync(
      config,
      `address = 127.0.0.1\nport = ${port}\nlog file = ${join(folder, "log")}\n[m]\npath = ${server}\n` +
        `use chroot = no\nmunge symlinks = no\nread only = no\n${user}`,
    );
    // A socket for stdin would make it serve that alone, as under inetd.
    const args = ["--daemon", "--no-detach", "--config", config];
    const daemon = spawn("rsync", args, { stdio: "ignore" });
    try {
      const target = `rsync://127.0.0.1:${port}/m`;
      const first = generation(1);
      let said = publish(target);
      for (let tries = 0; tries < 50 && /Connection refused/.test(said.stderr); tries++) {
        await wait(100);
        said = publish(target);
      }
      expect(said).toMatchObject({ status: 0, stderr: "" });
      expect(live()).toBe(first);
      const second = generation(2, 1);
      expect(publish(target)).toMatchObject({ status: 0 });
      expect(live()).toBe(second);
      expect(isWhole(server, second)).toBe(true);
      expect(inode(first, "lists/same")).toBe(inode(second, "lists/same"));
    } finally {
      daemon.kill();
    }
  });

  it.runIf(hasRsync)(
    "gives ssh the key and the host's key alone, and leaves neither behind",
    () => {
      generation(1);
      program(
        "ssh",
        `echo "$*" >${folder}/ssh; stat -c %a "$2" >>${folder}/ssh; cat "$2" >>${folder}/ssh; exit 255\n`,
      );
      const env = { RSYNC_SSH_KEY: "the key", RSYNC_KNOWN_HOSTS: "host ssh-ed25519 AAAA" };
      expect(publish("mirror@host.example:/srv/m", { ...env, TMPDIR: folder }).status).toBe(1);
      const seen = readFileSync(join(folder, "ssh"), "utf8");
      expect(seen).toMatch(/-o StrictHostKeyChecking=yes -o UserKnownHostsFile=\S+known_hosts/);
      expect(seen).toContain("\n600\nthe key\n");
      expect(existsSync(seen.split(" ")[1] as string)).toBe(false);
    },
  );
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

describe("publish-bucket.sh", () => {
  let s3: string;
  const publish = (env: NodeJS.ProcessEnv = {}) =>
    script("publish-bucket.sh", ["output", "s3://bucket/lists"], { FAKE_S3: s3, ...env });
  const bucket = () => join(s3, "bucket", "lists");
  const live = () =>
    (JSON.parse(readFileSync(join(bucket(), "current.json"), "utf8")) as { generation: string })
      .generation;
  const held = () => readdirSync(join(bucket(), "generations")).sort();
  const calls = () => readFileSync(join(s3, ".log"), "utf8").trim().split("\n");
  beforeEach(() => {
    s3 = join(folder, "s3");
    mkdirSync(s3);
    cpSync(join(import.meta.dirname, "fake-aws.sh"), join(bin, "aws"));
  });

  it("writes files first, compares them, and then the pointer", () => {
    const id = generation(1);
    expect(publish()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`published ${id}`),
    });
    expect(live()).toBe(id);
    expect(isWhole(bucket(), id)).toBe(true);
    const sync =
      `s3 sync output/generations/${id}/ s3://bucket/lists/generations/${id}/ --size-only --delete ` +
      "--cache-control public, max-age=31536000, immutable";
    const pointer = "s3://bucket/lists/current.json";
    expect(calls()).toEqual([
      `s3 ls ${pointer}`,
      `${sync} --only-show-errors`,
      `${sync} --dryrun`,
      `s3 cp - ${pointer} --content-type application/json --cache-control no-cache`,
      `s3 cp ${pointer} -`,
      "s3 ls s3://bucket/lists/generations/",
    ]);
  });

  it("removes what is gone here last, but not what was live a moment ago", () => {
    for (const night of [1, 2, 3]) {
      generation(night, night === 1 ? undefined : night - 1);
      publish();
    }
    forget(1);
    forget(2);
    const fourth = generation(4, 3);
    forget(3);
    publish();
    expect(held()).toEqual([idOf(3), fourth]);
    const ending = calls()
      .slice(-2)
      .map((call) => call.split(" ").slice(0, 3).join(" "));
    expect(ending).toEqual(
      [1, 2].map((night) => `s3 rm s3://bucket/lists/generations/${idOf(night)}/`),
    );
  });

  it("does not publish what is older than what is live", () => {
    generation(2);
    publish();
    generation(1, 2);
    expect(publish()).toMatchObject({ status: 1, stderr: expect.stringContaining("newer than") });
    expect(live()).toBe(idOf(2));
  });

  it("does not touch a bucket whose pointer is another program's", () => {
    generation(1);
    mkdirSync(bucket(), { recursive: true });
    writeFileSync(join(bucket(), "current.json"), '{"generation":"../../x"}\n');
    expect(publish()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("not a pointer"),
    });
    expect(readdirSync(bucket())).toEqual(["current.json"]);
  });

  it("whatever call fails, what is live is whole, and the next night mends it", () => {
    generation(1);
    expect(publish().status).toBe(0);
    generation(2, 1);
    publish();
    const count = 7;
    for (let failing = 1; failing <= count; failing++) {
      generation(failing + 2, failing + 1);
      rmSync(join(s3, ".log"));
      const { status } = publish({ FAKE_FAIL_AT: String(failing) });
      expect(status, `call ${failing}`).not.toBe(0);
      expect([idOf(failing + 1), idOf(failing + 2)]).toContain(live());
      expect(isWhole(bucket(), live())).toBe(true);
      expect(publish().status).toBe(0);
      expect(live()).toBe(idOf(failing + 2));
    }
    rmSync(join(s3, ".log"));
    publish();
    expect(calls()).toHaveLength(count);
  });

  it("does not move the pointer when the bucket lost a file", () => {
    generation(1);
    cpSync(join(bin, "aws"), join(bin, "aws-real"));
    program(
      "aws",
      `aws-real "$@" || exit\ncase "$*" in *--only-show-errors) rm -r "$FAKE_S3"/bucket/lists/generations/*/lists;; esac\n`,
    );
    expect(publish()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("does not hold"),
    });
    expect(existsSync(join(bucket(), "current.json"))).toBe(false);
  });
});

describe("lay-out-pages.sh", () => {
  it("lays pages at the top, data beside them, and leaves away what is for nginx", () => {
    const id = generation(1);
    mkdirSync(join(folder, "output", "generations", id, "nginx"));
    expect(script("lay-out-pages.sh", ["output", "public"]).status).toBe(0);
    expect(readdirSync(join(folder, "public")).sort()).toEqual([
      "index.html",
      "lists",
      "manifest.json",
    ]);
  });
});

describe("summarise.sh", () => {
  const summary = () => readFileSync(join(folder, "summary"), "utf8");
  const summarise = (text: string, env: NodeJS.ProcessEnv = {}) => {
    program("say", text);
    return script("summarise.sh", ["Heading", "say"], {
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      ...env,
    });
  };

  it("says what the command says, and its result to the summary as well", () => {
    appendFileSync(join(folder, "summary"), "before\n");
    const { status, stdout, stderr } = summarise("echo out; echo err >&2");
    expect([status, stdout, stderr]).toEqual([0, "out\n", "err\n"]);
    expect(summary()).toBe("before\n\n### Heading\n\n    out\n\n");
  });

  it("ends as the command does, and then has all of it and the way on", () => {
    const { status } = summarise("echo out; echo err >&2; exit 3", { WAY_ON: "Do this." });
    expect(status).toBe(3);
    expect(summary()).toBe(
      "\n### Heading\n\n    out\n\n    err\n\n\nIt ended with exit code 3.\n\nDo this.\n",
    );
    expect(summarise("exit 1", { WAY_ON: "Do that." }).status).toBe(1);
    expect(summary()).not.toContain("Do that.");
  });

  it("has no line of the command's be markup in the summary", () => {
    summarise("printf '%s\\n' '# h' '' '```' '<img src=x>' '@somebody' '| a |' '\tx'");
    const body = summary().split("### Heading\n")[1] ?? "";
    const lines = body.split("\n").filter((line) => line.trim() !== "");
    expect(lines).toHaveLength(6);
    expect(lines.every((line) => line.startsWith("    "))).toBe(true);
  });

  it("has no line of the command's be one to the runner", () => {
    const { stdout } = summarise("echo ::set-env name=A::b; printf '::error::no line end'", {
      GITHUB_ACTIONS: "true",
    });
    const lines = stdout.split("\n").filter((line) => line !== "");
    const token = /^::stop-commands::([0-9a-f-]{36})$/.exec(lines[0] ?? "")?.[1];
    expect(token).toBeDefined();
    expect(lines.at(-1)).toBe(`::${token}::`);
    expect(lines.slice(1, -1)).toEqual(["::set-env name=A::b", "::error::no line end"]);
  });

  it("cuts what is too long for a summary, and not what it prints", () => {
    const { stdout } = summarise("seq 5000; printf 'x%.0s' $(seq 2000)");
    expect(stdout.length).toBeGreaterThan(20_000);
    expect(summary().split("\n").length).toBeLessThan(1100);
    expect(summary().length).toBeLessThan(20_000);
  });
});

describe.runIf(hasZstd)("recall.sh", () => {
  interface Run {
    readonly id: number;
    readonly event: string;
    readonly conclusion: string;
    readonly artifacts: readonly string[];
    readonly fork?: boolean;
  }

  /** A gh that knows some runs; artifacts hold a file that names their run. */
  function pretend(runs: readonly Run[]): void {
    for (const { id, artifacts } of runs) {
      const at = join(folder, "artifacts", String(id));
      mkdirSync(join(at, "output"), { recursive: true });
      writeFileSync(join(at, "artifacts"), artifacts.map((name) => `${name}\n`).join(""));
      writeFileSync(join(at, "probe.json"), String(id));
      writeFileSync(join(at, "output", "id"), String(id));
    }
    const listed = (event: string) =>
      runs
        .filter((run) => run.event === event && run.fork !== true)
        .map(({ id, conclusion }) => `${id} ${conclusion}\n`)
        .join("");
    writeFileSync(join(folder, "schedule"), listed("schedule"));
    writeFileSync(join(folder, "workflow_dispatch"), listed("workflow_dispatch"));
    program(
      "gh",
      `cd ${folder}
case "$*" in
  *actions/workflows/nightly.yml/runs*event=schedule*branch=main*) cat schedule ;;
  *actions/workflows/nightly.yml/runs*event=workflow_dispatch*branch=main*) cat workflow_dispatch ;;
  *actions/runs/*/artifacts*) id=$(sed 's#.*/runs/\\([0-9]*\\)/.*#\\1#' <<<"$*"); cat artifacts/$id/artifacts ;;
  "run download "*--name\\ state*) mkdir -p state; cp artifacts/$3/probe.json state/ ;;
  "run download "*--name\\ output*) tar --create --zstd --file output.tar.zst -C artifacts/$3 output ;;
  *) echo "what is $*" >&2; exit 1 ;;
esac
`,
    );
  }
  const recall = (...args: readonly string[]) =>
    script("recall.sh", args, { GITHUB_REPOSITORY: "o/r", GITHUB_REF_NAME: "main" });
  const recalled = () =>
    ["state/probe.json", "output/id"].map((path) => {
      const file = join(folder, path);
      return existsSync(file) ? Number(readFileSync(file, "utf8")) : null;
    });
  const whole = ["output", "state"];

  it("takes the state of the last night that asked, the output of the last that ended well", () => {
    pretend([
      { id: 1, event: "schedule", conclusion: "success", artifacts: whole },
      { id: 2, event: "workflow_dispatch", conclusion: "success", artifacts: whole },
      { id: 10, event: "schedule", conclusion: "failure", artifacts: whole },
      { id: 11, event: "schedule", conclusion: "failure", artifacts: ["state"] },
      { id: 12, event: "schedule", conclusion: "null", artifacts: [] },
    ]);
    expect(recall()).toMatchObject({ status: 0, stderr: "" });
    expect(recalled()).toEqual([11, 2]);
    expect(existsSync(join(folder, "output.tar.zst"))).toBe(false);
  });

  it("fails where there is no output, so that no night goes without gates", () => {
    pretend([{ id: 1, event: "schedule", conclusion: "failure", artifacts: whole }]);
    expect(recall()).toMatchObject({ status: 1, stderr: expect.stringContaining("first") });
  });

  it("begins with nothing when told that it is the first night", () => {
    pretend([]);
    expect(recall("first")).toMatchObject({ status: 0 });
    expect(recalled()).toEqual([null, null]);
  });

  it("fails when the runs cannot be listed, even on the first night", () => {
    program("gh", "exit 1");
    expect(recall("first").status).toBe(1);
  });

  it("asks for runs of the repository's own branches alone", () => {
    const text = readFileSync(join(SCRIPTS, "recall.sh"), "utf8");
    expect(text).toContain("select(.head_repository.full_name == .repository.full_name)");
    expect(text).not.toMatch(/runs_by (?!schedule|workflow_dispatch)/);
  });
});
