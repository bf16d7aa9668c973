import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildNetwork } from "../../src/build.ts";
import { DATA_FOLDER, subnetListPath } from "../../src/sources/fetched.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";
import { readSourceText } from "../support/source-text.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const SRC = join(ROOT, "src");

/** Every file that one of src/ leads to, types aside, and what is imported of Node. */
function importedBy(start: string): { files: Set<string>; builtins: Set<string> } {
  const files = new Set([start]);
  const builtins = new Set<string>();
  for (const path of files) {
    for (const { specifier, clause } of readSourceText(readFileSync(join(SRC, path), "utf8"))
      .imports) {
      if (specifier.startsWith("node:")) builtins.add(specifier);
      if (specifier.startsWith(".") && !/^type\b/.test(clause)) {
        files.add(join(path, "..", specifier));
      }
    }
  }
  return { files, builtins };
}

test("build leads to nothing that knows the network", () => {
  const { files } = importedBy("build.ts");
  expect(files.size).toBeGreaterThan(80);
  expect([...files].filter((path) => /^(?:net|fetch|probe)\//.test(path))).toEqual([]);
});

test("the check of imports sees those of fetching", () => {
  const { files } = importedBy("refresh/fetch-network.ts");
  expect(files).toContain("net/http.ts");
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-offline-"));
});
// A generation of the example network has 25,000 files.
afterEach(() => rmSync(folder, { recursive: true }), 120_000);

/**
 * All that Node's own modules have to reach the network, refused and noted: also in threads and in
 * processes of Node's that are started.
 */
const GUARD = `
const { appendFileSync } = require("node:fs");
const refuse = (name, target, methods) => {
  for (const method of methods) {
    target[method] = () => {
      appendFileSync(process.env.NETWORK_LOG, name + "." + method + "\\n");
      throw new Error("the network must not be used");
    };
  }
};
const { TCP } = process.binding("tcp_wrap");
const { UDP } = process.binding("udp_wrap");
const cares = process.binding("cares_wrap");
const queries = Object.getOwnPropertyNames(cares.ChannelWrap.prototype).filter(
  (name) => name.startsWith("query") || name === "getHostByAddr",
);
refuse("TCP", TCP.prototype, ["bind", "bind6", "connect", "connect6", "listen"]);
refuse("UDP", UDP.prototype, ["bind", "bind6", "connect", "connect6", "send", "send6"]);
refuse("DNS", cares, ["getaddrinfo", "getnameinfo"]);
refuse("DNS", cares.ChannelWrap.prototype, queries);
`;

const UNSHARE = ["unshare", "-rn"];

/** Where the kernel lets us, in a namespace without any network, not even a loopback. */
const WITHOUT_NETWORK = succeeds([...UNSHARE, "true"]) ? UNSHARE : [];

function succeeds([program = "", ...args]: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

/** What of the network Node was asked for while it ran this. */
function runGuarded(args: readonly string[], prefix: readonly string[] = []) {
  const guard = join(folder, "guard.cjs");
  const log = join(folder, "network.log");
  writeFileSync(guard, GUARD);
  writeFileSync(log, "");
  const [program = "", ...rest] = [...prefix, process.execPath, ...args];
  const { status, stderr } = spawnSync(program, rest, {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"],
      NETWORK_LOG: log,
      NODE_OPTIONS: `--no-deprecation --require ${guard}`,
    },
    encoding: "utf8",
  });
  return { status, stderr, used: readFileSync(log, "utf8").split("\n").slice(0, -1) };
}

describe("the guard", () => {
  test.each([
    ["TCP.connect", 'require("net").connect(9, "127.0.0.1")'],
    ["TCP.connect6", 'require("net").connect(9, "::1")'],
    ["TCP.bind6", 'require("net").createServer().listen(0)'],
    ["DNS.getaddrinfo", 'fetch("http://localhost:9000/")'],
    ["DNS.getaddrinfo", 'require("dns").lookup("localhost", () => {})'],
    ["DNS.queryA", 'require("dns").resolve4("x.test", () => {})'],
    ["DNS.queryAaaa", 'new (require("dns").promises.Resolver)().resolve6("x.test")'],
    ["UDP.bind", 'require("dgram").createSocket("udp4").send("x", 9, "127.0.0.1")'],
    [
      "TCP.connect",
      `new (require("worker_threads").Worker)('require("net").connect(9, "127.0.0.1")', { eval: true, execArgv: [] })`,
    ],
  ])("sees %s in %s", (what, script) => {
    expect(runGuarded(["-e", script]).used).toContain(what);
  });
});

test("build of the example network asks nothing of any network", () => {
  const output = join(folder, "out");
  const program = join(ROOT, "dist", "src", "cli.js");
  // The canary asks what was published, by a server of this machine.
  const args = [program, "build", "--no-canary", "--quiet", "--output", output];
  expect(runGuarded(args, WITHOUT_NETWORK)).toEqual({ status: 0, stderr: "", used: [] });
  expect(readdirSync(join(output, "generations"))).toHaveLength(1);
}, 300_000);

test("build gives fetched networks to clients", async () => {
  const url = "https://lists.example/networks";
  const configPath = writeSmallNetwork(folder, {
    files: {
      "mirrorpress.yml": `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
fetch: {subnets_hosts: [lists.example]}
`,
      "mirrors/fetched.example.yml": mirrorFile(
        "fetched.example",
        `geolocation: {country: JP}\nprivate: true\nsubnets: ${url}\n`,
      ),
      [`${DATA_FOLDER}/${subnetListPath(url)}`]: "193.171.0.0/17\n",
    },
  });
  const { inputs, generation } = await buildNetwork(
    { configPath, output: join(folder, "out"), builtAt: BUILT_AT, version: "0", clock: () => 0 },
    () => undefined,
  );
  const mirror = inputs.mirrors.find(({ name }) => name === "fetched.example");
  expect(mirror?.subnets).toHaveLength(1);
  expect(inputs.diagnostics.map(({ code }) => code)).not.toContain("subnets-not-fetched");
  const manifest = generation.files.find(({ path }) => path === "manifest.json");
  expect(Buffer.from(manifest?.bytes ?? []).toString()).toContain('"role": "subnets"');
});
