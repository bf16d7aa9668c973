/**
 * Readers that others wrote: libmaxminddb through python3-maxminddb and mmdblookup, and Go's. On
 * a build server a missing one is an error; elsewhere a line on stderr says what is skipped.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PYTHON = "/usr/bin/python3";
const MMDBLOOKUP = "mmdblookup";
const GO = "go";
const GOPATH = "/usr/share/gocode";

export function hasPythonReader(): boolean {
  return has("python3-maxminddb", () => execFileSync(PYTHON, ["-c", "import maxminddb"]));
}

export function hasMmdblookup(): boolean {
  return has("mmdb-bin", () => execFileSync(MMDBLOOKUP, ["--version"]));
}

export function hasGoReader(): boolean {
  return has("golang-go and golang-github-oschwald-maxminddb-golang-dev", () => {
    execFileSync(GO, ["version"]);
    if (!existsSync(join(GOPATH, "src/github.com/oschwald/maxminddb-golang"))) {
      throw new Error("the Go package is missing");
    }
  });
}

export interface Answer {
  readonly prefixBits: number;
  readonly value: unknown;
}

/** What libmaxminddb's binding for Python answers for each address. */
export function askPython(file: Uint8Array, addresses: readonly string[]): Answer[] {
  const script = `
import json, sys, maxminddb
reader = maxminddb.open_database(sys.argv[1], maxminddb.MODE_MMAP_EXT)
for line in sys.stdin:
    value, bits = reader.get_with_prefix_len(line.strip())
    print(json.dumps({"prefixBits": bits, "value": value}))
`;
  return withFile(file, (path) =>
    execFileSync(PYTHON, ["-c", script, path], {
      input: `${addresses.join("\n")}\n`,
      maxBuffer: 2 ** 28,
    })
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer),
  );
}

/** mmdblookup's text for one path of one address. */
export function askMmdblookup(file: Uint8Array, address: string, path: readonly string[]): string {
  return withFile(file, (name) =>
    execFileSync(MMDBLOOKUP, ["--file", name, "--ip", address, ...path]).toString(),
  );
}

/** Runs Go's `Reader.Verify`; throws with its words if it refuses the file. */
export function verifyWithGo(files: readonly Uint8Array[]): void {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-go-"));
  try {
    const paths = files.map((file, index) => {
      const path = join(folder, `${index}.mmdb`);
      writeFileSync(path, file);
      return path;
    });
    writeFileSync(join(folder, "main.go"), GO_PROGRAM);
    execFileSync(GO, ["run", "main.go", ...paths], {
      cwd: folder,
      env: { ...process.env, GO111MODULE: "off", GOPATH, GOFLAGS: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const GO_PROGRAM = `package main

import (
	"fmt"
	"os"

	maxminddb "github.com/oschwald/maxminddb-golang"
)

func main() {
	for _, path := range os.Args[1:] {
		reader, err := maxminddb.Open(path)
		if err == nil {
			err = reader.Verify()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, path, err)
			os.Exit(1)
		}
	}
}
`;

function has(packages: string, probe: () => void): boolean {
  try {
    probe();
    return true;
  } catch (error) {
    if (process.env["CI"] === "true")
      throw new Error(`${packages} must be installed`, { cause: error });
    process.stderr.write(`SKIPPED: tests with another reader, because of: ${packages}\n`);
    return false;
  }
}

function withFile<Result>(file: Uint8Array, use: (path: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-mmdb-"));
  try {
    const path = join(folder, "test.mmdb");
    writeFileSync(path, file);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
