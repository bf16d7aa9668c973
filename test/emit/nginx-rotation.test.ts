import { describe, expect, it } from "vitest";
import { rotationBlock, rotationOf } from "../../src/emit/nginx-rotation.ts";

describe("rotationBlock", () => {
  it("makes parts as equal as two decimals of a percentage can be", () => {
    expect(rotationBlock("$a", "$b", 3)).toBe(
      'split_clients "$a" $b {\n    33.33% 0;\n    33.33% 1;\n    * 2;\n}\n',
    );
    expect(rotationBlock("$a", "$b", 8)).toContain("    12.5% 6;\n    * 7;\n");
  });

  it.each([0, -1, 1.5, 101, Number.NaN])("refuses %d rotations", (rotations) => {
    expect(() => rotationBlock("$a", "$b", rotations)).toThrow("1 to 100");
    expect(() => rotationOf("192.0.2.1", rotations)).toThrow("1 to 100");
  });
});

describe("rotationOf", () => {
  // That nginx finds the same is in test/serve/order.test.ts.
  it.each([1, 2, 3, 7, 8, 64, 100])("spreads addresses over %d rotations", (rotations) => {
    const counts = new Array<number>(rotations).fill(0);
    for (let n = 0; n < 300 * rotations; n++) {
      const rotation = rotationOf(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, rotations);
      counts[rotation] = (counts[rotation] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(200);
    expect(Math.max(...counts)).toBeLessThan(400);
  });

  it("keeps its answers: builds and servers depend on them", () => {
    const addresses = ["192.0.2.1", "192.0.2.2", "8.8.8.8", "2001:db8::1", "::1", ""];
    expect(addresses.map((address) => rotationOf(address, 8))).toMatchInlineSnapshot(`
      [
        6,
        3,
        1,
        7,
        3,
        0,
      ]
    `);
  });
});
