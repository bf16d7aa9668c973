/** Runs the real nginx in the foreground, in a temporary folder of its own, on loopback. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { nginxPath } from "../emit/nginx-text.ts";

export interface NginxOptions {
  /** Configuration for `http { }`. */
  readonly http: string;
  /** Configuration for the `server { }`. */
  readonly server: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Addresses of this machine to listen on, loopback unless said otherwise. */
  readonly hosts?: readonly string[];
  /** Believe the X-Forwarded-For of whoever asks from this machine, besides whom `server` believes. */
  readonly trustLoopback?: boolean;
}

export interface RunningNginx {
  /** Such as `http://127.0.0.1:40123`, the first host. */
  readonly url: string;
  readonly port: number;
  /** Path of nginx.conf. */
  readonly configuration: string;
  /** Resolves when nginx has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  /** What nginx logged so far, level notice and above. */
  errorLog(): string;
  /** Reads the configuration again and replaces the workers, as `nginx -s reload` does. */
  reload(): void;
  /** Ends nginx and removes its folder. */
  stop(): Promise<void>;
}

export interface InstalledNginx {
  readonly program: string;
  /** The geoip2 module; null when it is compiled in. */
  readonly module: string | null;
}

export interface NginxPlaces {
  /** Folders that may hold the program, besides those of PATH. */
  readonly programs: readonly string[];
  /** Folders that may hold modules, besides the one compiled in. */
  readonly modules: readonly string[];
  readonly path: string;
}

/** Throws an `EnvironmentError` that says what to install. */
export function findNginx(places: NginxPlaces = usualPlaces()): InstalledNginx {
  const program = [...places.path.split(delimiter), ...places.programs]
    .map((folder) => join(folder, "nginx"))
    .find((path) => isAbsolute(path) && existsSync(path));
  if (program === undefined) throw missing("nginx was not found in PATH or /usr/sbin");
  const built = spawnSync(program, ["-V"], { encoding: "utf8", env: {} }).stderr ?? "";
  if (/--add-module=\S*geoip2/.test(built)) return { program, module: null };
  const configured = /--modules-path=(\S+)/.exec(built)?.[1];
  const module = [...(configured === undefined ? [] : [configured]), ...places.modules]
    .map((folder) => join(folder, "ngx_http_geoip2_module.so"))
    .find((path) => existsSync(path));
  if (module === undefined) throw missing(`${program} has no geoip2 module`);
  return { program, module };
}

function usualPlaces(): NginxPlaces {
  return {
    path: process.env["PATH"] ?? "",
    programs: ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"],
    modules: [
      "/usr/lib/nginx/modules",
      "/usr/lib64/nginx/modules",
      "/usr/share/nginx/modules",
      "/etc/nginx/modules",
      "/usr/local/libexec/nginx",
      "/opt/homebrew/lib/nginx/modules",
    ],
  };
}

function missing(what: string): EnvironmentError {
  return new EnvironmentError(
    "looking for nginx and its geoip2 module",
    "On Debian or Ubuntu: apt-get install nginx libnginx-mod-http-geoip2.",
    what,
  );
}

/** Resolves when nginx answers. Throws an `EnvironmentError` if it cannot start, with its own words. */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const installed = findNginx();
  const hosts = options.hosts ?? ["127.0.0.1"];
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(hosts[0] ?? "127.0.0.1", options.port ?? 0);
    try {
      return await startOn(port, hosts, installed, options);
    } catch (error) {
      // Somebody else may take the free port before nginx does.
      const taken = error instanceof Error && error.message.includes("Address already in use");
      if (!taken || attempt === 3) throw error;
    }
  }
}

async function startOn(
  port: number,
  hosts: readonly string[],
  installed: InstalledNginx,
  options: NginxOptions,
): Promise<RunningNginx> {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-nginx-"));
  const log = join(folder, "error.log");
  const errorLog = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(join(folder, "temp"));
    const configuration = join(folder, "nginx.conf");
    writeFileSync(configuration, nginxConfiguration(folder, port, hosts, installed, options));
    const nginx = spawn(
      installed.program,
      ["-p", `${folder}/`, "-e", log, "-c", configuration, "-g", "daemon off;"],
      { stdio: "ignore", env: {} },
    );
    const ended = endOf(nginx, remove);
    await listening(join(folder, "nginx.pid"), ended);
    const host = hosts[0]?.includes(":") ? `[${hosts[0]}]` : hosts[0];
    return {
      url: `http://${host}:${port}`,
      port,
      configuration,
      ended,
      errorLog,
      reload: () => void nginx.kill("SIGHUP"),
      stop: async () => {
        nginx.kill("SIGTERM");
        await ended;
        remove();
      },
    };
  } catch (error) {
    const said = errorLog().match(/.*\[(?:emerg|alert)\].*/g);
    remove();
    throw new EnvironmentError(
      `starting ${installed.program} on port ${port}`,
      "",
      said === null ? error : said.join("\n"),
    );
  }
}

/** Until then nginx is ended with this process, which it would outlive otherwise. */
function endOf(nginx: ChildProcess, remove: () => void): Promise<void> {
  const abandon = () => {
    nginx.kill("SIGTERM");
    remove();
  };
  process.once("exit", abandon);
  return new Promise((resolve) => {
    const end = () => {
      process.removeListener("exit", abandon);
      resolve();
    };
    nginx.once("exit", end);
    nginx.once("error", end);
  });
}

function nginxConfiguration(
  folder: string,
  port: number,
  hosts: readonly string[],
  { module }: InstalledNginx,
  { http, server, trustLoopback }: NginxOptions,
): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `    ${name}_temp_path ${nginxPath(join(folder, "temp", name))};\n`)
    .join("");
  const listen = hosts
    .map((host) => `        listen ${host.includes(":") ? `[${host}]` : host}:${port};\n`)
    .join("");
  return `${module === null ? "" : `load_module ${nginxPath(module)};\n`}\
${process.getuid?.() === 0 ? "user root;\n" : ""}\
worker_processes 1;
pid ${nginxPath(join(folder, "nginx.pid"))};
error_log ${nginxPath(join(folder, "error.log"))} notice;
events {
    worker_connections 512;
}
http {
${temp}    access_log off;
${trustLoopback === true ? TRUST_LOOPBACK : ""}\
${http}
    server {
${listen}${trustLoopback === true && server.includes("set_real_ip_from") ? TRUSTED : ""}${server}
    }
}
`;
}

const TRUSTED = `    set_real_ip_from 127.0.0.0/8;
    set_real_ip_from ::1;
`;

/** A server that names proxies of its own inherits none of these, but for what it leaves unsaid. */
const TRUST_LOOPBACK = `${TRUSTED}    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
`;

/** The port if nobody listens on it; any free one for 0. nginx itself would retry for 2.5 s. */
async function freePort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const remedy = "Choose another port; 0 takes any that is free.";
    throw new EnvironmentError(`looking whether port ${port} is free`, remedy, error);
  }
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

const START_DEADLINE_MS = 10_000;
const RETRY_MS = 20;

/** nginx writes its number when it listens. That somebody answers on the port proves less: who? */
async function listening(pidFile: string, ended: Promise<void>): Promise<void> {
  let alive = true;
  ended.then(() => {
    alive = false;
  });
  for (let waited = 0; waited < START_DEADLINE_MS; waited += RETRY_MS) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (!alive) throw new Error("nginx ended at once and logged no reason");
    if (existsSync(pidFile)) return;
  }
  throw new Error(`nginx did not start within ${START_DEADLINE_MS / 1000} seconds`);
}
