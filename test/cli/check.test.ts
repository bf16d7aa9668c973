import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckOptions, check } from "../../src/cli/check.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { painter } from "../../src/cli/terminal.ts";
import type { DiagnosticsJson } from "../../src/diagnostics/machine.ts";
import { mirrorText } from "../support/reading.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-check-"));
  const files = {
    "net/config.yml":
      'allowed_outdate: 6h\nmirrors_dir: m\nversions: ["1"]\nrepos: [{name: a, path: a/}]\n',
    // No database of this network can be read, so that mirrors are checked without their places.
    "net/mirrorpress.yml": "geoip: {city: none.mmdb, asn: none.csv}\n",
    "net/m/m.example.yml": mirrorText(),
    "unfetched/config.yml":
      'allowed_outdate: 6h\nmirrors_dir: ../alone\nversions: ["1"]\nrepos: [{name: a, path: a/}]\n',
    "unfetched/mirrorpress.yml": "fetch: {geoip: maxmind}\n",
    "net/m/slow.example.yml": mirrorText("name: slow.example\nupdate_frequency: 6h")
      .replace(/^name: m.example\n|^update_frequency: 3h\n/gm, "")
      .replaceAll("m.example/", "slow.example/"),
    "net/m/wrong.example.yml": "name: wrong.example\n",
    "net/m/zz.yml": mirrorText(),
    "alone/m.example.yml": mirrorText("update_frequency: 6h", { without: "update_frequency" }),
    "alone/bad.example.yml": "name: bad.example\n\taddress: x\n",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  options: Partial<CheckOptions> & { readonly json?: boolean; readonly config?: string },
): Promise<Run> {
  let out = "";
  let err = "";
  const paint = painter(false);
  const context = {
    options: {
      configPath: join(folder, options.config ?? "none/config.yml"),
      json: options.json ?? false,
      builtAt: 1_795_000_000,
      colour: false,
      quiet: false,
    },
    terminal: {
      out: (text: string) => {
        out += text;
      },
      err: (text: string) => {
        err += text;
      },
      outPaint: paint,
      errPaint: paint,
      live: false,
      columns: 80,
    },
    command: "mirrorpress",
    clock: () => 0,
  };
  const paths = (options.paths ?? []).map((path) => join(folder, path));
  const exitCode = await check(context, { paths, github: options.github ?? false });
  return { exitCode, out, err };
}

async function codes(paths: readonly string[], config?: string): Promise<readonly string[]> {
  const { out } = await run({ paths, json: true, ...(config !== undefined && { config }) });
  return (JSON.parse(out) as DiagnosticsJson).diagnostics.map(({ code }) => code);
}

describe("check", () => {
  test.each([
    ["by --config", [], "net/config.yml"],
    ["by its folder", ["net"], undefined],
    ["by its config.yml", ["net/config.yml"], undefined],
  ])("a whole network %s", async (_, paths, config) => {
    expect([...(await codes(paths, config))].sort()).toEqual([
      "duplicate-name",
      "file-name-differs",
      "geoip-unreadable",
      "geoip-unreadable",
      "missing-key",
      "missing-key",
      "missing-key",
      "missing-key",
      "slow-update",
    ]);
  });

  test("a file as part of the network above it, and of that only what concerns the file", async () => {
    expect(await codes(["net/m/slow.example.yml"])).toEqual(["slow-update"]);
    expect(await codes(["net/m/zz.yml"])).toEqual(["file-name-differs", "duplicate-name"].sort());
  });

  test("a file whose name another one repeats hears of it", async () => {
    expect(await codes(["net/m/m.example.yml"])).toEqual(["duplicate-name"]);
  });

  test("a folder of mirrors without any network, by the defaults", async () => {
    const { exitCode, out } = await run({ paths: ["alone"] });
    expect(exitCode).toBe(1);
    expect(out).toContain("error[yaml-tab]");
    expect(out).toContain("1 error, 0 warnings, 0 notes; 1 mirror can be used");
  });

  test("a file outside the network is checked by itself, under its configuration", async () => {
    expect(await codes(["alone/m.example.yml"], "net/config.yml")).toEqual(["slow-update"]);
  });

  test("exit codes: 0 with warnings, 1 with errors", async () => {
    expect((await run({ paths: ["net/m/slow.example.yml"] })).exitCode).toBe(0);
    expect((await run({ paths: ["net/m/wrong.example.yml"] })).exitCode).toBe(1);
  });

  test("what does not exist is a wrong command line", async () => {
    await expect(run({ paths: ["nothing.yml"] })).rejects.toThrow(UsageError);
    await expect(run({})).rejects.toThrow(UsageError);
  });

  test("frames, then a table, then the sum", async () => {
    const { out } = await run({ paths: ["net/m/slow.example.yml"] });
    expect(out).toMatch(/^warning\[slow-update\]: .*\n +--> .*slow\.example\.yml:\d+:19\n/);
    expect(out).toContain("update_frequency: 6h\n");
    expect(out).toMatch(/\n\nwarning {2}1 {2}slow-update {2}updates less often than allowed\n\n/);
    expect(out).toMatch(/\n0 errors, 1 warning, 0 notes; 1 mirror can be used\n$/);
  });

  test("--github", async () => {
    const { out } = await run({ paths: ["net/m/slow.example.yml"], github: true });
    expect(out).toMatch(/^::warning file=[^,]*slow\.example\.yml,line=\d+,col=19,/);
  });

  test("says when there is no database to look cities up in", async () => {
    const { err } = await run({ config: "unfetched/config.yml" });
    expect(err).toMatch(/^\nNot checked: .* wants GeoLite2-City of MaxMind/);
    const { out } = await run({
      paths: ["alone/m.example.yml"],
      config: "unfetched/config.yml",
      json: true,
    });
    expect(JSON.parse(out)).toHaveProperty("unplaced");
  });

  test("of settings alone no mirrors are counted", async () => {
    const { out } = await run({ paths: ["net/mirrorpress.yml"] });
    expect(out).not.toContain("can be used");
  });

  test("nothing wrong", async () => {
    const clean = mkdtempSync(join(folder, "clean-"));
    writeFileSync(join(clean, "m.example.yml"), mirrorText());
    const { exitCode, out } = await run({ paths: [clean.slice(folder.length + 1)] });
    expect([exitCode, out]).toEqual([0, "nothing to mend; 1 mirror can be used\n"]);
  });
});
