import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFileSystem, syncBy, syncsAsAWhole } from "../../src/publish/file-system.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-sync-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A sync(1) that says this on stderr and ends with 1. */
function sayingSync(said: string): string {
  const path = join(folder, "sync");
  writeFileSync(path, `#!/bin/sh\necho "${said}" >&2\nexit 1\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("syncBy", () => {
  it.each([
    ["GNU", "sync: error syncing '/srv': Input/output error"],
    ["GNU, a full disk below", "sync: error syncing '/srv': No space left on device"],
    ["busybox", "sync: /srv: I/O error"],
    ["nobody's", ""],
  ])("throws what was lost, and does not ask again: %s", (_whose, said) => {
    expect(() => syncBy(sayingSync(said), folder)).toThrow(
      `the disk lost what was written: ${said || "sync ended with 1"}`,
    );
  });

  it.each([
    ["GNU", "sync: invalid option -- 'f'"],
    ["busybox", "sync: unrecognized option: f"],
  ])("cannot tell by a program that does not know how: %s", (_whose, said) => {
    expect(syncBy(sayingSync(said), folder)).toBe(false);
  });

  it("cannot tell by a program that is not there", () => {
    expect(syncBy(join(folder, "none"), folder)).toBe(false);
  });

  it("fails the publication on a folder that cannot be synced, for all it knows", () => {
    expect(() => syncBy("/bin/sync", join(folder, "none"))).toThrow(/lost.*No such file/);
  });
});

describe("syncsAsAWhole", () => {
  const [EXT4, OVERLAY, FUSE, NFS, TMPFS] = [0xef53, 0x794c_7630, 0x6573_5546, 0x6969, 0x0102_1994];

  it.each([
    ["ext4", EXT4, "6.1.0-18-amd64", true],
    ["tmpfs", TMPFS, "6.18.44", true],
    ["ext4 under the first kernel that tells of lost writes", EXT4, "5.8.0", true],
    ["ext4 under one that does not", EXT4, "5.4.0-216-generic", false],
    ["ext4 under RHEL 8's", EXT4, "4.18.0-553.el8", false],
    ["overlayfs, which hides what the disk below has lost", OVERLAY, "6.18.44", false],
    ["FUSE, whose server is not asked", FUSE, "6.18.44", false],
    ["NFS", NFS, "6.18.44", false],
    ["what calls itself otherwise", EXT4, "unknown", false],
  ])("is so or not: %s", (_what, type, kernel, expected) => {
    expect(syncsAsAWhole(type, kernel)).toBe(expected);
  });
});

it("nodeFileSystem.syncFileSystem tells of the folder that is given, or cannot tell", () => {
  expect(nodeFileSystem.syncFileSystem(folder)).toBeTypeOf("boolean");
  expect(() => nodeFileSystem.syncFileSystem(join(folder, "none"))).toThrow(/ENOENT/);
});
