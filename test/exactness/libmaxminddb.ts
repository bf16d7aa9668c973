/** Look-ups by libmaxminddb, the library that nginx uses, through its Python binding. */
import { spawnSync } from "node:child_process";
import { type Address, addressText } from "../oracle/address.ts";

const PYTHON = "/usr/bin/python3";

const LOOK_UP = `
import json, maxminddb, sys
reader = maxminddb.open_database(sys.argv[1], maxminddb.MODE_MMAP_EXT)
for line in sys.stdin:
    found = reader.get(line.strip())
    sys.stdout.write(json.dumps(found) + "\\n")
`;

/** Whether the binding is there. On a build server its absence is an error. */
export function hasLibmaxminddb(): boolean {
  const probe = spawnSync(PYTHON, ["-c", "import maxminddb.extension"], { encoding: "utf8" });
  if (probe.status === 0) return true;
  const missing = `libmaxminddb for ${PYTHON} (Debian: apt install python3-maxminddb)`;
  if (process.env["CI"] === "true") throw new Error(`missing: ${missing}`);
  process.stderr.write(`SKIPPED: exactness tests, because there is no ${missing}\n`);
  return false;
}

/** What a routes file holds for addresses, null where it holds nothing; one process for all. */
export function lookUp(routesFile: string, addresses: readonly Address[]): unknown[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", LOOK_UP, routesFile], {
    input: addresses.map((address) => `${addressText(address)}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`python3-maxminddb failed: ${stderr}`);
  const lines = stdout.trimEnd().split("\n");
  const parsed = new Map([...new Set(lines)].map((line) => [line, JSON.parse(line) as unknown]));
  return lines.map((line) => parsed.get(line));
}
