/** `steps:` of a policy that is written out: what each step wants, and the order that steps have. */
import type { SourceRange } from "../diagnostics/diagnostic.ts";
import type { WrittenMap, WrittenValue } from "../diagnostics/written.ts";
import {
  type Field,
  itemsOf,
  keyRange,
  type Reading,
  readFields,
  report,
  requireField,
  wrongShape,
} from "./fields.ts";
import type { Band, ByPlaceStep, EveryoneStep, OnNetStep, OnNetTier, Step } from "./policy.ts";
import {
  numberOr,
  readBoolean,
  readChoice,
  readChoiceOr,
  readNumber,
  readScalar,
  readScalars,
  readWord,
  shorten,
} from "./values.ts";

/** In the only order in which each can still be asked: by_place answers all who have a place. */
const STEPS = ["on_net", "by_place", "everyone"] as const;
const SCOPES = ["country", "continent", "world"] as const;

const COUNT = { least: 0, most: 1000, whole: true };
const LENGTH = { least: 1, most: 1000, whole: true };

type StepName = (typeof STEPS)[number];

/**
 * At least `everyone`, which is added with a report where it is not the last step: without it a
 * client in an unknown place would get nothing. Undefined when no step can be read.
 */
export function readSteps(reading: Reading, field: Field): readonly Step[] | undefined {
  const steps: Step[] = [];
  let last: StepName | undefined;
  for (const item of itemsOf(field.value)) {
    const written = readStepName(reading, item);
    if (!written) continue;
    const { name, range, value } = written;
    if (last !== undefined && STEPS.indexOf(name) <= STEPS.indexOf(last)) {
      report(reading, "step-out-of-order", range, { step: name, after: last });
      continue;
    }
    const step = readStep(reading, name, value);
    if (!step) continue;
    steps.push(step);
    last = name;
  }
  if (steps.length === 0) {
    report(reading, "no-usable-step", keyRange(field), {});
    return undefined;
  }
  if (last !== "everyone") {
    report(reading, "no-everyone-step", keyRange(field), {});
    steps.push({ kind: "everyone" });
  }
  if (steps.some(({ kind }) => kind === "by-place")) return steps;
  return steps.map((step) => {
    if (step.kind !== "on-net" || step.fill !== "by-place") return step;
    report(reading, "fill-without-place", keyRange(field), {});
    return { ...step, fill: "nearest" };
  });
}

interface WrittenStep {
  readonly name: StepName;
  readonly range: SourceRange;
  readonly value: WrittenValue;
}

/** `everyone: {}`, `everyone:` and `everyone` are the same step, with nothing said of it. */
function readStepName(reading: Reading, item: WrittenValue): WrittenStep | null {
  const [entry, another] = item.kind === "map" ? item.entries : [];
  const key = item.kind === "scalar" ? item : entry?.key;
  if (!key || another) {
    wrongShape(reading, item, "steps", {
      expected: "one step in each item",
      example: '"- everyone: {}", with a dash before each step',
    });
    return null;
  }
  const { range } = key;
  const unknown = (suggestion: StepName | undefined) =>
    report(reading, "unknown-step", range, { text: shorten(key.text), suggestion });
  const name = readWord(key, STEPS, unknown);
  if (name === undefined) return null;
  const nothing: WrittenMap = { kind: "map", range, entries: [] };
  const value = entry?.value ?? nothing;
  const isEmpty = value.kind === "scalar" && /^(?:|~|null)$/i.test(value.text.trim());
  return { name, range, value: isEmpty ? nothing : value };
}

function readStep(reading: Reading, name: StepName, value: WrittenValue): Step | null {
  switch (name) {
    case "on_net":
      return readOnNet(reading, value);
    case "by_place":
      return readByPlace(reading, value);
    case "everyone":
      return readEveryone(reading, value);
  }
}

/** What is not said is as in blog-2021. */
function readOnNet(reading: Reading, value: WrittenValue): OnNetStep | null {
  const fields = readFields(reading, value, {
    what: "on_net",
    keys: ["order", "minimum", "fill", "fill_unplaced", "declared_asns_only"],
  });
  if (!fields) return null;
  const order = fields.get("order");
  const fillUnplaced = fields.get("fill_unplaced");
  const fill = readChoiceOr(reading, fields.get("fill"), ["nearest", "by_place"], "nearest");
  const declaredOnly = fields.get("declared_asns_only");
  return {
    kind: "on-net",
    tiers: (order && readTiers(reading, order)) ?? TIERS,
    minimum: numberOr(reading, fields.get("minimum"), COUNT, 5),
    fill: fill === "by_place" ? "by-place" : "nearest",
    fillUnplaced: (fillUnplaced && readBoolean(reading, fillUnplaced)) ?? true,
    ...(declaredOnly && readBoolean(reading, declaredOnly) && { declaredAsnsOnly: true }),
  };
}

const TIERS: readonly OnNetTier[] = ["subnet", "asn"];

function readTiers(reading: Reading, field: Field): readonly OnNetTier[] | undefined {
  const tiers: OnNetTier[] = [];
  for (const scalar of readScalars(reading, field)) {
    const tier = readChoice(reading, scalar, "order", TIERS);
    if (tier === undefined) continue;
    if (tiers.includes(tier)) {
      report(reading, "given-twice", scalar.range, { text: tier, key: "order" });
    } else {
      tiers.push(tier);
    }
  }
  return tiers.length > 0 ? tiers : undefined;
}

function readByPlace(reading: Reading, value: WrittenValue): ByPlaceStep | null {
  const fields = readFields(reading, value, { what: "by_place", keys: ["length", "bands"] });
  const consequence = "the step is left out";
  const bandsField =
    fields &&
    requireField(reading, fields, "bands", {
      consequence,
      example: "[{from: country, take: 10}, {from: world, take: 10}]",
    });
  const bands = bandsField && readBands(reading, bandsField);
  if (!fields || !bands || bands.length === 0) return null;
  return {
    kind: "by-place",
    bands,
    length: numberOr(reading, fields.get("length"), LENGTH, 10),
  };
}

function readBands(reading: Reading, field: Field): readonly Band[] {
  const bands: Band[] = [];
  for (const item of itemsOf(field.value)) {
    const fields = readFields(reading, item, { what: "the band", keys: ["from", "take"] });
    const consequence = "the band is left out";
    const from = fields && requireField(reading, fields, "from", { consequence, example: "world" });
    const take = fields && requireField(reading, fields, "take", { consequence, example: "10" });
    const word = from && readScalar(reading, from.value, "from", '"from: world"');
    const scope = word && readChoice(reading, word, "from", SCOPES);
    const number = take && readNumber(reading, take, COUNT);
    if (!scope || number === undefined || number === null) continue;
    const before = bands.at(-1)?.scope;
    if (before !== undefined && SCOPES.indexOf(scope) <= SCOPES.indexOf(before)) {
      report(reading, "band-out-of-order", word.range, { from: scope, after: before });
      continue;
    }
    bands.push({ scope, take: number });
  }
  return bands;
}

function readEveryone(reading: Reading, value: WrittenValue): EveryoneStep | null {
  const fields = readFields(reading, value, { what: "everyone", keys: ["take_of_blank"] });
  const field = fields?.get("take_of_blank");
  const takeOfBlank = field && readNumber(reading, field, LENGTH);
  return { kind: "everyone", ...(takeOfBlank !== undefined && { takeOfBlank }) };
}
