import { readdirSync, readFileSync } from "node:fs";
import { Reader, type Response } from "maxmind";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/random.ts";
import { hasSharedData, sharedData } from "../support/shared.ts";
import { addressText, toAddress } from "./address.ts";
import { dataOf, descend, leafCursor, plainDatabase } from "./mmdb.ts";
import { testDatabase } from "./write-mmdb.ts";

describe("plainDatabase", () => {
  const small = testDatabase({
    ipVersion: 6,
    type: "test",
    networks: [
      ["192.0.2.0/24", { name: "net", list: [1, 2.5, "x".repeat(40)] }],
      ["192.0.2.128/25", { name: "half" }],
      ["2001:db8::/32", { name: "six" }],
    ],
  });

  it("finds what was written, and nothing beside it", () => {
    const db = plainDatabase(small);
    const at = (text: string) => dataOf(db, descend(db, toAddress(text).value, 128).record);
    expect(at("::192.0.2.1")).toEqual({ name: "net", list: [1, 2.5, "x".repeat(40)] });
    expect(at("::192.0.2.200")).toEqual({ name: "half" });
    expect(at("2001:db8:1::")).toEqual({ name: "six" });
    expect(at("2001:db9::")).toBeUndefined();
  });

  it("walks leaves that cover the space without a gap", () => {
    const db = plainDatabase(small);
    const leaves = leafCursor(db, 0, 0);
    let covered = 0n;
    while (leaves.next()) covered += 1n << BigInt(128 - leaves.depth);
    expect(covered).toBe(1n << 128n);
  });

  it.runIf(hasSharedData())("agrees with the maxmind package on MaxMind's own samples", () => {
    const folder = sharedData("maxmind", "test-data");
    const random = seededRandom(20261122);
    const sound = readdirSync(folder).filter((name) => !/Broken|Invalid/.test(name));
    for (const file of sound) {
      const bytes = readFileSync(`${folder}/${file}`);
      const db = plainDatabase(bytes);
      const reader = new Reader<Response>(bytes);
      const leaves = leafCursor(db, 0, 0);
      let start = 0n;
      while (leaves.next()) {
        const width = BigInt(db.width);
        const size = 1n << (width - BigInt(leaves.depth));
        const inside =
          start + BigInt(Math.floor(random() * Number(size < 1n << 40n ? size : 1n << 40n)));
        const address = addressText({ family: db.width === 32 ? 4 : 6, value: inside });
        const theirs = reader.get(address);
        const ours = dataOf(db, leaves.record);
        expect(plainNumbers(ours), `${file} at ${address}`).toEqual(plainNumbers(theirs));
        start += size;
      }
    }
    expect(sound.length).toBeGreaterThan(2);
  });
});

/** The two readers choose differently between number and bigint, and between undefined and null. */
function plainNumbers(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === "bigint" ? Number(inner) : inner,
  );
  return JSON.parse(text);
}
