/** Look-ups by libmaxminddb, the library that nginx uses, through its Python binding. */
import { spawnSync } from "node:child_process";
import { type Address, addressText } from "../oracle/address.ts";

const PYTHON = "/usr/bin/python3";

const LOOK_UP = `
import maxminddb, sys
reader = maxminddb.open_database(sys.argv[1], maxminddb.MODE_MMAP_EXT)
for line in sys.stdin:
    found = reader.get(line.strip())
    sys.stdout.write((found["lists"]["all"] if found else "-") + "\\n")
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

/** The list ids that a routes file gives for addresses, "-" where it gives none; one process. */
export function lookUpLists(routesFile: string, addresses: readonly Address[]): string[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", LOOK_UP, routesFile], {
    input: addresses.map((address) => `${addressText(address)}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`python3-maxminddb failed: ${stderr}`);
  return stdout.trimEnd().split("\n");
}
