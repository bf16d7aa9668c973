/** Debian's dnf 4 in a folder of its own: it touches nothing else of the machine it runs on. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** As if on a machine of this architecture: what `$basearch` stands for in a list. */
export type Architecture = "x86_64" | "aarch64";

export interface Dnf {
  /** Where its caches, logs, configuration and downloads go. */
  readonly folder: string;
  /** May hold dnf's variables, `$releasever` and `$basearch`. */
  readonly mirrorlist: string;
  readonly release: string;
  readonly architecture: Architecture;
}

export interface DnfEnd {
  readonly code: number;
  /** stdout and stderr. */
  readonly said: string;
}

/** `dnf COMMAND` with one repository, called baseos. Never throws for what dnf says. */
export function runDnf(dnf: Dnf, command: readonly string[]): Promise<DnfEnd> {
  const { folder, release, architecture } = dnf;
  const options = [
    ...["--assumeyes", "--disableplugin=*", "--enableplugin=download"],
    ...[`--config=${writeConfiguration(dnf)}`, `--installroot=${join(folder, "root")}`],
    ...[`--releasever=${release}`, `--forcearch=${architecture}`],
  ];
  return new Promise((resolve) => {
    execFile("dnf", [...options, ...command], processOptions(folder), (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, said: `${stdout}${stderr}${code === -1 ? String(error) : ""}` });
    });
  });
}

/** The list as dnf got it the last time, from its cache. */
export function cachedMirrorlist({ folder }: Dnf): string {
  // Only root's dnf has its cache below its root.
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const path = paths.find((each) => /\bbaseos-\w+\/mirrorlist$/.test(each));
  if (path === undefined) throw new Error(`dnf kept no list in ${folder}`);
  return readFileSync(join(folder, path), "utf8");
}

function writeConfiguration({ folder, mirrorlist }: Dnf): string {
  const place = (name: string) => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const config = join(folder, "dnf.conf");
  writeFileSync(
    config,
    `[main]
reposdir=${place("repos")}
varsdir=${place("vars")}
cachedir=${place("cache")}
persistdir=${place("persist")}
logdir=${place("log")}
gpgcheck=0
[baseos]
name=BaseOS
mirrorlist=${mirrorlist}
`,
  );
  return config;
}

/** Nothing of the environment: a proxy in it would be asked for the mirrors. */
export function processOptions(home: string) {
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, LC_ALL: "C" };
  return { env, timeout: 20_000, encoding: "utf8" } as const;
}

const PROGRAMS = [
  { argv: ["dnf", "download", "--help"], package: "dnf dnf-plugins-core" },
  { argv: ["createrepo_c", "--version"], package: "createrepo-c" },
  { argv: ["rpmbuild", "--version"], package: "rpm" },
] as const;

/** On a build server a missing dnf is an error, so that these tests cannot vanish unnoticed. */
export function hasDnf(): boolean {
  const missing = PROGRAMS.filter(({ argv: [program, ...args] }) => {
    // dnf wants to know of a release even to show its help.
    const release = program === "dnf" ? ["--releasever=9"] : [];
    return spawnSync(program, [...release, ...args], processOptions("/")).status !== 0;
  });
  if (missing.length === 0) return true;
  const packages = missing.map((each) => each.package).join(" ");
  const message = `tests with the real dnf: apt-get install ${packages}`;
  if (process.env["CI"] === "true") throw new Error(`missing for ${message}`);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return false;
}
