import { describe, expect, it } from "vitest";
import { emitIndex } from "../../src/emit/aggregates.ts";

const text = (index: Parameters<typeof emitIndex>[0]) =>
  Buffer.from(emitIndex(index).bytes).toString();
const ids = ["aaa", "bbb"];
const share = (list: number, addresses: number, exact: number) => ({
  list,
  addresses,
  exact,
});

describe("emitIndex", () => {
  it("writes a key a line, sorted, as valid JSON", () => {
    const written = text({
      kind: "countries",
      aggregates: [
        { key: "NO", ipv4: share(1, 300, 0.333_39), ipv6: share(0, 2.5, 1) },
        { key: "FR", ipv4: null, ipv6: share(1, 7, 0.999_999) },
        { key: "AQ", ipv4: null, ipv6: null },
      ],
      ids,
      listWithout: (key) => `no-${key}`,
      nameOf: (key) => (key === "FR" ? 'Fr"ance' : undefined),
    });
    expect(written).toBe(`{
"AQ":{"list":"no-AQ"},
"FR":{"name":"Fr\\"ance","list":"bbb","ipv6":{"networks48":7,"exact":0.9999}},
"NO":{"list":"bbb","ipv4":{"addresses":300,"exact":0.3333},"ipv6":{"list":"aaa","networks48":2.5,"exact":1}}
}
`);
    expect(Object.keys(JSON.parse(written))).toEqual(["AQ", "FR", "NO"]);
  });

  it("orders ASNs by number", () => {
    const aggregates = [100, 20, 3].map((key) => ({ key, ipv4: share(0, 1, 1), ipv6: null }));
    const written = text({
      kind: "asns",
      aggregates,
      ids,
      listWithout: (key) => `no-${key}`,
    });
    expect(written.match(/^"\d+"/gm)).toEqual(['"3"', '"20"', '"100"']);
  });

  it("writes an object with nothing in it", () => {
    expect(text({ kind: "asns", aggregates: [], ids, listWithout: () => "z" })).toBe("{}\n");
  });

  it("refuses a list that there is not", () => {
    const aggregates = [{ key: "FR", ipv4: share(2, 1, 1), ipv6: null }];
    expect(() => text({ kind: "countries", aggregates, ids, listWithout: () => "z" })).toThrow(
      "no list number 2",
    );
  });
});
