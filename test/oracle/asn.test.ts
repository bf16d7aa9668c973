import { expect, test } from "vitest";
import { addressText } from "./address.ts";
import { asnRanges } from "./asn.ts";

const CSV = `192.0.2.0,192.0.2.255,1,wide
192.0.2.16,192.0.2.31,2,within
192.0.3.0,192.0.3.255,3,"first, and longer"
192.0.3.128,192.0.4.255,4,later
2001:db8::,2001:db8::ffff,5,
`;

test("asnRanges has the range that starts later where two overlap, whoever is wanted", () => {
  const texts = (wanted: ReadonlySet<number> | null) =>
    asnRanges(CSV, wanted).map(({ family, first, last, asn }) =>
      [asn, addressText({ family, value: first }), addressText({ family, value: last })].join(" "),
    );
  const all = ["1 192.0.2.0 192.0.2.255", "3 192.0.3.0 192.0.3.127", "4 192.0.3.128 192.0.4.255"];
  expect(texts(null).slice(0, 3)).toEqual(all);
  expect(texts(null)).toHaveLength(4);
  expect(texts(new Set([2, 3]))).toEqual(all.slice(1, 2));
});
