import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import { describe, expect, test } from "vitest";
import { ARCHIVE_LIMITS, unpackTarGz } from "../../src/fetch/archive.ts";
import { FetchError } from "../../src/fetch/failure.ts";
import { seededRandom } from "../support/random.ts";
import { tarGz } from "./services.ts";

const isDatabase = (name: string) => name.endsWith(".mmdb");

async function reasonOf(archive: Uint8Array, limits = ARCHIVE_LIMITS): Promise<string> {
  const outcome = await unpackTarGz(archive, isDatabase, limits).catch((error: unknown) => error);
  if (outcome instanceof FetchError) return outcome.message;
  throw new Error("no FetchError", { cause: outcome });
}

async function withEntry(entry: TarEntry["header"]): Promise<Buffer> {
  const good = { header: { name: "a/x.mmdb", size: 1 }, body: "x" };
  return gzipSync(await packTar([good, { header: entry, body: "y".repeat(entry.size) }]));
}

describe("unpackTarGz", () => {
  test("gives the wanted files, whole and in their order, and passes over the others", async () => {
    const random = seededRandom(7);
    const large = Uint8Array.from({ length: 300_000 }, () => Math.floor(random() * 256));
    const archive = await tarGz({
      "a/README": "no".repeat(100_000),
      "a/two.mmdb": large,
      "a/one.mmdb": "1",
      "a/empty.mmdb": "",
    });
    const files = await unpackTarGz(archive, isDatabase);
    expect(files.map(({ name }) => name)).toEqual(["a/two.mmdb", "a/one.mmdb", "a/empty.mmdb"]);
    expect(Buffer.compare(files[0]!.bytes, large)).toBe(0);
    expect(files.map(({ bytes }) => bytes.length)).toEqual([300_000, 1, 0]);
  });

  test("comes to an end, however large the files are that are wanted and that are not", async () => {
    const random = seededRandom(13);
    const noise = (size: number) => Uint8Array.from({ length: size }, () => random() * 256);
    const large = noise(3_000_000);
    const archive = await tarGz({
      "a/LICENSE": noise(500),
      "a/README.md": noise(3000),
      "a/one.mmdb": large,
      "a/passed over": large,
      "a/two.mmdb": large,
      "a/last": noise(700),
    });
    const files = await unpackTarGz(archive, isDatabase);
    expect(files.map(({ bytes }) => Buffer.compare(bytes, large))).toEqual([0, 0]);
  });

  test("gives up what takes too long", async () => {
    const archive = await tarGz({ "a/x.mmdb": new Uint8Array(60_000_000) });
    const limits = { ...ARCHIVE_LIMITS, ratio: 1e6, seconds: 0.001 };
    expect(await reasonOf(archive, limits)).toBe("unpacking the archive took longer than 0.001 s");
  });

  test("reads what GNU tar writes, folders and long names included", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-tar-"));
    try {
      const inner = `GeoLite2-City_20261120/${"long".repeat(20)}/${"name".repeat(20)}`;
      mkdirSync(join(folder, inner), { recursive: true });
      writeFileSync(join(folder, inner, "GeoLite2-City.mmdb"), "bytes");
      for (const format of ["gnu", "pax", "ustar"]) {
        const path = join(folder, "a.tar.gz");
        execFileSync("tar", ["-czf", path, `--format=${format}`, "GeoLite2-City_20261120"], {
          cwd: folder,
        });
        const files = await unpackTarGz(readFileSync(path), isDatabase);
        expect(files, format).toMatchObject([{ name: `${inner}/GeoLite2-City.mmdb` }]);
        expect(Buffer.from(files[0]!.bytes).toString()).toBe("bytes");
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ["../evil.mmdb", "leads out of it"],
    ["a/../../evil.mmdb", "leads out of it"],
    ["/etc/evil.mmdb", "leads out of it"],
    ["a\\..\\evil.mmdb", "leads out of it"],
    // Wanted or not: who packs such a name means no good.
    ["../README", "leads out of it"],
  ])("refuses the whole archive for a path such as %s", async (name, reason) => {
    expect(await reasonOf(await withEntry({ name, size: 1 }))).toContain(reason);
  });

  test.each([
    ["symlink", { type: "symlink", linkname: "/etc/passwd" }],
    ["link", { type: "link", linkname: "a/x.mmdb" }],
    ["character-device", { type: "character-device" }],
    ["fifo", { type: "fifo" }],
  ] as const)("refuses the whole archive for a %s", async (what, header) => {
    const archive = await withEntry({ name: "a/y.mmdb", size: 0, ...header });
    expect(await reasonOf(archive)).toContain(`holds a ${what}`);
  });

  test("makes no file larger than what is in the archive, whatever holes it is said to have", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mirrorpress-tar-"));
    try {
      const file = openSync(join(folder, "x.mmdb"), "w");
      writeSync(file, "some", 900_000_000);
      closeSync(file);
      const pack = (format: string) =>
        execFileSync("tar", ["-cz", "--sparse", `--format=${format}`, "x.mmdb"], { cwd: folder });
      expect(await reasonOf(pack("pax"))).toMatch(/^the archive holds a file with holes, /);
      const [found] = await unpackTarGz(pack("gnu"), isDatabase);
      expect(found?.bytes.length).toBeLessThan(10_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("refuses a bomb, whatever is in it, before it is inflated", async () => {
    const zeros = new Uint8Array(64 * 1024 * 1024);
    for (const name of ["a/bomb.mmdb", "a/not-wanted"]) {
      expect(await reasonOf(await tarGz({ [name]: zeros }))).toMatch(
        /inflates to more than \d+ MB/,
      );
    }
    // Not even a tar archive.
    expect(await reasonOf(gzipSync(zeros))).toMatch(/inflates to|damaged/);
  });

  test("refuses more entries, and a larger file, than there may be", async () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a/${n}`, "x"]));
    const limits = { ...ARCHIVE_LIMITS, entries: 10, fileBytes: 10 };
    expect(await reasonOf(await tarGz(many), limits)).toContain("more than 10 entries");
    expect(await reasonOf(await tarGz({ "a/x.mmdb": "x".repeat(11) }), limits)).toContain(
      "11 bytes",
    );
  });

  test("refuses a file that claims more bytes than there are, without making room for them", async () => {
    const whole = await packTar([{ header: { name: "a/x.mmdb", size: 4 }, body: "good" }]);
    const claimed = Buffer.from(whole);
    claimed.write("07777777777\0", 124, "latin1");
    let sum = 0;
    for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 32 : claimed[at]!;
    claimed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    expect(await reasonOf(gzipSync(claimed))).toMatch(/8589934591 bytes|cut off/);
  });

  test.each([
    ["a web page", Buffer.from("<!DOCTYPE html><html>"), "a web page, not an archive"],
    ["another format", Buffer.from("PK\u0003\u0004"), "not a gzip archive"],
    ["nothing", Buffer.alloc(0), "not a gzip archive"],
    ["gzip of gzip", gzipSync(gzipSync("hello")), "compressed twice"],
    ["gzip of something else", gzipSync("hello"), "damaged or cut off"],
  ])("refuses %s in words", async (_what, bytes, reason) => {
    expect(await reasonOf(bytes)).toContain(reason);
  });

  test("refuses an archive cut off anywhere, or with any byte of its headers changed", async () => {
    const random = seededRandom(11);
    const body = Uint8Array.from({ length: 3000 }, () => Math.floor(random() * 256));
    const archive = await tarGz({ "a/x.mmdb": body });
    for (let cut = 0; cut < archive.length - 1; cut += 37) {
      expect(await reasonOf(archive.subarray(0, cut))).toMatch(/damaged|not a gzip/);
    }
    const tar = Buffer.from(await packTar([{ header: { name: "a/x.mmdb", size: 1 }, body: "x" }]));
    for (let at = 0; at < 500; at += 13) {
      const broken = Buffer.from(tar);
      broken[at] = (broken[at] ?? 0) ^ 0x15;
      expect(await reasonOf(gzipSync(broken)), `byte ${at}`).not.toBe("");
    }
  });
});
