/** MaxMind's own databases: the sound ones are read, each broken one is refused for its fault. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { MmdbError } from "../../src/mmdb/error.ts";
import { verifyDatabase } from "../../src/mmdb/verify.ts";
import { sharedData } from "../support/shared.ts";
import { describeShared } from "../support/shared-suite.ts";
import { source } from "./craft.ts";

/** Reason, offset and a part of the message. The files named by two words are fuzzers' work. */
const BROKEN: Readonly<Record<string, readonly [string, number | undefined, string]>> = {
  "bad-data/libmaxminddb/libmaxminddb-corrupt-search-tree.mmdb": [
    "tree-cycle",
    6,
    "node 1 leads back to the root of the tree",
  ],
  "bad-data/libmaxminddb/libmaxminddb-deep-array-nesting.mmdb": [
    "value-too-deep",
    950,
    "arrays are nested more than 64 deep",
  ],
  "bad-data/libmaxminddb/libmaxminddb-deep-nesting.mmdb": [
    "value-too-deep",
    1015,
    "maps are nested more than 64 deep",
  ],
  "bad-data/libmaxminddb/libmaxminddb-metadata-marker-only.mmdb": [
    "metadata-not-a-map",
    14,
    "its metadata is empty",
  ],
  "bad-data/libmaxminddb/libmaxminddb-offset-integer-overflow.mmdb": [
    "pointer-beyond-data",
    230,
    "byte 943208504 of the metadata, which has 211 bytes",
  ],
  "bad-data/libmaxminddb/libmaxminddb-oversized-array.mmdb": [
    "container-oversized",
    22,
    "an array claims 1000000 entries",
  ],
  "bad-data/libmaxminddb/libmaxminddb-oversized-map.mmdb": [
    "container-oversized",
    22,
    "a map claims 1000000 entries",
  ],
  "bad-data/libmaxminddb/libmaxminddb-separator-record-max-left.mmdb": [
    "record-in-separator",
    0,
    "on its left to byte 15",
  ],
  "bad-data/libmaxminddb/libmaxminddb-separator-record-min-left.mmdb": [
    "record-in-separator",
    0,
    "on its left to byte 1 ",
  ],
  "bad-data/libmaxminddb/libmaxminddb-separator-record-min-right.mmdb": [
    "record-in-separator",
    0,
    "on its right to byte 1 ",
  ],
  // Both lost their last byte, so what their names promise can no longer be reached.
  "bad-data/maxminddb-golang/cyclic-data-structure.mmdb": [
    "metadata-truncated",
    2730,
    "a value of type uint16 claims 1 bytes and runs past the end of the metadata",
  ],
  "bad-data/maxminddb-golang/invalid-map-key-length.mmdb": [
    "metadata-truncated",
    2730,
    "a value of type uint16 claims 1 bytes and runs past the end of the metadata",
  ],
  "bad-data/maxminddb-golang/invalid-bytes-length.mmdb": [
    "container-oversized",
    14,
    "a map claims 9 entries, more than the bytes left in the metadata",
  ],
  "bad-data/maxminddb-golang/invalid-data-record-offset.mmdb": [
    "text-not-utf8",
    15,
    "a text is not valid UTF-8",
  ],
  "bad-data/maxminddb-golang/invalid-string-length.mmdb": [
    "metadata-truncated",
    187,
    "the metadata ends in the middle of a value",
  ],
  "bad-data/maxminddb-golang/metadata-is-an-uint128.mmdb": [
    "metadata-truncated",
    14,
    "a value of type uint128 claims 2 bytes",
  ],
  "bad-data/maxminddb-golang/unexpected-bytes.mmdb": [
    "metadata-truncated",
    2333,
    "the metadata ends in the middle of a value",
  ],
  "bad-data/maxminddb-python/bad-unicode-in-map-key.mmdb": [
    "record-beyond-data",
    12,
    "node 2 leads on its left to byte 13882143",
  ],
  "test-data/GeoIP2-City-Test-Broken-Double-Format.mmdb": [
    "value-size-invalid",
    11128,
    "type double has the impossible size 5",
  ],
  "test-data/GeoIP2-City-Test-Invalid-Node-Count.mmdb": [
    "tree-truncated",
    undefined,
    "promises 100000 nodes, 700000 bytes",
  ],
};

describeShared("MaxMind's databases", () => {
  const files = readdirSync(sharedData("maxmind"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".mmdb"))
    .sort();
  const sound = files.filter((path) => BROKEN[path] === undefined);

  test("are all here", () => {
    expect(files).toHaveLength(28);
    expect(sound.filter((path) => path.startsWith("bad-data"))).toEqual([
      "bad-data/libmaxminddb/libmaxminddb-empty-array-last-in-metadata.mmdb",
      "bad-data/libmaxminddb/libmaxminddb-empty-map-last-in-metadata.mmdb",
      "bad-data/libmaxminddb/libmaxminddb-uint64-max-epoch.mmdb",
    ]);
  });

  test.each(sound)("%s is read", (path) => {
    const db = verifyDatabase(source(readFileSync(sharedData("maxmind", path))));
    expect(db.records.count).toBeGreaterThan(0);
    expect(Number.isSafeInteger(db.metadata.buildEpoch)).toBe(true);
  });

  test.each(Object.entries(BROKEN))("%s is refused", (path, [reason, offset, message]) => {
    const bytes = readFileSync(sharedData("maxmind", path));
    const started = performance.now();
    const error = refusal(bytes, basename(path));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(error).toMatchObject({ reason, offset });
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/fetch the database again|unpacked/);
  });

  test("no two are refused in the same words, but for the two that were cut alike", () => {
    const told = Object.keys(BROKEN).map(
      (path) => refusal(readFileSync(sharedData("maxmind", path)), "x").message,
    );
    expect(told.length - new Set(told).size).toBe(1);
  });
});

function refusal(bytes: Uint8Array, name: string): MmdbError {
  try {
    verifyDatabase(source(bytes, name));
  } catch (error) {
    if (error instanceof MmdbError) return error;
    throw error;
  }
  throw new Error(`${name} was accepted`);
}
