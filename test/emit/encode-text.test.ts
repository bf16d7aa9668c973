import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeText } from "../../src/emit/encode-text.ts";

it("encodeText gives the bytes of the pieces joined", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (pieces) => {
      expect(Buffer.from(encodeText(pieces))).toEqual(Buffer.from(pieces.join("")));
    }),
  );
});

it("encodeText grows with the text", () => {
  const pieces = Array.from({ length: 3000 }, (_, index) => `${index}é`.repeat(100));
  expect(Buffer.from(encodeText(pieces)).equals(Buffer.from(pieces.join("")))).toBe(true);
});
