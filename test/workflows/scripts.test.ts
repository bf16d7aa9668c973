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

const REAL_RSYNC = spawnSync("which", ["rsync"], { encoding: "utf8" }).stdout.trim();

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
    maxBuffer: 16 * 1024 * 1024,
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
      const log = join(folder, "calls");
      program(
        "rsync",
        `echo call >>${log}\n[ "$(wc -l <${log})" != "\${FAKE_FAIL_AT:-}" ] || exit 12\nexec ${REAL_RSYNC} "$@"\n`,
      );
      generation(1);
      expect(publish().status).toBe(0);
      const calls = readFileSync(log, "utf8").split("\n").length - 1;
      expect(calls).toBeGreaterThan(5);
      for (let failing = 1; failing < calls; failing++) {
        generation(failing + 1, failing);
        writeFileSync(log, "");
        const { status, stderr } = publish(server, { FAKE_FAIL_AT: String(failing) });
        // The second asks whether files can be synced to the disk; it goes without as well.
        if (failing === 2) expect(stderr).toContain("cannot sync to the disk");
        else expect(status, `call ${failing}`).not.toBe(0);
        expect([idOf(failing), idOf(failing + 1)]).toContain(live());
        expect(isWhole(server, live())).toBe(true);
        rmSync(log);
        expect(publish().status).toBe(0);
        expect(live()).toBe(idOf(failing + 1));
        expect(isWhole(server, live())).toBe(true);
      }
    },
  );

  it.runIf(hasRsync)(
    "wherever the connection breaks off, what is live is whole, and the next night mends it",
    () => {
      // What stands in for ssh: each connection carries so many bytes to the server and breaks off.
      // The first ones of a run only read, and ask.
      program(
        "cut-off",
        `shift; echo call >>${folder}/calls
[ "$(wc -l <${folder}/calls)" -lt "$FROM_CALL" ] || exec "$@" < <(
  dd bs=1 count="$BYTES" status=none
  [ "$(head -c 1 | wc -c)" = 0 ] || kill -9 $$
)
exec "$@"
`,
      );
      const over = (calls: number, bytes: number) => {
        rmSync(join(folder, "calls"), { force: true });
        return publish(`host:${server}`, {
          ...{ RSYNC_RSH: join(bin, "cut-off"), FROM_CALL: String(calls), BYTES: String(bytes) },
        });
      };
      generation(1);
      expect(over(99, 0)).toMatchObject({ status: 0, stderr: "" });
      let broken = 0;
      // The call that sends the files, and one after it.
      for (const [before, from] of [
        [1, 3],
        [2, 5],
      ] as const) {
        const next = generation(before + 1, before);
        for (let bytes = 0, ended = false; !ended && bytes < 2000; bytes += 40) {
          ended = over(from, bytes).status === 0;
          if (!ended) broken++;
          expect([idOf(before), next]).toContain(live());
          expect(isWhole(server, live())).toBe(true);
        }
        expect(live()).toBe(next);
      }
      expect(broken).toBeGreaterThan(5);
      expect([1, 2, 3].every((night) => isWhole(server, idOf(night)))).toBe(true);
    },
    60_000,
  );

  it.runIf(hasRsync)("has the pointer lead somewhere at every moment", async () => {
    generation(1);
    publish();
    generation(2, 1);
    const env = { PATH: process.env["PATH"], HOME: folder };
    const args = [join(SCRIPTS, "publish-rsync.sh"), "output", server];
    const running = spawn("bash", args, { cwd: folder, env, stdio: "ignore" });
    let reads = 0;
    const seen = new Set<string>();
    while (running.exitCode === null) {
      seen.add(live());
      if (++reads % 1000 === 0) await wait(0);
    }
    expect([...seen]).toEqual([idOf(1), idOf(2)]);
    expect(reads).toBeGreaterThan(1000);
  });

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
        `echo "$*" >${folder}/ssh; stat -c %a "$2" >>${folder}/ssh; cat "$2" >>${folder}/ssh; env >${folder}/ssh-env; exit 255\n`,
      );
      const env = { RSYNC_SSH_KEY: "the key\r", RSYNC_KNOWN_HOSTS: "host ssh-ed25519 AAAA" };
      expect(publish("mirror@host.example:/srv/m", { ...env, TMPDIR: folder }).status).toBe(1);
      const seen = readFileSync(join(folder, "ssh"), "utf8");
      expect(seen).toMatch(/-o StrictHostKeyChecking=yes -o UserKnownHostsFile=\S+known_hosts/);
      expect(seen).toContain("\n600\nthe key\n");
      expect(existsSync(seen.split(" ")[1] as string)).toBe(false);
      expect(readFileSync(join(folder, "ssh-env"), "utf8")).not.toContain("the key");
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

  it("whatever object it ends at, what is live is whole, and the next night mends it", () => {
    generation(1);
    publish();
    // Files, the pointer, and files of a generation that is gone: none is one call's worth.
    let failing = 1;
    for (let ended = false; !ended; failing++) {
      generation(failing + 1, failing);
      if (failing > 1) forget(failing - 1);
      rmSync(join(s3, ".objects"), { force: true });
      const { status } = publish({ FAKE_FAIL_OBJECT: String(failing) });
      ended = status === 0;
      expect([idOf(failing), idOf(failing + 1)]).toContain(live());
      expect(isWhole(bucket(), live()), `object ${failing}`).toBe(true);
      expect(publish().status).toBe(0);
      expect(live()).toBe(idOf(failing + 1));
      expect(isWhole(bucket(), live())).toBe(true);
    }
    expect(failing).toBeGreaterThan(6);
  });

  it("takes no object for the pointer whose name only begins like it", () => {
    const id = generation(1);
    mkdirSync(bucket(), { recursive: true });
    writeFileSync(join(bucket(), "current.json.bak"), "an operator's");
    expect(publish()).toMatchObject({ status: 0 });
    expect(live()).toBe(id);
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
  const layOut = (...more: readonly string[]) =>
    script("lay-out-pages.sh", ["output", "public", ...more], { GITHUB_REPOSITORY: "o/r" });
  /** A curl that finds this behind an address. */
  const serve = (status: number, manifest: string) =>
    program(
      "curl",
      `echo "$*" >${folder}/asked
while [ $# -gt 0 ]; do [ "$1" != --output ] || to=$2; shift; done
printf '%s' '${manifest}' >"$to"; printf ${status}
`,
    );
  const manifestOf = (night: number) => `{\n  "id": "${idOf(night)}",\n  "files": {}\n}\n`;

  it("lays pages at the top, data beside them, and leaves away what is for nginx", () => {
    const id = generation(1);
    const at = join(folder, "output", "generations", id);
    mkdirSync(join(at, "nginx"));
    writeFileSync(join(at, "site", "style.css"), "");
    mkdirSync(join(at, "site", "isos"));
    writeFileSync(join(at, "site", "isos.html"), '<a href="/isos/9.html">');
    expect(layOut()).toMatchObject({ status: 0, stdout: `laid out ${id} in public\n` });
    expect(readdirSync(join(folder, "public")).sort()).toEqual([
      ...["index.html", "isos", "isos.html", "lists", "manifest.json", "site"],
    ]);
    expect(readdirSync(join(folder, "public", "site"))).toEqual(["style.css"]);
    // Some hosts give the page for /isos, and some look into the folder.
    expect(readdirSync(join(folder, "public", "isos"))).toEqual(["index.html"]);
    expect(readFileSync(join(folder, "public", "isos.html"), "utf8")).toContain('"/isos/9.html"');
    expect(layOut()).toMatchObject({ status: 1, stderr: "error: public is there already\n" });
  });

  it("has links lead below the address of the site", () => {
    const site = join(folder, "output", "generations", generation(1), "site");
    writeFileSync(
      join(site, "index.html"),
      '<link href="/site/a.css"><a href="/">.</a><a href="https://a.example/">',
    );
    serve(404, "");
    expect(layOut("https://o.example/the-lists/").status).toBe(0);
    expect(readFileSync(join(folder, "public", "index.html"), "utf8")).toBe(
      '<link href="/the-lists/site/a.css"><a href="/the-lists/">.</a><a href="https://a.example/">',
    );
    expect(readFileSync(join(folder, "asked"), "utf8")).toMatch(
      / https:\/\/o\.example\/the-lists\/manifest\.json\n$/,
    );
  });

  it("lays out nothing that is older than what is live, nor where that cannot be told", () => {
    generation(2);
    for (const [status, manifest, said] of [
      [200, manifestOf(3), "which is newer than"],
      [200, "<html>", "no manifest of ours"],
      [503, "", "cannot be read: status 503"],
    ] as const) {
      serve(status, manifest);
      expect(layOut("https://o.example/r/")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(said),
      });
      expect(existsSync(join(folder, "public"))).toBe(false);
    }
    serve(200, manifestOf(2));
    expect(layOut("https://o.example/r/").status).toBe(0);
  });

  it("asks GitHub for the address, and says how to have one", () => {
    generation(1);
    serve(404, "");
    program("gh", `[ "$*" = "api repos/o/r/pages --jq .html_url" ] && echo https://o.example/r/\n`);
    expect(layOut("github").status).toBe(0);
    rmSync(join(folder, "public"), { recursive: true });
    program("gh", "exit 1");
    expect(layOut("github")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Pages is not set up"),
    });
  });
});

describe("require-target.sh", () => {
  const ask = (target: string, env: NodeJS.ProcessEnv = {}) =>
    script("require-target.sh", [target], env);

  it.each([
    ["", {}],
    ["none", {}],
    ["pages", {}],
    ["s3", { S3_TARGET: "s3://bucket/lists" }],
    ["rsync", { RSYNC_TARGET: "user@host:/srv/mirrorpress" }],
  ])("lets %j pass where it is set up", (target, env) => {
    expect(ask(target, env)).toMatchObject({ status: 0, stderr: "" });
  });

  it.each([
    ["Pages", {}, "is nowhere"],
    ["ssh", {}, "write pages, s3, rsync or none"],
    ["s3", {}, "S3_TARGET is not set"],
    ["s3", { S3_TARGET: "bucket" }, "write it like s3://bucket/prefix"],
    ["rsync", { RSYNC_TARGET: "" }, "RSYNC_TARGET is not set"],
  ])("stops at %j with %j", (target, env, said) => {
    expect(ask(target, env)).toMatchObject({ status: 1, stderr: expect.stringContaining(said) });
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

  it("cuts what is too long for a summary, says so, and not what it prints", () => {
    const { stdout } = summarise("printf 'x%.0s' $(seq 2000); echo; seq 5000");
    expect(stdout.length).toBeGreaterThan(20_000);
    expect(summary().split("\n").length).toBeLessThan(1100);
    expect(summary().length).toBeLessThan(20_000);
    expect(summary()).toMatch(/\n\nThe log has all 5001 lines\.\n$/);
  });

  it("stays below what the runner takes, and cuts no character in two", () => {
    // Of 3 bytes each: 400 columns end within one.
    const { status } = summarise(
      "line=$(printf '\u20ac%.0s' $(seq 400)); for n in $(seq 3000); do echo $line; echo $line >&2; done; exit 1",
    );
    expect(status).toBe(1);
    const bytes = readFileSync(join(folder, "summary"));
    expect(bytes.length).toBeGreaterThan(700_000);
    expect(bytes.length).toBeLessThan(1024 * 1024);
    expect(bytes.toString("utf8")).not.toContain("\ufffd");
    expect(summary()).toContain("It ended with exit code 1.");
  });

  it("takes Markdown as it is from who answers for it, and none of what is said beside it", () => {
    const env = { GITHUB_STEP_SUMMARY: join(folder, "summary") };
    program("say", "echo '## Changes'; echo '<b>' >&2; exit $1");
    expect(script("summarise.sh", ["--markdown", "say", "0"], env)).toMatchObject({
      ...{ status: 0, stdout: "## Changes\n", stderr: "<b>\n" },
    });
    expect(summary()).toBe("## Changes\n");
    expect(script("summarise.sh", ["--markdown", "say", "1"], env).status).toBe(1);
    expect(summary()).toContain("\n    <b>\n");
    program("say", "seq 200000");
    rmSync(join(folder, "summary"));
    script("summarise.sh", ["--markdown", "say"], env);
    expect(summary()).toBe("\nThis is too long for a summary: the log has it.\n");
  });
});

describe.runIf(hasZstd)("recall.sh", () => {
  interface Run {
    readonly id: number;
    readonly event: string;
    readonly conclusion: string;
    readonly artifacts: readonly string[];
    readonly fork?: boolean;
    /** The day of the last attempt; else as its number. */
    readonly day?: number;
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
        .map(({ id, day = id, conclusion }) => {
          return `2026-11-${String(day).padStart(2, "0")}T03:23:00Z ${id} ${conclusion}\n`;
        })
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

  it("goes by when a night ran last, not by when it ran first", () => {
    pretend([
      { id: 1, day: 9, event: "schedule", conclusion: "success", artifacts: whole },
      { id: 2, day: 3, event: "schedule", conclusion: "success", artifacts: whole },
      { id: 3, day: 7, event: "workflow_dispatch", conclusion: "success", artifacts: whole },
    ]);
    expect(recall().stdout).toContain("output/ is of run 1, 2026-11-09T03:23:00Z\n");
    expect(recalled()).toEqual([1, 1]);
  });

  it("fails where there is no output, so that no night goes without gates", () => {
    pretend([{ id: 1, event: "schedule", conclusion: "failure", artifacts: whole }]);
    const { status, stderr } = recall();
    expect(status).toBe(1);
    expect(stderr).toContain("artifacts are kept for 90 days");
    expect(stderr).toContain('by hand with "first" ticked');
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
