import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandContext } from "../../src/cli/context.ts";
import { generations } from "../../src/cli/generations.ts";
import { prune } from "../../src/cli/prune.ts";
import { rollback } from "../../src/cli/rollback.ts";
import { painter } from "../../src/cli/terminal.ts";
import { readManifest, readServing } from "../../src/emit/manifest.ts";
import { httpConfiguration } from "../../src/emit/nginx.ts";
import { type RollbackOptions, rollBack } from "../../src/rollback.ts";
import { publish } from "../serve/mounted-nginx.ts";
import { smallGeneration } from "../serve/small-generation.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mirrorpress-rollback-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FIRST = 1_795_347_600;
const generation = (number: number) =>
  smallGeneration({ root, builtAt: FIRST + number, edition: `edition-${number}` });
const idOf = (number: number) => generation(number).id;
const publishNumber = (number: number) =>
  publish({ root, builtAt: FIRST + number, edition: `edition-${number}` });

const back = (more: Partial<RollbackOptions> = {}) =>
  rollBack({ outputDir: root, builtAt: FIRST + 60, keep: 9, canary: "nobody", ...more });
const read = (id: string, path: string) =>
  readFileSync(join(root, "generations", id, path), "utf8");
const current = () => readlinkSync(join(root, "current")).replace("generations/", "");
const listed = () => readdirSync(join(root, "generations")).sort();

describe("rollBack", () => {
  it("publishes what the generation before holds as a new one, the same to the byte", async () => {
    for (const number of [1, 2]) publishNumber(number);
    const { rollbackOf, published } = await back();
    expect(rollbackOf).toBe(idOf(1));
    expect(current()).toBe(published.id);
    expect(published).toMatchObject({ replaced: idOf(2), unchanged: false });
    expect(published.id).toMatch(/^20261122t114100z-/);
    const own = new Set(["manifest.json", "nginx/http.conf"]);
    for (const { path } of generation(1).files) {
      if (own.has(path)) continue;
      expect([path, read(published.id, path)]).toEqual([path, read(idOf(1), path)]);
      const inode = (id: string) => statSync(join(root, "generations", id, path)).ino;
      expect(inode(published.id)).toBe(inode(idOf(1)));
    }
    expect(readdirSync(join(root, "generations", published.id, "lists"))).toEqual(
      readdirSync(join(root, "generations", idOf(1), "lists")),
    );
  });

  it("goes back also where nobody can say what that changes", async () => {
    for (const number of [1, 2]) publishNumber(number);
    const { changes } = await back();
    expect(changes).toEqual(new Error("there is no index/classes.json"));
    expect(read(current(), "routes.mmdb")).toBe(read(idOf(1), "routes.mmdb"));
  });

  it("makes http.conf as a build of that id would", async () => {
    for (const number of [1, 2]) publishNumber(number);
    const { id } = (await back()).published;
    const serving = readServing(read(id, "manifest.json"));
    const networks = serving.has("networks.mmdb");
    expect(read(id, "nginx/http.conf")).toBe(
      httpConfiguration({ ...serving, root, id, networks, client: "remote-address" }),
    );
    expect(read(id, "nginx/http.conf")).not.toContain(idOf(1));
  });

  it("says in the manifest what it goes back to, and keeps what that was built from", async () => {
    for (const number of [1, 2]) publishNumber(number);
    const { id } = (await back()).published;
    const [old, renewed] = [idOf(1), id].map((each) => JSON.parse(read(each, "manifest.json")));
    expect(renewed).toMatchObject({ id, rollbackOf: idOf(1), builtAt: "2026-11-22T11:41:00.000Z" });
    const own = { id: 0, rollbackOf: 0, builtAt: 0, files: { ...old.files, "nginx/http.conf": 0 } };
    expect({ ...renewed, ...own }).toEqual({ ...old, ...own });
    expect(readManifest(read(id, "manifest.json")).rollbackOf).toBe(idOf(1));
    // The id is what anybody makes of the manifest by hand, as its description says.
    const digest = execFileSync(
      "sh",
      [
        "-c",
        `grep -v -e '^  "id": ' -e '^    "nginx/http.conf": ' "$1" | sha256sum`,
        "sh",
        join(root, "generations", id, "manifest.json"),
      ],
      { encoding: "utf8" },
    );
    expect(id.endsWith(digest.slice(0, 8))).toBe(true);
  });

  it("goes back to the generation that is named, and from a rollback to another", async () => {
    for (const number of [1, 2, 3]) publishNumber(number);
    const first = await back({ id: idOf(1) });
    expect(first.rollbackOf).toBe(idOf(1));
    const second = await back({ builtAt: FIRST + 61 });
    expect(second.rollbackOf).toBe(idOf(3));
    const third = await back({ builtAt: FIRST + 62, id: first.published.id });
    expect(read(current(), "routes.mmdb")).toBe(read(idOf(1), "routes.mmdb"));
    expect(read(third.published.id, "manifest.json").match(/"rollbackOf"/g)).toHaveLength(1);
  });

  it("is a second newer than the current one where the clock is behind that", async () => {
    for (const number of [1, 2]) publishNumber(number);
    const { published, builtAt } = await back({ builtAt: FIRST - 86_400 });
    expect(builtAt).toBe(FIRST + 3);
    expect(current()).toBe(published.id);
    expect(listed()).toEqual([idOf(1), idOf(2), published.id]);
    expect(JSON.parse(read(published.id, "manifest.json"))).toMatchObject({
      builtAt: "2026-11-22T11:40:03.000Z",
    });
  });

  it.each([
    ["a list has changed", (folder: string) => spoil(folder, "lists"), /lists\/\w+ has changed/],
    [
      "the manifest has changed",
      (folder: string) => spoil(folder, ""),
      /manifest\.json has changed/,
    ],
    [
      "a file is missing",
      (folder: string) => rmSync(join(folder, "routes.mmdb")),
      /routes\.mmdb is missing/,
    ],
    [
      "there is a file too many",
      (folder: string) => writeFileSync(join(folder, "lists", "zz"), ""),
      /lists\/zz does not belong there/,
    ],
  ])("does not go back where %s", async (_what, change, message) => {
    for (const number of [1, 2]) publishNumber(number);
    change(join(root, "generations", idOf(1)));
    await expect(back()).rejects.toThrow(message);
    expect(current()).toBe(idOf(2));
    expect(listed()).toEqual([idOf(1), idOf(2)]);
    expect(existsSync(join(root, ".lock"))).toBe(false);
  });

  it.each([
    ["where there is none before", undefined, /there is none before the current one/],
    [
      "to what is not there",
      "20261122t114000z-00000000",
      /there is no generation 20261122t114000z-0/,
    ],
    ["to the current one", "current", /is current/],
  ])("does not go back %s", async (_what, id, message) => {
    publishNumber(1);
    const wanted = id === "current" ? idOf(1) : id;
    await expect(back(wanted === undefined ? {} : { id: wanted })).rejects.toThrow(message);
  });
});

function spoil(folder: string, below: string): void {
  const name = below === "" ? "manifest.json" : (readdirSync(join(folder, below))[0] ?? "");
  const path = join(folder, below, name);
  const text = readFileSync(path, "utf8");
  chmodSync(path, 0o644);
  writeFileSync(
    path,
    text.replace(/edition-1|by hand/, (found) => found.toUpperCase()),
  );
}

describe("the commands", () => {
  const said: string[] = [];
  const context = (json: boolean): CommandContext => {
    said.length = 0;
    const plain = painter(false);
    return {
      options: {
        configPath: join(root, "config.yml"),
        output: root,
        json,
        builtAt: FIRST + 60,
        colour: false,
        quiet: false,
      },
      terminal: {
        out: (text) => said.push(text),
        err: () => undefined,
        outPaint: plain,
        errPaint: plain,
        live: false,
        columns: 80,
      },
      command: "mirrorpress",
      clock: () => 0,
    };
  };
  const answer = () => JSON.parse(said.join(""));

  it("rollback tells what it published, what of, and what it replaced", async () => {
    for (const number of [1, 2]) publishNumber(number);
    expect(await rollback(context(false), { canary: false })).toBe(0);
    expect(said.join("")).toMatch(
      new RegExp(
        `^Published .*/${current()}, of 2026-11-22 11:41:00 UTC\\n  with the content of ${idOf(1)}\\n  canary +nobody was asked: as asked for\\n  replaced +${idOf(2)}\\n\\nNext: nginx`,
      ),
    );
    const before = current();
    const again = context(true);
    const later = { ...again, options: { ...again.options, builtAt: FIRST + 61 } };
    await rollback(later, { canary: false, id: idOf(2) });
    expect(answer()).toMatchObject({
      rollbackOf: idOf(2),
      replaced: before,
      id: current(),
      removed: expect.any(Array),
    });
    await expect(rollback(context(false), { id: "../.." })).rejects.toThrow(
      /not the id of a generation/,
    );
  });

  it("generations lists what there is, the newest first, with marks", async () => {
    generations(context(false));
    expect(said.join("")).toBe("There is no generation yet.\n");
    for (const number of [1, 2]) publishNumber(number);
    await back();
    rmSync(join(root, "generations", idOf(2), "manifest.json"), { force: true });
    generations(context(false));
    const lines = said.join("").split("\n");
    expect(lines[1]).toMatch(
      new RegExp(`^current +${current()} +2026-11-22 11:41:00 .*rollback of ${idOf(1)}$`),
    );
    expect(lines[2]).toMatch(new RegExp(`^ +${idOf(2)} +its manifest cannot be read$`));
    generations(context(true));
    expect(Object.keys(answer())).toEqual(["generations"]);
    expect(answer().generations).toHaveLength(3);
    expect(answer().generations[2]).toEqual({
      id: idOf(1),
      current: false,
      builtAt: "2026-11-22T11:40:01.000Z",
      files: generation(1).files.length,
      bytes: generation(1).files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    });
  });

  it("prune removes all but the last, and never the current one or the one it replaced", () => {
    for (const number of [1, 2, 3]) publishNumber(number);
    prune(context(true), { keep: "1" });
    expect(answer()).toEqual({ removed: [idOf(1)], kept: [idOf(2), idOf(3)] });
    prune(context(false), {});
    expect(said.join("")).toBe(`kept     ${idOf(2)}\nkept     ${idOf(3)}\n`);
    expect(() => prune(context(false), { keep: "0" })).toThrow(/--keep "0"/);
    rmSync(join(root, "current"));
    expect(() => prune(context(false), {})).toThrow(/there is no current generation/);
    expect(listed()).toEqual([idOf(2), idOf(3)]);
  });
});
