import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { blog2021, type Policy, SERVICE_2026 } from "../../src/model/policy.ts";
import { readSettingsText } from "../support/reading.ts";

function read(text: string): {
  readonly policy: Policy | undefined;
  readonly codes: readonly string[];
} {
  const { value, codes } = readSettingsText(text);
  return { policy: value?.policy, codes };
}
const flow = (lines: string) => read(`policy: {${lines}}`);
const steps = (written: string) => flow(`name: ours, steps: [${written}]`);
const kinds = (policy: Policy | undefined) => policy?.steps.map(({ kind }) => kind);

const ON_NET = "{on_net: {}}";
const BY_PLACE = "{by_place: {bands: [{from: world, take: 10}]}}";
const EVERYONE = "{everyone: {}}";

describe("readPolicy, of a preset", () => {
  test.each<[string, Policy]>([
    ["name: blog-2021", blog2021()],
    ["distances: exact", blog2021()],
    ["name: service-2026", SERVICE_2026],
    ["country_take: 0, length: 3", blog2021({ ...numbers(), countryTake: 0, length: 3 })],
    ["imprecise: centroid", { ...blog2021(), imprecise: "centroid" }],
    ["distances: whole-km", { ...blog2021(), distances: "whole-km" }],
    ["name: service-2026, imprecise: spread", { ...SERVICE_2026, imprecise: "spread" }],
    [
      "spread: {within_km: 250, rotations: 4}",
      { ...blog2021(), spread: { withinKm: 250, rotations: 4 } },
    ],
    ["spread: {within_km: 250}", { ...blog2021(), spread: { withinKm: 250, rotations: 8 } }],
    ["spread: true", { ...blog2021(), spread: { withinKm: 500, rotations: 8 } }],
    ["spread: false", blog2021()],
  ])("%s", (lines, expected) => {
    expect(flow(lines)).toEqual({ policy: expected, codes: [] });
  });

  test("spread: false takes it from service-2026", () => {
    const { policy } = flow("name: service-2026, spread: false");
    const { spread: _, ...rest } = SERVICE_2026;
    expect(policy).toEqual(rest);
    expect(policy).not.toHaveProperty("spread");
  });

  test("what is wrong of a spread leaves the rest of it", () => {
    expect(flow("name: service-2026, spread: {within_km: 0, rotations: 65}")).toEqual({
      policy: SERVICE_2026,
      codes: ["bad-number", "bad-number"],
    });
    expect(flow("name: service-2026, spread: maybe").policy).toEqual(SERVICE_2026);
  });
});

const numbers = () => ({
  ...{ onNetMinimum: 5, countryTake: 10, continentTake: 10, worldTake: 10, length: 10 },
});

describe("readPolicy, of a rule that is written out", () => {
  test("blog-2021 written out is blog-2021 but for its name", () => {
    const { policy, codes } = read(`
policy:
  name: ours
  distances: exact
  imprecise: spread
  spread: false
  steps:
    - on_net: {order: [subnet, asn], minimum: 5, fill: nearest, fill_unplaced: true}
    - by_place:
        length: 10
        bands:
          - {from: country, take: 10}
          - {from: continent, take: 10}
          - {from: world, take: 10}
    - everyone: {}
`);
    expect(codes).toEqual([]);
    expect(policy).toEqual({ ...blog2021(), name: "ours" });
  });

  test("service-2026 written out is service-2026 but for its name", () => {
    const { policy, codes } = read(`
policy:
  name: ours
  distances: whole-km
  imprecise: centroid
  spread: {within_km: 500, rotations: 8}
  steps:
    - on_net: {order: [subnet, asn], minimum: 10, fill: by_place, fill_unplaced: false, declared_asns_only: true}
    - by_place: {length: 10, bands: [{from: country, take: 10}, {from: world, take: 10}]}
    - everyone: {take_of_blank: 10}
`);
    expect(codes).toEqual([]);
    expect(policy).toEqual({ ...SERVICE_2026, name: "ours" });
  });

  test("what is not said is as in blog-2021, and the name is custom", () => {
    const bands =
      "[{from: country, take: 10}, {from: continent, take: 10}, {from: world, take: 10}]";
    expect(flow(`steps: [${ON_NET}, {by_place: {bands: ${bands}}}, ${EVERYONE}]`)).toEqual({
      policy: { ...blog2021(), name: "custom" },
      codes: [],
    });
  });

  test.each(["{everyone: {}}", "{everyone: }", "{everyone: ~}", "everyone"])(
    "a step of which nothing is said: %s",
    (written) =>
      expect(steps(written)).toMatchObject({
        codes: [],
        policy: { steps: [{ kind: "everyone" }] },
      }),
  );

  test("steps may be left away, down to everyone", () => {
    expect(kinds(steps(`${BY_PLACE}, ${EVERYONE}`).policy)).toEqual(["by-place", "everyone"]);
    expect(kinds(steps(`${ON_NET}, ${EVERYONE}`).policy)).toEqual(["on-net", "everyone"]);
  });

  test("an order of one tier is one tier", () => {
    const { policy, codes } = steps(`{on_net: {order: asn}}, ${EVERYONE}`);
    expect(policy?.steps[0]).toMatchObject({ tiers: ["asn"] });
    expect(codes).toEqual([]);
  });
});

describe("readPolicy, of what is wrong", () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    [
      "no everyone step",
      `${ON_NET}, ${BY_PLACE}`,
      ["no-everyone-step"],
      ["on-net", "by-place", "everyone"],
    ],
    ["everyone first", `${EVERYONE}, ${BY_PLACE}`, ["step-out-of-order"], ["everyone"]],
    [
      "on_net behind by_place",
      `${BY_PLACE}, ${ON_NET}, everyone`,
      ["step-out-of-order"],
      ["by-place", "everyone"],
    ],
    [
      "a step twice",
      `${ON_NET}, ${ON_NET}, everyone`,
      ["step-out-of-order"],
      ["on-net", "everyone"],
    ],
    ["an unknown step", "{by_plaec: {}}, everyone", ["unknown-step"], ["everyone"]],
    [
      "two steps in one item",
      "{on_net: {}, by_place: {}}, everyone",
      ["wrong-shape"],
      ["everyone"],
    ],
    ["an item that is a list", `[on_net], ${EVERYONE}`, ["wrong-shape"], ["everyone"]],
    ["a step with a single value", "{on_net: 5}, everyone", ["wrong-shape"], ["everyone"]],
    ["by_place without bands", "{by_place: {length: 5}}, everyone", ["missing-key"], ["everyone"]],
    [
      "by_place without a usable band",
      "{by_place: {bands: [{from: moon, take: 1}]}}, everyone",
      ["unknown-choice"],
      ["everyone"],
    ],
    [
      "a fill from nowhere",
      "{on_net: {fill: by_place}}, everyone",
      ["fill-without-place"],
      ["on-net", "everyone"],
    ],
    [
      "nothing that can be used",
      "{nobody: {}}",
      ["unknown-step", "no-usable-step"],
      kinds(blog2021()) ?? [],
    ],
  ])("%s", (_what, written, codes, left) => {
    const read = steps(written);
    expect(read.codes).toEqual(codes);
    expect(kinds(read.policy)).toEqual(left);
  });

  test("a rule of which no step can be used is blog-2021 by name, too", () => {
    expect(steps("{nobody: {}}").policy).toEqual(blog2021());
  });

  test("a fill from a step that is not there is of the nearest", () => {
    expect(steps("{on_net: {fill: by_place}}, everyone").policy?.steps[0]).toMatchObject({
      fill: "nearest",
    });
  });

  test.each<[string, string, Record<string, unknown>]>([
    ["on_net", "minimum: 1001", { minimum: 5 }],
    ["on_net", "minimum: 2.5", { minimum: 5 }],
    ["on_net", "fill: nearset", { fill: "nearest" }],
    ["on_net", "fill_unplaced: perhaps", { fillUnplaced: true }],
    ["on_net", "order: [asn, country]", { tiers: ["asn"] }],
    ["on_net", "order: [asn, asn]", { tiers: ["asn"] }],
    ["on_net", "order: [x]", { tiers: ["subnet", "asn"] }],
    ["on_net", "take: 10", { minimum: 5 }],
    ["everyone", "take_of_blank: 0", { kind: "everyone" }],
    ["by_place", "length: 0, bands: [{from: world, take: 7}]", { length: 10 }],
    [
      "by_place",
      "bands: [{from: world, take: 7}, {from: country, take: 5}]",
      { bands: [{ scope: "world", take: 7 }] },
    ],
    [
      "by_place",
      "bands: [{from: country, take: -1}, {from: world, take: 7}]",
      { bands: [{ scope: "world", take: 7 }] },
    ],
    [
      "by_place",
      "bands: [{from: country}, {from: world, take: 7}]",
      { bands: [{ scope: "world" }] },
    ],
  ])("%s: {%s} is reported once and costs no more than itself", (name, fields, expected) => {
    const { policy, codes } = steps(
      `{${name}: {${fields}}}${name === "everyone" ? "" : ", everyone"}`,
    );
    expect(codes).toHaveLength(1);
    expect(policy?.steps[0]).toMatchObject(expected);
  });

  test.each<[string, readonly string[], string]>([
    ["name: blog-2020", ["unknown-policy"], "blog-2021"],
    ["name: ours", ["unknown-policy"], "blog-2021"],
    ["name: service-2026, length: 5", ["policy-number"], "service-2026"],
    [`name: ours, steps: [${EVERYONE}], on_net_minimum: 5`, ["policy-number"], "ours"],
    [`name: service-2026, steps: [${EVERYONE}]`, ["policy-steps-of-preset"], "service-2026"],
    [`name: blog-2021, steps: [${EVERYONE}]`, ["policy-steps-of-preset"], "blog-2021"],
    [`name: ours, steps: [${EVERYONE}], spread: true`, ["spread-without-place"], "ours"],
    [`name: "Our rule", steps: [${EVERYONE}]`, ["policy-name"], "custom"],
    ["distances: miles", ["unknown-choice"], "blog-2021"],
    ["imprecise: center", ["unknown-choice"], "blog-2021"],
    ["within_km: 500", ["unknown-key"], "blog-2021"],
    ["steps: []", ["empty-value"], "blog-2021"],
  ])("{%s}", (lines, codes, name) => {
    const { policy, codes: found } = flow(lines);
    expect(found).toEqual(codes);
    expect(policy?.name).toBe(name);
    expect(policy).not.toHaveProperty(name === "service-2026" ? "none" : "spread");
  });

  test("steps under a preset's name leave the preset as it is", () => {
    expect(flow(`name: service-2026, steps: [${EVERYONE}]`).policy).toEqual(SERVICE_2026);
  });
});

test("readPolicy: whatever is written, the rule answers everybody, each step once and in order", () => {
  const key = fc.constantFrom(
    ...["name", "steps", "spread", "distances", "imprecise", "length", "on_net_minimum"],
    ...["on_net", "by_place", "everyone", "order", "minimum", "fill", "fill_unplaced", "bands"],
    ...["from", "take", "take_of_blank", "within_km", "rotations", "x"],
  );
  const scalar = fc.constantFrom(
    ...["", "5", "0", "-1", "1e9", "64", "true", "no", "null", "ours", "blog-2021", "service-2026"],
    ...[
      "country",
      "continent",
      "world",
      "subnet",
      "asn",
      "nearest",
      "by_place",
      "everyone",
      "exact",
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      scalar,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5 }),
    ),
  }));
  // Mostly of the right shape, so that what is below is reached.
  const one = fc.constantFrom;
  const band = fc.record({
    from: one("country", "continent", "world", "moon"),
    take: one("5", "0", "-1"),
  });
  const onNet = fc.record({
    order: fc.array(one("subnet", "asn", "x"), { maxLength: 3 }),
    fill: one("nearest", "by_place", "x"),
    minimum: scalar,
  });
  const step = fc.oneof(
    value,
    fc.record({ on_net: onNet }),
    fc.record({ by_place: fc.record({ bands: fc.array(band, { maxLength: 4 }) }) }),
    fc.record({ everyone: fc.dictionary(key, scalar) }),
  );
  const policies = fc.record(
    {
      name: scalar,
      steps: fc.array(step, { maxLength: 4 }),
      spread: fc.oneof(scalar, fc.record({ within_km: scalar, rotations: scalar })),
      distances: value,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(policies, value), (written) => {
      const text = JSON.stringify({ policy: written });
      const { value: settings, diagnostics } = readSettingsText(text);
      for (const diagnostic of diagnostics) {
        expect(wordingOf(diagnostic).message).not.toMatch(/undefined|NaN|\[object/);
      }
      const policy = settings?.policy ?? blog2021();
      const order = ["on-net", "by-place", "everyone"];
      const places = policy.steps.map(({ kind }) => order.indexOf(kind));
      expect(places).toEqual([...new Set(places)].sort());
      expect(places.at(-1)).toBe(2);
      const scopes = policy.steps.flatMap((each) => (each.kind === "by-place" ? [each.bands] : []));
      for (const bands of scopes) {
        const widths = bands.map(({ scope }) => ["country", "continent", "world"].indexOf(scope));
        expect(widths.length).toBeGreaterThan(0);
        expect(widths).toEqual([...new Set(widths)].sort());
      }
      for (const each of policy.steps) {
        if (each.kind !== "on-net") continue;
        expect(new Set(each.tiers).size).toBe(each.tiers.length);
        expect(each.tiers.length).toBeGreaterThan(0);
        if (each.fill === "by-place") expect(places).toContain(1);
      }
      if (policy.spread) {
        expect(places).toContain(1);
        expect(policy.spread.rotations).toBeGreaterThanOrEqual(1);
        expect(policy.spread.rotations).toBeLessThanOrEqual(64);
      }
    }),
    { numRuns: 500 },
  );
});
