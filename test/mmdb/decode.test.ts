import { describe, expect, test } from "vitest";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import { DataWindow } from "../../src/mmdb/data-window.ts";
import { decodeAt, type MmdbValue } from "../../src/mmdb/decode.ts";
import { ValueEncoder } from "../../src/mmdb/encode.ts";
import { FIELD_ABSENT, FIELD_TEXT, type FieldPath, fieldReader } from "../../src/mmdb/fields.ts";
import { seededRandom } from "../support/random.ts";
import { type Bytes, concat, head, pointer, text, uint } from "./craft.ts";
import { KEYS, makeSection } from "./values.ts";

function decode(data: Bytes | Uint8Array, offset = 0, windowBytes?: number): MmdbValue {
  return decodeAt(windowOf(data, windowBytes), offset);
}

function windowOf(data: Bytes | Uint8Array, windowBytes?: number): DataWindow {
  const bytes = Uint8Array.from(data);
  const source = bytesInMemory("test.mmdb", bytes);
  return new DataWindow(source, "the data section", 0, bytes.length, windowBytes);
}

describe("decodeAt", () => {
  test.each<readonly [string, Bytes, MmdbValue]>([
    ["a text", text("Zürich"), "Zürich"],
    ["a text that starts with a byte order mark", text("\ufeffa"), "\ufeffa"],
    ["an uint16 without bytes", [0xa0], 0],
    ["an uint32", uint(6, 4_294_967_295), 4_294_967_295],
    ["an uint64 that a number holds", uint(9, 2 ** 40), 2 ** 40],
    [
      "an uint64 that needs more",
      [...head(9, 8), ...new Array<number>(8).fill(255)],
      2n ** 64n - 1n,
    ],
    ["an uint128", [...head(10, 16), 1, ...new Array<number>(15).fill(0)], 2n ** 120n],
    ["a negative int32", [...head(8, 4), 255, 255, 255, 255], -1],
    ["a short int32, which is positive", [...head(8, 1), 255], 255],
    ["a float", [...head(15, 4), 0x3f, 0x80, 0, 0], 1],
    ["a truth", head(14, 1), true],
    ["a falsehood", head(14, 0), false],
    ["bytes", [...head(4, 2), 7, 8], Uint8Array.of(7, 8)],
  ])("reads %s", (_, bytes, value) => {
    expect(decode(bytes)).toEqual(value);
  });

  test.each([0, 28, 29, 284, 285, 65_820, 65_821, 100_000])("reads a text of %i bytes", (size) => {
    expect(decode(concat(head(2, size), new Uint8Array(size).fill(0x61)))).toBe("a".repeat(size));
  });

  test.each([
    [0, 1],
    [2047, 1],
    [2048, 2],
    [526_335, 2],
    [526_336, 3],
    [600_000, 3],
    [0, 4],
    [600_000, 4],
  ] as const)("follows a pointer to byte %i in %i bytes", (target, width) => {
    const data = new Uint8Array(700_000);
    data.set(text("here"), target);
    data.set(pointer(target, width), 650_000);
    expect(decode(data, 650_000)).toBe("here");
  });

  test("makes __proto__ a key like any other", () => {
    const value = decode(concat(head(7, 1), text("__proto__"), head(7, 0)));
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test("reads seeded random sections, through windows of any size", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { data, records } = makeSection(seededRandom(seed), 20);
      for (const windowBytes of [1, 16, 1 << 16]) {
        const window = windowOf(data, windowBytes);
        const texts = new Map<number, string>();
        for (const { offset, value } of records) {
          expect(decodeAt(window, offset), `seed ${seed}`).toEqual(value);
          expect(decodeAt(window, offset, texts), `seed ${seed}`).toEqual(value);
        }
      }
    }
  });
});

describe("ValueEncoder", () => {
  test("writes what decodeAt reads back", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const encoder = new ValueEncoder();
      const { records } = makeSection(seededRandom(seed), 20);
      const offsets = records.map(({ value }) => encoder.value(value as MmdbValue));
      const window = windowOf(encoder.bytes());
      expect(
        offsets.map((offset) => decodeAt(window, offset)),
        `seed ${seed}`,
      ).toEqual(records.map(({ value }) => value));
    }
  });

  test("says a text once", () => {
    const encoder = new ValueEncoder();
    const first = encoder.value("a long enough text");
    const second = encoder.value("a long enough text");
    expect(encoder.length - second).toBe(2);
    expect(decode(encoder.bytes(), second)).toBe(decode(encoder.bytes(), first));
  });

  test.each([2, 2047, 2048, 526_335, 526_336, 600_000])("points back to byte %i", (target) => {
    const encoder = new ValueEncoder();
    const padding = target < 10 ? target - 1 : target - (target < 66_000 ? 3 : 4);
    encoder.value(new Uint8Array(padding));
    expect(encoder.value("here")).toBe(target);
    const pointer = encoder.value("here");
    expect(decode(encoder.bytes(), pointer)).toBe("here");
  });

  test("refuses integers that no type holds", () => {
    expect(() => new ValueEncoder().value(2n ** 128n)).toThrow("128 bits");
    expect(() => new ValueEncoder().value(-1n)).toThrow("128 bits");
  });
});

describe("fieldReader", () => {
  const paths: FieldPath[] = [
    ...KEYS.map((key) => [key]),
    ...KEYS.flatMap((outer) => KEYS.map((inner) => [outer, inner])),
    ...KEYS.flatMap((key) => [0, 1, 2].map((index) => [key, index])),
    ["names", 0, "en"],
    ["names", 1, "country", 0],
    ["nowhere"],
  ];

  test("finds in seeded random records what decodeAt finds", () => {
    let texts = 0;
    let numbers = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { data, records } = makeSection(seededRandom(seed), 40);
      const reader = fieldReader(data, paths);
      for (const { offset, value } of records) {
        reader.read(offset);
        const expected = paths.map((path) => at(value, path));
        const found = paths.map((_, index) => {
          if (reader.kinds[index] === FIELD_ABSENT) return undefined;
          return reader.kinds[index] === FIELD_TEXT ? reader.textOf(index) : reader.numbers[index];
        });
        const asNumbers = expected.map((one) =>
          typeof one === "string" || one === undefined ? one : Number(one),
        );
        expect(found, `seed ${seed}, record at ${offset}`).toEqual(asNumbers);
        texts += found.filter((one) => typeof one === "string").length;
        numbers += found.filter((one) => typeof one === "number").length;
      }
    }
    expect(texts).toBeGreaterThan(1000);
    expect(numbers).toBeGreaterThan(1000);
  });

  test("gives equal offsets for texts that one pointer target holds", () => {
    const data = Uint8Array.from(
      concat(
        text("Oslo"),
        head(7, 1),
        text("city"),
        pointer(0),
        head(7, 1),
        pointer(6),
        pointer(0),
      ),
    );
    const reader = fieldReader(data, [["city"]]);
    const found = [5, 16].map((offset) => {
      reader.read(offset);
      return [reader.textOf(0), reader.textOffsets[0], reader.textLengths[0]];
    });
    expect(found).toEqual([
      ["Oslo", 1, 4],
      ["Oslo", 1, 4],
    ]);
  });

  test("tells 600 keys apart, though its cache has fewer slots", () => {
    const names = Array.from({ length: 600 }, (_, index) => `key ${index}`);
    const data = Uint8Array.from(
      concat(head(7, 600), ...names.flatMap((name, index) => [text(name), uint(5, index)])),
    );
    const reader = fieldReader(
      data,
      names.map((name) => [name]),
    );
    for (let again = 0; again < 2; again++) {
      reader.read(0);
      expect([...reader.numbers]).toEqual([...names.keys()]);
    }
  });
});

/** The text, number or truth at a path; undefined for anything else. */
function at(value: unknown, path: FieldPath): string | number | bigint | boolean | undefined {
  let here: unknown = value;
  for (const step of path) {
    const isArray = Array.isArray(here);
    if (typeof here !== "object" || here === null || here instanceof Uint8Array) return undefined;
    if (isArray !== (typeof step === "number")) return undefined;
    here = Object.hasOwn(here, step) ? (here as Record<string, unknown>)[step] : undefined;
  }
  switch (typeof here) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return here;
    default:
      return undefined;
  }
}
