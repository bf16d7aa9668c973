import { describe, expect, it } from "vitest";
import { equalShares, fmix32, hash32, murmur2, partOf } from "./hash.ts";

describe("hash32", () => {
  // Vectors of the published FNV-1a and MurmurHash3 finalizer.
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("mixes FNV-1a of %j", (text, fnv) => {
    expect(hash32(text)).toBe(fmix32(fnv));
  });

  it.each([
    [0, 0],
    [1, 0x514e28b7],
    [0xffffffff, 0x81f16f39],
  ])("fmix32 of %i", (value, mixed) => {
    expect(fmix32(value)).toBe(mixed);
  });
});

describe("partOf", () => {
  it("deals texts out evenly", () => {
    const counts = new Array<number>(8).fill(0);
    for (let client = 0; client < 8000; client += 1) {
      const part = partOf(`192.0.${client >> 8}.${client & 255}`, equalShares(8));
      counts[part] = (counts[part] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("puts everything into the last part, `*`, if it is the only one", () => {
    expect(equalShares(1)).toEqual(["*"]);
    expect(partOf("192.0.2.1", ["*"])).toBe(0);
  });

  it("adds a byte at the end to the hash", () => {
    const hashes = ["", "a", "ab", "abc", "abcd", "abcde"].map(murmur2);
    expect(new Set(hashes).size).toBe(6);
  });
});
