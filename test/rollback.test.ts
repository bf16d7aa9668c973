/** What going back changes, of generations as builds make them; test/publish/ has all else of it. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildNetwork } from "../src/build.ts";
import type { CommandContext } from "../src/cli/context.ts";
import { type RollbackCommand, rollback } from "../src/cli/rollback.ts";
import { painter } from "../src/cli/terminal.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "./support/small-network.ts";

let folder: string;
let ids: string[];
let configPath: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-rollback-"));
  ids = [];
  const gone = mirrorFile("graz.example", "disabled: {reason: away}\n");
  for (const [number, files] of [{}, { "mirrors/graz.example.yml": gone }].entries()) {
    configPath = writeSmallNetwork(folder, { files });
    const options = { configPath, builtAt: BUILT_AT + number, version: "0.1.0", clock: () => 0 };
    ids.push((await buildNetwork(options, () => {})).generation.id);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

async function said(typed: RollbackCommand, json = false): Promise<string> {
  let out = "";
  const context: CommandContext = {
    options: { configPath, json, builtAt: BUILT_AT + 60, colour: false, quiet: false },
    terminal: {
      out: (text) => {
        out += text;
      },
      err: () => {},
      outPaint: painter(false),
      errPaint: painter(false),
      live: false,
      columns: 80,
    },
    command: "mirrorpress",
    clock: () => 0,
  };
  expect(await rollback(context, { canary: false, ...typed })).toBe(0);
  return out;
}

const generations = () => readdirSync(join(folder, "output", "generations")).sort();

describe("rollback", () => {
  it("--dry-run says what would change, and publishes nothing", async () => {
    const text = await said({ dryRun: true });
    expect(text).toContain(`Not published: from ${ids[1]} back to ${ids[0]}\n`);
    expect(text).toMatch(/^ {2}new +graz\.example$/m);
    expect(text).toMatch(/^ {2}another first mirror +\d/m);
    expect(generations()).toEqual(ids);
    expect(JSON.parse(await said({ dryRun: true }, true))).toMatchObject({
      rollbackOf: ids[0],
      isDryRun: true,
      changes: { added: 1, removed: 0 },
    });
  });

  it("says what it changed, once it has; the beginning of an id names a generation", async () => {
    const text = await said({ id: (ids[0] as string).slice(0, 18) });
    expect(text).toContain(`  with the content of ${ids[0]}\n`);
    expect(text).toMatch(
      /^ {2}changes +mirrors: 1 came, 0 went; \S+% of IPv4 and \S+% of IPv6 have another first mirror$/m,
    );
    expect(generations()).toHaveLength(3);
    expect(readlinkSync(join(folder, "output", "current"))).not.toContain(ids[0]);
  });
});
