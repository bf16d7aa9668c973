import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { openFile, readTextFile } from "../../src/sources/files.ts";
import { findMirrorFiles, readNetwork } from "../../src/sources/network.ts";
import { collect } from "../support/reading.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-files-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string | Uint8Array = ""): string {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, content);
  return full;
}

describe("openFile", () => {
  test("reads anywhere within the file, and nowhere else", () => {
    const file = openFile(write("bytes", new Uint8Array([1, 2, 3, 4])));
    const target = new Uint8Array(2);
    file.read(2, target);
    expect([file.size, ...target]).toEqual([4, 3, 4]);
    expect(() => file.read(3, target)).toThrow(RangeError);
    expect(() => file.read(-1, target)).toThrow(RangeError);
    file.close();
  });

  test("notices that the file became shorter", () => {
    const path = write("shrinking", new Uint8Array(10));
    const file = openFile(path);
    truncateSync(path, 5);
    expect(() => file.read(0, new Uint8Array(10))).toThrow("became shorter");
    file.close();
  });

  test("refuses a folder and does not wait for a pipe", () => {
    expect(() => openFile(folder)).toThrow("a folder");
    const pipe = join(folder, "pipe");
    execFileSync("/usr/bin/mkfifo", ["--", pipe]);
    expect(() => openFile(pipe)).toThrow("not a regular file");
  });
});

describe("readTextFile", () => {
  const read = (path: string, cap = 100) => collect((report) => readTextFile(path, cap, report));

  test("drops a byte order mark and keeps line ends", () => {
    expect(read(write("bom.yml", "\ufeffa: b\r\n")).value?.text).toBe("a: b\r\n");
  });

  test("a file of exactly the cap is read, one of a byte more is not", () => {
    expect(read(write("cap.yml", "x".repeat(100))).value?.text).toHaveLength(100);
    expect(read(write("over.yml", "x".repeat(101))).codes).toEqual(["file-too-large"]);
  });

  test("a file that is not there, and one that is not UTF-8", () => {
    const [missing] = read(join(folder, "none.yml")).diagnostics;
    expect(missing && wordingOf(missing).message).toContain("there is no such file");
    const latin = read(write("latin.yml", new Uint8Array([0x61, 0x0a, 0x62, 0xe9, 0x0a])));
    expect(latin.codes).toEqual(["file-not-utf8"]);
    expect(latin.diagnostics[0]?.range?.start).toBe(3);
  });
});

describe("findMirrorFiles", () => {
  test("is recursive, in code-point order, and reads .yml and .yaml alone", () => {
    for (const name of ["b.yml", "B.yml", "a/z.yaml", "é.yml", "c.txt", "\uff5e.yml", "😀.yml"]) {
      write(join("found", name));
    }
    const { value, codes } = collect((r) => findMirrorFiles(join(folder, "found"), r));
    expect(codes).toEqual([]);
    expect(value.map((path) => path.slice(folder.length + 7))).toEqual([
      "B.yml",
      "a/z.yaml",
      "b.yml",
      "é.yml",
      "\uff5e.yml",
      "😀.yml",
    ]);
  });

  test("says which files are nearly called as those that are read", () => {
    for (const name of ["m.yml", "N.Example.YML", "o.Yaml", "p.yml.txt", "p.yml~", "q.ymlx"]) {
      write(join("nearly", name));
    }
    const { value, diagnostics } = collect((r) => findMirrorFiles(join(folder, "nearly"), r));
    expect(value).toHaveLength(1);
    expect(diagnostics.map(({ code, args }) => [code, args["suggestion"]])).toEqual([
      ["file-not-read", "n.example.yml"],
      ["file-not-read", "o.yml"],
      ["file-not-read", "p.yml"],
    ]);
  });

  test("follows links to files inside the folder only", () => {
    const secret = write("secret.yml", "password: x");
    const inside = write("links/real.yml");
    symlinkSync(inside, join(folder, "links", "inside.yml"));
    symlinkSync(secret, join(folder, "links", "outside.yml"));
    symlinkSync(join(folder, "nowhere"), join(folder, "links", "broken.yml"));
    symlinkSync(folder, join(folder, "links", "up"));
    const { value, codes } = collect((r) => findMirrorFiles(join(folder, "links"), r));
    expect(value.map((path) => path.slice(folder.length + 7))).toEqual(["inside.yml", "real.yml"]);
    expect(codes).toEqual(["file-unreadable", "file-unreadable"]);
  });

  test("a folder with special characters is no pattern", () => {
    write("[a]{b,c}*/m.yml");
    const { value } = collect((r) => findMirrorFiles(join(folder, "[a]{b,c}*"), r));
    expect(value).toHaveLength(1);
  });
});

describe("readNetwork", () => {
  test("without a config.yml says how to name it", () => {
    const path = join(folder, "nowhere", "config.yml");
    const { value, diagnostics } = collect((report) => readNetwork(path, report));
    expect(value).toBeNull();
    expect(diagnostics.map((each) => wordingOf(each).hint)).toEqual([
      "name the network's config.yml with --config",
    ]);
  });

  test("one bad file does not stop the others", () => {
    const config = write("net/config.yml", "mirrors_dir: sub/mirrors\n");
    write("net/sub/mirrors/good.yml", "name: good\n");
    write("net/sub/mirrors/bad.yml", "name: [\n");
    write("net/sub/mirrors/also-good.yml", "name: also-good\n");
    const { value, codes } = collect((report) => readNetwork(config, report));
    expect(value?.mirrors).toHaveLength(2);
    expect(value).not.toHaveProperty("settings");
    expect(new Set(codes)).toEqual(new Set(["yaml-syntax"]));
  });

  test("mirrorpress.yml beside config.yml is read", () => {
    const config = write("set/config.yml", "mirrors_dir: .\n");
    write("set/mirrorpress.yml", "output: out\n");
    const { value } = collect((report) => readNetwork(config, report));
    expect(value?.settings?.file.path).toMatch(/mirrorpress\.yml$/);
  });

  test("without a config.yml there is nothing", () => {
    const { value, codes } = collect((r) => readNetwork(join(folder, "none", "config.yml"), r));
    expect(value).toBeNull();
    expect(codes).toEqual(["file-unreadable"]);
  });
});
