import { describe, expect, it } from "vitest";
import { emitClasses, readClasses } from "../../src/emit/classes.ts";
import type { Decision } from "../../src/routes/decisions.ts";
import type { RouteTable } from "../../src/routes/table.ts";

const MIRRORS = ["a.example", "b.example", "c.example"];

const TABLE: Pick<RouteTable, "classes" | "sets" | "rotations"> = {
  rotations: 2,
  sets: [
    {
      name: "all",
      lists: [[0, 1], [1, 0], [2]],
      groups: [
        [0, 1],
        [2, 2],
      ],
    },
    { name: "kitten", lists: [[1]], groups: [[0, 0]] },
  ],
  classes: [
    { country: "DE", groups: [0, 0] },
    { country: undefined, groups: [1, 0] },
  ],
};

const counted = (decisions: readonly Decision[]) => ({ decisions, ipv6: "announced" as const });

const DECISIONS: readonly Decision[] = [
  { classNumber: 0, rule: "asn", ipv4: 256, ipv6: 0 },
  { classNumber: 0, rule: "country", ipv4: 65_536, ipv6: 2 ** -16 },
  { classNumber: 1, rule: "everyone", ipv4: 4_294_901_504, ipv6: 1.5 },
];

const textOf = (...parts: Parameters<typeof emitClasses>) =>
  Buffer.from(emitClasses(...parts).bytes).toString();

describe("emitClasses", () => {
  it("has a class a line", () => {
    expect(emitClasses(MIRRORS, TABLE, counted(DECISIONS)).path).toBe("index/classes.json");
    expect(
      textOf(MIRRORS, TABLE, counted(DECISIONS)),
    ).toBe(`{"format":1,"rotations":2,"ipv6":"announced",
"mirrors":["a.example","b.example","c.example"],
"rules":["subnet","asn","country","country-spread","continent","world","everyone"],
"sets":[{"name":"all","lists":[
[0,1],
[1,0],
[2]
],"groups":[[0,1],[2,2]]},{"name":"kitten","lists":[
[1]
],"groups":[[0,0]]}],
"classes":[
["DE",[0,0],[1,256,0,2,65536,0.0000152587890625]],
[null,[1,0],[6,4294901504,1.5]]
]}
`);
  });

  it("is read back as what it was made from, by `readClasses`", () => {
    const identity = [{ name: "all", lists: [[0], [1]], groups: [[0], [1]] }];
    const crossed = [{ name: "all", lists: [[0], [1]], groups: [[1], [0]] }];
    const one = { rotations: 1, classes: [{ country: "DE", groups: [1] }] };
    for (const table of [TABLE, { ...one, sets: identity }, { ...one, sets: crossed }]) {
      const decisions = DECISIONS.filter(({ classNumber }) => classNumber < table.classes.length);
      const read = readClasses(textOf(MIRRORS, table, counted(decisions)));
      expect(read.mirrors).toEqual(MIRRORS);
      expect(read.sets).toEqual(table.sets);
      expect(read.ipv6).toBe("announced");
      expect(read.rotations).toBe(table.rotations);
      expect(read.classes.map(({ country, groups }) => ({ country, groups }))).toEqual(
        table.classes,
      );
      const readDecisions = read.classes.flatMap(({ decisions: ofClass }, classNumber) =>
        ofClass.map((decision) => ({ classNumber, ...decision })),
      );
      expect(readDecisions).toEqual(decisions);
    }
  });

  it("leaves groups away where they tell nothing", () => {
    const sets = [{ name: "all", lists: [[0], [1]], groups: [[0], [1]] }];
    expect(textOf(MIRRORS, { ...TABLE, rotations: 1, sets }, counted([]))).not.toContain("groups");
  });

  it.each([
    ["a class that is not there", [{ ...DECISIONS[0]!, classNumber: 2 }]],
    ["another order", DECISIONS.toReversed()],
  ])("refuses decisions of %s", (_what, decisions) => {
    expect(() => emitClasses(MIRRORS, TABLE, counted(decisions))).toThrow("no such class");
  });
});

describe("readClasses", () => {
  it.each([
    ["another format", /"format":1/, '"format":2'],
    ["rules that it does not know", /"subnet"/, '"subnets"'],
  ])("refuses %s", (_what, from, to) => {
    const text = textOf(MIRRORS, TABLE, counted(DECISIONS)).replace(from, to);
    expect(() => readClasses(text)).toThrow("another version");
  });
});
