/** Seeded random values as bytes of a data section, with pointers, beside what they mean. */
import { array, type Bytes, concat, double, head, pointer, text, uint } from "./craft.ts";

export interface MadeSection {
  readonly data: Uint8Array;
  /** Where each record starts, and its value. */
  readonly records: readonly { readonly offset: number; readonly value: unknown }[];
}

/** Records are maps over a few keys; values and keys seen before are often pointers to them. */
export function makeSection(random: () => number, count: number): MadeSection {
  const bytes: number[] = [];
  const seen: { offset: number; value: unknown }[] = [];
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

  const scalar = (): [Bytes, unknown] => {
    const number = Math.floor(random() * 2 ** pick([1, 8, 16, 31]));
    switch (Math.floor(random() * 8)) {
      case 0:
        return [double(number / 7), number / 7];
      case 1:
        return [head(14, number & 1), (number & 1) === 1];
      case 2:
        return [uint(6, number), number];
      case 3:
        return [[...head(8, 4), 0xff, 0xff, 0xff, 0xfe], -2];
      case 4:
        return [concat(head(9, 8), new Array<number>(8).fill(0xff)), 2n ** 64n - 1n];
      case 5:
        return [concat(head(4, 3), [1, 2, 3]), Uint8Array.of(1, 2, 3)];
      default: {
        const value = pick(["", "a", "Zürich", "x".repeat(28), "y".repeat(29), "z".repeat(300)]);
        return [text(value), value];
      }
    }
  };

  /** Appends a value at the end and returns it; a container is written from the outside in. */
  const write = (depth: number): unknown => {
    const offset = bytes.length;
    const kind = random();
    if (kind < 0.2 && seen.length > 0) {
      const known = pick(seen);
      bytes.push(...pointer(known.offset));
      return known.value;
    }
    let value: unknown;
    if (depth < 4 && kind < 0.45) value = writeMap(depth);
    else if (depth < 4 && kind < 0.6) value = writeArray(depth);
    else {
      const [encoded, meaning] = scalar();
      bytes.push(...encoded);
      value = meaning;
    }
    seen.push({ offset, value });
    return value;
  };

  const writeMap = (depth: number): unknown => {
    const keys = KEYS.filter(() => random() < 0.5);
    bytes.push(...head(7, keys.length));
    return Object.fromEntries(
      keys.map((key) => {
        const known = seen.find(({ value }) => value === key);
        if (known !== undefined && random() < 0.8) bytes.push(...pointer(known.offset));
        else {
          seen.push({ offset: bytes.length, value: key });
          bytes.push(...text(key));
        }
        return [key, write(depth + 1)];
      }),
    );
  };

  const writeArray = (depth: number): unknown => {
    const length = Math.floor(random() * 4);
    bytes.push(...array(new Array<Bytes>(length).fill([])));
    return Array.from({ length }, () => write(depth + 1));
  };

  const records = Array.from({ length: count }, () => ({
    offset: bytes.length,
    value: writeMap(0),
  }));
  return { data: Uint8Array.from(bytes), records };
}

export const KEYS = ["country", "iso_code", "city", "names", "en", "__proto__", "location"];
